"""What a register keeps of one delivery: its documents, days, rejected numbers and what the rules found in it alone."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pandas as pd

from oseberg.maze_authority._delivery.book_pages import placed_pages
from oseberg.maze_authority._delivery.delivery import Delivery
from oseberg.maze_authority._findings import Outcome, fingerprint, sentence
from oseberg.maze_authority._rules.numbers import page_holes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

# Rules on all deliveries together; the register runs them on what it knows after each delivery.
CUMULATIVE = frozenset({"MA112", "MA201", "MA203", "MA304", "MA703"})
# What a check says about itself, about its day or about a change: it is reported once and never stays open.
PASSING = frozenset({"MA306", "MA702", "MA990"})
KEPT = 1_000  # findings kept of a rule and delivery, as many as a report lists


@dataclass(frozen=True)
class Facts:
    """One county's part of a delivery, as a register keeps it.

    Attributes:
        fips: The county.
        name: How people know the delivery.
        arrived: When it arrived, in nanoseconds; orders the deliveries of a county.
        delivered: The day that stands for it: that of its name, or its last recorded day.
        digest: A hash of all its records.
        records: How many records it has.
        window: Its first and last recorded day, None without days.
        documents: prefix, number (-1 for a malformed one), text, year, day (days since 1970, None if unknown),
            content, twin (None if too little is known), width.
        pages: The documents with a volume and a page; see `placed_pages`.
        days: By day since 1970 the number of documents.
        content: Rejected numbers, findings, and the rules that ran, as JSON.
    """

    fips: str
    name: str
    arrived: int
    delivered: date | None
    digest: str
    records: int
    window: tuple[date, date] | None
    documents: pd.DataFrame
    pages: pd.DataFrame
    days: dict[int, int]
    content: str


def facts_of(
    delivery: Delivery, outcomes: Iterable[Outcome], name: str | None, delivered: date | None, arrived: int
) -> list[Facts]:
    """Return the facts of each county in a delivery; records of a county that was not expected are left out.

    Args:
        delivery: What was checked.
        outcomes: What the rules found.
        name: The delivery's name, if it has one.
        delivered: The day of its name, if it has one.
        arrived: When it arrived, in nanoseconds.

    Returns:
        The facts, in the order of the counties.
    """
    found = list(outcomes)
    counties = sorted(delivery.documents["county_fips"].unique())
    # Records of another county are a finding of the check, and nothing to remember of that county.
    if delivery.county is not None:
        counties = [delivery.county.fips]
    return [county_facts(delivery, found, str(fips), name, delivered, arrived) for fips in counties]


def county_facts(
    delivery: Delivery, outcomes: list[Outcome], fips: str, name: str | None, delivered: date | None, arrived: int
) -> Facts:
    """Return the facts of one county of a delivery."""
    mine = (delivery.documents["county_fips"] == fips).to_numpy()
    # Sorted: the order of the rows in a file says nothing.
    contents = np.sort(delivery.content[mine])
    digest = sha256(contents.tobytes()).hexdigest()
    days = delivery.documents.loc[mine, "recorded_on"].dropna()
    counts = (days.to_numpy().astype("datetime64[D]").astype(np.int64)).tolist()
    window = delivery.windows.get(fips)
    files = sorted(set(delivery.documents.loc[mine, "source_file"]))
    summary = delivery.summary or {}
    shown = ", ".join(map(str, summary.get("files") or files))
    content = {
        "rejected": rejected_numbers(delivery, fips),
        "ran": sorted(one.rule.id for one in outcomes if one.state in ("passed", "failed")),
        "findings": sorted(
            (row for one in outcomes for row in stated(delivery, one, fips)),
            key=lambda row: (row["rule"], row["key"], row["message"]),
        ),
        "files": shown,
        "rejected_rows": len(delivery.rejects),
        "incomplete": int((~delivery.documents.loc[mine, "complete"]).sum()),
        "stated_differs": bool(summary.get("stated_differs", False)),
    }
    return Facts(
        fips=fips,
        name=name or f"{shown or 'records'} {digest[:8]}",
        arrived=arrived,
        delivered=delivered or (window[1] if window else None),
        digest=digest,
        records=int(mine.sum()),
        window=window,
        documents=numbered_documents(delivery, fips),
        pages=placed_pages(delivery.documents.loc[mine].reset_index(drop=True)),
        days=tally(counts),
        content=orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode(),
    )


def tally(values: list[int]) -> dict[int, int]:
    """Count equal values."""
    distinct, counts = np.unique(np.array(values, dtype=np.int64), return_counts=True)
    return dict(zip(distinct.tolist(), counts.tolist(), strict=True))


def numbered_documents(delivery: Delivery, fips: str) -> pd.DataFrame:
    """Return a county's numbered documents as `Facts.documents` describes them."""
    numbers = delivery.numbers.loc[delivery.numbers["county_fips"] == fips]
    docs = numbers["doc"].to_numpy()
    recorded = delivery.documents["recorded_on"].to_numpy()[docs].astype("datetime64[D]")
    # The years of a prefix share its width: a year with few numbers may show no padding.
    strata = [one for one in delivery.strata if one.county_fips == fips]
    widths = {one.prefix: 0 for one in strata}
    for one in strata:
        widths[one.prefix] = max(widths[one.prefix], one.width)
    twins = delivery.twins[docs]
    return pd.DataFrame(
        {
            "prefix": numbers["prefix"].to_numpy(dtype=object),
            "number": numbers["number"].to_numpy(),
            "text": numbers["text"].to_numpy(dtype=object),
            "year": numbers["year"].to_numpy(),
            "day": [None if np.isnat(day) else int(day.astype(np.int64)) for day in recorded],
            "content": delivery.content[docs].view(np.int64),
            "twin": [None if twin == 0 else int(twin) for twin in twins.view(np.int64)],
            "width": [widths.get(prefix, 0) for prefix in numbers["prefix"]],
        }
    ).astype({"day": object, "twin": object})


def rejected_numbers(delivery: Delivery, fips: str) -> list[str]:
    """Return what in rejected rows is a number of one of the county's series, and the pages that they explain."""
    series = [one for one in delivery.series if one.county_fips == fips]
    numbers = [text for text in delivery.rejected_numbers if any(one.place(text) is not None for one in series)]
    holes = page_holes(delivery) if delivery.rejects else ()
    pages = [row["key"] for row, rejected in holes if rejected and row["county_fips"] == fips]
    return sorted({*numbers, *pages})


def stated(delivery: Delivery, outcome: Outcome, fips: str) -> list[dict[str, Any]]:
    """Return a rule's findings about one county that stay open after the check, as JSON values."""
    rule = outcome.rule
    if rule.id in CUMULATIVE | PASSING or outcome.state not in ("passed", "failed"):
        return []
    found = outcome.findings
    mine = found.loc[(found["county_fips"] == fips) & (found["doc"].to_numpy() < len(delivery))].head(KEPT)
    numbers, days = delivery.documents["instrument_number"], delivery.documents["recorded_on"]
    rows = []
    for row in mine.to_dict("records"):
        document = numbers.iloc[row["doc"]] if row["doc"] >= 0 else None
        rows.append(
            {
                "rule": rule.id,
                "severity": row["severity"],
                "series": row["series"],
                "key": row["key"],
                "message": sentence(rule.message, row),
                "fingerprint": fingerprint(rule.id, fips, row["key"]),
                "document": document if isinstance(document, str) else None,
                "year": None if document is None or pd.isna(days.iloc[row["doc"]]) else int(days.iloc[row["doc"]].year),
                "about_document": row["doc"] >= 0,
                "tolerated": outcome.state == "passed",
            }
        )
    return rows
