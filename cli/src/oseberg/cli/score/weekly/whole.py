"""Keep weeks out of the scoring whose events are gone: what is gone is not zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.cli.output import count

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from oseberg.health_model import Week
    from oseberg.usage_db import UsageDatabase


def remove_gone_days(
    database: UsageDatabase, days: dict[date, datetime], weeks: Iterable[Week], export_zone: str, time_zone: str
) -> dict[Week, str]:
    """Remove those days from `days` whose stored events are not those that were loaded, as far as weeks need them.

    Args:
        database: The database.
        days: The loaded days in the export's zone; changed in place.
        weeks: The weeks that are to be scored or fitted on.
        export_zone: The zone of the export's days.
        time_zone: The zone of the weeks.

    Returns:
        Each week that has become incomplete, with a sentence that says so.
    """
    wanted = sorted(set(weeks))
    touches = {week: [day for day in week.days_touched(time_zone, export_zone) if day in days] for week in wanted}
    touched = {day for found in touches.values() for day in found}
    if not touched:  # nothing is due, as on most mornings
        return {}
    missing = database.missing_events(touched).set_index("day")
    told = {}
    for week in wanted:
        gone = [day for day in touches[week] if day in missing.index]
        if not gone:
            continue
        rows = missing[missing.index.isin(gone)]
        stored, logged = int(rows["stored"].sum()), int(rows["logged"].sum())
        told[week] = (
            f"Week {week} can't be scored: of {count(logged, 'event')} that were loaded for {shown(gone)}, "
            f"{stored:,} are stored. Scores that the week has stay. Load the days again: "
            f"oseberg mixpanel load --since {gone[0]} --until {gone[-1]} --allow-shrink"
        )
        for day in gone:
            days.pop(day, None)
    return told


def shown(days: list[date]) -> str:
    """Return the first and last of some days as text."""
    return str(days[0]) if len(days) == 1 else f"{days[0]} to {days[-1]}"
