"""MA3xx: impossible or misordered dates, days without records, an old certified-through date."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.maze_authority._delivery.coverage import business_days, span
from oseberg.maze_authority._delivery.delivery import Delivery
from oseberg.maze_authority._findings import about, flag, flag_each, nothing
from oseberg.maze_authority._records.sample import NEXT
from oseberg.maze_authority._registry import Example, rule

if TYPE_CHECKING:
    from collections.abc import Sequence


BAND = 4.0  # robust standard deviations that a day's volume may lie off
FEWEST_DAYS = 10


def iso(days: pd.Series | np.ndarray[Any, Any]) -> list[str]:
    """Write days as ISO dates."""
    return [str(day) for day in np.asarray(days).astype("datetime64[D]")]


@rule(
    "MA301",
    title="Impossible recorded date",
    severity="error",
    authority="Tex. Loc. Gov't Code 193.001(a), 192.003",
    fix="Look at the clerk's stamp on the image; correct the date",
    message="{key} is recorded on {value}; possible is {expected}",
    passing=Example({}),
    failing=Example({"recorded_on": "2081-06-05", "instrument_date": None}, as_of=date(2018, 6, 20)),
)
def impossible_dates(delivery: Delivery) -> pd.DataFrame:
    """Nothing is recorded in the future, and nothing in a county before it was created.

    The latter is a warning: a new county re-records its parent's deeds.
    """
    documents = delivery.documents
    recorded = documents["recorded_on"].to_numpy()
    first = delivery.first_days
    late = recorded > np.datetime64(delivery.as_of)
    bad = np.flatnonzero(delivery.impossible)
    expected = [
        f"a day up to {delivery.as_of}" if late[doc] else f"a day from {iso(first[[doc]])[0]} on" for doc in bad
    ]
    return flag(delivery, bad, iso(recorded[bad]), expected, [None if late[doc] else "warning" for doc in bad])


@rule(
    "MA302",
    title="Number and date out of order",
    severity="error",
    authority="Tex. Loc. Gov't Code 193.001(a)",
    fix="Look at the image: the number or the date of the named record is wrong; of a series ask how it is numbered",
    message="{key} is recorded on {value}, {expected}",
    scope="delivery",
    passing=Example({}, NEXT),
    failing=Example(
        {}, NEXT | {"recorded_on": "2018-03-06", "instrument_date": None}, NEXT | {"instrument_number": "18-0000003"}
    ),
)
def order_inversions(delivery: Delivery) -> pd.DataFrame:
    """Numbers are given in the order of filing, so in a series the dates never fall as the numbers rise.

    What is named is the smallest set of records without which that holds (all but a longest non-decreasing
    subsequence): one typing error names one record. Where that set is more than a third of a series, nobody can say
    which of its records are wrong, and the finding is the series: its numbers were not given in the order of filing.
    A date that is impossible is MA301 alone.
    """
    wrong: dict[int, tuple[str, str]] = {}
    whole = []
    for one in delivery.day_order.disorder:
        # In a series without any order, single records are not at fault.
        if one.whole:
            whole.append(unordered(one.county_fips, one.label, one.days, len(one.places)))
        else:
            said = ((iso(one.days[[place]])[0], neighbors(one.days, place)) for place in one.places)
            wrong |= dict(zip(one.docs[one.places].tolist(), said, strict=True))
    return pd.concat([flag_each(delivery, wrong), about(whole)], ignore_index=True)


def neighbors(days: np.ndarray[Any, Any], place: int) -> str:
    """Return the days of the records before and after one."""
    around = [days[near] for near in (place - 1, place + 1) if 0 <= near < len(days)]
    return f"but its neighbors by number on {' and '.join(dict.fromkeys(iso(np.array(around))))}"


def unordered(fips: str, label: str, days: np.ndarray[Any, Any], count: int) -> dict[str, str]:
    """Build the finding for a series whose numbers as a whole do not follow its dates."""
    return {
        "county_fips": fips,
        "series": label,
        "key": f"series {label}",
        "value": span(days.min().item().date(), days.max().item().date()),
        "expected": f"with {count} of its {len(days)} records out of the order of their numbers",
    }


@rule(
    "MA303",
    title="Instrument dated after its recording",
    severity="warning",
    authority="trade practice",
    fix="Look at the image; one of the two dates is mistyped, or the instrument date is its effective date",
    message="{key} is dated {value}, after it was recorded on {expected}",
    passing=Example({}),
    failing=Example({"instrument_date": "2018-06-15"}),
)
def dated_after_recording(delivery: Delivery) -> pd.DataFrame:
    """A document is signed before it is filed. Some indexes give an effective date instead: hence a warning."""
    documents = delivery.documents
    late = (documents["instrument_date"] > documents["recorded_on"]).to_numpy()
    rows = documents.loc[late]
    return flag(delivery, late, iso(rows["instrument_date"]), iso(rows["recorded_on"]))


@rule(
    "MA304",
    title="Business day without records",
    severity="warning",
    authority="trade practice",
    fix="Ask the vendor for the day, or waive it where the courthouse was closed",
    message="{key}: {value} without a record",
    scope="delivery",
    passing=Example({"recorded_on": "2018-07-03"}, NEXT | {"recorded_on": "2018-07-05"}),
    failing=Example({"recorded_on": "2018-07-03"}, NEXT | {"recorded_on": "2018-07-09"}),
)
def days_without_records(delivery: Delivery) -> pd.DataFrame:
    """A clerk records on every weekday that is not a holiday of the state. Successive days are one finding.

    Days between two deliveries are MA703.
    """
    return about(
        {
            "county_fips": fips,
            "key": span(first, last),
            "value": "a business day" if first == last else f"{len(business_days(fips, first, last))} business days",
            "expected": "records",
        }
        for fips, runs in delivery.empty_days.items()
        for first, last in runs
        if (first, last) not in delivery.skipped_days.get(fips, ())
    )


def many(counts: Sequence[int]) -> Example:
    """Return an example with so many records on each weekday from 2018-07-09, a Monday; no holiday is among them."""
    days = np.busday_offset("2018-07-09", np.arange(len(counts)), roll="forward").astype(str)
    dated = [day for day, count in zip(days.tolist(), counts, strict=True) for _ in range(count)]
    return Example(*({"recorded_on": day, "instrument_number": f"18-{n:07d}"} for n, day in enumerate(dated, start=1)))


@rule(
    "MA305",
    title="Unusual number of records on a day",
    severity="warning",
    authority="trade practice",
    fix="Compare with the clerk's count for the day",
    message="{key} has {value} records; usual are {expected}",
    scope="delivery",
    passing=many([5, 6, 4, 5, 7, 5, 5, 4, 6, 5, 5, 5]),
    failing=many([5, 6, 4, 5, 7, 5, 40, 4, 6, 5, 5, 5]),
)
def unusual_volumes(delivery: Delivery) -> pd.DataFrame:
    """A day far below the others was cut off, a day far above them holds records of other days.

    Counts are compared by their square roots (which makes counts of any size spread alike) against the median, in
    units of the median absolute deviation, at least that of a Poisson count. Judged from ten business days on.
    """
    rows = []
    for fips, (first, last) in delivery.windows.items():
        recorded = delivery.documents.loc[delivery.documents["county_fips"] == fips, "recorded_on"].dropna()
        counts = recorded.groupby(recorded).size()
        open_days = {np.datetime64(day) for day in business_days(fips, first, last)}
        counts = counts.loc[[day.to_datetime64().astype("datetime64[D]") in open_days for day in counts.index]]
        low, high = band(counts.to_numpy())
        for day, count in counts.items():
            if len(counts) >= FEWEST_DAYS and not low <= count <= high:
                rows.append(
                    {
                        "county_fips": fips,
                        "key": iso(np.array([day], dtype="datetime64[s]"))[0],
                        "value": str(count),
                        "expected": f"{low} to {high}",
                    }
                )
    return about(rows)


def band(counts: np.ndarray[Any, Any], width: float = BAND) -> tuple[int, int]:
    """Return the fewest and most records of a usual day.

    Args:
        counts: The records of each day.
        width: How many robust standard deviations a usual day may be off.
    """
    if not len(counts):
        return 0, 0
    # The root of a Poisson count spreads alike for every size, so one band suits quiet and busy counties.
    roots = 2 * np.sqrt(counts)
    middle = float(np.median(roots))
    spread = max(1.0, 1.4826 * float(np.median(np.abs(roots - middle))))
    low, high = max(middle - width * spread, 0.0) / 2, (middle + width * spread) / 2
    return int(np.ceil(low**2)), int(np.floor(high**2))


@rule(
    "MA306",
    title="Certified-through date too old",
    severity="warning",
    authority="Texas Basic Manual of Title Insurance, P-1 and P-12 (certified-through date of a title plant)",
    fix="Have the gaps and days that hold the date back delivered or waived",
    message="{key} is {value}; expected is {expected} or later",
    scope="delivery",
    passing=Example({}, as_of=date(2018, 6, 20)),
    failing=Example({}, as_of=date(2018, 9, 20)),
)
def certified_too_old(delivery: Delivery) -> pd.DataFrame:
    """The day through which a county is complete is recent: at most 30 days old, or what `lag_days` allows.

    Behind the day the check is made for (`as_of`), or, where none is given, behind the delivery's last day.
    """
    rows = []
    for fips in delivery.windows:
        last = delivery.spans[fips][1]
        limit = np.datetime64(delivery.due or last) - np.timedelta64(delivery.lag_days, "D")
        through = delivery.certified_through[fips]
        # A county that is not certified at all is behind by any measure.
        if through is None or np.datetime64(through) < limit:
            value = f"certified through {through}" if through else "not certified through any day"
            rows.append(
                {"county_fips": fips, "key": delivery.counties[fips].name, "value": value, "expected": str(limit)}
            )
    return about(rows) if rows else nothing()
