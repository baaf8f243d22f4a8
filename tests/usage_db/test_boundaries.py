"""Every boundary that the pages state in words, at the last value that is allowed and the first that is not."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import psycopg
import pytest

from oseberg.usage_db import AccountFileError, AccountSettings, LoadSettings, ShrinkError, UsageDatabase, migration_sql
from oseberg.usage_db import _diagnosis as diagnosis
from oseberg.usage_db._identity.ids import short_text, whole
from oseberg.usage_db._lines.lines import RejectedLineError, check_key, read_event
from oseberg.usage_db._load.reconcile import check_shrink
from tests.usage_db.helpers import DAY, NOON_MS, line, lines


@pytest.mark.parametrize(
    ("before", "after", "refused"),
    [(2000, 1900, False), (2000, 1899, True), (3000, 2850, False), (3000, 2849, True), (100, 0, False), (101, 0, True)],
)
def test_shrinking(before: int, after: int, refused: bool) -> None:
    """More than 5 % and more than 100 events: exactly as many are not a reason to stop."""
    if not refused:
        check_shrink(DAY, before, after)
        return
    with pytest.raises(ShrinkError):
        check_shrink(DAY, before, after)


def test_the_longest_key(db: UsageDatabase) -> None:
    """A key of 2,656 bytes is stored, whatever its letters; one byte more is rejected, and the rest is loaded."""
    longest = 2_656 - len("Login") - len("insert1")
    counts = db.replace_day(
        DAY,
        [
            line(1, distinct_id="x" * longest),
            line(1, distinct_id="é" * (longest // 2), at=NOON_MS + 1000),
            line(1, distinct_id="x" * (longest + 1)),
            line(2),
        ],
    )
    assert (counts.inserted, counts.rejected) == (3, 1)
    check_key("x" * longest, "Login", "insert1")
    with pytest.raises(RejectedLineError, match="2,657 bytes, more than 2,656"):
        check_key("x" * (longest + 1), "Login", "insert1")


def test_the_longest_number() -> None:
    """1,000 characters are kept exactly, 1,001 are rejected; so is what no double can be near to."""
    text = b'{"event": "x", "properties": {"distinct_id": "a", "n": %s}}'
    assert read_event(text % (b"0." + b"7" * 998))[0] == "x"
    with pytest.raises(RejectedLineError, match="1,001 digits"):
        read_event(text % (b"0." + b"7" * 999))
    assert read_event(text % (b"7" * 308))[0] == "x"
    with pytest.raises(RejectedLineError, match="infinity"):
        read_event(text % (b"7" * 310))


def test_the_longest_id_that_is_resolved(url: str, db: UsageDatabase) -> None:
    """An id of 1,000 bytes can mean a user; a longer one means nobody, and its event is stored all the same."""
    name = "n" * 1_000
    db.import_accounts(pd.DataFrame({"id": [1], "name": ["Ann"], "username": [name]}))
    db.replace_day(DAY, [line(1, distinct_id=name), line(2, distinct_id=name + "n")])
    with psycopg.connect(url) as connection:
        found = connection.execute('SELECT user_id FROM usage.user_product_event ORDER BY "time"').fetchall()
    assert found == [(1,), (None,)]


def test_ids_of_accounts(db: UsageDatabase) -> None:
    """Whole numbers have 64 bits, text has 200 characters; a schema's name has 50."""
    assert whole(str(2**63 - 1)) == 2**63 - 1
    assert db.import_accounts(pd.DataFrame({"id": [str(2**63 - 1)], "name": ["Ann"]})).written == 1
    with pytest.raises(AccountFileError, match="not a whole number"):
        db.import_accounts(pd.DataFrame({"id": [str(2**63)], "name": ["Ann"]}))
    assert len(short_text("x" * 200)) == 200
    with pytest.raises(ValueError, match="201 characters"):
        short_text("x" * 201)
    assert f"{'x' * 50}.product_event" in migration_sql(schema="x" * 50)


@pytest.mark.parametrize(("size", "kind"), [("49999.99", "SMB"), ("50000", "Enterprise"), ("0", "SMB"), ("", None)])
def test_small_accounts(db: UsageDatabase, size: str, kind: str | None) -> None:
    """Below 50,000 dollars a company is small; without a size it has no type."""
    db.import_accounts(None, pd.DataFrame({"id": [1], "name": ["One"], "account_size": [size]}))
    found = db.groups()["group_type"][0]
    assert (None if pd.isna(found) else found) == kind


def test_settled_days(url: str) -> None:
    """A day is loaded again until a load five days after its end: on the sixth day it rests."""
    day = date(2026, 11, 2)
    with UsageDatabase(url, load=LoadSettings(recheck_days=0)) as db:
        db.replace_day(day, lines(1))
        for finished, pending in (
            (datetime(2026, 11, 7, 23, 59, 59, tzinfo=UTC), [day]),
            (datetime(2026, 11, 8, tzinfo=UTC), []),
        ):
            with psycopg.connect(url) as connection:
                connection.execute("UPDATE usage.etl_slice SET finished_at = %s", (finished,))
            assert db.pending_days(day, now=finished + timedelta(days=1)) == pending
            assert db.status().unsettled == len(pending)


def test_the_weekly_check(url: str) -> None:
    """Recent days that are settled come again a week after their last load, not earlier."""
    day, loaded = date(2026, 11, 2), datetime(2026, 11, 20, 6, tzinfo=UTC)
    with UsageDatabase(url) as db:
        db.replace_day(day, lines(1))
        with psycopg.connect(url) as connection:
            connection.execute("UPDATE usage.etl_slice SET finished_at = %s", (loaded,))
        assert db.pending_days(day, now=loaded + timedelta(days=7)) == []
        assert db.pending_days(day, now=loaded + timedelta(days=7, seconds=1)) == [day]


@pytest.mark.parametrize(("seconds", "state"), [(59, "ok"), (62, "warning"), (-59, "ok"), (-62, "warning")])
def test_a_clock_that_is_off(db: UsageDatabase, monkeypatch: pytest.MonkeyPatch, seconds: int, state: str) -> None:
    """A minute of difference is tolerated."""

    class Off(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            del tz
            return datetime.now(UTC) + timedelta(seconds=seconds)

    monkeypatch.setattr(diagnosis, "datetime", Off)
    assert next(found.state for found in db.diagnose() if found.name == "clock") == state


def test_days_of_accounts_begin_in_their_zone() -> None:
    """A name that is not in the IANA list is refused where the settings are read."""
    assert AccountSettings(time_zone="America/Chicago").time_zone == "America/Chicago"
    with pytest.raises(ValueError, match="not an IANA time zone"):
        AccountSettings(time_zone="Central")
