"""Events -> one batch: columns, UTC times and the numbers that find duplicates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np
import pyarrow as pa

from oseberg.mixpanel_export._columns import Column, columns
from oseberg.mixpanel_export._json import spell
from oseberg.mixpanel_export._widen import as_milliseconds
from oseberg.mixpanel_export._zone import Evidence, to_utc

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from oseberg.mixpanel_export._decode import Event

NO_TIME = np.iinfo(np.int64).max
ROW = np.dtype([("time", "i8"), ("key", "i8"), ("processed", "i8"), ("keyed", "?"), ("line", "u4")])
"""What tells duplicates apart: exported time, hash of the other key parts, processing time, whether there is an
`$insert_id` at all, and the line's checksum, which makes every choice independent of the order of arrival."""


@dataclass(slots=True)
class Batch:
    """Some thousand events as columns."""

    event: pa.Array
    utc: np.ndarray[Any, np.dtype[np.int64]]
    properties: dict[str, Column]
    rows: np.ndarray[Any, Any]
    ambiguous: int

    def __len__(self) -> int:
        return len(self.utc)


def make_batch(events: list[Event], where: ZoneInfo, evidence: Evidence | None = None) -> Batch:
    """Turn events into a batch, and add what their timestamps say to the evidence about the zone."""
    found = dict(columns([event.properties for event in events]))
    found.pop("time", None)
    wall = np.array([NO_TIME if event.time is None else event.time for event in events], dtype=np.int64)
    timed = wall != NO_TIME
    processed, received = (
        stamps(found, name, len(events)) for name in ("mp_processing_time_ms", "$mp_api_timestamp_ms")
    )
    if evidence is not None:
        imported = found.get("$import")
        usable = timed if imported is None else timed & ~imported.array.is_valid().to_numpy(zero_copy_only=False)
        evidence.add(wall, np.where(received >= 0, received, processed), usable)
    utc, ambiguous = wall.copy(), 0
    utc[timed], ambiguous = to_utc(wall[timed], processed[timed], where)
    names = pa.array([event.name for event in events], pa.string())
    return Batch(names, utc, found, row_keys(events, wall, processed), ambiguous)


def stamps(found: dict[str, Column], name: str, length: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Give a property's true UTC milliseconds, -1 where missing."""
    return as_milliseconds(found[name]) if name in found else np.full(length, -1, dtype=np.int64)


def row_keys(
    events: list[Event], wall: np.ndarray[Any, np.dtype[np.int64]], processed: np.ndarray[Any, np.dtype[np.int64]]
) -> np.ndarray[Any, Any]:
    """Give the numbers that find duplicates.

    Two events are taken for the same when their exported times are equal to the millisecond and a 64-bit hash of
    event, distinct_id and $insert_id is: a chance meeting needs both.
    """
    rows = np.empty(len(events), dtype=ROW)
    inserts = [event.properties.get("$insert_id") for event in events]
    rows["time"], rows["processed"] = wall, processed
    rows["keyed"] = [insert is not None and insert != "" for insert in inserts]
    rows["key"] = [
        hash((event.name, text(event.properties.get("distinct_id")), text(insert)))
        for event, insert in zip(events, inserts, strict=True)
    ]
    rows["line"] = [crc32(event.line) for event in events]
    return rows


def text(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """Give an id as the string that it is, whatever JSON type it came in."""
    return value if type(value) is str or value is None else spell(value)


def winners(rows: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Mark the rows that stay when of each set of duplicates the one processed last stays."""
    keep = np.ones(len(rows), dtype=np.bool_)
    keyed = np.flatnonzero(rows["keyed"])
    keys = rows["key"][keyed]
    ordered = np.sort(keys)
    repeated = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(repeated):
        return keep
    suspects = keyed[np.isin(keys, repeated)]
    rows = rows[suspects]
    order = np.lexsort((rows["line"], rows["processed"], rows["key"], rows["time"]))
    sorted_rows = rows[order]
    same = (sorted_rows["key"][1:] == sorted_rows["key"][:-1]) & (sorted_rows["time"][1:] == sorted_rows["time"][:-1])
    keep[suspects[order[:-1][same]]] = False
    return keep
