"""Miami-Dade County, Florida: the clerk's daily file of recorded or updated documents, one row for each party.

The columns are those of the clerk's "Official Records Public Access Folder Description": 42 of them, separated by
carets, without a heading. The number of a document is its year and sequence (2026R123456): the sequence alone begins
again every year. A file holds documents that were updated since, too: they replace what an earlier file said of them.
Readings, to be compared with a real delivery: the layouts of days and times, of which the usual ones are taken.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from oseberg.county_parsers import TYPE, Feed, Field, Grouped, fields, reference, rows
from oseberg.county_parsers.counties._florida import county as florida
from oseberg.county_parsers.counties._florida import land, table

COLUMNS = (
    "CFN year|CFN sequence|group id|recorded date|recorded time|book|page|book type|pages|appended pages|document type"
    "|type text|document date|name|party side|cross party name|prior CFN year|prior CFN sequence|prior book|prior page"
    "|prior misc reference|subdivision|folio|legal|section|township|range|plat book|plat page|block|case number"
    "|consideration 1|consideration 2|deed doc tax|single family|surtax|intangible tax|doc stamps|key|transaction"
    "|party sequence|last modified"
).split("|")
PRIOR = ("prior CFN year", "prior CFN sequence", "prior book", "prior page", "prior misc reference")
LAND = ("legal", "section", "township", "range", "subdivision", "block", "plat book", "plat page")
DAYS = ("%m/%d/%Y", "%Y%m%d", "%m%d%Y")


def prior(year: str, sequence: str, book: str, page: str, other: str) -> list[dict[str, Any]]:
    """Read the prior document that a row names."""
    # Zeros stand for none in this file: a prior document has a sequence other than 0.
    number = f"{year.strip()}R{sequence.strip()}" if year.strip() and sequence.strip().strip("0") else None
    texts = [number, *(cell.strip() for cell in (book, page, other) if cell.strip().strip("0"))]
    text = " ".join(filter(None, texts))
    volume, first = (cell.strip() if cell.strip().strip("0") else None for cell in (book, page))
    return [reference(text, instrument_number=number, volume=volume, page=first)] if text else []


def legals(legal: str, *cells: str) -> list[Any]:
    """Read the land that a row names."""
    return land(legal, dict(zip(LAND[1:], cells, strict=True)))


county = replace(
    florida,
    name="Miami-Dade",
    fips="12086",
    files="????????.exp",
    basis="made from the clerk's Official Records Public Access Folder Description; no real delivery seen",
    reviewed="the project's founders, by hand from the layout",
    reader=table(*COLUMNS, delimiter="^", trailing=False),
    documents=Grouped(
        key=("CFN year", "CFN sequence"),
        repeat=("CFN year", "CFN sequence", "party side", "party sequence", "name"),
    ),
    fields={
        "instrument_number": fields.joined("CFN year", "CFN sequence", separator="R"),
        TYPE: fields.document_type("type text"),
        "recorded_on": fields.day("recorded date", *DAYS),
        "recorded_time": fields.time("recorded time", "%H:%M:%S", "%I:%M:%S %p", "%H%M%S", "%H:%M"),
        "instrument_date": fields.day("document date", *DAYS, lenient=True),
        "book_type": fields.text("book type"),
        "volume": fields.text("book"),
        "page": fields.text("page"),
        "page_count": fields.count("pages"),
        "legals": Field(LAND, legals),
        "references": Field(PRIOR, prior),
    },
    rows={
        "row": rows.Party(
            name="name", side="party side", sides={"D": "grantors", "R": "grantees"}, place="party sequence"
        )
    },
    feed=Feed(day="%m%d%Y"),
    extra={
        name.replace(" ", "_"): name
        for name in (
            *("group id", "appended pages", "document type", "folio", "case number"),
            *("consideration 1", "consideration 2", "deed doc tax", "single family", "surtax", "intangible tax"),
            *("doc stamps", "key", "transaction", "last modified"),
        )
    },
)
