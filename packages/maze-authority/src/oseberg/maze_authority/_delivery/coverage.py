"""What a delivery covers: numbers by series, business days, and the day through which a county is certified.

Each function takes the pieces that it reads; `Delivery` knows where they come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.maze_authority._delivery.county import STATES
from oseberg.maze_authority._numbers.intervals import Intervals
from oseberg.maze_authority._numbers.order import FAR
from oseberg.maze_authority._numbers.outliers import Outlier
from oseberg.maze_authority._numbers.series import Series
from oseberg.maze_authority._waivers import Waivers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Days = tuple[date, date]
# The columns of the table of coverage with their types; an empty table has them as well.
COVERAGE = {
    **dict.fromkeys(("county_fips", "series", "first", "last"), "str"),
    **dict.fromkeys(("expected", "present", "rejected", "waived", "missing"), "int64"),
    "percent": "float64",
    **dict.fromkeys(("certified_through", "missing_ranges", "waived_ranges"), "object"),
}


@dataclass(frozen=True)
class SeriesCoverage:
    """One series and what is missing of it, over all deliveries.

    Attributes:
        series: The series.
        held: The numbers that were delivered, mistyped ones left out.
        known: Numbers known from elsewhere, such as rejected rows, which are not the vendor's gaps.
        gaps: The missing intervals, both ends included.
    """

    series: Series
    held: Intervals
    known: Intervals
    gaps: list[tuple[int, int]]

    def spans(self) -> list[tuple[str, int]]:
        """Return each gap's key and how many numbers it has."""
        return [(self.series.span(*gap), gap[1] - gap[0] + 1) for gap in self.gaps]


def window(recorded: pd.Series, as_of: date) -> Days | None:
    """Return the first and last recorded day, leaving out days in the future and days far from the bulk."""
    days = recorded.dropna().to_numpy().astype("datetime64[D]")
    days = np.sort(days[days <= np.datetime64(as_of)])
    if not len(days):
        return None
    # The largest cluster of days is the delivery; ties go to the later one.
    clusters = np.split(days, np.flatnonzero(np.diff(days) > FAR) + 1)
    bulk = max(reversed(clusters), key=len)
    return bulk[0].item(), bulk[-1].item()


def find_windows(
    documents: pd.DataFrame, as_of: date, misdated: np.ndarray[Any, np.dtype[np.bool_]] | None = None
) -> dict[str, Days]:
    """Return each county's first and last recorded day.

    Args:
        documents: The document table.
        as_of: Days after it are left out.
        misdated: For each document whether its day is probably mistyped, and left out as well.

    Returns:
        By county the two days; nothing for a county without days.
    """
    days = documents[["county_fips", "recorded_on"]]
    days = days if misdated is None or not misdated.any() else days.loc[~misdated]
    groups = days.groupby("county_fips", sort=True)["recorded_on"]
    found = {str(fips): window(recorded, as_of) for fips, recorded in groups}
    return {fips: ends for fips, ends in found.items() if ends is not None}


@lru_cache(maxsize=32)
def closed_days(state: str | None, first_year: int, last_year: int) -> frozenset[date]:
    """Return the holidays on which a courthouse of the state is closed."""
    import holidays  # noqa: PLC0415 - the countries of the world take half a second to load, which parsers don't need

    calendar = holidays.country_holidays("US", subdiv=state, years=range(first_year, last_year + 1))
    return frozenset(calendar)


def business_days(fips: str, first: date, last: date) -> list[date]:
    """Return the weekdays from first to last that are not holidays of the county's state."""
    closed = np.array(sorted(closed_days(STATES.get(fips[:2]), first.year, last.year)), dtype="datetime64[D]")
    days = np.arange(np.datetime64(first), np.datetime64(last) + np.timedelta64(1, "D"))
    return [day.item() for day in days[np.is_busday(days, holidays=closed)]]


def find_empty_days(days: Mapping[str, np.ndarray[Any, Any]], spans: Mapping[str, Days]) -> dict[str, list[Days]]:
    """Return each county's business days without records, successive ones as one interval.

    Args:
        days: By county the days with records.
        spans: By county the first and last day to look at.

    Returns:
        By county the intervals.
    """
    found: dict[str, list[Days]] = {}
    for fips, (first, last) in spans.items():
        seen = set(days[fips].astype("datetime64[D]").tolist())
        runs = [list(run) for there, run in groupby(business_days(fips, first, last), seen.__contains__) if not there]
        found[fips] = [(run[0], run[-1]) for run in runs]
    return found


def skipped_days(fips: str, empty: Iterable[Days], windows: Iterable[Days]) -> list[Days]:
    """Return the intervals of business days that no delivery covers, as parts of the intervals without records.

    Args:
        fips: The county.
        empty: Its business days without records.
        windows: The first and last day of each delivery.

    Returns:
        The intervals, each between two deliveries.
    """
    covered = list(windows)
    found = []
    for first, last in empty:
        days = business_days(fips, first, last)
        out = [day for day in days if not any(start <= day <= end for start, end in covered)]
        if out:
            found.append((out[0], out[-1]))
    return found


def span(first: date, last: date) -> str:
    """Format an interval of days by both its ends."""
    return first.isoformat() if first == last else f"{first.isoformat()}..{last.isoformat()}"


def cover_series(
    series: Iterable[Series],
    rejected: Iterable[str],
    undated: Mapping[tuple[str, str], Intervals],
    outliers: Iterable[Outlier],
) -> list[SeriesCoverage]:
    """Return for each series its missing intervals and the numbers known from elsewhere.

    Args:
        series: The series.
        rejected: What may be instrument numbers in rejected rows.
        undated: By county and prefix the numbers without a day of a count that starts over each year: nobody can say
            of which year they are.
        outliers: Mistyped numbers; they are left out where they are, and known where they probably belong.

    Returns:
        The series that have a number which is not mistyped.
    """
    texts, slips = list(rejected), list(outliers)
    found = []
    for one in series:
        # A mistyped number would stretch its series to where it is printed.
        mistyped = [slip.number for slip in slips if is_same(slip.series, one)]
        held = one.held - Intervals.of(mistyped)
        if held:
            numbers = [number for text in texts if (number := one.place(text)) is not None]
            numbers += [slip.place for slip in slips if slip.place is not None and is_same(slip.home, one)]
            known = Intervals.of([number for number in numbers if held.first <= number <= held.last])
            # Without a day nobody can say of which year a number is, so it is known in each.
            if one.year is not None:
                known |= undated.get((one.county_fips, one.prefix), Intervals.of())
            gaps = [gap for gap in (held | known).gaps() if held.first <= gap[0] and gap[1] <= held.last]
            found.append(SeriesCoverage(one, held, known, gaps))
    return found


def is_same(one: Series, other: Series) -> bool:
    """Whether two objects belong to the same series."""
    return (one.county_fips, one.shown) == (other.county_fips, other.shown)


def coverage_table(
    covered: Iterable[SeriesCoverage], certified: Mapping[str, date | None], waivers: Waivers
) -> pd.DataFrame:
    """Return one row for each series: its ends, and how many numbers are expected, present, missing and waived.

    Args:
        covered: The series and their gaps.
        certified: The certified-through day of each county.
        waivers: Gaps that are waived count as such.
    """
    rows = []
    for one in covered:
        series, first, last = one.series, one.held.first, one.held.last
        spans = one.spans()
        waived = {key for key, _ in spans if waivers.find("MA201", series.county_fips, key) is not None}
        missing = sum(size for key, size in spans if key not in waived)
        expected = last - first + 1
        rows.append(
            {
                "county_fips": series.county_fips,
                "series": series.label,
                "first": series.spell(first),
                "last": series.spell(last),
                "expected": expected,
                "present": len(one.held),
                "rejected": len(one.known - one.held),
                "waived": sum(size for key, size in spans if key in waived),
                "missing": missing,
                "percent": round(100 * (expected - missing) / expected, 4),
                "certified_through": certified.get(series.county_fips),
                "missing_ranges": [key for key, _ in spans if key not in waived],
                "waived_ranges": [key for key, _ in spans if key in waived],
            }
        )
    return pd.DataFrame(rows, columns=list(COVERAGE)).astype(COVERAGE)


def find_obstacles(
    fips: str,
    empty_days: Iterable[Days],
    covered: Iterable[SeriesCoverage],
    day_before: Callable[[Series, int], date | None],
    waivers: Waivers,
) -> list[tuple[date, str]]:
    """Return what a county lacks and nobody waived: the day it belongs to, and the days or numbers.

    A gap may belong to the day of the number before it, so it counts from that day on. If nothing before it has a
    day, it counts from the beginning.

    Args:
        fips: The county.
        empty_days: Its business days without records.
        covered: The series whose gaps count.
        day_before: Returns the day of the last dated document of a series below a number.
        waivers: What is waived is not an obstacle.

    Returns:
        The obstacles, of each series the first one.
    """
    days = [(run[0], span(*run)) for run in empty_days]
    waiving = [waivers.find(rule, fips, key) for _, key in days for rule in ("MA304", "MA703")]
    found = [
        (day, f"{key} without records")
        for (day, key), one, other in zip(days, waiving[::2], waiving[1::2], strict=True)
        if one is other is None
    ]
    for one in covered:
        if one.series.county_fips == fips:
            open_gaps = (gap for gap in one.gaps if waivers.find("MA201", fips, one.series.span(*gap)) is None)
            first = next(open_gaps, None)
            if first:
                found.append((day_before(one.series, first[0]) or date.min, f"{one.series.span(*first)} missing"))
    return found


def certify(window_of_county: Days, obstacles: Iterable[tuple[date, str]]) -> tuple[date | None, str | None]:
    """Return the day through which a county is complete, and the first obstacle to a later day.

    A title plant's certified-through date (Texas Basic Manual of Title Insurance, P-1 and P-12): every day up to it has
    records, and no instrument number up to it is missing.

    Args:
        window_of_county: Its first and last recorded day.
        obstacles: What is missing.

    Returns:
        The day, None where not even the first day is whole; and the first obstacle, None for a whole county.
    """
    first, last = window_of_county
    # Only the first obstacle matters for the date; the others are findings all the same.
    day, what = min(obstacles, default=(date.max, ""))
    if not what:
        return last, None
    return (min(last, day - timedelta(days=1)) if day > first else None), what
