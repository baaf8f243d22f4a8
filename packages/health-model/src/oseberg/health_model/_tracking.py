"""Lost tracking, judged by the volume of events: days or weeks with hardly any where earlier weeks had many."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from oseberg.health_model._week import Week, complete_weeks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

MEMORY = 8  # weeks: long enough for a median that a holiday doesn't move, short enough to follow a growing fleet
FEWEST_WEEKS = 2  # one earlier Monday could itself be a holiday
FEWEST_EVENTS = 20  # below this a day's volume says nothing: weekends and small fleets have days without an event
SETTLED_DAYS = 2  # one day without events may be a holiday
HARDLY_ANY = 0.05  # of what is usual; the quietest holidays keep more
MOST_OF_A_WEEK = 0.5  # of the events expected in a week: with more than this missing, its scores mean nothing


def lost_days(volumes: Mapping[date, int]) -> list[date]:
    """List the days on which tracking was lost: hardly any events where the same weekday usually has many.

    Usual is the median of the latest eight such weekdays with tracking; for the first days of the data, of the next
    eight that have events.

    Args:
        volumes: The number of events of each loaded day; a day that isn't loaded is missing, not 0.

    Returns:
        The days, oldest first.
    """
    return [day for day, usual in usual_volumes(volumes).items() if is_lost(volumes[day], usual)]


def lost_since(volumes: Mapping[date, int], days: int = SETTLED_DAYS) -> date | None:
    """Return since when tracking is lost now: the first of the lost days that last until the end of the data.

    Days of which few events are usual, such as Sundays, show nothing and are skipped.

    Args:
        volumes: The number of events of each loaded day.
        days: How many other days in a row must be lost, so that one holiday raises no alarm.

    Returns:
        The first of these days; None if tracking works, or too little is known.
    """
    usual = usual_volumes(volumes)
    streak: list[date] = []
    for day in sorted(usual, reverse=True):
        if usual[day] < FEWEST_EVENTS:
            continue
        if not is_lost(volumes[day], usual[day]):
            break
        streak.append(day)
    return streak[-1] if len(streak) >= days else None


def lost_weeks(volumes: Mapping[date, int], export_zone: str = "UTC", model_zone: str = "UTC") -> list[Week]:
    """List the complete weeks in which tracking was lost for at least half of what is usual.

    Args:
        volumes: The number of events of each loaded day, a day in the export's zone.
        export_zone: The time zone of the Mixpanel project's days.
        model_zone: The time zone of the model's weeks.

    Returns:
        The weeks, oldest first.
    """
    usual = usual_volumes(volumes)
    lost = {day for day, expected in usual.items() if is_lost(volumes[day], expected)}
    found = []
    for week in complete_weeks(volumes, export_zone, model_zone):
        days = week.days_touched(model_zone, export_zone)
        missing = sum(usual[day] for day in days if day in lost)
        if missing and missing >= MOST_OF_A_WEEK * sum(usual[day] for day in days):
            found.append(week)
    return found


def usual_volumes(volumes: Mapping[date, int]) -> dict[date, float]:
    """Return the usual volume of each day; 0 where too little is known."""
    usual: dict[date, float] = {}
    for weekday in range(7):
        days = sorted(day for day in volumes if day.weekday() == weekday)
        tracked: list[int] = []
        for place, day in enumerate(days):
            # Only days with tracking count as usual: a loss that lasts must not become the new level.
            known = tracked[-MEMORY:]
            if len(known) < FEWEST_WEEKS:
                known = [volumes[later] for later in days[place + 1 :] if volumes[later]][:MEMORY]
            usual[day] = median(known) if len(known) >= FEWEST_WEEKS else 0.0
            if not is_lost(volumes[day], usual[day]):
                tracked.append(volumes[day])
    return dict(sorted(usual.items()))


def is_lost(volume: int, usual: float) -> bool:
    """Whether a day has hardly any events where many are usual."""
    return usual >= FEWEST_EVENTS and volume <= HARDLY_ANY * usual
