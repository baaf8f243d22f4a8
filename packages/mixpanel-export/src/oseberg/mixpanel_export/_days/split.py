"""Writes the lines of one answer into the files of their days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from oseberg.mixpanel_export._columns.batch import NO_TIME, Batch, not_imported, stamp_columns, wall_times, weigh
from oseberg.mixpanel_export._columns.reader import Reader, Times
from oseberg.mixpanel_export._days.intake import Intake
from oseberg.mixpanel_export._days.spool import SpoolWriter
from oseberg.mixpanel_export._read.block import Block
from oseberg.mixpanel_export._read.decode import Decoder, Events
from oseberg.mixpanel_export._read.zone import Evidence, Milliseconds
from oseberg.mixpanel_export._zones import find_zone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from zoneinfo import ZoneInfo

DAY_MS = 86_400_000
# Changes from one day to another within a block, from which its lines are sorted by day first.
MOST_RUNS = 50
EPOCH = date(1970, 1, 1)
UTC = find_zone("UTC")


@dataclass(frozen=True)
class Shares:
    """The destinations of the events of each day of an answer.

    Attributes:
        days: The days of the answer.
        zone: The zone of the exported times.
        writer: Writes their lines; None keeps none.
        intakes: Take their columns, by the number of the day; None if nobody needs them.
    """

    days: list[date]
    zone: ZoneInfo = UTC
    writer: SpoolWriter | None = None
    intakes: list[Intake] | None = None


def split(
    blocks: Iterable[bytes], decoder: Decoder, evidence: Evidence, shares: Shares, count: Callable[[int], None]
) -> None:
    """Share the events of an answer among their days.

    An event outside the requested days (an impossible year, no time) goes with the nearest of them.

    Args:
        blocks: The answer.
        decoder: Judges the lines and the end.
        evidence: Collects what the events say about the zone.
        shares: Where they go.
        count: Called with the number of events of each block.
    """
    reader = Reader(decoder, shares.zone, evidence, checksums=shares.intakes is not None)
    for content in reader.gathered(blocks):
        if shares.intakes is None:
            block, wall = reader.times(content) or carefully(decoder.decode(content), evidence)
            share(block, wall, None, shares)
        else:
            block, batch = reader.read_lines(content)
            share(block, wall := batch.wall, batch, shares)
        count(len(wall))
    decoder.finish()


def carefully(events: Events, evidence: Evidence) -> Times:
    """Return the lines that the decoder has read, with their times, and note what they say about the zone."""
    wall = wall_times(events)
    weigh(stamp_columns(events), wall, not_imported(events), evidence)
    return Times(Block.of(events.lines), wall)


def share(block: Block, wall: Milliseconds, batch: Batch | None, shares: Shares) -> None:
    """Add lines and columns to their days: those of one day come in a row, or nearly."""
    if not len(wall):
        return
    first, last = ((day - EPOCH).days for day in (shares.days[0], shares.days[-1]))
    numbers = np.clip(np.where(wall == NO_TIME, first, wall // DAY_MS), first, last) - first
    changes = np.flatnonzero(numbers[1:] != numbers[:-1]) + 1
    if len(changes) > MOST_RUNS:
        places = np.argsort(numbers, kind="stable")
        numbers = numbers[places]
        changes = np.flatnonzero(numbers[1:] != numbers[:-1]) + 1
        block = Block.of([block.line(row) for row in places.tolist()])
        batch = batch and batch.take(places)
    for start, end in pairwise([0, *changes.tolist(), len(numbers)]):
        number = int(numbers[start])
        if shares.writer is not None:
            shares.writer.write(number, block.part(start, end))
        if shares.intakes is not None and batch is not None:
            shares.intakes[number].add(batch if len(batch) == end - start else batch.part(start, end))
