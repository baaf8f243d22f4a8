"""What a delivery covers: numbers by series, business days, and the day through which a county is certified."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oseberg.maze_authority._county import STATES

if TYPE_CHECKING:
    from oseberg.maze_authority._delivery import Delivery
    from oseberg.maze_authority._series import Series

FAR = np.timedelta64(300, "D")
"""Days that stand so far from the others are typing errors, not part of the delivery's days."""
COVERAGE = {
    **dict.fromkeys(("county_fips", "series", "first", "last"), "str"),
    **dict.fromkeys(("expected", "present", "rejected", "waived", "missing"), "int64"),
    "percent": "float64",
    **dict.fromkeys(("certified_through", "missing_ranges", "waived_ranges"), "object"),
}
"""The columns of the table of coverage and their types, whatever is in it."""


def window(recorded: pd.Series, as_of: date) -> tuple[date, date] | None:
    """Give the first and last recorded day, without days in the future and days that stand far from the bulk."""
    days = recorded.dropna().to_numpy().astype("datetime64[D]")
    days = np.sort(days[days <= np.datetime64(as_of)])
    if not len(days):
        return None
    clusters = np.split(days, np.flatnonzero(np.diff(days) > FAR) + 1)
    bulk = max(reversed(clusters), key=len)
    return bulk[0].item(), bulk[-1].item()


def windows(delivery: Delivery) -> dict[str, tuple[date, date]]:
    """Give each county's first and last recorded day."""
    groups = delivery.documents.groupby("county_fips", sort=True)["recorded_on"]
    found = {str(fips): window(recorded, delivery.as_of) for fips, recorded in groups}
    return {fips: ends for fips, ends in found.items() if ends is not None}


@lru_cache(maxsize=32)
def closed_days(state: str | None, first_year: int, last_year: int) -> frozenset[date]:
    """Give the holidays on which a courthouse of the state is closed."""
    import holidays  # noqa: PLC0415 - the countries of the world take half a second to load, which parsers don't need

    calendar = holidays.country_holidays("US", subdiv=state, years=range(first_year, last_year + 1))
    return frozenset(calendar)


def business_days(fips: str, first: date, last: date) -> list[date]:
    """Give the weekdays from first to last that are no holiday of the county's state."""
    closed = np.array(sorted(closed_days(STATES.get(fips[:2]), first.year, last.year)), dtype="datetime64[D]")
    days = np.arange(np.datetime64(first), np.datetime64(last) + np.timedelta64(1, "D"))
    return [day.item() for day in days[np.is_busday(days, holidays=closed)]]


def empty_days(delivery: Delivery) -> dict[str, list[tuple[date, date]]]:
    """Give each county's business days without records, successive ones as one interval."""
    found: dict[str, list[tuple[date, date]]] = {}
    for fips, (first, last) in delivery.windows.items():
        recorded = delivery.documents.loc[delivery.documents["county_fips"] == fips, "recorded_on"]
        seen = set(np.unique(recorded.dropna().to_numpy().astype("datetime64[D]")).tolist())
        runs = [list(days) for there, days in groupby(business_days(fips, first, last), seen.__contains__) if not there]
        found[fips] = [(days[0], days[-1]) for days in runs]
    return found


def span(first: date, last: date) -> str:
    """Write an interval of days by both its ends."""
    return first.isoformat() if first == last else f"{first.isoformat()}..{last.isoformat()}"


def all_gaps(delivery: Delivery) -> list[tuple[Series, list[tuple[int, int]], set[int]]]:
    """Give for each series its missing intervals and the numbers known from elsewhere, which are no gap of the vendor.

    These are rejected rows, undated records of a count that starts anew, and the earlier delivery's records from
    before this delivery's window (inside the window a missing one is withdrawn, which is a finding of its own).
    """
    undated = numbers_by(["county_fips", "prefix"], delivery.numbers.loc[delivery.numbers["label"] == "undated"])
    earlier = numbers_by(["county_fips", "prefix", "shown"], earlier_numbers(delivery))
    found = []
    for series in delivery.series:
        known = {number for text in delivery.rejected_numbers if (number := series.place(text)) is not None}
        known |= undated.get((series.county_fips, series.prefix), set())
        before = earlier.get((series.county_fips, series.prefix, series.shown), set())
        since = max((number for number in before if number < series.numbers[0]), default=None)
        found.append((series, series.gaps(known | before, since=since), known | before))
    return found


def numbers_by(names: list[str], numbers: pd.DataFrame) -> dict[tuple[str, ...], set[int]]:
    """Gather numbers by the columns that tell their series."""
    return {tuple(map(str, key)): set(group.tolist()) for key, group in numbers.groupby(names)["number"]}


def earlier_numbers(delivery: Delivery) -> pd.DataFrame:
    """Give the earlier delivery's numbers without those that are recorded inside this delivery's windows."""
    history = delivery.history
    if history is None:
        return delivery.numbers.head(0)
    numbers = history.numbers.loc[history.numbers["valid"]]
    recorded = history.documents["recorded_on"].to_numpy()[numbers["doc"].to_numpy()]
    inside = np.zeros(len(numbers), dtype=bool)
    for fips, (first, last) in delivery.windows.items():
        days = (recorded >= np.datetime64(first)) & (recorded <= np.datetime64(last))
        inside |= days & (numbers["county_fips"] == fips).to_numpy()
    return numbers.loc[~inside]


def coverage(delivery: Delivery) -> pd.DataFrame:
    """Give one row for each series: first and last number, how many there should be, are, are missing or waived."""
    rows = []
    for series, gaps, known in delivery.gaps if delivery.complete_series else []:
        first, last = int(series.numbers[0]), int(series.numbers[-1])
        spans = [(series.span(*gap), gap[1] - gap[0] + 1) for gap in gaps]
        waived = {key for key, _ in spans if delivery.waivers.find("MA201", series.county_fips, key) is not None}
        first = min([first, *(gap[0] for gap in gaps)])
        expected = last - first + 1
        missing = sum(size for key, size in spans if key not in waived)
        excused = sum(size for key, size in spans if key in waived)
        elsewhere = known.difference(series.numbers.tolist()) if known else known
        rows.append(
            {
                "county_fips": series.county_fips,
                "series": series.label,
                "first": series.spell(first),
                "last": series.spell(last),
                "expected": expected,
                "present": len(series.numbers),
                "rejected": sum(first <= number <= last for number in elsewhere),
                "waived": excused,
                "missing": missing,
                "percent": round(100 * (expected - missing) / expected, 4),
                "certified_through": delivery.certified_through.get(series.county_fips),
                "missing_ranges": [key for key, _ in spans if key not in waived],
                "waived_ranges": [key for key, _ in spans if key in waived],
            }
        )
    return pd.DataFrame(rows, columns=list(COVERAGE)).astype(COVERAGE)


def certified_through(delivery: Delivery) -> dict[str, date | None]:
    """Give the day through which each county is known whole; None where not even its first day is.

    A title plant's certified-through date (Texas Basic Manual of Title Insurance, P-1 and P-12): every day up to it has
    records, and no instrument number up to it is missing. A gap may belong to the day of the number before it, so
    certification ends on the day before that one.
    """
    through: dict[str, date | None] = dict.fromkeys(sorted(delivery.documents["county_fips"].unique()))
    for fips, (first, last) in delivery.windows.items():
        obstacle = min((day for day, _ in obstacles(delivery, fips, first)), default=date.max)
        through[fips] = min(last, obstacle - timedelta(days=1)) if obstacle > first else None
    return through


def held_back_by(delivery: Delivery) -> dict[str, str]:
    """Give by county what its certified-through date would have to pass first; nothing for a county that is whole."""
    first = {fips: obstacles(delivery, fips, ends[0]) for fips, ends in delivery.windows.items()}
    return {fips: min(found)[1] for fips, found in first.items() if found}


def obstacles(delivery: Delivery, fips: str, first: date) -> list[tuple[date, str]]:
    """Give what is missing of a county, from its first day on and not waived: the day, and the days or numbers."""
    days = [(run[0], span(*run)) for run in delivery.empty_days[fips]]
    found = [(day, f"{key} without records") for day, key in days if delivery.waivers.find("MA304", fips, key) is None]
    if delivery.complete_series:
        found += [(day, f"{key} missing") for day, key in first_gaps(delivery, fips) if day >= first]
    return found


def first_gaps(delivery: Delivery, fips: str) -> list[tuple[date, str]]:
    """Give for each series its first gap that is not waived, with the day of the last record before it."""
    found = []
    for series, gaps, _ in delivery.gaps:
        if series.county_fips != fips:
            continue
        for start, end in gaps:
            key = series.span(start, end)
            if delivery.waivers.find("MA201", fips, key) is None:
                place = max(int(np.searchsorted(series.numbers, start)) - 1, 0)
                before = series.days[: place + 1]
                before = before[~np.isnat(before)]
                if len(before):
                    found.append((before[-1].astype("datetime64[D]").item(), key))
                break
    return found
