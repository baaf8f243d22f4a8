"""Reagan County, Texas: a workbook with one row per party."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from oseberg.county_parsers import TYPE, County, Field, Grouped, Sheet, fields, reference, rows

if TYPE_CHECKING:
    from oseberg.county_parsers import Context

RELATED = "Related Items (click related item below for details)"
# The system's text for a document without any.
NO_DOCUMENT = re.compile(r"1901001001\s+bk:1\s*/1")
PRIOR = re.compile(r"(\S+)\s+bk:\s*(\S+?)\s*/\s*(\S+)")


def related_items(cell: str) -> list[dict[str, Any]]:
    """Read the prior documents, one a line; exact repeats count once."""
    lines = dict.fromkeys(line.strip() for line in cell.splitlines())
    found = [(line, PRIOR.fullmatch(line)) for line in lines if line and not NO_DOCUMENT.fullmatch(line)]
    return [
        reference(line, **dict(zip(("instrument_number", "volume", "page"), prior.groups(), strict=True)))
        if prior
        else reference(line)
        for line, prior in found
    ]


def instrument_type(context: Context, cell: str) -> tuple[str, str, bool, bool]:
    """Read the text before ` - [`, where the system cut it at 20 characters."""
    return context.types.read(cell.lstrip().partition(" - [")[0])


county = County(
    name="Reagan",
    state="TX",
    fips="48383",
    files="Reagan *.xlsx",
    basis="made from a description of search exports; no real delivery seen",
    reviewed="the project's founders, by hand from the format's page",
    reader=Sheet(
        sheet="Results",
        columns=[
            "Gin",
            "Instrument #",
            "Book/Volume",
            "Page",
            "InstrumentType",
            "FileDate",
            "Num Pages",
            "PartyType",
            "PartySeq",
            "Searched Name",
            "Cross Party Name",
            "Legals",
            "Remarks",
            RELATED,
        ],
        days=["FileDate"],
        optional=["Cross Party Name", "Remarks"],
    ),
    documents=Grouped(
        key="Gin", readable=r"\d+", repeat=["Gin", "PartyType", "PartySeq", "Searched Name"], unique_places=True
    ),
    fields={
        "instrument_number": fields.text("Instrument #"),
        TYPE: Field("InstrumentType", instrument_type, bound=True),
        "recorded_on": fields.day("FileDate", "%Y-%m-%d", "%m/%d/%Y"),
        "volume": fields.text("Book/Volume"),
        "page": fields.text("Page"),
        "page_count": fields.count("Num Pages"),
        "legals": fields.legals("Legals", separators=r"\r\n|\n|\r"),
        "references": Field(RELATED, related_items),
    },
    rows={
        "row": rows.Party(
            side="PartyType",
            sides={
                "GRANTOR": "grantors",
                "LESSOR": "grantors",
                "ASSIGNOR": "grantors",
                "GRANTEE": "grantees",
                "LESSEE": "grantees",
                "ASSIGNEE": "grantees",
            },
            place="PartySeq",
            name="Searched Name",
        )
    },
    types_cut_at=20,
    document_types={
        "oil_gas_lease": ["OIL GAS MINERAL LEASE", "OIL & GAS LEASE"],
        "lease_memorandum": ["MEMORANDUM OF OIL GAS LEASE"],
        "lease_assignment": ["ASSIGNMENT OF OIL & GAS LEASE", "ASSIGNMENT OF OIL GAS LEASE"],
        "lease_amendment": ["AMENDMENT OF OIL GAS LEASE"],
        "lease_extension": ["EXTENSION OF OIL GAS LEASE"],
        "lease_ratification": ["RATIFICATION OF OIL GAS LEASE"],
        "lease_release": ["RELEASE OF OIL GAS & MINERAL LEASE", "RELEASE OF OIL GAS LEASE"],
        "top_lease": ["TOP LEASE"],
        "mineral_deed": ["MINERAL DEED"],
        "royalty_deed": ["ROYALTY DEED"],
        "right_of_way": ["RIGHT OF WAY"],
        "pooling": ["UNIT DESIGNATION"],
        "affidavit": ["AFFIDAVIT"],
    },
)


@county.hook("document")
def book_and_image(context: Context, row: dict[str, str], record: dict[str, Any]) -> None:  # noqa: ARG001 - a hook's signature
    """Read book type and volume inside the type's bracket, and name the image by the Gin."""
    if bracket := re.search(r" - \[\s*(\S+)(?:\s+(\S+))?\s*\]", row["InstrumentType"]):
        record["book_type"] = bracket[1]
        record["volume"] = record["volume"] or bracket[2]
    if record["page_count"]:
        record["images"] = [{"path": f"images/{row['Gin'].strip()}.pdf", "page": None}]
