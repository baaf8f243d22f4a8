"""MA2xx: gaps in instrument numbers, malformed numbers, and gaps and overlaps of pages in books."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.maze_authority._delivery.delivery import Delivery
from oseberg.maze_authority._findings import about, flag_each
from oseberg.maze_authority._numbers.series import MOST, Series
from oseberg.maze_authority._numbers.shapes import shape_of_most
from oseberg.maze_authority._records.columns import factorized
from oseberg.maze_authority._records.sample import NEXT
from oseberg.maze_authority._registry import Example, rule

if TYPE_CHECKING:
    from collections.abc import Iterator


@rule(
    "MA201",
    title="Gap in instrument numbers",
    severity="error",
    authority="Tex. Loc. Gov't Code 193.001(a)",
    fix="Ask the vendor for the listed numbers, or waive those that the clerk voided",
    message="{key}: {value} missing {expected}",
    scope="delivery",
    needs=("complete_series",),
    passing=Example({}, NEXT),
    failing=Example({}, NEXT | {"instrument_number": "18-0000005"}),
)
def number_gaps(delivery: Delivery) -> pd.DataFrame:
    """Documents are recorded and numbered in the order they are filed, so a missing number is a missing document.

    Numbers are judged by series: a year in front, a count that starts over each year, zero padding. A letter suffix
    takes no number of its own, and the number of a rejected row is not missing. A gap is one finding, however wide.
    """
    return about(
        {
            "county_fips": one.series.county_fips,
            "series": one.series.label,
            "key": key,
            "value": "1 number" if count == 1 else f"{count} numbers",
            "expected": around(delivery, one.series, gap),
        }
        for one in delivery.gaps
        for gap, (key, count) in zip(one.gaps, one.spans(), strict=True)
    )


def around(delivery: Delivery, series: Series, gap: tuple[int, int]) -> str:
    """Describe where a gap is by the days of the documents before and after it, which a clerk looks up."""
    days = [delivery.day_of(series, number) for number in (gap[0] - 1, gap[1] + 1)]
    if None in days:
        return "between two delivered ones"
    return f"between documents of {days[0]}" + ("" if days[0] == days[1] else f" and {days[1]}")


@rule(
    "MA202",
    title="Instrument number malformed for its series",
    severity="error",
    authority="trade practice",
    fix="Look at the image for the number; correct the typing error",
    message="{key} {value}",
    scope="delivery",
    passing=Example({}, NEXT | {"instrument_number": "18-0000002A"}),
    failing=Example({}, NEXT, NEXT | {"instrument_number": "18-00O0003"}),
)
def malformed_numbers(delivery: Delivery) -> pd.DataFrame:
    """A number has the form of the others in its county: letters and separators, zero padding, the year of recording.

    It also belongs where its date belongs. A number far from all others, or with a prefix of its own, is named
    together with what it probably is if one slip of the keyboard away there is a hole whose neighbors are of the same
    days; the hole is then not a gap. So is one of two documents with the same number, if its day, or else its page,
    shows which of them is wrong. Forms are learned from the delivery, where nine in ten numbers agree; a letter suffix
    is not a fault.
    """
    numbers = delivery.numbers
    bad = delivery.odd_numbers
    if not numbers.empty:
        # A date that is wrong itself says nothing about a number.
        misdated = delivery.misdated[numbers["doc"].to_numpy()]
        bad = bad | (wrong_year(numbers) & ~misdated)
    rows = numbers.loc[bad]
    usual = {fips: shape_of_most(numbers.loc[numbers["county_fips"] == fips]) for fips in rows["county_fips"].unique()}
    found = {
        doc: (f"does not look like the numbers of its county, such as {usual[fips]}", usual[fips])
        for doc, fips in zip(rows["doc"].tolist(), rows["county_fips"], strict=True)
    }
    found |= {doc: (one.reason, one.probable) for doc, one in delivery.doubles.items()}
    elsewhere = []
    for slip in delivery.outliers:
        series = slip.series
        mine = (numbers["number"] == slip.number) & (numbers["shown"] == series.shown)
        docs = numbers.loc[mine & (numbers["county_fips"] == series.county_fips), "doc"].tolist()
        said = {"value": slip.reason, "expected": slip.probable or "a number near those of its day"}
        found |= dict.fromkeys(docs, (said["value"], said["expected"]))
        if not docs:  # delivered before
            key = series.spell(slip.number)
            elsewhere.append({"county_fips": series.county_fips, "series": series.label, "key": key, **said})
    # A missing number is MA101, and a mistyped county MA605.
    numbered = set(rows["doc"].tolist()) | found.keys()
    found |= {doc: (one.reason, one.probable) for doc, one in delivery.strays.items() if doc in numbered}
    return pd.concat([flag_each(delivery, found), about(elsewhere)], ignore_index=True)


def wrong_year(numbers: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return the numbers whose year is not that of recording, in counties whose numbers open with the year.

    A document may be numbered on the last day of a year and recorded on the first of the next.
    """
    codes, prefixes = factorized(numbers["prefix"])
    heads = [re.fullmatch(r"(\d{4}|\d\d)\D?", prefix) for prefix in prefixes]
    stated = np.array([int(head[1]) if head else -1 for head in heads], dtype=np.int64)[codes]
    modulus = np.array([10_000 if head and len(head[1]) == 4 else 100 for head in heads], dtype=np.int64)[codes]  # noqa: PLR2004
    year = numbers["year"].to_numpy()
    told = (stated >= 0) & (year > 0)
    # 99 and 00 are neighbors.
    away = np.abs(stated - year % modulus)
    away = np.minimum(away, modulus - away)
    counties, _ = pd.factorize(numbers["county_fips"])
    agreeing = pd.Series(np.where(told, (away == 0).astype(float), np.nan)).groupby(counties).transform("mean")
    return np.asarray(told & (away > 1) & (agreeing.to_numpy() >= MOST))


@rule(
    "MA203",
    title="Gap in book pages",
    severity="error",
    authority="trade practice",
    fix="Ask the vendor for the documents on the listed pages",
    message="{key}: pages that no document covers, after {value}",
    scope="delivery",
    needs=("complete_series",),
    passing=Example({}, NEXT),
    failing=Example({}, NEXT | {"page": "110"}),
)
def page_gaps(delivery: Delivery) -> pd.DataFrame:
    """Documents follow each other in a volume: each begins on the page after the end of the one before.

    Judged where page and page count are known; a rejected row's pages are not missing.
    """
    return about(row for row, rejected in page_holes(delivery) if not rejected)


def page_holes(delivery: Delivery) -> Iterator[tuple[dict[str, str], bool]]:
    """Yield the pages that no document covers, and whether a rejected row names the first of them."""
    pages, foreign = delivery.book_pages, delivery.foreign_pages
    after = pages.loc[(pages["page"] > pages["reach"] + 1) & pages["sure"]]
    columns = (after[name] for name in ("county_fips", "book_type", "volume", "reach", "page"))
    for fips, kind, volume, reach, page in zip(*columns, strict=True):
        start, end = int(reach) + 1, int(page) - 1
        book = "/".join(part for part in (kind, volume) if part)
        key = f"{book}/{start}" if start == end else f"{book}/{start}..{book}/{end}"
        row = {"county_fips": fips, "series": book, "key": key, "value": f"page {start - 1}", "expected": "no gap"}
        yield row, rejected_page(delivery, volume, start) or (str(volume), start) in foreign


@rule(
    "MA204",
    title="Page ranges overlap",
    severity="error",
    authority="trade practice",
    fix="Look at the images; correct the page or the page count",
    message="{key} begins on page {value}, {expected}",
    scope="delivery",
    passing=Example({}, NEXT),
    failing=Example({}, NEXT | {"page": "101"}),
)
def page_overlaps(delivery: Delivery) -> pd.DataFrame:
    """Two documents can't be on the same page of a volume. A number that occurs twice is MA110 or MA111.

    Where the neighbors by number of one of the two leave exactly as many pages as it has, it is named with the place
    that it probably belongs to. A document that states so many pages that it would cover several others is named alone.
    """
    pages = delivery.own_pages
    over = pages.loc[pages["page"] <= pages["reach"]]
    reasons = [f"but the document before it runs through page {int(reach)}" for reach in over["reach"]]
    starts = [str(int(page)) for page in over["page"]]
    found = dict(zip(over["doc"].tolist(), zip(starts, reasons, strict=True), strict=True))
    slips = {doc: (one.printed, one.reason) for doc, one in delivery.places.slips.items() if one.overlaps}
    # Where the images differ as well, that is MA403.
    counts = {doc: (str(one.page), one.reason) for doc, one in delivery.places.miscounted.items() if not one.shown}
    return flag_each(delivery, found | slips | counts)


def rejected_page(delivery: Delivery, volume: str, page: int) -> bool:
    """Whether a rejected row names a volume and page; a fixed-width row prints the two side by side."""
    if not delivery.rejects:
        return False
    pattern = rf"(?<!\d){re.escape(volume)}\D+0*{page}(?!\d)|{re.escape(volume)}{page:04d}"
    return any(re.search(pattern, text) for text in delivery.rejects)
