"""The roll-up is what the events say, whatever is loaded, changed and merged."""

from datetime import date, timedelta

import pandas as pd
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oseberg.usage_db import UsageDatabase
from oseberg.usage_db._schema import migrate
from tests.usage_db.helpers import DAY, NOON_MS, line, lines

# Both count what each user, or each id without a user, did on each day.
OF_EVENTS = """
SELECT user_id, CASE WHEN user_id IS NULL THEN distinct_id END, ("time" AT TIME ZONE 'UTC')::date, event, count(*),
    min("time"), max("time")
FROM usage.user_product_event GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
OF_ROLLUP = """
SELECT e.user_id, CASE WHEN e.user_id IS NULL THEN e.distinct_id END, d.day, d.event, sum(d.events), min(d.first_at),
    max(d.last_at)
FROM usage.id_day AS d JOIN usage.event_ids AS e USING (ids) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""


OF_DAYS = """
SELECT ids, date_trunc('month', day)::date, sum(events), min(first_at), max(last_at) FROM usage.id_day
GROUP BY 1, 2 ORDER BY 1, 2
"""
OF_MONTHS = "SELECT ids, month, events, first_at, last_at FROM usage.id_month ORDER BY 1, 2"


def equal(url: str) -> bool:
    with psycopg.connect(url) as connection:
        rows = [connection.execute(query).fetchall() for query in (OF_EVENTS, OF_ROLLUP, OF_DAYS, OF_MONTHS)]
        return rows[0] == rows[1] and rows[2] == rows[3]


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.sampled_from(["Login", "Atla Query"]),
        st.sampled_from([None, "1", "user2", "$device:x"]),
        st.sampled_from([None, "user3", "x"]),
    ),
    unique_by=lambda event: event[0],
)


@given(st.lists(EVENTS, min_size=1, max_size=3), st.integers(0, 2))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rollup_follows_the_events(url: str, loads: list[list[tuple]], late: int) -> None:
    """Whatever generations of a day are loaded, and whenever the users become known."""
    users = pd.DataFrame({"id": [1, 2, 3], "name": ["A", "B", "C"], "username": ["user1", "user2", "user3"]})
    with UsageDatabase(url) as db:
        for number, events in enumerate(loads):
            content = [
                line(n, event=name, **{"$user_id": user, "$distinct_id_before_identity": before})
                for n, name, user, before in events
            ]
            db.replace_day(DAY, content, allow_shrink=True)
            assert equal(url)
            if number == late:
                db.import_accounts(users)
                assert equal(url)


def test_questions_are_answered_from_the_rollup(url: str, db: UsageDatabase) -> None:
    """First events, ids without a user and products of a user's day need no event."""
    db.import_accounts(pd.DataFrame({"id": [1], "name": ["Ann"], "username": ["user1"]}))
    for number in (0, 1):
        content = lines(3, event="Atla Query", at=NOON_MS + number * 86_400_000)
        db.replace_day(DAY + timedelta(days=number), content)
    with psycopg.connect(url) as connection:
        connection.execute("TRUNCATE usage.product_event")
        days = connection.execute(
            "SELECT user_id, day, product, event, events FROM usage.user_day ORDER BY 2"
        ).fetchall()
        assert days == [(1, DAY, "Atla", "Atla Query", 1), (1, DAY + timedelta(days=1), "Atla", "Atla Query", 1)]
        unresolved = connection.execute(
            "SELECT distinct_id, events FROM usage.identity_unresolved ORDER BY 1"
        ).fetchall()
        assert unresolved == [("user0", 2), ("user2", 2)]
    assert [db.save_event_products({"Atla Query": "Maps", "Login": None}) for _ in range(2)] == [2, 0]
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT DISTINCT product FROM usage.user_day").fetchall() == [("Maps",)]
    db.save_event_products({"Atla Query": None})
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT DISTINCT product FROM usage.user_day").fetchall() == [(None,)]
    assert db.users(as_of=DAY)["user_id"].tolist() == [1]
    db.replace_day(DAY, lines(3, event="Atla Query"))
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT sum(events) FROM usage.id_day").fetchone() == (6,)


def test_a_long_id_is_not_an_obstacle(url: str, db: UsageDatabase) -> None:
    """An id of any length in a property is rolled up like others."""
    assert db.replace_day(DAY, [line(1, **{"$user_id": "x" * 100_000})]).inserted == 1
    assert equal(url)


def test_an_upgrade_rolls_up_what_is_stored(url: str, empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database from before has the roll-up of all its events after the upgrade."""
    run = migrate._run_alembic
    with UsageDatabase(empty_url) as db:
        with monkeypatch.context() as patched:
            patched.setattr("oseberg.usage_db._schema.migrate._run_alembic", lambda *a: run(*a, target="0005"))
            db.upgrade()
        with psycopg.connect(empty_url) as connection:
            connection.execute(
                "CREATE TABLE usage.p PARTITION OF usage.product_event FOR VALUES FROM (MINVALUE) TO (MAXVALUE)"
            )
            connection.execute(
                "INSERT INTO usage.product_event (distinct_id, time, event, insert_id, properties, run_id) "
                "SELECT 'u' || n % 3, '2026-11-02'::timestamptz + n * interval '7 hours', 'Login', n::text, '{}', 1 "
                "FROM generate_series(1, 20) AS n"
            )
            connection.execute("INSERT INTO usage.identity VALUES ('u1', 1, 'username', 1)")
            connection.execute("INSERT INTO account.\"user\" (id, name, username) VALUES (1, 'Ann', 'u1')")
        db.upgrade()
        assert equal(empty_url)
        assert db.replace_day(DAY, lines(2), allow_shrink=True).inserted == 2
        assert equal(empty_url)


STRANGE_IDS = [1, 1.0, True, 10**20, "1", None, {"a": 1}, [1], 1.5e300, False, "é", ""]


@pytest.mark.parametrize("kinds", [STRANGE_IDS, [7, 7, "7"], ["a", "b"], [None]])
@pytest.mark.parametrize(
    ("name", "repeated"), [("$user_id", False), ("$user_id", True), ("mp_original_distinct_id", False)]
)
def test_what_the_load_counts_is_what_is_stored(
    url: str, db: UsageDatabase, kinds: list, name: str, repeated: bool
) -> None:
    """Ids of every kind of JSON, and events that come twice, with the same ids and with others."""
    content = [
        line(n % 5, event=("Login", "Sol x")[n % 2], at=NOON_MS - n * 7_000, **{name: kinds[n % len(kinds)]})
        for n in range(40)
    ]
    if repeated:
        content += [*content[:10], *(line(n, at=NOON_MS, **{"$user_id": "x"}) for n in range(3))]
        content += [line(n, at=NOON_MS, **{"$user_id": "y", "mp_processing_time_ms": NOON_MS * 2}) for n in range(3)]
    db.replace_day(DAY, content)
    assert equal(url)
    with psycopg.connect(url) as connection:
        missing = (
            "SELECT count(*) FROM usage.event_ids AS e "
            "WHERE NOT EXISTS (SELECT FROM usage.identity AS i WHERE i.id = e.distinct_id)"
        )
        assert connection.execute(missing).fetchone() == (0,)
    assert db.replace_day(DAY, content[1:]).changed >= 0
    assert equal(url)


def test_events_are_counted_by_day_and_by_ids(db: UsageDatabase) -> None:
    """How often each happened, and how many ids had it; days without events have no rows."""
    later = DAY + timedelta(days=1)
    queries = [line(number, event="Atla Query", distinct_id=who) for number, who in enumerate(["ann", "ann", "bo"])]
    db.replace_day(DAY, [*queries, line(3)])
    db.replace_day(later, [line(86_400)])
    db.replace_day(DAY + timedelta(days=2), [])
    found = db.event_counts()
    assert list(found) == ["day", "event", "events", "ids"]
    assert found[found["day"] == DAY].set_index("event")[["events", "ids"]].T.to_dict() == {
        "Atla Query": {"events": 3, "ids": 2},
        "Login": {"events": 1, "ids": 1},
    }
    assert db.event_counts(later)["day"].tolist() == [later]
    assert db.event_counts(later + timedelta(days=1)).empty


def test_months_are_the_sums_of_their_days(url: str, db: UsageDatabase) -> None:
    """Whatever days of two months are loaded, changed and emptied, in whatever order."""
    last, first = DAY.replace(month=10, day=31), DAY.replace(day=1)
    days = {last: -2, first: -1, DAY: 0}

    def load(day: date, count: int) -> None:
        db.replace_day(day, lines(count, at=NOON_MS + days[day] * 86_400_000), allow_shrink=True)
        assert equal(url)

    for day, count in [(DAY, 3), (first, 5), (last, 4), (first, 2), (DAY, 6), (last, 0), (first, 0), (last, 1)]:
        load(day, count)
    db.import_accounts(pd.DataFrame({"id": [1], "name": ["Ann"], "username": ["user1"]}))
    with psycopg.connect(url) as connection:
        months = connection.execute("SELECT user_id, month, events FROM usage.user_month").fetchall()
        assert months == [(1, first, 1)]
    db.erase("1")
    assert equal(url)
