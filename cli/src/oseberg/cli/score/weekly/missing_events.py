"""Keeps weeks with missing events out of the scoring: events that are gone are not zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.cli.output import count

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    import pandas as pd

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
            f"Week {week} can't be scored: of {count(logged, 'event')} loaded for {shown(gone)}, only {stored:,} are "
            f"still stored. Existing scores of the week are kept. {what_to_do(rows)}"
        )
        for day in gone:
            days.pop(day, None)
    return told


def what_to_do(missing: pd.DataFrame) -> str:
    """Return how to bring missing events back: archived days from their files, others from Mixpanel."""
    archived, gone = ([*missing.index[missing["state"].eq("archived") == same]] for same in (True, False))
    months = sorted({f"{day:%Y-%m}" for day in archived})
    again = f"oseberg mixpanel load --since {gone[0]} --until {gone[-1]} --allow-shrink" if gone else ""
    restored = "; ".join(f"oseberg db restore {month}" for month in months)
    if not months:
        return f"Load the days again: {again}"
    return f"Restore the archived days: {restored}" + (f"; then load the others again: {again}" if again else "")


def shown(days: list[date]) -> str:
    """Return the first and last of some days as text."""
    return str(days[0]) if len(days) == 1 else f"{days[0]} to {days[-1]}"
