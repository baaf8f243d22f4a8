"""Days: one request for several of them, its answer split by day, the next request as large as the last one allows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import compress
from typing import TYPE_CHECKING, Any

import numpy as np

from oseberg.mixpanel_export._batch import NO_TIME, stamp_columns, wall_times, weigh
from oseberg.mixpanel_export._frame import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from oseberg.mixpanel_export._decode import Decoder, Events, Unreadable
    from oseberg.mixpanel_export._progress import Tracker
    from oseberg.mixpanel_export._spool import DayLines, SpoolWriter
    from oseberg.mixpanel_export._zone import Evidence

DAY_MS = 86_400_000
EPOCH = date(1970, 1, 1)
REQUESTS = 40
"""Into about so many requests a long range is cut, so that an hour's 60 suffice."""
BYTES = 100_000_000
"""Compressed bytes that one request aims at: what a failure costs."""
GROWTH = 4
MOST_DAYS = 31
"""So many days, or a fortieth of a longer range, are asked for at once at most."""


@dataclass(frozen=True)
class Day:
    """One complete day of events.

    Attributes:
        date: The day, in the zone of the export.
        lines: The raw JSON lines (bytes), duplicates included.
        unreadable: Lines that are no events, each with its reason; those of several days asked for together stand
            with the first of them.
        time_zone: The zone of the lines' times.
        restore_hot_shards: Whether `frame` gives `$hotshard_events` their original event and distinct_id.
    """

    date: date
    lines: DayLines
    unreadable: list[Unreadable]
    time_zone: str = "UTC"
    restore_hot_shards: bool = True

    @property
    def received(self) -> DayLines:
        """All lines, those that are no events last: what a load takes, so that it can keep all of them."""
        return replace(self.lines, more=tuple(line for line, _ in self.unreadable))

    def frame(self, **options: Any) -> pd.DataFrame:  # noqa: ANN401 - those of normalize
        """Give the day as `normalize` does; it takes the same options."""
        own: dict[str, Any] = {"time_zone": self.time_zone, "restore_hot_shards": self.restore_hot_shards}
        return normalize(self.lines.blocks(), **(own | options))


class Plan:
    """Groups days into requests: a few at first, then as many as the bytes seen so far allow."""

    def __init__(self, days: list[date]) -> None:
        self.rest = days
        self.size = self.least = max(1, -(-len(days) // REQUESTS))
        self.most = max(MOST_DAYS, self.least)

    def __iter__(self) -> Iterator[list[date]]:
        while self.rest:
            group = [
                day for number, day in enumerate(self.rest[: self.size]) if day - self.rest[0] == timedelta(number)
            ]
            self.rest = self.rest[len(group) :]
            yield group

    def learn(self, days: int, received: int) -> None:
        """Choose the next request's days by the bytes that the last one's took."""
        fitting = days * BYTES // max(received, 1)
        self.size = min(max(self.least, min(fitting, days * GROWTH)), self.most)

    def halve(self, days: list[date]) -> bool:
        """Put days back that did not come whole, to be asked for in halves; a single day can't be halved."""
        if len(days) == 1:
            return False
        self.size = self.most = len(days) // 2
        self.rest = days + self.rest
        return True


def split(blocks: Iterable[bytes], decoder: Decoder, evidence: Evidence, writer: SpoolWriter, tracker: Tracker) -> None:
    """Write the lines of an answer into the files of their days.

    An event outside the asked days (an impossible year, no time) goes with the nearest of them.
    """
    for block in blocks:
        tracker.read(share(decoder.decode(block), evidence, writer))
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
