"""Turns an exported DataFrame back into lines, so that both kinds of input are loaded in the same way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import repeat
from typing import TYPE_CHECKING, Any, cast

import orjson

from oseberg.usage_db.errors import LoadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CHUNK_ROWS = 8_000
_PER_MILLISECOND = {"ms": 1, "us": 1_000, "ns": 1_000_000}
RAW_NAMES = {
    "user_id": "$user_id",
    "device_id": "$device_id",
    "distinct_id_before_identity": "$distinct_id_before_identity",
    "insert_id": "$insert_id",
    "processed_at": "mp_processing_time_ms",
    "received_at": "$mp_api_timestamp_ms",
    "lib": "mp_lib",
}


def as_lines(events: Iterable[bytes] | pd.DataFrame) -> tuple[Iterable[bytes], bool]:
    """Return the lines of either kind of input, and whether their times may be wall clocks (a frame's are UTC)."""
    if hasattr(events, "columns"):
        return frame_lines(cast("pd.DataFrame", events)), False
    return events, True


def frame_lines(frame: pd.DataFrame) -> Iterator[bytes]:
    """Return each row as a line of the export; missing values are properties that the event doesn't have.

    Raises:
        LoadError: The frame lacks `event` or `time`.
    """
    for name in ("event", "time"):
        if name not in frame.columns:
            raise LoadError(f"The DataFrame has no column {name!r}. Pass one that oseberg.mixpanel_export made.")
    written = {name: raw for raw, name in frame.attrs.get("mixpanel_names", {}).items()}
    names = [RAW_NAMES.get(str(name), written.get(name, str(name))) for name in frame.columns]
    for first in range(0, len(frame), _CHUNK_ROWS):  # so that Postgres works while the next rows are made
        yield from _chunk_lines(frame.iloc[first : first + _CHUNK_ROWS], names)


def _chunk_lines(frame: pd.DataFrame, names: list[str]) -> Iterator[bytes]:
    columns = {name: frame[title] for name, title in zip(names, frame.columns, strict=True)}
    some = [name for name in names if columns[name].isna().any()]  # only these need a look at each value
    full = [name for name in names if name not in some]
    rows, others = (
        zip(*(_values(columns[name]) for name in part), strict=True) if part else repeat((), len(frame))
        for part in (full, some)
    )
    for row, other in zip(rows, others, strict=True):
        properties = dict(zip(full, row, strict=True))
        properties |= {name: value for name, value in zip(some, other, strict=True) if value is not None}
        yield orjson.dumps({"event": properties.pop("event", None), "properties": properties})


def _values(column: pd.Series[Any]) -> list[Any]:
    """Return a column as JSON values; times as milliseconds since 1970."""
    if column.dtype.kind == "M":  # datetimes of one zone: all at once
        whole = column.dt.round("ms").astype("int64") // _PER_MILLISECOND[column.dt.unit]
        times: list[Any] = whole.astype(object).where(column.notna(), None).tolist()
        return times
    values: list[Any] = column.astype(object).where(column.notna(), None).tolist()
    if column.dtype.kind != "O":
        return values
    return [_milliseconds(value) if hasattr(value, "timestamp") else value for value in values]


def _milliseconds(moment: datetime) -> int:
    return round((moment - _EPOCH) / timedelta(milliseconds=1))
