"""The queries of the page "The first ten questions" run, on the roll-up where they say so."""

import pandas as pd
import psycopg
import pytest

from oseberg.usage_db import UsageDatabase
from tests.usage_db.helpers import DAY, QUESTIONS, lines


@pytest.mark.skipif(not QUESTIONS, reason="the documentation belongs to the repository, not to the wheel")
def test_every_question_has_an_answer(url: str, db: UsageDatabase) -> None:
    """Each query runs as it is printed; questions about users need no event."""
    users = pd.DataFrame({"id": [1], "name": ["Ann"], "username": ["user1"], "group_id": [1]})
    db.import_accounts(users, pd.DataFrame({"id": [1], "name": ["One"], "renewal_on": [pd.Timestamp("2030-01-01")]}))
    db.replace_day(DAY, lines(3, event="Atla Query"))
    assert len(QUESTIONS) == 11
    with psycopg.connect(url) as connection:
        answers = {number: connection.execute(query).fetchall() for number, query in QUESTIONS.items()}
        assert len(answers["4"]) == 1
        assert [row[:2] for row in answers["5"]] == [("user0", 1), ("user2", 1)]
        for number, query in QUESTIONS.items():
            plan = "\n".join(row[0] for row in connection.execute(f"EXPLAIN {query}").fetchall())
            assert "product_event" not in plan, number
