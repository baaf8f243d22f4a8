"""Sarasota County, Florida: the clerk's tables of documents, grantors, grantees, legals and cross-references.

Names and order of the columns are the clerk's, as published for commercial users; a person's name is in four columns,
a company's in `last`. Readings, to be compared with a real delivery: no delimiter behind the last cell, the layouts of
days and times (both that the clerk's system writes are taken), and that the number alone relates the tables.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from oseberg.county_parsers import TYPE, ByName, RejectedError, Related, fields, reference, rows
from oseberg.county_parsers.counties._florida import county as florida
from oseberg.county_parsers.counties._florida import land, table

if TYPE_CHECKING:
    from oseberg.county_parsers import Context, Draft

NAME = ("number", "seq", "place", "last", "first", "status", "flag", "middle", "suffix")
NAME_PARTS = ("last", "first", "middle", "suffix")

county = replace(
    florida,
    name="Sarasota",
    fips="12115",
    files="????????_*.txt",
    basis="made from the clerk's published column lists; no real delivery seen",
    reviewed="the project's founders, by hand from the layout",
    reader=ByName(
        tables={
            "*_document.txt": table(
                *"number|seq|received|type|image|index|pages|book type|book|page|film|location".split("|"),
                *"instrument date|exempt|consideration|county tax|state tax|min|cin".split("|"),
                trailing=False,
            ),
            "*_grantor.txt": table(*NAME, trailing=False),
            "*_grantee.txt": table(*NAME, trailing=False),
            "*_legal.txt": table(
                *"number|seq|place|combo|section|township|range|quarter 1|quarter 2|lot|lot to|block|unit".split("|"),
                *"building|survey|addition|street number|street|pin|text|map|slide|town|pd page|pd volume".split("|"),
                *"acres|condo|abstract".split("|"),
                trailing=False,
            ),
            "*_crossref.txt": table(
                "number", "book type", "book", "page", "other number", "seq", "type", "kind", trailing=False
            ),
        },
        group=len("20180605"),
        optional=["*_crossref.txt"],
    ),
    documents=Related(main="*_document.txt", key="number"),
    fields={
        "instrument_number": fields.text("number"),
        TYPE: fields.document_type("type"),
        ("recorded_on", "recorded_time"): fields.moment(
            "received", ("%m/%d/%Y", "%Y-%m-%d"), ("%I:%M:%S %p", "%H:%M:%S")
        ),
        "instrument_date": fields.day("instrument date", "%m/%d/%Y", "%Y-%m-%d", lenient=True),
        "book_type": fields.text("book type"),
        "volume": fields.text("book"),
        "page": fields.text("page"),
        "page_count": fields.count("pages"),
    },
    rows={
        "*_grantor.txt": rows.Party(name=NAME_PARTS, always="grantors"),
        "*_grantee.txt": rows.Party(name=NAME_PARTS, always="grantees"),
        "*_legal.txt": rows.ByHook("*_legal.txt"),
        "*_crossref.txt": rows.ByHook("*_crossref.txt"),
    },
    extra={
        name.replace(" ", "_"): name
        for name in ("image", "film", "location", "exempt", "consideration", "county tax", "state tax", "min", "cin")
    },
)


@county.hook("*_legal.txt")
def legal(context: Context, row: dict[str, str], draft: Draft) -> None:  # noqa: ARG001 - a hook's signature
    """Read land by section, township and range, or by the clerk's text; what else the row names is kept with it."""
    cells = {name: cell for name, cell in row.items() if name not in {"number", "seq", "place", "text"}}
    found = land(row["text"], cells)
    if not found:
        raise RejectedError("unreadable", "text")
    draft.legals.extend(found)


@county.hook("*_crossref.txt")
def cross_reference(context: Context, row: dict[str, str], draft: Draft) -> None:  # noqa: ARG001 - a hook's signature
    """Read a prior document: its number, or its book and page."""
    cells = {name: cell.strip() or None for name, cell in row.items()}
    named = [cells[name] for name in ("book type", "book", "page", "other number", "type", "kind")]
    if not any(named):
        raise RejectedError("unreadable", "other number")
    draft.references.append(
        reference(
            " ".join(filter(None, named)),
            instrument_number=cells["other number"],
            volume=cells["book"],
            page=cells["page"],
        )
    )
