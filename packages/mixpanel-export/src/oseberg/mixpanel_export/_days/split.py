"""The lines of one answer, written into the files of their days."""

from __future__ import annotations

from datetime import date
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np

from oseberg.mixpanel_export._days.spool import SpoolWriter
from oseberg.mixpanel_export._frame.batch import NO_TIME, stamp_columns, wall_times, weigh
from oseberg.mixpanel_export._read.decode import Decoder, Events
from oseberg.mixpanel_export._read.zone import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DAY_MS = 86_400_000
EPOCH = date(1970, 1, 1)


def split(
    blocks: Iterable[bytes], decoder: Decoder, evidence: Evidence, writer: SpoolWriter, count: Callable[[int], None]
) -> None:
    """Write the lines of an answer into the files of their days.

    An event outside the asked days (an impossible year, no time) goes with the nearest of them.
    """
    for block in blocks:
        count(share(decoder.decode(block), evidence, writer))
    decoder.finish()


def share(events: Events, evidence: Evidence, writer: SpoolWriter) -> int:
    """Write the lines of some events into the files of their days, and give their number."""
    first, last = ((day - EPOCH).days for day in (writer.days[0], writer.days[-1]))
    wall = wall_times(events)
    numbers = np.clip(np.where(wall == NO_TIME, first, wall // DAY_MS), first, last) - first
    for number in np.unique(numbers).tolist():
        writer.write(number, compress(events.lines, (numbers == number).tolist()))
    weigh(events, stamp_columns(events), wall, evidence)
    return len(events)
