"""Hillsborough County, Florida: the clerk's daily index, a file of documents and one of parties, pipe-delimited.

The names of files and columns and the letters of actions are as several public users of the files quote the clerk's
layout. Fact: a delimiter behind the last cell, no heading, the files of a pair have the same name but for the first
letter, the action `DDA` or `PPA` adds. A reading: `U` and `D` as the last letter update and delete, as the clerk's
codes suggest, and the rows of an update name the parties that change, each by its side and sequence. They were not
seen, and any other action is rejected. The columns of the third file, `M` (prior documents), are known only up to the
number: the rest is kept verbatim as a reference.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from oseberg.county_parsers import ACTION, TYPE, ByName, Feed, RejectedError, Related, fields, reference, rows
from oseberg.county_parsers.counties._florida import county as florida
from oseberg.county_parsers.counties._florida import table

if TYPE_CHECKING:
    from oseberg.county_parsers import Context, Draft

county = replace(
    florida,
    name="Hillsborough",
    fips="12057",
    files=("D????????*.29", "P????????*.29", "M????????*.29"),
    basis="made from the clerk's layout as public users quote it; no real delivery seen",
    reviewed="the project's founders, by hand from the layout",
    reader=ByName(
        tables={
            "D*.29": table(
                "action",
                "county",
                "number",
                "type code",
                "type",
                "legal",
                "book type",
                "book",
                "page",
                "filler",
                "pages",
                "date",
                "time",
                "consideration",
            ),
            "P*.29": table("action", "county", "number", "sequence", "side", "name"),
            "M*.29": table("action", "county", "number", "prior", rest=True),
        },
        group=slice(1, None),
        optional=["M*.29"],
    ),
    documents=Related(main="D*.29", key="number"),
    fields={
        ACTION: fields.action("action", {"DDA": "add", "DDU": "update", "DDD": "delete"}),
        "instrument_number": fields.text("number"),
        TYPE: fields.document_type("type"),
        "recorded_on": fields.day("date", "%m/%d/%Y"),
        "recorded_time": fields.time("time", "%H:%M"),
        "book_type": fields.text("book type"),
        "volume": fields.text("book"),
        "page": fields.text("page"),
        "page_count": fields.count("pages"),
        "legals": fields.legals("legal"),
    },
    rows={
        "P*.29": rows.Party(
            name="name",
            side="side",
            sides={"FRM": "grantors", "TO": "grantees"},
            place="sequence",
            action=fields.action("action", {"PPA": "add", "PPU": "update", "PPD": "delete"}),
        ),
        "M*.29": rows.ByHook("M*.29"),
    },
    feed=Feed(day="D%Y%m%d"),
    extra={"type_code": "type code", "consideration": "consideration"},
)


@county.hook("M*.29")
def prior(context: Context, row: dict[str, str], draft: Draft) -> None:  # noqa: ARG001 - a hook's signature
    """Keep a prior document word for word."""
    text = row["prior"].strip().removesuffix("|")
    if not text:
        raise RejectedError("unreadable", "prior")
    draft.references.append(reference(text))
