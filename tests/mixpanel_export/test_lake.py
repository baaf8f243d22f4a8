"""A lake of one Parquet file a day, with one schema for all."""

import json
import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from filelock import FileLock

from oseberg.mixpanel_export import BusyError, SchemaError, SettingsError, normalize
from tests.mixpanel_export.fault_server import serving
from tests.mixpanel_export.helpers import client, event, many
from tests.mixpanel_export.times import HOUR, at

FIRST, LAST = "2026-11-01", "2026-11-03"
DAYS = ("2026-11-01", "2026-11-08", "2026-11-15")
NOON_OF = [at(f"{day}T12:00") for day in DAYS]
DAY = 24 * HOUR


def write(folder: Path, lines: list[bytes], *days: Any, **options: Any) -> list[dict[str, str]]:
    """Write days, and give the requests."""
    with serving(lines) as server:
        client(server).write_lake(folder, *days, **options)
    return server.requests


def test_each_day_is_a_file_and_all_are_one_table(tmp_path: Path) -> None:
    """Empty days have a file too; the folders' names become a column."""
    write(tmp_path / "lake", many(30), FIRST, LAST)
    names = [str(path.relative_to(tmp_path)) for path in sorted(tmp_path.glob("lake/*/*"))]
    assert names == [f"lake/date=2026-11-0{day}/events.parquet" for day in (1, 2, 3)]
    frame = pd.read_parquet(tmp_path / "lake")
    assert frame.groupby("date", observed=True).size().to_dict() == {"2026-11-01": 24, "2026-11-02": 6}
    assert json.loads((tmp_path / "lake" / "_schema.json").read_text()) == {"number": "int64"}
    assert stat.S_IMODE((tmp_path / names[0]).stat().st_mode) == 0o600


def test_the_lake_has_one_schema_whatever_comes(tmp_path: Path) -> None:
    """Files of other days are rewritten, and hold what one export would."""
    days = [
        [event(at("2026-11-01T05:00"), n=1, land="oil", date="x")],
        [event(at("2026-11-02T05:00"), n=2.5, new=True)],
        [event(at("2026-11-03T05:00"), n="n/a", land=["oil", "gas"])],
    ]
    for number, lines in enumerate(days, 1):
        write(tmp_path, lines, f"2026-11-0{number}", f"2026-11-0{number}")
    schemas = {tuple(pq.read_schema(path)) for path in tmp_path.glob("*/*.parquet")}
    assert len(schemas) == 1
    frame = pd.read_parquet(tmp_path, dtype_backend="pyarrow").drop(columns="date")
    whole = normalize([line for lines in days for line in lines]).rename(columns={"date": "prop_date"})
    assert frame["n"].tolist() == whole["n"].tolist() == ["1", "2.5", "n/a"]
    assert frame["land"].tolist()[::2] == ["oil", '["oil","gas"]']
    assert frame["new"].dropna().tolist() == [True]
    assert frame["prop_date"].dropna().tolist() == ["x"]
    assert len(ds.dataset(tmp_path, partitioning="hive").to_table()) == 3


def test_large_integers_of_earlier_days_are_not_rounded(tmp_path: Path) -> None:
    """When fractions come later, integers that no double holds become strings."""
    write(tmp_path, [event(at("2026-11-01T05:00"), n=2**53 + 1, m=7)], FIRST, FIRST)
    write(tmp_path, [event(at("2026-11-02T05:00"), n=0.5, m=0.5)], "2026-11-02", "2026-11-02")
    frame = pd.read_parquet(tmp_path)
    assert frame["n"].tolist() == [str(2**53 + 1), "0.5"]
    assert frame["m"].tolist() == [7.0, 0.5]


def test_days_are_replaced_whole(tmp_path: Path) -> None:
    """What Mixpanel no longer has is gone; other days stay as they are, byte for byte."""
    write(tmp_path, many(48), FIRST, "2026-11-02")
    before = (tmp_path / "date=2026-11-01" / "events.parquet").read_bytes()
    write(tmp_path, many(30), "2026-11-02", "2026-11-02")
    assert (tmp_path / "date=2026-11-01" / "events.parquet").read_bytes() == before
    assert len(pd.read_parquet(tmp_path)) == 30


def test_without_a_first_day_missing_and_unsettled_days_are_fetched(tmp_path: Path) -> None:
    """As a load does: late events are followed until five days after a day's end."""
    today = datetime.now(UTC).date()
    first = today - timedelta(days=9)
    with pytest.raises(SettingsError, match="holds no days yet"):
        write(tmp_path, [])
    write(tmp_path, [], first, first + timedelta(days=2))
    (requests,) = [write(tmp_path, [], None, today - timedelta(days=1))]
    days: set[date] = set()
    for request in requests:
        since, until = (date.fromisoformat(request[name]) for name in ("from_date", "to_date"))
        days |= {since + timedelta(days=number) for number in range((until - since).days + 1)}
    assert days == {first + timedelta(days=number) for number in range(3, 9)}
    again = write(tmp_path, [])
    assert min(request["from_date"] for request in again) == str(today - timedelta(days=5))


def test_nothing_to_do_asks_nothing(tmp_path: Path) -> None:
    """Settled days are left alone."""
    write(tmp_path, many(48), "2026-10-01", "2026-10-02")
    assert write(tmp_path, [], None, "2026-10-02") == []


def test_what_is_not_a_lake_is_refused(tmp_path: Path) -> None:
    """A file, a folder in use, and files of someone else's."""
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="is a file"):
        write(tmp_path / "file", [], FIRST, FIRST)
    with FileLock(tmp_path / ".lock"), pytest.raises(BusyError, match="Another process"):
        write(tmp_path, [], FIRST, FIRST)
    (tmp_path / "date=soon").mkdir()
    (tmp_path / "date=soon" / "events.parquet").touch()
    (tmp_path / "date=2026-01-01").mkdir()
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "date=2026-01-01" / "events.parquet")
    with pytest.raises(SchemaError, match="was not written by this package"):
        write(tmp_path, [], FIRST, FIRST)


def test_a_property_that_is_called_prop_date_too_keeps_its_name(tmp_path: Path) -> None:
    """Both have a column of their own."""
    write(tmp_path, [event(date="x", prop_date="y")], FIRST, FIRST)
    frame = pd.read_parquet(tmp_path)
    assert frame["prop_date"].tolist() == ["y"]
    assert frame.filter(like="prop_date_").iloc[0].tolist() == ["x"]


def test_a_lake_is_one_table_for_every_reader(tmp_path: Path) -> None:
    """pandas, DuckDB and polars read days of different shapes, a day without events included, in one schema."""
    lake = tmp_path / "lake"
    write(lake, [event(at("2026-11-01"), plan=1, saved=None)], FIRST, "2026-11-02")
    write(lake, [event(at("2026-11-03"), plan="pro", saved=True, tags=["a"])], "2026-11-03", "2026-11-03")
    pattern, order = str(lake / "*" / "*.parquet"), ["date"]
    frames = {
        "pandas": pd.read_parquet(lake).sort_values(order),
        "duckdb": duckdb.sql(f"select * from read_parquet('{pattern}', hive_partitioning = true) order by date").df(),
        "polars": pl.read_parquet(pattern, hive_partitioning=True).sort("date").to_pandas(),
        "arrow": ds.dataset(lake, partitioning="hive").to_table().sort_by("date").to_pandas(),
    }
    for name, frame in frames.items():
        assert [str(day)[:10] for day in frame["date"]] == ["2026-11-01", "2026-11-03"], name
        assert frame["plan"].tolist() == ["1", "pro"], name
        assert frame["tags"].tolist()[1] == '["a"]', name
        assert [bool(value) for value in frame["saved"].fillna(False)] == [False, True], name
        assert [moment.isoformat()[:10] for moment in frame["time"]] == ["2026-11-01", "2026-11-03"], name
    # its metadata notes when a day was fetched, too
    assert len({str(pq.read_schema(path).remove_metadata()) for path in lake.glob("*/*.parquet")}) == 1


def test_files_of_several_weeks_are_read_together(tmp_path: Path) -> None:
    """With one schema file, Parquet files of different weeks are one table: none has a column of type null."""
    schema: dict[str, str] = {"plan": "string"}
    for week, properties in enumerate(({"plan": None}, {"plan": "pro"}, {})):
        with serving([event(NOON_OF[week], **properties)]) as server:
            day = DAYS[week]
            client(server).write(tmp_path / f"{day}.parquet", day, day, schema=schema)
    pattern = str(tmp_path / "*.parquet")
    plans = duckdb.sql(f"select plan from read_parquet('{pattern}') order by time").fetchall()
    assert plans == [(None,), ("pro",), (None,)]
    assert pl.read_parquet(pattern).sort("time")["plan"].to_list() == [None, "pro", None]
    assert len(pd.read_parquet(tmp_path)) == 3


def test_what_is_not_a_timestamp_on_a_later_day(tmp_path: Path) -> None:
    """The column that keeps it holds the timestamps of the earlier days as numbers, as one export would."""
    lines = [event(NOON_OF[0], mp_processing_time_ms=NOON_OF[0] + 5), event(NOON_OF[1], mp_processing_time_ms="soon")]
    for day in DAYS[:2]:
        write(tmp_path, lines, day, day)
    frame = pd.read_parquet(tmp_path)
    assert frame["mp_processing_time_ms"].tolist() == normalize(lines)["mp_processing_time_ms"].tolist()
