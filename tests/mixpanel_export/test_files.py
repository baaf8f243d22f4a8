"""The files that people expect: raw lines, jsonl with present keys, compressed files, and figures that agree."""

import gzip
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from oseberg.mixpanel_export import Report, SettingsError, normalize
from tests.mixpanel_export.fault_server import Answer, serving
from tests.mixpanel_export.helpers import NOON, client, event, many
from tests.mixpanel_export.times import HOUR

FIRST, LAST = "2026-11-01", "2026-11-05"
ODD = [
    b'{"event":"e","properties":{"time":1793534400000,"distinct_id":7,"a":null,"n":[1,{"b":2}],"s":"x","t":true}}',
    b'{"event":"e","properties":{"time":1793534401000,"n":{"c":18446744073709551616},"s":5,"x":NaN,"lib":"own"}}',
    b'{"event":"e","properties":{"time":1793534402000,"big":123456789012345678901,"mp_processing_time_ms":"soon"}}',
    b'{"event":"e","properties":{"n":"plain","$mp_api_timestamp_ms":1793534402500}}',
]


def write(path: Path, lines: list[bytes], **options: Any) -> Report:
    with serving([], Answer(b"\n".join(lines))) as server:
        return client(server).write(path, FIRST, FIRST, **options)


def test_raw_lines_are_mixpanel_s_own(tmp_path: Path) -> None:
    """Byte for byte, without duplicates or with them."""
    lines = [*ODD, event(**{"$insert_id": "i"}), event(**{"$insert_id": "i"})]
    assert write(tmp_path / "raw", lines, format="raw").rows == 5
    assert (tmp_path / "raw").read_bytes() == b"".join(line + b"\n" for line in lines[:5])
    report = write(tmp_path / "all", lines, format="raw", keep_duplicates=True)
    assert (report.rows, report.duplicates) == (6, 0)
    assert (tmp_path / "all").read_bytes().split(b"\n")[:-1] == lines


def test_jsonl_has_the_keys_that_an_event_has(tmp_path: Path) -> None:
    """Nulls are left out, objects and lists are JSON, numbers in a column of strings are strings."""
    write(tmp_path / "e.jsonl", ODD)
    rows = [json.loads(line) for line in (tmp_path / "e.jsonl").read_bytes().splitlines()]
    stamp = "2026-11-01T12:00:0"
    assert rows == [
        {
            "event": "e",
            "time": f"{stamp}0.000Z",
            "distinct_id": "7",
            "n": [1, {"b": 2}],
            "s": "x",
            "t": True,
        },
        {"event": "e", "time": f"{stamp}1.000Z", "n": {"c": 2**64}, "s": "5", "x": None, "prop_lib": "own"},
        {"event": "e", "time": f"{stamp}2.000Z", "big": "123456789012345678901", "mp_processing_time_ms": "soon"},
        {"event": "e", "received_at": f"{stamp}2.500Z", "n": "plain"},
    ]


def test_jsonl_takes_snake_names_and_the_zone(tmp_path: Path) -> None:
    """Keys are the columns' names, times true UTC."""
    with serving([event(NOON, **{"$os": "iOS", "County": 1})]) as server:
        one = client(server, time_zone="America/Chicago", verify_time_zone=False)
        one.write(tmp_path / "e.jsonl", FIRST, FIRST, names="snake")
    (row,) = [json.loads(line) for line in (tmp_path / "e.jsonl").read_bytes().splitlines()]
    assert row["time"] == "2026-11-01T18:00:00.000Z"
    assert set(row) == {"event", "time", "distinct_id", "mp_os", "county_62b5"}


@pytest.mark.parametrize("name", ["e.csv", "e.jsonl", "e.raw"])
def test_a_file_s_name_says_how_it_is_compressed(tmp_path: Path, name: str) -> None:
    """What is inside is the plain file; the bytes are the same every time."""
    options = {"format": "raw"} if name == "e.raw" else {}
    for extension in ("", ".gz", ".zst"):
        write(tmp_path / f"{name}{extension}", many(24), **options)
    plain = (tmp_path / name).read_bytes()
    packed = (tmp_path / f"{name}.gz").read_bytes()
    assert gzip.decompress(packed) == plain
    assert pa.input_stream(str(tmp_path / f"{name}.zst"), compression="zstd").read() == plain
    write(tmp_path / f"{name}.gz", many(24), **options)
    assert (tmp_path / f"{name}.gz").read_bytes() == packed


def test_a_compressed_parquet_file_is_refused(tmp_path: Path) -> None:
    """Parquet compresses inside; no reader opens such a file."""
    with serving() as server:
        for options in ({}, {"format": "parquet"}):
            with pytest.raises(SettingsError, match=r"Name it without \.gz"):
                client(server).write(tmp_path / "e.parquet.gz", FIRST, FIRST, **options)
        assert not server.requests


def test_compressed_csv_is_read_by_pandas(tmp_path: Path) -> None:
    """The extensions are those that readers know."""
    write(tmp_path / "e.csv.gz", many(24))
    assert len(pd.read_csv(tmp_path / "e.csv.gz")) == 24


def figures(lines: list[bytes], path: Path) -> list[dict[str, Any]]:
    """Give the figures of a frame and of a file."""
    with serving(lines) as server:
        return [
            client(server).export(FIRST, LAST).attrs["mixpanel_report"],
            client(server).write(path, FIRST, LAST).to_dict(),
        ]


def test_rows_are_counted_by_event_and_day(tmp_path: Path) -> None:
    """Duplicates are not counted; the frame and the file agree."""
    lines = [*many(30), *many(2), event(NOON, name="Login")]
    for report in figures(lines, tmp_path / "e.csv"):
        assert report["events"] == {"2026-11-01": {"Atla Query": 24, "Login": 1}, "2026-11-02": {"Atla Query": 6}}
        assert report["duplicates"] == 2


def test_ids_that_mixpanel_may_still_compact_are_counted(tmp_path: Path) -> None:
    """Same event, user and id on the same day at another time are two events, and are told apart from duplicates."""
    ids = {"$insert_id": "i"}
    lines = [event(NOON, **ids), event(NOON, **ids), event(NOON + 1, **ids), event(NOON + 24 * HOUR, **ids)]
    for report in figures(lines, tmp_path / "e.csv"):
        assert (report["rows"], report["duplicates"], report["same_day_ids"]) == (3, 1, 1)


def test_late_events_are_counted(tmp_path: Path) -> None:
    """An event that Mixpanel processed more than a day later may come to a day that was exported already."""
    day = 24 * HOUR
    lines = [event(NOON, number=number, mp_processing_time_ms=NOON + number) for number in (0, day, day + 1)]
    assert [report["late"] for report in figures(lines, tmp_path / "e.csv")] == [1, 1]
    assert normalize([event(None, mp_processing_time_ms=NOON)]).attrs["mixpanel_report"]["late"] == 0
