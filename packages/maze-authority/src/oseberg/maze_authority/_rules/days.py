"""MA307 to MA309: days on which nobody records, days far from the others, and days that lack a type."""

from __future__ import annotations

import numpy as np
import pandas as pd

from oseberg.maze_authority._delivery.coverage import business_days
from oseberg.maze_authority._delivery.delivery import Delivery
from oseberg.maze_authority._findings import about, flag_each
from oseberg.maze_authority._registry import Example, rule
from oseberg.maze_authority._rules.dates import FEWEST_DAYS, band, iso

USUAL = 10  # documents of a type on a usual day: of fewer, none on a day is within the deviations below
WIDE = 6.0  # robust standard deviations; each day is judged for each type, so chance has many tries
LEASES = [{"instrument_number": f"18-{n:07d}", "page": str(100 + 3 * n)} for n in range(1, 7)]


@rule(
    "MA307",
    title="Old date in a new series",
    severity="warning",
    authority="Tex. Loc. Gov't Code 193.001(a)",
    fix="Look at the clerk's stamp on the image; the year is probably mistyped",
    message="{key} is recorded on {value}, {expected}",
    scope="delivery",
    passing=Example(*LEASES),
    failing=Example(LEASES[0] | {"recorded_on": "2008-06-05", "instrument_date": None}, *LEASES[1:]),
)
def dates_far_apart(delivery: Delivery) -> pd.DataFrame:
    """The first or last documents of a series are of about the same time as the others.

    A wrong date there breaks no order, since nothing comes before the first and after the last number. Far is more than
    300 days, or more than 30 and ten times the longest other pause, without as many numbers in between as days.
    """
    docs = sorted(far := delivery.day_order.far)
    days = iso(delivery.documents["recorded_on"].to_numpy()[docs])
    usual = iso(np.array([far[doc] for doc in docs], dtype="datetime64[D]"))
    said = [(day, f"but its series around {one}") for day, one in zip(days, usual, strict=True)]
    return flag_each(delivery, dict(zip(docs, said, strict=True)))


@rule(
    "MA308",
    title="Recorded on a day on which the courthouse is closed",
    severity="warning",
    authority="trade practice",
    fix="Look at the clerk's stamp on the image, or waive the day where the clerk worked or took electronic filings",
    message="{key}: {value} on {expected}",
    scope="delivery",
    passing=Example({}),
    failing=Example({"recorded_on": "2018-06-09", "instrument_date": None}),
)
def recorded_while_closed(delivery: Delivery) -> pd.DataFrame:
    """A clerk records on weekdays that are not holidays of the state. Each such day is one finding."""
    rows = []
    for fips, (first, last) in delivery.windows.items():
        recorded = delivery.documents.loc[delivery.documents["county_fips"] == fips, "recorded_on"].dropna()
        days = recorded.to_numpy().astype("datetime64[D]")
        inside = days[(days >= np.datetime64(first)) & (days <= np.datetime64(last))]
        distinct, counts = np.unique(inside, return_counts=True)
        closed = ~np.isin(distinct, np.array(business_days(fips, first, last), dtype="datetime64[D]"))
        for day, count in zip(distinct[closed].tolist(), counts[closed].tolist(), strict=True):
            what = "a Saturday" if day.weekday() == 5 else "a Sunday" if day.weekday() == 6 else "a holiday"  # noqa: PLR2004 - weekdays
            value = f"{count} record{'' if count == 1 else 's'}"
            rows.append({"county_fips": fips, "key": day.isoformat(), "value": value, "expected": what})
    return about(rows)


def by_type(counts: list[int]) -> Example:
    """Return an example with twenty leases and so many affidavits on each weekday from 2018-07-09 on."""
    days = np.busday_offset("2018-07-09", np.arange(len(counts)), roll="forward").astype(str).tolist()
    affidavit = {"document_type": "affidavit", "document_type_text": "AFFIDAVIT"}
    lease: dict[str, str] = {}
    rows = [
        {"recorded_on": day, **kind}
        for day, count in zip(days, counts, strict=True)
        for kind in [lease] * 20 + [affidavit] * count
    ]
    return Example(*({**row, "instrument_number": f"18-{n:07d}"} for n, row in enumerate(rows, start=1)))


@rule(
    "MA309",
    title="Far fewer documents of a type on a day",
    severity="warning",
    authority="trade practice",
    fix="Compare with the clerk's count for the day: a file or a book of the day may be missing",
    message="{key}: {value}; usual are {expected}",
    scope="delivery",
    passing=by_type([20, 21, 19, 20, 22, 20, 18, 20, 21, 20, 20, 20]),
    failing=by_type([20, 21, 19, 20, 22, 20, 0, 20, 21, 20, 20, 20]),
)
def types_missing_on_a_day(delivery: Delivery) -> pd.DataFrame:
    """A day on which one type is nearly absent, while the others are there, lost a file or a book.

    Compared as in MA305, for types with at least ten documents on a usual day; a day that is unusual as a whole is
    MA305.
    """
    documents = delivery.documents
    rows = []
    for fips, (first, last) in delivery.windows.items():
        mine = documents.loc[documents["county_fips"] == fips, ["recorded_on", "document_type"]].dropna()
        counts = mine.groupby(["recorded_on", "document_type"]).size().reset_index(name="count")
        table = counts.pivot_table("count", "recorded_on", "document_type", fill_value=0).astype(np.int64)
        open_days = np.array(business_days(fips, first, last), dtype="datetime64[s]")
        table = table.loc[table.index.isin(open_days)]
        if len(table) < FEWEST_DAYS:
            continue
        # A day that lacks everything is one finding of MA305, not one for each type.
        low_all, _ = band(table.sum(axis=1).to_numpy())
        whole = table.loc[table.sum(axis=1) >= low_all]
        common: list[str] = whole.columns[(whole.median() >= USUAL).to_numpy()].tolist()
        for kind in common:
            low, _ = band(whole[kind].to_numpy(), WIDE)
            usual = f"{whole[kind].median():.0f}"
            for day, count in whole.loc[whole[kind] < low, kind].items():
                key = f"{pd.Timestamp(str(day)).date()} {kind}"
                value = f"{count} of the type {kind}"
                rows.append({"county_fips": fips, "key": key, "value": value, "expected": usual})
    return about(rows)
