"""Events -> one batch: columns, UTC times and the numbers that find duplicates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np
import pyarrow as pa

from oseberg.mixpanel_export._columns.columns import Column, column, columns
from oseberg.mixpanel_export._columns.spread import Spread
from oseberg.mixpanel_export._columns.widen import as_milliseconds
from oseberg.mixpanel_export._read.decode import Events
from oseberg.mixpanel_export._read.zone import DAY, Evidence, Mask, Milliseconds, to_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from zoneinfo import ZoneInfo


PROCESSED, RECEIVED, IMPORTED = "mp_processing_time_ms", "$mp_api_timestamp_ms", "$import"
NO_TIME = np.iinfo(np.int64).max


@dataclass(slots=True)
class Batch:
    """Some thousand events as columns.

    Attributes:
        event: Their names.
        wall: Their times in milliseconds, as exported.
        utc: The same in UTC.
        properties: The other properties, by raw name.
        ambiguous: How many times of a double hour were taken for the first reading.
        lenient: How many lines only the lenient reader could read.
        late: How many events Mixpanel processed more than a day after their time.
        checksums: Of their lines, if they were asked for.
    """

    event: pa.Array
    wall: Milliseconds
    utc: Milliseconds
    properties: dict[str, Column]
    ambiguous: int
    lenient: int = 0
    late: int = 0
    checksums: np.ndarray[Any, np.dtype[np.uint32]] | None = None

    def __len__(self) -> int:
        return len(self.utc)

    def part(self, start: int, end: int) -> Batch:
        """Return some events that follow each other; counts go with the first of them."""
        counted = (self.ambiguous, self.lenient, self.late) if start == 0 else (0, 0, 0)
        sums = None if self.checksums is None else self.checksums[start:end]
        properties = {name: part.part(start, end) for name, part in self.properties.items()}
        names = self.event.slice(start, end - start)
        return Batch(names, self.wall[start:end], self.utc[start:end], properties, *counted, sums)

    def take(self, places: np.ndarray[Any, np.dtype[np.int64]]) -> Batch:
        """Return the events in another order."""
        rows, spread = pa.array(places), Spread(len(self))
        properties = {name: Column(part.kinds, part.dense(spread).take(rows)) for name, part in self.properties.items()}
        sums = None if self.checksums is None else self.checksums[places]
        counted = (self.ambiguous, self.lenient, self.late)
        return Batch(self.event.take(rows), self.wall[places], self.utc[places], properties, *counted, sums)


def make_batch(events: Events, zone: ZoneInfo, evidence: Evidence | None = None) -> Batch:
    """Turn events into a batch, and add what their timestamps say to the evidence about the zone."""
    found = dict(columns(events.properties))
    found.pop("time", None)
    names = pa.array(events.names, pa.string())
    batch = assemble(names, wall_times(events), found, zone, evidence)
    batch.lenient = events.lenient
    return batch


def assemble(
    event: pa.Array,
    wall: Milliseconds,
    found: dict[str, Column],
    zone: ZoneInfo,
    evidence: Evidence | None,
) -> Batch:
    """Complete a batch: UTC times, and evidence about the zone.

    Args:
        event: The names of the events.
        wall: Their exported times in milliseconds.
        found: Their properties without the time.
        zone: The zone of the exported times.
        evidence: Collects what the events say about it.

    Returns:
        The batch.
    """
    timed = wall != NO_TIME
    processed = stamps(found, PROCESSED, len(wall))
    if evidence is not None:
        weigh(found, wall, sent_of(found, len(wall)), evidence)
    utc, ambiguous = wall.copy(), 0
    utc[timed], ambiguous = to_utc(wall[timed], processed[timed], zone)
    late = int(np.count_nonzero(timed & (processed >= 0) & (processed - np.where(timed, utc, processed) > DAY)))
    return Batch(event, wall, utc, found, ambiguous, late=late)


def utc_times(events: Events, zone: ZoneInfo) -> tuple[Milliseconds, int]:
    """Return the events' times in UTC, and how many of a double hour were taken for the first reading."""
    wall = wall_times(events)
    timed = wall != NO_TIME
    if zone.key == "UTC" or not timed.any():
        return wall, 0
    processed = stamps(stamp_columns(events), PROCESSED, len(events))
    wall[timed], ambiguous = to_utc(wall[timed], processed[timed], zone)
    return wall, ambiguous


def wall_times(events: Events) -> Milliseconds:
    """Return the exported times in milliseconds."""
    return np.array([NO_TIME if time is None else time for time in events.times], dtype=np.int64)


def stamps(found: Mapping[str, Column], name: str, length: int) -> Milliseconds:
    """Return a property's true UTC milliseconds, -1 where missing."""
    every = np.full(length, -1, dtype=np.int64)
    if name in found:
        part = found[name]
        every[slice(None) if part.rows is None else part.rows] = as_milliseconds(part)
    return every


def sent_of(found: Mapping[str, Column], length: int) -> Mask | None:
    """Return which events were sent when they happened, not imported later; None if all were."""
    if IMPORTED not in found:
        return None
    part, sent = found[IMPORTED], np.ones(length, dtype=np.bool_)
    sent[slice(None) if part.rows is None else part.rows] = np.asarray(part.array.is_null())
    return sent


def weigh(found: Mapping[str, Column], wall: Milliseconds, sent: Mask | None, evidence: Evidence) -> None:
    """Add what the events say about the zone of their times; imported ones came late and say nothing.

    Args:
        found: The columns, of which Mixpanel's own stamps are used.
        wall: The exported times in milliseconds.
        sent: Which events were not imported; None if none was.
        evidence: What is added to.
    """
    processed, received = (stamps(found, name, len(wall)) for name in (PROCESSED, RECEIVED))
    timed = wall != NO_TIME
    usable = timed if sent is None else timed & sent
    evidence.add(wall, np.where(received >= 0, received, processed), usable)


def not_imported(events: Events) -> Mask:
    """Return which events were sent when they happened, not imported later."""
    return np.array([properties.get(IMPORTED) is None for properties in events.properties], dtype=np.bool_)


def stamp_columns(events: Events) -> dict[str, Column]:
    """Return the columns of Mixpanel's own stamps alone."""
    return {name: column([one.get(name) for one in events.properties]) for name in (PROCESSED, RECEIVED)}


def checksums(lines: Iterable[bytes | memoryview]) -> np.ndarray[Any, np.dtype[np.uint32]]:
    """Return the checksums of some lines."""
    return np.fromiter(map(crc32, lines), np.uint32)
