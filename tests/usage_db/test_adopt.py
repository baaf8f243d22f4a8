"""The history that an earlier tool loaded is adopted through the same reconcile as an export."""

from datetime import date

import psycopg
import pytest

from oseberg.usage_db import LoadError, UsageDatabase
from tests.usage_db.helpers import DAY, NOON_MS, line, lines

MAKE = """
CREATE SCHEMA before;
CREATE TABLE before.product_event (
    event text, "time" {kind}, distinct_id text, insert_id text, user_id text, county text, properties {json}
)
"""
TIMES = {
    "timestamp with time zone": "'2026-11-02 12:00:0{n}+00'",
    "timestamp": "'2026-11-02 12:00:0{n}'",
    "bigint": f"{NOON_MS} + {{n}} * 1000",
    "double precision": f"{NOON_MS / 1000} + {{n}}",
}


def make(url: str, kind: str, json: str = "jsonb") -> None:
    with psycopg.connect(url) as connection:
        connection.execute(MAKE.format(kind=kind, json=json))
        for n in (1, 2, 3):
            connection.execute(
                f"INSERT INTO before.product_event VALUES ('Login', {TIMES[kind].format(n=n)}, 'user{n}', 'insert{n}', "
                f"'10{n}', 'Reeves', '{{\"layer\": \"leases\", \"big\": 123456789012345678901}}')"
            )


@pytest.mark.parametrize(("kind", "json"), [*((kind, "jsonb") for kind in TIMES), ("timestamp", "text")])
def test_a_table_is_adopted(url: str, db: UsageDatabase, kind: str, json: str) -> None:
    """Whatever type its times have, each row becomes an event; a later export of the day finds the same keys."""
    make(url, kind, json)
    done = db.import_events("before.product_event")
    assert done[["day", "state", "inserted", "rejected"]].to_numpy().tolist() == [[DAY, "loaded", 3, 0]]
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT distinct_id, insert_id, properties FROM usage.product_event ORDER BY 1"
        ).fetchone()
    assert row == (
        "user1",
        "insert1",
        {"$user_id": "101", "county": "Reeves", "layer": "leases", "big": 123456789012345678901},
    )
    assert db.import_events("before.product_event")["state"].tolist() == ["skipped"]
    again = db.replace_day(DAY, [line(n) for n in (1, 2, 3)])
    assert (again.updated, again.inserted, again.deleted) == (3, 0, 0)


def test_loaded_days_are_left_alone(url: str, db: UsageDatabase) -> None:
    """A day that Mixpanel's export gave is never replaced by an older copy."""
    db.replace_day(DAY, lines(5))
    make(url, "timestamp")
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO before.product_event VALUES ('Login', '2026-11-03 01:00', 'x', 'y', NULL, NULL, NULL)"
        )
    done = db.import_events("before.product_event")
    assert done[["day", "state"]].to_numpy().tolist() == [[DAY, "skipped"], [date(2026, 11, 3), "loaded"]]
    assert db.verify()["stored"].tolist() == [5, 1]


def test_what_can_not_be_adopted_is_reported(url: str, db: UsageDatabase) -> None:
    """A missing table, missing columns, and a time that is none."""
    with pytest.raises(LoadError, match=r"before\.nothing does not exist"):
        db.import_events("before.nothing")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE public.a (event text, moment date)")
        connection.execute('CREATE TABLE public.b (event text, "time" boolean, distinct_id text)')
    with pytest.raises(LoadError, match=r"public\.a has no column time, distinct_id"):
        db.import_events("public.a")
    with pytest.raises(LoadError, match="has the type boolean"):
        db.import_events("public.b")


def test_rows_that_are_not_events_are_rejected_or_named(url: str, db: UsageDatabase) -> None:
    """Properties that are not an object are kept as rejected lines; rows without a time stop the import."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE e (event text, time timestamptz, distinct_id text, properties text)")
        for text in ("not JSON", "[1]", "7", '"x"', '{"a": 1}', None):
            connection.execute("INSERT INTO e VALUES ('Login', '2026-11-02 12:00Z', %s, %s)", (text or "none", text))
        connection.execute("INSERT INTO e VALUES ('Login', NULL, 'a'), ('Login', 'infinity', 'b')")
        with pytest.raises(LoadError, match="2 rows have no time, or one of infinity"):
            db.import_events("e")
        connection.execute("DELETE FROM e WHERE time IS NULL OR NOT isfinite(time)")
        done = db.import_events("e")
        assert done[["exported", "inserted", "rejected"]].to_numpy().tolist() == [[6, 2, 4]]
        lines = connection.execute("SELECT count(*) FROM usage.event_reject WHERE line LIKE '%%not JSON%%'").fetchone()
        assert lines == (1,)
