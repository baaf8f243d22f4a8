"""Months leave the database as files and come back exactly; killed anywhere, nothing is lost or twice."""

import stat
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pyarrow.parquet
import pytest

from oseberg.usage_db import ArchiveError, BusyError, LoadError, UsageDatabase
from oseberg.usage_db._archive.parquet import Content
from tests.usage_db.helpers import DAY, NOON_MS, line, lines

OCTOBER, DAYS = date(2026, 10, 31), [date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 2)]
EVENTS = 'SELECT p.* FROM usage.product_event AS p ORDER BY distinct_id, "time", event, insert_id'
STRANGE = {"county": 'Déjà "vu"\n\t\\', "big": 123456789012345678901234567890, "none": None, "list": [1, {"a": 0.1}]}


def load_days(db: UsageDatabase, zone: str = "America/Chicago") -> None:
    for number, day in enumerate(DAYS, start=-2):
        at = NOON_MS + number * 86_400_000
        evening = line(99, at=at + 11 * 3_600_000)  # in Chicago still this day, in UTC the next one
        db.replace_day(day, [*lines(50, at=at), line(77, at=at, **STRANGE), evening], time_zone=zone)
    assert db.verify()["state"].tolist() == ["ok"] * 3


def rows(url: str) -> list:
    with psycopg.connect(url) as connection:
        return connection.execute(EVENTS).fetchall()


def test_there_and_back(url: str, db: UsageDatabase, tmp_path: Path) -> None:
    """An archived month is a private Parquet file with the table's columns; restored, every row is as it was."""
    load_days(db)
    before = rows(url)
    scores = db.company_scores()
    seen: list[tuple] = []
    done = db.archive(date(2026, 11, 1), tmp_path / "archive", progress=lambda *step: seen.append(step))
    file = tmp_path / "archive" / "product_event_2026_10.parquet"
    assert [(one.name, one.events, one.address) for one in done] == [("product_event_2026_10", 51, str(file))]
    assert seen == [(51, 51, "events of product_event_2026_10")]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert pyarrow.parquet.read_schema(file).names[:5] == ["distinct_id", "time", "event", "insert_id", "properties"]
    assert len(rows(url)) == 105
    assert db.verify()["state"].tolist() == ["archived", "ok", "ok"]
    assert db.status().gone == ()
    assert db.missing_events(DAYS)["state"].tolist() == ["archived"]
    assert db.archive(date(2026, 11, 1), tmp_path / "archive") == []
    assert db.restore("2026-10").events == 51
    assert rows(url) == before
    assert db.verify()["state"].tolist() == ["ok"] * 3
    assert db.replace_day(OCTOBER, [], allow_shrink=True, time_zone="America/Chicago").deleted == 52
    assert db.company_scores().equals(scores)


def test_archived_days_are_not_loaded_again(db: UsageDatabase, tmp_path: Path) -> None:
    """A load of an archived day would store its events twice: it is refused, and not even due."""
    load_days(db)
    db.archive(date(2026, 11, 1), tmp_path)
    with pytest.raises(LoadError, match=r"events of 2026-10 are archived.*oseberg db restore 2026-10"):
        db.replace_day(OCTOBER, lines(5, at=NOON_MS - 2 * 86_400_000), time_zone="America/Chicago")
    assert db.pending_days(DAY, now=datetime.now(UTC) + timedelta(days=8)) == DAYS[1:]


def test_what_goes_wrong_before_the_end_drops_nothing(
    url: str, db: UsageDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed upload, a damaged file or a crash leaves the month in the database; the next run does it all again."""
    load_days(db)
    before = rows(url)

    def fail(path: Path) -> str:
        raise OSError(28, "No space left", str(path))

    with pytest.raises(ArchiveError, match="No space left"):
        db.archive(date(2026, 11, 1), tmp_path, keep=fail)
    with monkeypatch.context() as patched:
        patched.setattr("oseberg.usage_db._archive.archive.read_content", lambda path: Content(1, str(path)))
        with pytest.raises(ArchiveError, match="are not the 51"):
            db.archive(date(2026, 11, 1), tmp_path)
    assert rows(url) == before
    assert [one.events for one in db.archive(date(2026, 12, 1), tmp_path)] == [51, 105]
    assert rows(url) == []
    assert db.archives()["events"].tolist() == [51, 105]


def test_a_wrong_file_is_not_restored(url: str, db: UsageDatabase, tmp_path: Path) -> None:
    """Another month's file, a damaged one and a missing one are refused; nothing is restored."""
    load_days(db)
    db.archive(date(2026, 12, 1), tmp_path)
    october, november = tmp_path / "product_event_2026_10.parquet", tmp_path / "product_event_2026_11.parquet"
    for path, message in (
        (november, "is not what was archived"),
        (tmp_path / "none.parquet", "can't be read"),
        (Path(__file__), "can't be read"),
    ):
        with pytest.raises(ArchiveError, match=message):
            db.restore("2026-10", path)
    with pytest.raises(ArchiveError, match="2026-09 is not archived"):
        db.restore("2026-09")
    assert rows(url) == []
    db.restore("2026-10", october)
    assert len(rows(url)) == 51
    assert db.verify()["state"].tolist() == ["archived"] * 3
    db.restore("product_event_2026_11")
    assert db.verify()["state"].tolist() == ["ok"] * 3


def test_everything_has_a_comment(url: str, db: UsageDatabase) -> None:
    """psql, DBeaver and Metabase show what every table, view and column means."""
    load_days(db)
    query = """
    SELECT c.relname, NULL FROM pg_class AS c WHERE c.relnamespace = 'usage'::regnamespace
    AND c.relkind IN ('r', 'p', 'v') AND obj_description(c.oid) IS NULL
    UNION ALL SELECT c.relname, a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'usage'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND a.attnum > 0
    AND NOT a.attisdropped AND col_description(c.oid, a.attnum) IS NULL
    """
    with psycopg.connect(url) as connection:
        assert connection.execute(query).fetchall() == []


def test_a_reader_delays_the_archive_and_nobody_else(
    url: str, db: UsageDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a report reads the month, the archive tries again and again; other readers wait at most 150 ms."""
    load_days(db)
    monkeypatch.setattr("oseberg.usage_db._archive.archive._ATTEMPTS", 60)
    with psycopg.connect(url) as report, ThreadPoolExecutor() as pool:
        report.execute("SELECT count(*) FROM usage.product_event")  # its lock stays until the transaction ends
        done = pool.submit(db.archive, date(2026, 11, 1), tmp_path)
        slowest = 0.0
        for _ in range(10):
            begun = time.perf_counter()
            assert len(rows(url)) == 156
            slowest = max(slowest, time.perf_counter() - begun)
            time.sleep(0.1)
        assert not done.done()
        assert slowest < 2  # 0.15 s, on a machine that is busy
        report.rollback()
        assert [one.events for one in done.result(timeout=60)] == [51]
    assert db.verify()["state"].tolist() == ["archived", "ok", "ok"]


def test_a_month_in_use_for_long_stays(
    url: str, db: UsageDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the last attempt the month is as it was, and a later archive succeeds."""
    load_days(db)
    monkeypatch.setattr("oseberg.usage_db._archive.archive._ATTEMPTS", 2)
    with psycopg.connect(url) as report:
        report.execute("SELECT count(*) FROM usage.product_event")
        with pytest.raises(BusyError, match="in use, so that it can't be dropped"):
            db.archive(date(2026, 11, 1), tmp_path)
    assert db.verify()["state"].tolist() == ["ok"] * 3
    assert len(db.archive(date(2026, 11, 1), tmp_path)) == 1


def test_a_row_that_changes_meanwhile_stays(url: str, db: UsageDatabase, tmp_path: Path) -> None:
    """What somebody writes between the file and the drop isn't lost: the month is kept, whatever its number of rows."""
    load_days(db)

    def change(path: Path) -> str:
        with psycopg.connect(url) as connection:
            connection.execute("UPDATE usage.product_event SET properties = '{}' WHERE insert_id = 'insert7'")
        return str(path)

    with pytest.raises(ArchiveError, match="changed meanwhile"):
        db.archive(date(2026, 11, 1), tmp_path, keep=change)
    assert len(rows(url)) == 156
