"""The facts that a register keeps of one delivery: documents, days, rejected numbers, findings of its own."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pandas as pd

from oseberg.maze_authority._delivery.delivery import Delivery
from oseberg.maze_authority._delivery.fields import parts_of
from oseberg.maze_authority._findings import Outcome, fingerprint, sentence
from oseberg.maze_authority._register.names import dated
from oseberg.maze_authority._rules.numbers import page_holes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

# Rules on all deliveries together; the register runs them on what it knows after each delivery.
CUMULATIVE = frozenset({"MA112", "MA201", "MA203", "MA304", "MA703"})
# What a check says about itself, about its day or about a change: it is reported once and never stays open.
PASSING = frozenset({"MA306", "MA702", "MA990"})
PART = 500  # documents of which the fields are kept together: they compress well, and one is read fast
KEPT = 1_000  # findings kept of a rule and delivery, as many as a report lists


@dataclass(frozen=True)
class Facts:
    """One county's part of a delivery, as a register keeps it.

    Attributes:
        fips: The county.
        name: How people know the delivery.
        arrived: When its file was written, in nanoseconds; orders deliveries of the same day.
        dated: The day of the delivery as it says itself, None where nothing says it; orders the county's deliveries.
        digest: A hash of all its records.
        records: How many records it has.
        window: Its first and last recorded day, None without days.
        documents: prefix, number (-1 for a malformed one or none), text, year, day (days since 1970, None if unknown),
            content, twin (None if too little is known), place (in `details`), width.
        details: What the documents say, `PART` of them at a time, as compressed JSON.
        pages: The documents with a volume and a page; see `Delivery.placed`.
        days: By day since 1970 the number of documents.
        content: Rejected numbers, findings, and the rules that ran, as JSON.
    """

    fips: str
    name: str
    arrived: int
    dated: date | None
    digest: str
    records: int
    window: tuple[date, date] | None
    documents: pd.DataFrame
    details: list[bytes]
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
        delivered: The day of the delivery, if it is given.
        arrived: When its file was written, in nanoseconds.

    Returns:
        The facts, in the order of the counties.
    """
    found = list(outcomes)
    # Records of another county are a finding of the check, and nothing to remember of that county.
    counties = sorted(delivery.documents["county_fips"].drop(index=list(delivery.foreign)).unique())
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
        dated=dated(name, summary, delivered),
        digest=digest,
        records=int(mine.sum()),
        window=window,
        documents=known_documents(delivery, fips),
        details=details_of(delivery, fips),
        pages=delivery.placed.loc[(delivery.placed["county_fips"] == fips).to_numpy()],
        days=tally(counts),
        content=orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode(),
    )


def tally(values: list[int]) -> dict[int, int]:
    """Count equal values."""
    distinct, counts = np.unique(np.array(values, dtype=np.int64), return_counts=True)
    return dict(zip(distinct.tolist(), counts.tolist(), strict=True))


def known_documents(delivery: Delivery, fips: str) -> pd.DataFrame:
    """Return a county's documents as `Facts.documents` describes them."""
    known = delivery.identified.loc[(delivery.identified["county_fips"] == fips).to_numpy()]
    docs = known["doc"].to_numpy()
    recorded = delivery.documents["recorded_on"].to_numpy()[docs].astype("datetime64[D]")
    # The years of a prefix share its width: a year with few numbers may show no padding.
    widths: dict[str, int] = {}
    for one in delivery.strata:
        if one.county_fips == fips:
            widths[one.prefix] = max(widths.get(one.prefix, 0), one.width)
    twins = np.where(delivery.documents["instrument_number"].isna().to_numpy(), 0, delivery.twins)[docs]
    return pd.DataFrame(
        {
            "prefix": known["prefix"].to_numpy(dtype=object),
            "number": known["number"].to_numpy(),
            "text": known["text"].to_numpy(dtype=object),
            "year": known["year"].to_numpy(),
            "day": whole([None if np.isnat(day) else int(day.astype(np.int64)) for day in recorded]),
            "content": delivery.content[docs].view(np.int64),
            "twin": whole([None if twin == 0 else int(twin) for twin in twins.astype(np.uint64).view(np.int64)]),
            "place": np.arange(len(docs)),
            "width": [widths.get(prefix, 0) for prefix in known["prefix"]],
        }
    )


def whole(values: list[int | None]) -> pd.Series:
    """Return whole numbers as integers: as floats, which pandas makes of them next to None, hashes lose digits."""
    return pd.Series(values, dtype=object)


def details_of(delivery: Delivery, fips: str) -> list[bytes]:
    """Return the fields of a county's documents, in the order of `known_documents`."""
    docs = delivery.identified.loc[(delivery.identified["county_fips"] == fips).to_numpy(), "doc"].to_numpy()
    parts = (delivery.fields(part) for part in parts_of(docs, PART))
    return [zlib.compress(orjson.dumps(part)) for part in parts]


def rejected_numbers(delivery: Delivery, fips: str) -> list[str]:
    """Return what in rejected rows is a number of one of the county's series, and the pages that they explain."""
    series = [one for one in delivery.series if one.county_fips == fips]
    numbers = [text for text in delivery.numbers_elsewhere if any(one.place(text) is not None for one in series)]
    holes = page_holes(delivery) if delivery.rejects or delivery.foreign else ()
    pages = [row["key"] for row, rejected in holes if rejected and row["county_fips"] == fips]
    return sorted({*numbers, *pages})


def stated(delivery: Delivery, outcome: Outcome, fips: str) -> list[dict[str, Any]]:
    """Return a rule's findings about one county that stay open after the check, as JSON values."""
    rule = outcome.rule
    found = outcome.findings
    if found.empty or rule.id in CUMULATIVE | PASSING or outcome.state not in ("passed", "failed"):
        return []
    mine = found.loc[(found["county_fips"] == fips) & (found["doc"].to_numpy() < len(delivery))].head(KEPT)
    numbers, days = delivery.documents["instrument_number"], delivery.documents["recorded_on"]
    rows = []
    for row in mine.to_dict("records"):
        # A document without a number is known by its key.
        document = named(numbers.iloc[row["doc"]], row["key"]) if row["doc"] >= 0 else None
        rows.append(
            {
                "rule": rule.id,
                "severity": row["severity"],
                "series": row["series"],
                "key": row["key"],
                "message": sentence(rule.message, row),
                "fingerprint": fingerprint(rule.id, fips, row["key"]),
                "document": document,
                "year": None if document is None or pd.isna(days.iloc[row["doc"]]) else int(days.iloc[row["doc"]].year),
                "about_document": row["doc"] >= 0,
                "tolerated": outcome.state == "passed",
            }
        )
    return rows


def named(number: object, key: str) -> str:
    """Return the name that a document is known by."""
    return number if isinstance(number, str) else key
