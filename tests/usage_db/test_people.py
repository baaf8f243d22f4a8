"""Ids without a user are named and assigned by people; whoever asks to be forgotten stays forgotten."""

from pathlib import Path

import pandas as pd
import psycopg
import pytest

from oseberg.usage_db import AmbiguousUserError, UsageDatabase, UserNotFoundError
from oseberg.usage_db._archive.forget import LocalStore
from tests.usage_db.helpers import DAY, line

USERS = pd.DataFrame(
    {
        "id": [1, 2, 3],
        "name": ["Ann Lee", "Bob Ray", "Cid Poe"],
        "email": ["ann.lee@x.com", "bob@x.com", "bob@x.com"],
        "username": ["ann", "bob", "Ann"],
    }
)
EVENTS = [
    line(1, distinct_id="Ann.Lee@X.com"),
    line(2, distinct_id="$device:1", **{"$user_id": "ann"}),
    line(3, distinct_id="1"),
    line(4, distinct_id="annlee"),
    line(5, distinct_id="Ann"),
    line(6, distinct_id="stranger"),
    line(7, distinct_id="ann.le@x.com"),
    line(8, distinct_id="ann", time="never"),
    b'{"event": "x", "properties": {"distinct_id": "Ann.Lee@X.com"',
]


def count(url: str, query: str) -> int:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchone()[0]


@pytest.fixture
def filled(db: UsageDatabase) -> UsageDatabase:
    db.import_accounts(USERS)
    db.replace_day(DAY, EVENTS)
    return db


def test_unresolved_ids_have_a_likely_user(filled: UsageDatabase) -> None:
    """Whoever looks through the ids without a user sees whom each may mean; nothing is applied."""
    found = filled.unresolved().set_index("distinct_id")
    assert found.loc["annlee", ["events", "likely_user_id", "reason"]].tolist() == [1, 1, "the same letters"]
    assert found.loc["ann.le@x.com", ["likely_user_id", "reason"]].tolist() == [1, "similar to annlee"]
    assert pd.isna(found.loc["stranger", "likely_user_id"])
    assert len(filled.unresolved(limit=1)) == 1
    assert set(found.index) == {"annlee", "ann.le@x.com", "stranger"}


def test_an_alias_moves_the_events(url: str, filled: UsageDatabase) -> None:
    """An id that a person assigned counts for the user at once; an alias to nobody is refused."""
    assert filled.add_alias("stranger", 2, note="asked Bob") == 1
    assert count(url, "SELECT count(*) FROM usage.user_product_event WHERE user_id = 2") == 1
    assert count(url, "SELECT sum(events) FROM usage.user_day WHERE user_id = 2") == 1
    assert "stranger" not in filled.unresolved()["distinct_id"].tolist()
    filled.add_alias("stranger", 3)
    assert count(url, "SELECT sum(events) FROM usage.user_day WHERE user_id = 3") == 2
    for wrong in (("stranger", 99), ("  ", 1)):
        with pytest.raises(UserNotFoundError):
            filled.add_alias(*wrong)


def test_forgotten_stays_forgotten(url: str, filled: UsageDatabase, tmp_path: Path) -> None:
    """All of a person's events go, other people's stay, and no reload brings them back."""
    done = filled.erase("ANN.LEE@x.com")
    assert (done.events, done.rejects, done.archives) == (3, 2, ())
    left = "SELECT string_agg(distinct_id, ',' ORDER BY distinct_id) FROM usage.product_event"
    assert count(url, left) == "Ann,ann.le@x.com,annlee,stranger"
    assert count(url, "SELECT sum(events) FROM usage.id_day") == 4
    assert filled.verify()["state"].tolist() == ["ok"]
    again = filled.replace_day(DAY, EVENTS)
    assert (again.inserted, again.deleted, again.filtered) == (0, 0, 5)
    assert count(url, left) == "Ann,ann.le@x.com,annlee,stranger"
    assert count(url, "SELECT count(*) FROM usage.erased WHERE id_hash LIKE '%ann%'") == 0
    assert filled.erase("stranger").events == 1
    assert filled.replace_day(DAY, [*EVENTS, line(9, distinct_id="stranger")]).filtered == 7


def test_rejected_lines_are_forgotten_in_any_spelling(url: str, filled: UsageDatabase) -> None:
    """Nobody resolved the ids of a line that could not be stored: an e-mail address in another case is theirs, too."""
    bad = [
        b'{"event": "x", "properties": {"time": NaN, "distinct_id": "aNN.lee@x.com"}}',
        b'{"event": "x", "properties": {"time": "never", "$user_id": " ANN.LEE@x.com "}}',
        b'{"event": "x", "properties": {"time": NaN, "distinct_id": "ann.le@x.com"}}',
    ]
    filled.replace_day(DAY, [*EVENTS, *bad])
    assert filled.erase("1").rejects == 4
    assert count(url, "SELECT count(*) FROM usage.event_reject") == 1
    assert filled.replace_day(DAY, [*EVENTS, *bad]).rejected == 1
    with pytest.raises(UserNotFoundError, match="The id is blank"):
        filled.erase(" ")


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_archives_are_written_anew(url: str, filled: UsageDatabase, tmp_path: Path) -> None:
    """A person's events leave the files too; what is restored is the rest, and the log fits it."""
    filled.archive(pd.Timestamp("2026-12-01").date(), tmp_path)
    before = (tmp_path / "product_event_2026_11.parquet").stat()
    done = filled.erase("ann.lee@x.com")
    assert (done.events, done.archived_events, done.rejects, done.archives) == (0, 3, 2, ())
    assert files(tmp_path) == ["product_event_2026_11-2.parquet"]
    assert (tmp_path / "product_event_2026_11-2.parquet").stat().st_mode == before.st_mode
    assert filled.erase("stranger").archived_events == 1
    assert files(tmp_path) == ["product_event_2026_11-3.parquet"]
    bob = filled.import_accounts(USERS.assign(email=["a@x.com", "b@x.com", "c@x.com"]))
    assert bob.users == 3
    assert filled.erase("b@x.com").archived_events == 0
    assert files(tmp_path) == ["product_event_2026_11-3.parquet"]
    assert filled.verify()["state"].tolist() == ["archived"]
    assert filled.restore("2026-11").events == 3
    assert filled.verify()["state"].tolist() == ["ok"]
    assert count(url, "SELECT string_agg(distinct_id, ',' ORDER BY 1) FROM usage.product_event") is not None
    assert count(url, "SELECT count(*) FROM usage.product_event WHERE distinct_id = 'stranger'") == 0


def test_an_archive_out_of_reach_brings_nobody_back(filled: UsageDatabase, tmp_path: Path) -> None:
    """It is named; restored later from somewhere else, the person's events stay out."""
    filled.archive(pd.Timestamp("2026-12-01").date(), tmp_path)
    file = tmp_path / "product_event_2026_11.parquet"
    away = file.rename(tmp_path / "away.parquet")
    done = filled.erase("ann.lee@x.com")
    assert (done.archived_events, done.archives) == (0, (str(file),))
    assert filled.restore("2026-11", away).events == 4
    assert filled.verify()["state"].tolist() == ["ok"]
    assert filled.replace_day(DAY, EVENTS).changed == 0


def test_a_damaged_archive_is_left_alone(filled: UsageDatabase, tmp_path: Path) -> None:
    """What isn't the file that was archived is named, and not touched; a failure while writing keeps the old file."""
    filled.archive(pd.Timestamp("2026-12-01").date(), tmp_path)
    file = tmp_path / "product_event_2026_11.parquet"
    whole = file.read_bytes()
    file.write_bytes(whole[:-10])
    assert filled.erase("stranger").archives == (str(file),)
    assert files(tmp_path) == [file.name]
    file.write_bytes(whole)

    class Full(LocalStore):
        def keep(self, path: Path, address: str) -> str:
            raise OSError(28, f"No space left for {path}, {address}")

    assert filled.erase("ann.lee@x.com", store=Full()).archives == (str(file),)
    assert file.read_bytes() == whole
    assert files(tmp_path) == [file.name]


def test_who_is_meant_must_be_clear(filled: UsageDatabase) -> None:
    """An e-mail address of two users, and an id that nobody has, are refused."""
    with pytest.raises(AmbiguousUserError, match="2, 3"):
        filled.erase("bob@x.com")
    with pytest.raises(UserNotFoundError, match="Nothing was erased"):
        filled.erase("nobody")
