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
from oseberg.usage_db._archive.digest import Content, RowDigest
from oseberg.usage_db._archive.parquet import read_batches
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
    with pytest.raises(LoadError, match="archived"), db.load_run(since=OCTOBER - timedelta(days=9)):
        db.replace_day(OCTOBER - timedelta(days=9), lines(5), time_zone="America/Chicago")
    assert db.pending_days(DAY, now=datetime.now(UTC) + timedelta(days=8)) == DAYS[1:]
    assert db.status().failed == ()
    db.restore("2026-10")
    assert db.loaded_days()["state"].tolist() == ["loaded"] * 3


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
        with pytest.raises(ArchiveError, match="differ from the 51"):
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
        with pytest.raises(BusyError, match="in use, so it can't be dropped"):
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


HOSTILE = [
    "\\.", "\\N", "NULL", "", " ", '"', '""', ",", "a,b", 'a"b', "a\nb", "a\r\nb", "\n", "\r", "\\.\n\\.", "\t",
    "'", "\x01", "\u2028", "\ufeff", "\U0001f600", "x" * 2000, "1", "2026-11-02 00:00:00Z",
]  # fmt: skip
INSERT = """
INSERT INTO usage.product_event (distinct_id, time, event, insert_id, properties, processed_at, run_id) VALUES (
    %(text)s, '2026-10-07'::timestamptz + %(number)s * interval '1 microsecond', %(text)s, %(text)s,
    jsonb_build_object(%(text)s::text, %(text)s::text, 'n', 1e300::numeric, 'z', 1.500), %(processed)s,
    -(2::numeric ^ 63)
)
"""


def test_every_text_comes_back(url: str, db: UsageDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever text, number or missing value a row has, and however many rows go at a time, it is the same again."""
    load_days(db)
    with psycopg.connect(url) as connection:
        for number, text in enumerate(HOSTILE):
            processed = None if number % 2 else "2026-10-07 00:00:00.000001"
            connection.execute(INSERT, {"text": text, "number": number, "processed": processed})
    before = rows(url)
    monkeypatch.setattr("oseberg.usage_db._archive.copy_text._BLOCK_BYTES", 1500)
    (done,) = db.archive(date(2026, 11, 1), tmp_path)
    assert done.events == 51 + len(HOSTILE)
    assert pyarrow.parquet.ParquetFile(done.address).num_row_groups > 5
    assert db.restore("2026-10").events == done.events
    assert rows(url) == before


def test_an_archive_of_before_is_restored(url: str, db: UsageDatabase, tmp_path: Path) -> None:
    """The first archives have a digest that was made row by row."""
    load_days(db)
    before = rows(url)
    (done,) = db.archive(date(2026, 11, 1), tmp_path)
    digest = RowDigest(like="0" * 64)
    for batch in read_batches(Path(done.address)):
        digest.add(batch)
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE usage.archive SET digest = %s", (digest.content().digest,))
    assert db.restore("2026-10").events == 51
    assert rows(url) == before


def test_a_row_without_a_place_in_a_file_stays(url: str, db: UsageDatabase, tmp_path: Path) -> None:
    """A time of infinity, which no load writes, is named; nothing is dropped."""
    load_days(db)
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE usage.product_event SET processed_at = 'infinity' WHERE insert_id = 'insert7'")
    with pytest.raises(ArchiveError, match=r"can't be archived.*infinity.*Nothing was dropped"):
        db.archive(date(2026, 11, 1), tmp_path)
    assert db.archives().empty
    assert db.verify()["stored"].tolist() == [52, 52, 52]


def test_a_restored_month_is_like_any_other(url: str, db: UsageDatabase, tmp_path: Path) -> None:
    """It has the indexes of its neighbors, and a partition that somebody made meanwhile is filled."""
    load_days(db)
    indexes = (
        "SELECT replace(indexdef, tablename, 't') FROM pg_indexes WHERE tablename IN "
        "('product_event_2026_10', 'product_event_2026_11') ORDER BY 1"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        defined = connection.execute(indexes).fetchall()
        db.archive(date(2026, 11, 1), tmp_path)
        db.restore("2026-10")
        assert connection.execute(indexes).fetchall() == defined
        db.archive(date(2026, 11, 1), tmp_path)
        connection.execute(
            "CREATE TABLE usage.premade PARTITION OF usage.product_event "
            "FOR VALUES FROM ('2026-10-01Z') TO ('2026-11-01Z')"
        )
        assert db.restore("2026-10").events == 51
        assert connection.execute("SELECT count(*) FROM usage.premade").fetchone() == (51,)
    assert db.verify()["state"].tolist() == ["ok"] * 3


def test_a_month_in_several_partitions_comes_back_whole(url: str, db: UsageDatabase, tmp_path: Path) -> None:
    """Partitions of other bounds than months are archived one by one; a month is all files that hold a part of it."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "CREATE TABLE usage.p PARTITION OF usage.product_event "
            "FOR VALUES FROM ('2026-10-10 00:00+02') TO ('2026-10-31 17:00:10+00')"
        )
    load_days(db)
    at = NOON_MS - 12 * 86_400_000
    db.replace_day(date(2026, 10, 21), lines(5, at=at), time_zone="America/Chicago")
    before = rows(url)
    assert [one.events for one in db.archive(date(2026, 11, 1), tmp_path)] == [15, 41]
    names = [one.name for one in db.find_archives("2026-10")]
    with pytest.raises(ArchiveError, match=rf"several parts.*: {names[0]}, {names[1]}"):
        db.restore("2026-10", tmp_path / "p.parquet")
    for month in ("2026-11", "2026-09", "2026-13", "p2"):
        with pytest.raises(ArchiveError, match="is not archived"):
            db.restore(month)
    assert db.restore("p", tmp_path / "p.parquet").events == 15
    assert [one.name for one in db.find_archives("2026-10")] == names[1:]
    db.archive(date(2026, 11, 1), tmp_path)
    assert db.restore("2026-10").events == 56
    assert rows(url) == before
    assert set(db.verify()["state"]) == {"ok"}
