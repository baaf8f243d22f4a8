"""A request to Mixpanel: the events of a project, on some days."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from oseberg.mixpanel_export._read.decode import HOT_SHARD, Decoder
from oseberg.mixpanel_export._read.zone import utc_now
from oseberg.mixpanel_export.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

EARLIEST_ZONE = timezone(timedelta(hours=14))


@dataclass(frozen=True)
class Query:
    """Which events of a project are requested.

    Attributes:
        project_id: The number of the project.
        events: Names; None takes all.
        where: A segmentation expression; None takes all.
        limit: The most events of an answer; None takes all.
        restore: Whether hot-shard events get their names back: hot-shard events are then requested as well.
    """

    project_id: str
    events: tuple[str, ...] | None = None
    where: str | None = None
    restore: bool = True
    limit: int | None = None

    @property
    def with_hot_shards(self) -> bool:
        """Whether hot-shard events are requested only because they may be restored to one of the names."""
        return self.restore and self.events is not None and HOT_SHARD not in self.events

    def params(self, first: date, last: date) -> dict[str, str]:
        """Spell a request as Mixpanel's documentation asks (openapi/export.openapi.yaml)."""
        params = {
            "project_id": self.project_id,
            "from_date": str(first),
            "to_date": str(last),
            "time_in_ms": "true",
        }
        if self.events is not None:
            names = [*self.events, *([HOT_SHARD] if self.with_hot_shards else [])]
            params["event"] = json.dumps(names, ensure_ascii=False)
        params |= {"limit": str(self.limit)} if self.limit is not None else {}
        return params | ({"where": self.where} if self.where else {})

    def decoder(self) -> Decoder:
        """Make a reader that restores hot shards and then keeps the requested events."""
        return Decoder(restore=self.restore, events=frozenset(self.events or ()) if self.with_hot_shards else None)


def event_names(events: Iterable[str] | None) -> tuple[str, ...] | None:
    """Return the names of events in an order that does not depend on how they were listed.

    Raises:
        SettingsError: It is one text (whose letters would be the names), is empty, or holds something other than texts.
    """
    if events is None:
        return None
    if isinstance(events, str):
        raise SettingsError(f"events={events!r} is a single text. Write events=[{events!r}].")
    names = set(events)
    if not names or not all(isinstance(name, str) for name in names):
        raise SettingsError("events must be a list of at least one event name. Omit it to export all events.")
    return tuple(sorted(names))


def day_range(since: date | str, until: date | str) -> list[date]:
    """List the days from one to another, both included.

    Raises:
        SettingsError: One of them is not a day, or the last is before the first or in the future.
    """
    first, last = a_day(since), a_day(until)
    if last < first:
        raise SettingsError(f"The last day ({last}) is before the first ({first}).")
    if last > latest_day():
        raise SettingsError(f"The last day ({last}) is in the future. The last possible day is today.")
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def latest_day() -> date:
    """Return today where days begin first: later days are in the future in every project's zone."""
    return utc_now().astimezone(EARLIEST_ZONE).date()


def a_day(value: date | str) -> date:
    """Return a day given as a date, as a moment in it (`datetime`, pandas' `Timestamp`), or in ISO form.

    Raises:
        SettingsError: It is something else.
    """
    try:
        if isinstance(value, datetime):
            return date(value.year, value.month, value.day)
        return value if isinstance(value, date) else date.fromisoformat(value)
    except (ValueError, TypeError):
        raise SettingsError(f"{value!r} is not a date. Write 2026-11-01.") from None
