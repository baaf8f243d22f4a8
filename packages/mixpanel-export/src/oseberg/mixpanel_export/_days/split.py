"""The lines of one answer, written into the files of their days."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from oseberg.mixpanel_export._days.spool import SpoolWriter
from oseberg.mixpanel_export._frame.batch import NO_TIME, not_imported, stamp_columns, wall_times, weigh
from oseberg.mixpanel_export._frame.fast import Reader, Times
from oseberg.mixpanel_export._read.block import Block
from oseberg.mixpanel_export._read.decode import Decoder, Events
from oseberg.mixpanel_export._read.zone import Evidence, Milliseconds
from oseberg.mixpanel_export._zones import find_zone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DAY_MS = 86_400_000
EPOCH = date(1970, 1, 1)
UTC = find_zone("UTC")


def split(
    blocks: Iterable[bytes], decoder: Decoder, evidence: Evidence, writer: SpoolWriter, count: Callable[[int], None]
) -> None:
    """Write the lines of an answer into the files of their days.

    An event outside the requested days (an impossible year, no time) goes with the nearest of them.

    Args:
        blocks: The answer.
        decoder: Judges the lines and the end.
        evidence: Collects what the events say about the zone.
        writer: The files.
        count: Called with the number of events of each block.
    """
    reader = Reader(decoder, UTC, evidence)  # the zone plays no part: days are those of the exported times
    for content in blocks:
        block, wall = reader.times(content) or carefully(decoder.decode(content), evidence)
        if len(wall):
            share(block, wall, writer)
        count(len(wall))
    decoder.finish()


def carefully(events: Events, evidence: Evidence) -> Times:
    """Return the lines that the decoder has read, with their times, and note what they say about the zone."""
    wall = wall_times(events)
    weigh(stamp_columns(events), wall, not_imported(events), evidence)
    return Times(Block.of(events.lines), wall)


def share(block: Block, wall: Milliseconds, writer: SpoolWriter) -> None:
    """Write lines into the files of their days: lines of one day come in a row, or nearly."""
    first, last = ((day - EPOCH).days for day in (writer.days[0], writer.days[-1]))
    numbers = np.clip(np.where(wall == NO_TIME, first, wall // DAY_MS), first, last) - first
    changes = np.flatnonzero(numbers[1:] != numbers[:-1]) + 1
    for start, end in zip([0, *changes.tolist()], [*changes.tolist(), len(numbers)], strict=True):
        writer.write(int(numbers[start]), block.part(start, end))
