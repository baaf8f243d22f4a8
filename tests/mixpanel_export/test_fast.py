"""Both ways of reading give the same result on any body."""

import io
import json
import math
from datetime import date
from itertools import cycle
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from oseberg.mixpanel_export import Day, MixpanelExportError, Report, normalize
from oseberg.mixpanel_export._columns import reader
from oseberg.mixpanel_export._days.intake import Intakes
from oseberg.mixpanel_export._days.spool import DayLines
from oseberg.mixpanel_export._days.store import Room
from oseberg.mixpanel_export._frame.schema import Schema
from oseberg.mixpanel_export._read.lines import line_blocks
from oseberg.mixpanel_export._write.sinks import Outline, write_days
from tests.mixpanel_export.fault_server import serving
from tests.mixpanel_export.helpers import NOON, client, event

TEXTS = st.text(st.characters(exclude_categories=()), max_size=5) | st.sampled_from(
    ["2026-11-01", "2026-11-01T12:00:00Z", "12", "true", "null", '"n":1,', "{", "}\n{", "NaN"]
)
NUMBERS = st.integers(-9, 9) | st.integers() | st.integers(2**53 - 2, 2**53 + 2) | st.integers(2**63 - 2, 2**64 + 1)
SCALARS = st.none() | st.booleans() | NUMBERS | st.floats() | st.sampled_from([1.0, -0.0, 1e5, 2.5]) | TEXTS
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(TEXTS, SCALARS, max_size=2)
KEYS = st.sampled_from(["n", "m", "$os", "event", "properties", "$insert_id", "distinct_id", "mp_processing_time_ms"])
TIMES = st.integers(NOON, NOON + 9) | st.sampled_from([None, 1793534400, NOON + 0.5, "x"])
STYLES = st.sampled_from([(",", ":"), (", ", ": "), (" ,", " : ")])


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """Give a line as Mixpanel writes it, or nearly."""
    content = {"event": draw(st.sampled_from(["e", "f", "$hotshard_events"]))}
    properties = {"time": draw(TIMES)} | draw(st.dictionaries(KEYS, VALUES, max_size=4))
    text = json.dumps(content | {"properties": properties}, separators=draw(STYLES), ensure_ascii=draw(st.booleans()))
    return text.encode("utf-8", "surrogatepass")


ODD = st.sampled_from(
    [
        b"",
        b" ",
        b"garbage",
        b"{}{}",
        b'{"event":"e"}',
        b'{"event":"e","properties":{"time":1793534400000}}{"event":"e","properties":{"time":1793534400000}}',
        b'{"event":"e","event":"f","properties":{"time":1793534400000}}',
        b'{"event":"e","properties":{"time":1793534400000,"n":1,"n":2}}',
        b'{"event":"e","properties":{"time":1793534400000,"n":01}}',
        b'{"event":"e","properties":{"time":1793534400000,"n":1.}}',
        b'{"event":"e","properties":{"time":1793534400000,"n":1e400}}',
        b'{"event":"e","properties":{"time":1793534400000,"n":-0}}',
        b'{"event":"e","properties":{"time":1793534400000,"n":1.0000000000000000000000000001}}',
        b'{"event":"e","properties":{"time":1793534400000,"n":"\xff"}}',
        b'{"event":"e","properties":{"time":1793534400000,"n":"\xed\xa0\x80"}}',
        b'{"event":"e","properties":{"time":1793534400000,"n":"a\tb"}}',
        b'{"event":"e","properties":{"time":1793534400000,"\\u006e":1.5,"n":2}}',
        b'{"event":"e","properties":{"time":1793534400000}} ',
        b' {"event":"e","properties":{"time":1793534400000}}',
        b'{"event":"e","properties":{"time":1793534400000}}\r',
        b'{"event":null,"properties":{"time":1793534400000}}',
        b'{"event":"e","properties":null}',
        b'{"event":"e","properties":{}}',
        b'{"x":{"event":"e"},"event":"e","properties":{"time":1793534400000,"n":3}}',
        b'{"event":"e","properties":{"time":1793534400000,"$import":null,"n":3}}',
        b'[{"event":"e","properties":{"time":1793534400000}}]',
        b'{"event":"e",',
        b'"properties":{"time":1793534400000}}',
    ]
)


def outcome(body: bytes, options: dict[str, Any]) -> Any:
    """Give the frame and its figures, or the error."""
    try:
        frame = normalize(body, **options)
    except MixpanelExportError as error:
        return type(error), str(error)
    return frame


def read_both(body: bytes, size: int, options: dict[str, Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        blocks = "oseberg.mixpanel_export._read.lines.line_blocks"
        patch.setattr(f"{blocks}.__defaults__", (size,))
        quick = outcome(body, options)
        patch.setattr(reader.Reader, "_plain", lambda *_: None)
        careful = outcome(body, options)
    assert type(quick) is type(careful)
    if isinstance(careful, pd.DataFrame):
        pd.testing.assert_frame_equal(quick, careful)
        assert quick.attrs == careful.attrs
    else:
        assert quick == careful


@settings(max_examples=100, deadline=None)
@given(st.lists(lines(), min_size=1, max_size=6), st.integers(1, 400), st.booleans())
@example([event(n=1), event(n=2.5), event(n=3.0)], 1, False)
@example([event(n="2026-11-01"), event(n="soon")], 1, False)
def test_both_ways_are_equal(body: list[bytes], size: int, restore: bool) -> None:
    """Values, types, names, figures and errors don't depend on the way."""
    read_both(b"\n".join(body), size, {"restore_hot_shards": restore, "verify_time_zone": True})


@settings(max_examples=100, deadline=None)
@given(st.lists(lines() | ODD, min_size=1, max_size=6), st.integers(1, 400))
def test_both_ways_are_equal_on_odd_bodies(body: list[bytes], size: int) -> None:
    """Lines that are not events, or not JSON, are found by both."""
    read_both(b"\n".join(body), size, {})


def files_of(body: bytes, size: int, room: int) -> list[bytes]:
    """Give the bytes of a body in three formats, read in blocks of some size, with room for some events."""
    found = []
    for kind in ("jsonl", "csv", "parquet"):
        with Room(room) as shared:
            intake = Intakes(ZoneInfo("UTC"), restore=True, room=shared).of_lines(line_blocks([body], size))
            spool = DayLines(None, date(2026, 11, 1))
            outline = Outline.of([(Day(spool.day, spool, []), intake)], Report(), "raw", Schema())
            target = io.BytesIO()
            write_days(target, kind, outline)
        found.append(target.getvalue())
    return found


@settings(max_examples=40, deadline=None)
@given(st.lists(lines(), min_size=1, max_size=6), st.integers(1, 400))
def test_files_are_equal_both_ways(body: list[bytes], size: int) -> None:
    """Whichever way blocks are read, and whether they wait in memory or on disk, a file has the same bytes."""
    whole = b"\n".join(body)
    quick = files_of(whole, size, 10**6)
    assert files_of(whole, size, 0) == quick
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader.Reader, "_plain", lambda *_: None)
        assert files_of(whole, size, 0)[:2] == quick[:2]
    for line in quick[0].splitlines():
        assert orjson.loads(line)["event"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(KEYS, VALUES, max_size=4), min_size=1, max_size=4))
def test_jsonl_holds_every_value(properties: list[dict[str, Any]]) -> None:
    """Strings, numbers, objects and lists are read back as Mixpanel sent them; numbers beside strings are strings."""
    ids = {"$insert_id", "distinct_id", "mp_processing_time_ms"}
    body = b"\n".join(event(NOON + number, **one) for number, one in enumerate(properties))
    rows = [json.loads(line) for line in files_of(body, 1, 10**6)[0].splitlines()]
    for row, one in zip(rows, properties, strict=True):
        for name, value in one.items():
            key = f"prop_{name}" if name == "event" else name
            if name in ids or value is None:
                continue
            if isinstance(value, dict | list):
                assert row[key] == json.loads(json.dumps(value)) or "NaN" in str(row[key]) or has_odd(value)
            elif isinstance(value, str):
                assert row[key] == value.encode("utf-8", "surrogatepass").decode("utf-8", "ignore") or has_odd(value)
            elif isinstance(value, float) and not math.isfinite(value):
                assert row[key] is None or isinstance(row[key], str)
            else:
                assert row[key] == value or row[key] == json.dumps(value)


def has_odd(value: Any) -> bool:
    """Whether a value holds something that JSON or UTF-8 can't."""
    text = json.dumps(value)
    return "NaN" in text or "Infinity" in text or "\\ud" in text


def named(body: list[bytes], names: list[str]) -> list[bytes]:
    """Give the events of some lines names in turn."""
    pairs = zip(body, cycle(names), strict=False)
    return [line.replace(b'"e"', json.dumps(name).encode(), 1) for line, name in pairs]


@settings(max_examples=100, deadline=None)
@given(st.lists(lines(), min_size=2, max_size=12), st.integers(1, 4), st.sampled_from([1, 3, 200]))
def test_events_that_are_read_apart_give_the_same(body: list[bytes], count: int, most: int) -> None:
    """Bodies whose events differ are read event by event, whatever else is in the lines."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("oseberg.mixpanel_export._columns.plain.MOST_COLUMNS", most)
        read_both(b"\n".join(named(body, ["e", "f", "g", "properties"][:count])), 10**6, {})


MANY = [
    event(NOON + number, f"e{number % 7}", **{f"p{number % 7} {key}": number / 2 for key in range(40)})
    for number in range(70)
]
LISTS = [event(NOON + number, f"e{number % 3}", n=number if number % 3 else [number], m="x") for number in range(30)]
BODIES = {"many": MANY, "lists": LISTS, "both": [*MANY, *LISTS], "odd": [*MANY, b"{}", *LISTS]}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("size", [1000, 10**6])
def test_wide_bodies_are_read_event_by_event(body: list[bytes], size: int) -> None:
    """Forty properties of each of seven events are 280 columns; lists of one event don't make the others slow."""
    read_both(b"\n".join(body), size, {})


WIDE = [event(NOON + number, **{f"p{key}": number for key in range(250)}) for number in range(4)]
NESTED = [event(NOON + number, tags=[number], n=number) for number in range(12)]
LATER = [event(NOON + 99 + number, n=number / 2) for number in range(12)]


@pytest.mark.parametrize("body", [WIDE, [*NESTED, *LATER], [*LATER, *NESTED, *LATER]], ids=["wide", "nested", "mixed"])
def test_what_arrow_can_t_read_well_is_left_to_the_careful_way(body: list[bytes]) -> None:
    """Many properties, and blocks that are odd one after the other, give the same result without trying each."""
    read_both(b"\n".join(body), 1, {})


def test_days_are_told_apart_the_same_way_after_odd_blocks() -> None:
    """The spool has each line on its day, whichever way its block was read."""
    lines = [*NESTED, event(NOON + 86_400_000, n=1), *LATER]
    with pytest.MonkeyPatch.context() as patch, serving(lines) as server:
        patch.setattr("oseberg.mixpanel_export._read.lines.line_blocks.__defaults__", (1,))
        days = list(client(server).days("2026-11-01", "2026-11-02"))
    assert [len(day.lines) for day in days] == [24, 1]
