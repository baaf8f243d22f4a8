"""Facts with the days on which they hold: how a new list changes them. Nothing here talks to the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    Facts = Mapping[str, Any]

SEGMENT = "segment."  # what the name of a declared segment has before it among the facts


class Interval(NamedTuple):
    """Facts that hold from the first day until the day before `end`; None: until further notice."""

    start: date
    end: date | None
    facts: Facts

    def covers(self, day: date) -> bool:
        """Whether the facts hold on a day."""
        return self.start <= day and (self.end is None or day < self.end)


def change(
    intervals: list[Interval],
    day: date,
    changes: Facts,
    *,
    next_list: date | None = None,
    seen: date | None = None,
    default: Facts | None = None,
) -> list[Interval]:
    """Return the intervals with the facts that a list of a day states.

    The facts hold from that day until the next list that is known, from which on the old ones hold again. Nothing
    changes before the day.

    Args:
        intervals: What is known, in the order of time and without overlaps.
        day: The day of the list.
        changes: The facts that the list names; others stay what they were.
        next_list: The next later list that is known.
        seen: The first event, which proves that somebody existed before the first list that named them.
        default: The facts of somebody who is new.

    Returns:
        Intervals in the order of time, with different facts wherever two are adjacent.
    """
    current = next((part for part in intervals if part.covers(day)), None)
    following = next((part for part in intervals if part.start > day), None)
    base = current or following
    new = stated({**(base.facts if base else default or {}), **changes})
    end = current.end if current else following.start if following else None
    parts = [part for part in intervals if part.end is not None and part.end <= day]
    if current:
        # A change on the very day of the first list: events from before keep what that list said.
        start = seen if seen and not parts and seen < current.start == day else current.start
        if start < day:
            parts.append(Interval(start, day, current.facts))
    stop = next_list if current and next_list and (end is None or next_list < end) else end
    parts.append(Interval(day, stop, new))
    if current and stop != end and stop is not None:
        parts.append(Interval(stop, end, current.facts))
    return merged([*parts, *(part for part in intervals if part.start > day)])


def begin(intervals: list[Interval], day: date) -> list[Interval]:
    """Return the intervals with a first day that is known for certain: cut off before it, or extended back to it."""
    kept = [part for part in intervals if part.end is None or part.end > day]
    return [Interval(day, kept[0].end, kept[0].facts), *kept[1:]] if kept else intervals


def disable(intervals: list[Interval], day: date) -> list[Interval]:
    """Return the intervals of a user who was disabled on a day that is known for certain.

    Lists that had the user as disabled before that day, without a date, noticed it too early.
    """
    parts = overlay(intervals, day, {"enabled": False})
    for number in reversed([number for number, part in enumerate(parts) if part.start < day]):
        if parts[number].facts.get("enabled"):
            break
        parts[number] = parts[number]._replace(facts={**parts[number].facts, "enabled": True})
    return merged(parts)


def overlay(intervals: list[Interval], day: date, changes: Facts) -> list[Interval]:
    """Return the intervals cut at a day, with changed facts from it on."""
    parts: list[Interval] = []
    for part in intervals:
        first = part.start
        if part.start < day and (part.end is None or day < part.end):
            parts.append(Interval(part.start, day, part.facts))
            first = day
        parts.append(Interval(first, part.end, {**part.facts, **changes} if first >= day else part.facts))
    return parts


def stated(facts: Facts) -> Facts:
    """Return facts without segments that are empty, so that "never named" and "named empty" are the same."""
    return {name: value for name, value in facts.items() if value is not None or not name.startswith(SEGMENT)}


def merged(intervals: list[Interval]) -> list[Interval]:
    """Return the intervals with adjacent ones of equal facts as one."""
    parts: list[Interval] = []
    for part in intervals:
        if parts and parts[-1].end == part.start and parts[-1].facts == part.facts:
            parts[-1] = parts[-1]._replace(end=part.end)
        else:
            parts.append(part)
    return parts
