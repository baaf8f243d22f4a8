"""Findings from all deliveries of a county together: gaps, mistyped numbers, business days without records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.maze_authority._delivery.delivery import Delivery
from oseberg.maze_authority._findings import fingerprint, sentence
from oseberg.maze_authority._numbers.book_pages import book_pages
from oseberg.maze_authority._registry import Rule, rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

WITH_PARTS = ("MA201", "MA203")  # gaps: a part of one may be delivered, and the rest is open since the same day


def gap_findings(fips: str, state: Delivery) -> list[dict[str, Any]]:
    """Return the gaps in all numbers that were delivered, each with its interval."""
    if not state.complete_series:
        return []
    rule = rules["MA201"]
    return [
        {
            **finding_of(fips, rule, one.series.label, key, count_of(count), "between two delivered ones"),
            "prefix": one.series.prefix,
            "year": one.series.year,
            "first": first,
            "last": last,
        }
        for one in state.gaps
        for (first, last), (key, count) in zip(one.gaps, one.spans(), strict=True)
    ]


def other_findings(fips: str, state: Delivery) -> list[dict[str, Any]]:
    """Return mistyped numbers, and business days without records."""
    found = []
    for slip in state.outliers:
        key = slip.series.spell(slip.number)
        row = finding_of(fips, rules["MA202"], slip.series.label, key, slip.reason, slip.probable or "")
        place = {"prefix": slip.series.prefix, "year": slip.home.year, "first": slip.number, "last": slip.number}
        printed = None if slip.place is None else f"{slip.home.prefix}{slip.place:0{slip.home.width}d}"
        found.append({**row, **place, "document": printed})
    for rule_id in ("MA304", "MA703"):
        rule = rules[rule_id]
        rows = rule.function(state).to_dict("records")
        found += [finding_of(fips, rule, row["series"], row["key"], row["value"], row["expected"]) for row in rows]
    return found


def withdrawn_findings(
    fips: str, gone: pd.DataFrame, anew: set[tuple[str, str]], known: Mapping[str, int | None]
) -> list[dict[str, Any]]:
    """Return a finding for each withdrawn document.

    Args:
        fips: The county.
        gone: The documents.
        anew: The counties and prefixes whose count starts over each year.
        known: By fingerprint the year of the withdrawn documents that are known.
    """
    found, rule = [], rules["MA701"]
    for one in gone.to_dict("records"):
        year, restarts = int(one["year"]), (fips, one["prefix"]) in anew
        series = f"{year}/{one['prefix']}" if restarts else one["prefix"] or "running"
        # The day is kept with the finding: it is what holds the certified-through date back.
        day = None if pd.isna(one["day"]) else one["day"].date()
        value = "an unknown day" if day is None else day.isoformat()
        row = finding_of(fips, rule, series, one["text"], value, "the record")
        of_year = fingerprint(rule.id, fips, f"{year}/{one['text']}")
        if restarts and (of_year in known or known.get(row["fingerprint"], year) != year):
            row["fingerprint"] = of_year  # the same number of another year is another document
        place = {"prefix": one["prefix"], "year": year, "first": day and days_since_1970(day)}
        found.append({**row, **place, "document": one["text"]})
    return found


def finding_of(fips: str, rule: Rule, series: str, key: str, value: str, expected: str) -> dict[str, Any]:
    """Return a finding of a rule as the register keeps it."""
    row = {"key": key, "value": value, "expected": expected, "series": series}
    return {
        "rule": rule.id,
        "severity": rule.severity,
        "series": series,
        "key": key,
        "message": sentence(rule.message, row),
        "fingerprint": fingerprint(rule.id, fips, key),
        "document": None,
    }


def page_findings(fips: str, state: Delivery, books: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return the gaps in the pages of some volumes, each with its interval."""
    if not state.complete_series or not books or state.before is None:
        return []
    wanted = pd.DataFrame(books, columns=["book_type", "volume"]).assign(county_fips=fips)
    pages = book_pages(state.before.pages(wanted))
    state.__dict__["book_pages"] = pages  # the rule judges these volumes instead of an empty delivery's
    rule = rules["MA203"]
    found = []
    rejected = set(state.before.rejected)
    rows = [row for row in rule.function(state).to_dict("records") if row["key"] not in rejected]
    for row in rows:
        first, _, last = str(row["key"]).partition("..")
        ends = [int(end.rpartition("/")[2]) for end in (first, last or first)]
        one = finding_of(fips, rule, row["series"], row["key"], row["value"], row["expected"])
        found.append({**one, "prefix": row["series"], "first": ends[0], "last": ends[1]})
    return found


def overlaps(place: Sequence[Any], row: Mapping[Any, Any]) -> bool:
    """Whether a gap that was open and one that is open now are parts of one.

    Args:
        place: Prefix, year, first and last number of the gap that was open.
        row: The gap that is open now. A count that is seen to start over gets a year; its gaps stay the same.
    """
    prefix, year, first, last = place
    same = prefix == row["prefix"] and (year is None or row.get("year") is None or year == row["year"])
    return bool(same and first <= row["last"] and row["first"] <= last)


def label(book: str, volume: str) -> str:
    """Format a volume as the rules on pages do."""
    return "/".join(part for part in (book, volume) if part)


def count_of(count: int) -> str:
    """Format how many numbers are missing."""
    return "1 number" if count == 1 else f"{count} numbers"


def days_since_1970(day: date) -> int:
    """Return a day as the register stores it."""
    return int(np.datetime64(day, "D").astype(np.int64))
