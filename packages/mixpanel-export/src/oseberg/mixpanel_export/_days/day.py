"""One complete day of events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from oseberg.mixpanel_export._days.spool import DayLines
from oseberg.mixpanel_export._frame.frame import normalize
from oseberg.mixpanel_export._read.decode import Unreadable

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd


@dataclass(frozen=True)
class Day:
    """One complete day of events.

    Attributes:
        date: The day, in the zone of the export.
        lines: The raw JSON lines (bytes), duplicates included.
        unreadable: Lines that are not events, each with its reason; those of several days requested together are
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
        """All lines, those that are not events last, for loads that keep every line."""
        return replace(self.lines, more=tuple(line for line, _ in self.unreadable))

    def frame(self, **options: Any) -> pd.DataFrame:  # noqa: ANN401 - those of normalize
        """Return the day as `normalize` does; it takes the same options.

        Returns:
            One row for each event, with the columns that `normalize` describes.
        """
        own: dict[str, Any] = {"time_zone": self.time_zone, "restore_hot_shards": self.restore_hot_shards}
        return normalize(self.lines.blocks(), **(own | options))
