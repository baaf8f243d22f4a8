"""Crockett County, Texas: relational tables in a zip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.county_parsers import TYPE, County, Delimited, Field, RejectedError, Related, Zipped, fields, rows, tract

if TYPE_CHECKING:
    from oseberg.county_parsers import Context, Draft


def table(*columns: str) -> Delimited:
    """Declare a table of the zip."""
    return Delimited(columns=columns, encoding="utf-16-le", delimiter="\t", quotes=False, none="NULL")


def document_type(context: Context, cell: str) -> tuple[str, str, bool, bool]:
    """Read the code; the text is its description in DOCTYPE, or the code where that lacks it."""
    return context.types.read(cell, context.facts.get("descriptions", {}).get(cell.strip()) or cell)


county = County(
    name="Crockett",
    state="TX",
    fips="48105",
    files="CROCKETT_*.zip",
    basis="made from a description of relational exports; no real delivery seen",
    reviewed="the project's founders, by hand from the format's page",
    reader=Zipped(
        tables={
            "DOCTYPE.TXT": table("DOC_CD", "DESCRIPTION", "PARTY1", "PARTY2"),
            "MASTER.TXT": table("REC_ID", "DOC_CD", "INSTR_NO", "VOL", "PG", "FILED", "INST_DT", "PAGES"),
            "PARTY.TXT": table("REC_ID", "TYPE", "SEQ", "NAME", "ADDR"),
            "LEGAL.TXT": table("REC_ID", "SURVEY", "BLOCK", "SECTION", "ABSTRACT", "PART", "ACRES"),
            "IMAGE.TXT": table("REC_ID", "PAGE", "FILE"),
        },
        optional=["IMAGE.TXT"],
    ),
    documents=Related(main="MASTER.TXT", key="REC_ID"),
    fields={
        "instrument_number": fields.text("INSTR_NO"),
        TYPE: Field("DOC_CD", document_type, bound=True),
        "recorded_on": fields.day("FILED", "%d-%b-%Y"),
        "volume": fields.text("VOL"),
        "page": fields.text("PG"),
        "instrument_date": fields.day("INST_DT", "%d-%b-%Y", lenient=True),
        "page_count": fields.count("PAGES"),
    },
    rows={
        "DOCTYPE.TXT": rows.Header(),
        "PARTY.TXT": rows.Party(side="TYPE", sides={"1": "grantors", "2": "grantees"}, place="SEQ", name="NAME"),
        "LEGAL.TXT": rows.ByHook("LEGAL.TXT"),
        "IMAGE.TXT": rows.Image(page="PAGE", file="FILE"),
    },
    counts=["swapped_legals"],
    document_types={
        "oil_gas_lease": ["OGL"],
        "lease_memorandum": ["MOGL"],
        "lease_assignment": ["AOGL"],
        "lease_amendment": ["AMOG"],
        "lease_extension": ["EOGL"],
        "lease_ratification": ["RAT"],
        "lease_release": ["ROGL", "PROG"],
        "top_lease": ["TOGL"],
        "mineral_deed": ["MD"],
        "royalty_deed": ["RD"],
        "right_of_way": ["ROW"],
        "pooling": ["UNIT"],
        "affidavit": ["AFF"],
    },
    partial=["PROG"],
)


@county.hook("DOCTYPE.TXT")
def description(context: Context, row: dict[str, str]) -> None:
    """Keep the meaning of a code. PARTY1 needs none: it is always the grantor."""
    context.facts.setdefault("descriptions", {})[row["DOC_CD"].strip()] = row["DESCRIPTION"].strip()


@county.hook("LEGAL.TXT")
def legal(context: Context, row: dict[str, str], draft: Draft) -> None:
    """Read a tract from its columns; one delivery has BLOCK and SECTION swapped."""
    cells = {name: cell.strip() for name, cell in row.items() if name != "REC_ID"}
    text = " ".join(filter(None, cells.values()))
    if not text:
        raise RejectedError("unreadable")
    if cells["BLOCK"].isdecimal() and any(map(str.isalpha, cells["SECTION"])):
        cells["BLOCK"], cells["SECTION"] = cells["SECTION"], cells["BLOCK"]
        context.counts["swapped_legals"] += 1
    draft.legals.append(tract(text, **{name.lower(): cell for name, cell in cells.items()}))
