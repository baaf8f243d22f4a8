"""An overview of events by name, with the properties that each of them has."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from oseberg.mixpanel_export._columns.batch import NO_TIME, utc_times
from oseberg.mixpanel_export._columns.columns import BIG, INT, KINDS
from oseberg.mixpanel_export._columns.widen import narrowest
from oseberg.mixpanel_export._read.decode import Events
from oseberg.mixpanel_export._read.zone import DAY

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

EPOCH = date(1970, 1, 1)
LONGEST_INTEGER = 2**63


@dataclass
class Known:
    """The counts and properties of one event.

    Attributes:
        count: How many there are.
        days: The first and the last day, as days since 1970; None before any has a time.
        filled: How many have a value, by property.
        kinds: The kinds of these values, by property.
    """

    count: int = 0
    days: tuple[int, int] | None = None
    filled: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)

    def add(self, day: int | None, properties: dict[str, Any]) -> None:
        """Count one event."""
        self.count += 1
        if day is not None:
            first, last = self.days or (day, day)
            self.days = min(first, day), max(last, day)
        for name, value in properties.items():
            if value is not None:
                self.filled[name] = self.filled.get(name, 0) + 1
                self.kinds[name] = self.kinds.get(name, 0) | kind_of(value)


@dataclass
class Overview:
    """The events of some days, and their properties. Duplicates are counted.

    Example:
        >>> import pandas as pd
        >>> overview = client.overview("2026-11-01", "2026-11-07")  # doctest: +SKIP
        >>> overview.events.head()  # doctest: +SKIP
        >>> overview.properties.query("event == 'Atla Query'")  # doctest: +SKIP
    """

    zone: ZoneInfo = field(repr=False)
    known: dict[str, Known] = field(default_factory=dict, repr=False)

    def add(self, events: Events) -> None:
        """Count some events."""
        utc, _ = utc_times(events, self.zone)
        for name, time, properties in zip(events.names, utc.tolist(), events.properties, strict=True):
            day = None if time == NO_TIME else time // DAY
            self.known.setdefault(name, Known()).add(day, properties)

    @property
    def events(self) -> pd.DataFrame:
        """The events, the most frequent first.

        Returns:
            A frame with the columns `event` (string), `count` (int64), `first_day`, `last_day` (dates in UTC, missing
            where no event has a time) and `properties` (int64, how many occur).
        """
        ranked = sorted(self.known.items(), key=lambda item: (-item[1].count, item[0]))
        rows = [(name, one.count, *days_of(one), len(one.filled)) for name, one in ranked]
        return pd.DataFrame(rows, columns=["event", "count", "first_day", "last_day", "properties"])

    @property
    def properties(self) -> pd.DataFrame:
        """The properties of each event, in the order of `events`, the most frequently filled first.

        Returns:
            A frame with the columns `event`, `property` (strings), `share` (float, of the events that have a value) and
            `type` (one of bool, int64, double, string, json).
        """
        rows = []
        for event in self.events["event"]:
            one = self.known[event]
            for name in sorted(one.filled, key=lambda name: (-one.filled[name], name)):
                kind = narrowest(one.kinds[name], exact=True)
                rows.append((event, name, one.filled[name] / one.count, kind))
        return pd.DataFrame(rows, columns=["event", "property", "share", "type"])


def days_of(one: Known) -> tuple[date | None, date | None]:
    """Return the first and the last day of an event."""
    if one.days is None:
        return None, None
    first, last = one.days
    return EPOCH + timedelta(days=first), EPOCH + timedelta(days=last)


def kind_of(value: Any) -> int:  # noqa: ANN401 - any JSON value
    """Return the kind of a value; integers outside 64 bits are a separate kind."""
    kind = KINDS[type(value)]
    return BIG if kind == INT and not -LONGEST_INTEGER <= value < LONGEST_INTEGER else kind
