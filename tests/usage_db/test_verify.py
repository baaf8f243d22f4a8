"""What is gone is not zero: days whose events were removed are known by comparing them with the log."""

from datetime import date, timedelta

import psycopg

from oseberg.usage_db import UsageDatabase
from tests.usage_db.helpers import DAY, NOON_MS, line, lines

OCTOBER = date(2026, 10, 31)


def load_days(db: UsageDatabase) -> None:
    for number in (-2, -1, 0):
        at = NOON_MS + number * 86_400_000
        db.replace_day(DAY + timedelta(days=number), lines(10, at=at), time_zone="America/Chicago")


def test_a_dropped_partition_is_gone(url: str, db: UsageDatabase) -> None:
    """A retention job that drops a month leaves its days gone, not empty; the status counts what is there."""
    load_days(db)
    days = [OCTOBER + timedelta(days=number) for number in range(3)]
    assert db.missing_events(days).empty
    assert set(db.verify()["state"]) == {"ok"}
    assert (db.status().events, db.status().gone) == (30, ())
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE usage.product_event_2026_10")
    gone = db.missing_events(days)
    assert gone.to_numpy().tolist() == [[OCTOBER, 10, 0, "gone"]]
    assert db.missing_events(days[1:]).empty
    assert db.missing_events([]).empty
    assert (db.status().events, db.status().gone) == (20, (OCTOBER,))
    assert db.verify(until=days[1])["state"].tolist() == ["gone", "ok"]


def test_changed_and_added_events_are_seen(url: str, db: UsageDatabase) -> None:
    """Rows that something other than a load deleted, wrote or added change the state of their day."""
    load_days(db)
    move = "UPDATE usage.product_event SET properties = '{}' WHERE insert_id = 'insert1' AND \"time\" < '2026-11-01'"
    with psycopg.connect(url) as connection:
        connection.execute(move)
        connection.execute("DELETE FROM usage.product_event WHERE insert_id = 'insert2' AND \"time\" > '2026-11-02'")
        connection.execute(
            "INSERT INTO usage.product_event SELECT distinct_id, \"time\" + interval '1 second' * n, event, 'x' || n, "
            "properties, NULL, 1 FROM usage.product_event, generate_series(1, 2) AS n WHERE insert_id = 'insert3' "
            "AND \"time\" BETWEEN '2026-11-01' AND '2026-11-02'"
        )
        connection.execute(
            "INSERT INTO usage.product_event SELECT 'y', '2026-11-07', event, 'x', properties, NULL, 1 "
            "FROM usage.product_event WHERE insert_id = 'insert3' LIMIT 1"
        )
    assert db.verify(until=date(2026, 11, 9))["state"].tolist() == ["touched", "added", "gone", "unlogged"]
    assert db.missing_events([OCTOBER, DAY])["day"].tolist() == [DAY]
    db.replace_day(DAY, lines(10), time_zone="America/Chicago")
    assert db.missing_events([DAY]).empty


def test_an_empty_database_misses_nothing(db: UsageDatabase) -> None:
    """Where nothing was loaded, nothing is gone; an empty day is whole."""
    assert db.verify().empty
    assert db.status().gone == ()
    db.replace_day(DAY, [])
    assert db.verify()["state"].tolist() == ["ok"]
    db.replace_day(DAY, [line(1)])
    assert db.verify()["stored"].tolist() == [1]
