"""What a delivery covers: numbers by series, business days, and the day through which a county is certified.

Each function takes the pieces that it reads; `Delivery` knows where they come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oseberg.maze_authority._delivery.county import STATES
from oseberg.maze_authority._delivery.series import Series
from oseberg.maze_authority._waivers import Waivers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Days = tuple[date, date]
FAR = np.timedelta64(300, "D")  # days this far from all others are typing errors, not part of the delivery
# The columns of the table of coverage with their types; an empty table has them as well.
COVERAGE = {
    **dict.fromkeys(("county_fips", "series", "first", "last"), "str"),
    **dict.fromkeys(("expected", "present", "rejected", "waived", "missing"), "int64"),
    "percent": "float64",
    **dict.fromkeys(("certified_through", "missing_ranges", "waived_ranges"), "object"),
}


@dataclass(frozen=True)
class SeriesCoverage:
    """One series and what is missing of it.

    Attributes:
        series: The series with the numbers that are present.
        gaps: The missing intervals, both ends included.
        known: Numbers known from elsewhere, such as rejected rows, which are not the vendor's gaps.
    """

    series: Series
    gaps: list[tuple[int, int]]
    known: set[int]

    @property
    def first(self) -> int:
        """The first number that is expected: a gap may lie before the first one that is present."""
        return min([int(self.series.numbers[0]), *(gap[0] for gap in self.gaps)])

    def spans(self) -> list[tuple[str, int]]:
        """Return each gap's key and how many numbers it has."""
        return [(self.series.span(*gap), gap[1] - gap[0] + 1) for gap in self.gaps]

    def day_before(self, number: int) -> date | None:
        """Return the day of the last dated document that precedes a number, or None."""
        place = max(int(np.searchsorted(self.series.numbers, number)) - 1, 0)
        before = self.series.days[: place + 1]
        before = before[~np.isnat(before)]
        return before[-1].astype("datetime64[D]").item() if len(before) else None


def window(recorded: pd.Series, as_of: date) -> Days | None:
    """Return the first and last recorded day, leaving out days in the future and days far from the bulk."""
    days = recorded.dropna().to_numpy().astype("datetime64[D]")
    days = np.sort(days[days <= np.datetime64(as_of)])
    if not len(days):
        return None
    clusters = np.split(days, np.flatnonzero(np.diff(days) > FAR) + 1)
    bulk = max(reversed(clusters), key=len)
    return bulk[0].item(), bulk[-1].item()


def find_windows(documents: pd.DataFrame, as_of: date) -> dict[str, Days]:
    """Return each county's first and last recorded day."""
    groups = documents.groupby("county_fips", sort=True)["recorded_on"]
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


def find_empty_days(documents: pd.DataFrame, windows: Mapping[str, Days]) -> dict[str, list[Days]]:
    """Return each county's business days without records, successive ones as one interval."""
    found: dict[str, list[Days]] = {}
    for fips, (first, last) in windows.items():
        recorded = documents.loc[documents["county_fips"] == fips, "recorded_on"]
        seen = set(np.unique(recorded.dropna().to_numpy().astype("datetime64[D]")).tolist())
        runs = [list(days) for there, days in groupby(business_days(fips, first, last), seen.__contains__) if not there]
        found[fips] = [(days[0], days[-1]) for days in runs]
    return found


def span(first: date, last: date) -> str:
    """Write an interval of days by both its ends."""
    return first.isoformat() if first == last else f"{first.isoformat()}..{last.isoformat()}"


def cover_series(
    series: Iterable[Series], rejected: Iterable[str], undated: pd.DataFrame, earlier: pd.DataFrame
) -> list[SeriesCoverage]:
    """Return for each series its missing intervals and the numbers known from elsewhere.

    Args:
        series: The series of the delivery.
        rejected: What may be instrument numbers in rejected rows.
        undated: Numbers without a day of a count that starts anew each year: nobody can say of which year they are.
        earlier: Numbers of the earlier delivery that this one does not replace.
    """
    without_day = numbers_by(["county_fips", "prefix"], undated)
    before = numbers_by(["county_fips", "prefix", "shown"], earlier)
    found = []
    for one in series:
        known = {number for text in rejected if (number := one.place(text)) is not None}
        known |= without_day.get((one.county_fips, one.prefix), set())
        old = before.get((one.county_fips, one.prefix, one.shown), set())
        since = max((number for number in old if number < one.numbers[0]), default=None)
        found.append(SeriesCoverage(one, one.gaps(known | old, since=since), known | old))
    return found


def numbers_by(names: list[str], numbers: pd.DataFrame) -> dict[tuple[str, ...], set[int]]:
    """Gather numbers by the columns that identify their series."""
    return {tuple(map(str, key)): set(group.tolist()) for key, group in numbers.groupby(names)["number"]}


def outside_windows(numbers: pd.DataFrame, recorded: pd.Series, windows: Mapping[str, Days]) -> pd.DataFrame:
    """Return an earlier delivery's valid numbers without those recorded inside this delivery's windows.

    Args:
        numbers: The earlier delivery's numbers.
        recorded: The day of each of its documents.
        windows: This delivery's first and last day by county; what it lacks within them is withdrawn, not a gap.
    """
    valid = numbers.loc[numbers["valid"]]
    days = recorded.to_numpy()[valid["doc"].to_numpy()]
    inside = np.zeros(len(valid), dtype=bool)
    for fips, (first, last) in windows.items():
        within = (days >= np.datetime64(first)) & (days <= np.datetime64(last))
        inside |= within & (valid["county_fips"] == fips).to_numpy()
    return valid.loc[~inside]


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
        series, first, last = one.series, one.first, int(one.series.numbers[-1])
        spans = one.spans()
        waived = {key for key, _ in spans if waivers.find("MA201", series.county_fips, key) is not None}
        missing = sum(size for key, size in spans if key not in waived)
        elsewhere = one.known.difference(series.numbers.tolist()) if one.known else one.known
        expected = last - first + 1
        rows.append(
            {
                "county_fips": series.county_fips,
                "series": series.label,
                "first": series.spell(first),
                "last": series.spell(last),
                "expected": expected,
                "present": len(series.numbers),
                "rejected": sum(first <= number <= last for number in elsewhere),
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
    fips: str, empty_days: Iterable[Days], covered: Iterable[SeriesCoverage], waivers: Waivers
) -> list[tuple[date, str]]:
    """Return what is missing of a county and not waived: the day it belongs to, and the days or numbers.

    A gap may belong to the day of the number before it, so it counts from that day on.

    Args:
        fips: The county.
        empty_days: Its business days without records.
        covered: The series whose gaps count.
        waivers: What is waived is not an obstacle.
    """
    days = [(run[0], span(*run)) for run in empty_days]
    found = [(day, f"{key} without records") for day, key in days if waivers.find("MA304", fips, key) is None]
    for one in covered:
        if one.series.county_fips == fips:
            open_gaps = (gap for gap in one.gaps if waivers.find("MA201", fips, one.series.span(*gap)) is None)
            first = next(open_gaps, None)
            day = one.day_before(first[0]) if first else None
            if first and day:
                found.append((day, f"{one.series.span(*first)} missing"))
    return found


def certify(window_of_county: Days, obstacles: Iterable[tuple[date, str]]) -> tuple[date | None, str | None]:
    """Return the day through which a county is known whole, and what the date would have to pass first.

    A title plant's certified-through date (Texas Basic Manual of Title Insurance, P-1 and P-12): every day up to it has
    records, and no instrument number up to it is missing.

    Args:
        window_of_county: Its first and last recorded day.
        obstacles: What is missing.

    Returns:
        The day, None where not even the first day is whole; and the first obstacle, None for a whole county.
    """
    first, last = window_of_county
    inside = sorted(one for one in obstacles if one[0] >= first)
    if not inside:
        return last, None
    day, what = inside[0]
    return (min(last, day - timedelta(days=1)) if day > first else None), what
