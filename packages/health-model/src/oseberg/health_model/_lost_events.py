"""Events that are lost for everybody: their tracking broke, while others go on.

Judged by the number of people, not of events: a busy user who leaves takes many events along, but is one person.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from oseberg.health_model._frames import need
from oseberg.health_model._tracking import HARDLY_ANY, MEMORY, SETTLED_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEWEST_PEOPLE = 30  # people and days: one person has at most seven a week, so that these are at least five people
FEWEST_SPANS = 3  # earlier spans of the same weekdays: one of them could be a holiday
A_WEEK, LONGEST = 7, 28  # days: within a week a loss is noticed; for four weeks its beginning is looked for
A_QUARTER = 0.25  # of the other events: with less of them, it is not one event that was lost


@dataclass(frozen=True)
class LostEvent:
    """An event that hardly anybody has had lately, while many did before.

    Attributes:
        event: The event's name.
        since: The first day without it.
        until: The last day looked at.
        usual: How many people had it in a usual week, a person counted once for each day.
    """

    event: str
    since: date
    until: date
    usual: float


def lost_events(counts: pd.DataFrame, days: Iterable[date], until: date | None = None) -> list[LostEvent]:
    """List the events that nobody has had for two to seven days, although many usually do on these weekdays.

    Usual is the median of the same days of up to eight weeks before, less where all other events are fewer too, as on
    holidays. An event that stays away is named for about four weeks: by then it has been retired, or is mended.

    Args:
        counts: day, event and people (how many had it on that day); no row means nobody.
        days: The loaded days; on other days nothing is known.
        until: The day at whose end to look; default: the last loaded one.

    Returns:
        The lost events, those of the most people first.

    Raises:
        DataError: A column is missing.
    """
    need(counts, ("day", "event", "people"), "counts of events")
    known = sorted(day for day in days if until is None or day <= until)
    if not known:
        return []
    last = known[-1]
    span = [last - timedelta(days=back) for back in range((MEMORY + 1) * A_WEEK)]  # the latest day first
    loaded = np.isin(np.array(span, dtype="datetime64[D]"), np.array(known, dtype="datetime64[D]"))
    table = laid_out(counts, span)
    people, names = table.to_numpy(np.float64), list(table.columns)
    found: dict[str, LostEvent] = {}
    of_a_week = silent_events(people, loaded, A_WEEK)[1]
    for length in range(SETTLED_DAYS, LONGEST + 1):
        silent, usual, of_first_day = silent_events(people, loaded, length)
        for place in np.flatnonzero(silent).tolist():
            name, known_as = names[place], found.get(names[place])
            # Longer spans only say since when: they must not name what has come back, nor begin on a day off.
            if known_as is None and length <= A_WEEK:
                since = last - timedelta(days=length - 1)
                found[name] = LostEvent(name, since, last, float(of_a_week[place] or usual[place]))
            elif known_as is not None and of_first_day[place] > HARDLY_ANY * known_as.usual:
                found[name] = replace(known_as, since=last - timedelta(days=length - 1))
    return sorted(found.values(), key=lambda lost: (-lost.usual, lost.event))


def laid_out(counts: pd.DataFrame, span: list[date]) -> pd.DataFrame:
    """Lay the people of each event out as days x events; 0 where nobody had it."""
    inside = counts[counts["day"].isin(span)]
    table = inside.astype({"people": "float64"}).pivot_table("people", "day", "event", aggfunc="sum", fill_value=0.0)
    return table.reindex(span, fill_value=0.0)


def silent_events(people: Floats, loaded: NDArray[np.bool_], length: int) -> tuple[NDArray[np.bool_], Floats, Floats]:
    """Compare the latest days with the same weekdays of the weeks before.

    Args:
        people: People as days x events, the latest day first.
        loaded: Which of these days are loaded.
        length: How many days.

    Returns:
        Whether each event is silent, how many people usually have it in so many days, and on the first of them.
    """
    weeks = -(-length // A_WEEK)
    starts = [A_WEEK * weeks * back for back in range(1, MEMORY // weeks + 1)]
    starts = [start for start in starts if start + length <= len(people) and loaded[start : start + length].all()]
    nothing = np.zeros(people.shape[1])
    if not loaded[:length].all() or len(starts) < (FEWEST_SPANS if length <= A_WEEK else 1):
        return nothing > 0, nothing, nothing
    now = people[:length].sum(axis=0)
    usual = np.median([people[start : start + length].sum(axis=0) for start in starts], axis=0)
    others, usual_others = now.sum() - now, usual.sum() - usual
    kept = np.divide(others, usual_others, out=nothing.copy(), where=usual_others > 0)
    expected = usual * np.minimum(kept, 1.0)
    silent = (expected >= FEWEST_PEOPLE) & (now <= HARDLY_ANY * expected) & (kept > A_QUARTER)
    return silent, usual, np.median([people[start + length - 1] for start in starts], axis=0)
