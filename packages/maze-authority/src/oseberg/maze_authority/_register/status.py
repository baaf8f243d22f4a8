"""The status of a county: certified day, open gaps, business days, and the trend of the last weeks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from string import ascii_letters
from typing import TYPE_CHECKING, Any

from oseberg.maze_authority._delivery.county import facts
from oseberg.maze_authority._delivery.coverage import business_days
from oseberg.maze_authority._findings import SEVERE
from oseberg.maze_authority._numbers.intervals import Intervals
from oseberg.maze_authority._numbers.series import find_restarts
from oseberg.maze_authority._register.register import Register
from oseberg.maze_authority._waivers import Waivers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

WEEKS = 26  # of the calendar: half a year shows a season, and fits a page
AGES = ((7, "up to a week"), (30, "up to a month"), (90, "up to three months"), (None, "older"))


@dataclass(frozen=True)
class Gap:
    """Missing instrument numbers.

    Attributes:
        series: The series.
        first: The first missing number, as the clerk prints it.
        last: The last one.
        count: How many.
        since: The day of the delivery that showed the gap, as ISO text.
        before: The day of the last document before it, None if unknown.
        after: The day of the first document after it, None if unknown.
        asked: The days on which the vendor was asked for it, as ISO texts.
        fingerprint: The finding.
        withdrawn: Whether it was delivered once and withdrawn.
    """

    series: str
    first: str
    last: str
    count: int
    since: str | None
    before: date | None
    after: date | None
    asked: tuple[str, ...]
    fingerprint: str
    withdrawn: bool = False


@dataclass(frozen=True)
class Held:
    """The numbers of one series, over all deliveries.

    Attributes:
        series: The series.
        first: Its first number, as the clerk prints it.
        last: The last one.
        start: The first one's place in the count.
        expected: How many numbers there should be.
        present: How many were delivered.
        missing: The missing intervals by their places, both ends included.
        waived: Those that are waived.
    """

    series: str
    first: str
    last: str
    start: int
    expected: int
    present: int
    missing: list[tuple[int, int]]
    waived: list[tuple[int, int]]


@dataclass(frozen=True)
class Day:
    """A business day of a county.

    Attributes:
        day: The day.
        documents: How many documents were recorded on it, over all deliveries.
        state: checked, rejected (rows of its delivery were rejected), cut (its delivery states other totals), gap
            (numbers after it are missing), missing, waived, or late (after the last delivery).
    """

    day: date
    documents: int
    state: str


@dataclass(frozen=True)
class CountyStatus:
    """The status of one county.

    Attributes:
        county_fips: Its code.
        county: Its name.
        certified_through: The day through which it is known whole.
        held_back_by: What that day would have to pass first.
        last_day: Its last recorded day.
        late: Whether that day is further back than the county may stay behind.
        late_days: Business days after the last recorded one.
        missing_days: Business days without records, not waived.
        open_gaps: Missing numbers that are not waived.
        findings: All open findings; see `Register.findings`.
        deliveries: All versions of all deliveries; see `Register.deliveries`.
        calendar: The business days of the last weeks.
        coverage: The series of instrument numbers, over all deliveries.
        waiting: Deliveries that were parsed or arrived and are not in the register: name and state.
    """

    county_fips: str
    county: str
    certified_through: date | None
    held_back_by: str | None
    last_day: date | None
    late: bool
    late_days: int
    missing_days: list[date]
    open_gaps: list[Gap]
    findings: pd.DataFrame
    deliveries: pd.DataFrame
    calendar: list[Day]
    coverage: list[Held] = field(default_factory=list)
    waiting: list[tuple[str, str]] = field(default_factory=list)

    @property
    def open_errors(self) -> int:
        """How many open findings are errors or worse and not waived."""
        return int((self.findings["severity"].isin(SEVERE) & self.findings["waived_by"].isna()).sum())

    @property
    def rejected_rows(self) -> int:
        """How many rows of the latest versions were rejected."""
        return int(self.deliveries.loc[self.deliveries["latest"].astype(bool), "rejected_rows"].sum())

    @property
    def cut_short(self) -> list[str]:
        """The names of deliveries whose own totals differ from what was read."""
        rows = self.deliveries.loc[self.deliveries["latest"].astype(bool)]
        return rows.loc[rows["stated_differs"].astype(bool), "name"].tolist()

    @property
    def trend(self) -> list[tuple[str, str | None]]:
        """The day of each of the last deliveries, and through which day the county was certified then."""
        rows = self.deliveries.tail(8)
        return list(zip(rows["delivered"], rows["certified_through"], strict=True))

    def ages(self, today: date) -> dict[str, int]:
        """Count the open errors by how long they are open.

        Args:
            today: The day to count from.

        Returns:
            Counts by the words for an age.
        """
        severe = self.findings.loc[self.findings["severity"].isin(SEVERE) & self.findings["waived_by"].isna(), "since"]
        counts = {words: 0 for _, words in AGES}
        for since in severe.dropna():
            days = (today - date.fromisoformat(since)).days
            counts[next(words for limit, words in AGES if limit is None or days <= limit)] += 1
        return counts

    def to_dict(self) -> dict[str, Any]:
        """Return the status as JSON values.

        Returns:
            county_fips, county, certified_through, held_back_by, last_day, late, late_days, missing_days, open_gaps
            (series, first, last, count, since, withdrawn, asked), open_findings by rule, rejected_rows, cut_short,
            deliveries and waiting.
        """
        counts = self.findings.loc[self.findings["waived_by"].isna(), "rule"].value_counts().sort_index()
        return {
            "county_fips": self.county_fips,
            "county": self.county,
            "certified_through": iso(self.certified_through),
            "held_back_by": self.held_back_by,
            "last_day": iso(self.last_day),
            "late": self.late,
            "late_days": self.late_days,
            "missing_days": [day.isoformat() for day in self.missing_days],
            "open_gaps": [
                {
                    "series": one.series,
                    "first": one.first,
                    "last": one.last,
                    "count": one.count,
                    "since": one.since,
                    "withdrawn": one.withdrawn,
                    "asked": list(one.asked),
                }
                for one in self.open_gaps
            ],
            "open_findings": {str(rule): int(count) for rule, count in counts.items()},
            "rejected_rows": self.rejected_rows,
            "cut_short": self.cut_short,
            "deliveries": len(self.deliveries),
            "waiting": [{"delivery": name, "state": state} for name, state in self.waiting],
        }


def county_status(
    register: Register,
    fips: str,
    *,
    today: date,
    lag_days: int = 30,
    waiting: Iterable[tuple[str, str]] = (),
) -> CountyStatus:
    """Return the status of a county.

    Args:
        register: The register.
        fips: The county's code.
        today: The day to judge by.
        lag_days: Days that the county may stay behind.
        waiting: Deliveries that are not in the register: name and state.

    Returns:
        Certified day, open gaps and findings, business days, and the trend of the last weeks.
    """
    waivers = register.waivers(fips, today)
    findings = register.findings(fips, waivers=waivers)
    deliveries = register.deliveries(fips)
    through, held = register.certified_through(fips)
    last = register.last_day(fips)
    known = None if last == date.min else last
    empty = open_days(fips, findings)
    return CountyStatus(
        county_fips=fips,
        county=facts(fips).name,
        certified_through=through,
        held_back_by=held,
        last_day=known,
        # By calendar days, as the certified-through date is judged.
        late=known is not None and (today - known).days > lag_days,
        late_days=0 if known is None else len(business_days(fips, known + timedelta(days=1), max(today, known))),
        missing_days=[day for day, waived in empty.items() if not waived],
        open_gaps=open_gaps(register, fips, findings),
        findings=findings,
        deliveries=deliveries,
        calendar=calendar(register, fips, today, deliveries, empty, findings),
        coverage=held_series(register, fips, waivers),
        waiting=list(waiting),
    )


def iso(day: date | None) -> str | None:
    """Write a day as ISO text."""
    return None if day is None else day.isoformat()


def open_days(fips: str, findings: pd.DataFrame) -> dict[date, bool]:
    """Return the business days without records, and whether they are waived."""
    found: dict[date, bool] = {}
    rows = findings.loc[findings["rule"].isin(["MA304", "MA703"])]
    for key, waived in zip(rows["key"], rows["waived_by"], strict=True):
        first, _, last = key.partition("..")
        ends = date.fromisoformat(first), date.fromisoformat(last or first)
        found |= dict.fromkeys(business_days(fips, *ends), waived is not None)
    return dict(sorted(found.items()))


def open_gaps(register: Register, fips: str, findings: pd.DataFrame) -> list[Gap]:
    """Return the missing numbers that are not waived, withdrawn ones between others included."""
    known = register.known([fips])
    held = {(one.prefix, one.year): one.held for one in known.strata}
    anew = find_restarts(known.strata)
    found = []
    for row in findings.loc[findings["waived_by"].isna()].to_dict("records"):
        if row["rule"] == "MA201":
            first, _, last = row["key"].partition("..")
            ends = (int(row["first"]), int(row["last"]))
            found.append(gap_of(row, (first, last or first), ends, known_days(known, fips, row, ends)))
        elif row["rule"] == "MA701":
            prefix = row["prefix"]
            year = row["year"] if (fips, prefix) in anew else None
            digits = str(row["key"])[len(prefix) :].rstrip(ascii_letters)
            place = int(digits) if digits.isdigit() else -1
            sets = [numbers for (one, other), numbers in held.items() if one == prefix and year in (None, other)]
            if any(inside(numbers, place) for numbers in sets):
                days = known_days(known, fips, {**row, "year": year}, (place, place))
                shown = row["key"] if year is None else f"{year}/{row['key']}"
                found.append(gap_of(row, (shown, shown), (place, place), days, withdrawn=True))
    return sorted(found, key=lambda one: (one.series, len(one.first), one.first))


def held_series(register: Register, fips: str, waivers: Waivers) -> list[Held]:
    """Return the series of a county with what is missing of each."""
    found = []
    for one in register.state(fips, waivers).gaps:
        waived = [gap for gap in one.gaps if waivers.find("MA201", fips, one.series.span(*gap)) is not None]
        first, last = one.held.first, one.held.last
        found.append(
            Held(
                one.series.label,
                one.series.spell(first),
                one.series.spell(last),
                first,
                last - first + 1,
                len(one.held),
                [gap for gap in one.gaps if gap not in waived],
                waived,
            )
        )
    return found


def inside(numbers: Intervals, place: int) -> bool:
    """Whether a number is between others."""
    return bool(numbers) and numbers.first < place < numbers.last


def known_days(
    known: Any,  # noqa: ANN401 - what the register knows
    fips: str,
    row: Mapping[Any, Any],
    ends: tuple[int, int],
) -> tuple[date | None, date | None]:
    """Return the days of the documents before and after a gap."""
    before, after = (known.day_of(fips, row["prefix"], row["year"], place) for place in (ends[0] - 1, ends[1] + 1))
    return before, after


def gap_of(
    row: Mapping[Any, Any],
    shown: tuple[str, str],
    ends: tuple[int, int],
    days: tuple[date | None, date | None],
    *,
    withdrawn: bool = False,
) -> Gap:
    """Return a gap of a finding."""
    count = ends[1] - ends[0] + 1
    return Gap(row["series"], *shown, count, row["since"], *days, row["asked"], row["fingerprint"], withdrawn)


def calendar(
    register: Register,
    fips: str,
    today: date,
    deliveries: pd.DataFrame,
    empty: Mapping[date, bool],
    findings: pd.DataFrame,
) -> list[Day]:
    """Return the business days of the last weeks before today, or before the last recorded day if that is long past."""
    last = register.last_day(fips)
    if last == date.min:
        return []
    # A county that is years behind would show nothing but late days: four weeks of them are enough.
    end = min(today, last + timedelta(weeks=4)) if today > last else last
    start = end - timedelta(weeks=WEEKS)
    counts = register.documents_by_day(fips, start, end)
    latest = deliveries.loc[deliveries["latest"].astype(bool)]
    first = date.fromisoformat(min(deliveries["first_day"].dropna(), default=last.isoformat()))
    gaps = gap_days(register, fips, findings)
    found = []
    for day in business_days(fips, max(start, first), end):
        covering = latest.loc[(latest["first_day"] <= day.isoformat()) & (latest["last_day"] >= day.isoformat())]
        found.append(Day(day, counts.get(day, 0), state_of(day, last, empty, gaps, covering)))
    return found


def gap_days(register: Register, fips: str, findings: pd.DataFrame) -> set[date]:
    """Return the days that open gaps in numbers may belong to."""
    return {day for gap in open_gaps(register, fips, findings) for day in (gap.before, gap.after) if day}


def state_of(day: date, last: date, empty: Mapping[date, bool], gaps: set[date], covering: pd.DataFrame) -> str:
    """Return the state of a business day: the worst that is known of it."""
    if day > last:
        return "late"
    # The worst comes first: a missing day matters more than a rejected row.
    if day in empty:
        return "waived" if empty[day] else "missing"
    if covering["stated_differs"].astype(bool).any():
        return "cut"
    if day in gaps:
        return "gap"
    return "rejected" if (covering["rejected_rows"] > 0).any() else "checked"
