"""Lea County, New Mexico: tagged rows, one for each entry of the index."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from oseberg.county_parsers import TYPE, County, InOrder, RejectedError, Tagged, fields, reference, rows, unread

if TYPE_CHECKING:
    from oseberg.county_parsers import Context, Draft

county = County(
    name="Lea",
    state="NM",
    fips="35025",
    files="LEA_*.txt",
    basis="made from the county's rules for index entries; no real delivery seen",
    reviewed="the project's founders, by hand from the format's page",
    reader=Tagged(
        encoding="cp1252",
        records={
            "D": ["tag", "instrument", "type", "recorded", "time", "book", "page", "pages", "image"],
            "P": ["tag", "instrument", "side", "sequence", "name"],
            "R": ["tag", "instrument", "kind", "text"],
            "T": ["tag", "documents", "entries"],
        },
    ),
    documents=InOrder(opens="D", key="instrument"),
    fields={
        "instrument_number": fields.text("instrument"),
        TYPE: fields.document_type("type", mark="*"),  # the star marks a document recorded again
        "recorded_on": fields.day("recorded", "%m/%d/%Y", none=("", "00/00/0000")),
        "recorded_time": fields.hhmm("time"),
        "volume": fields.text("book"),
        "page": fields.text("page"),
        "page_count": fields.count("pages"),
        "images": fields.image("image"),
    },
    rows={
        "P": rows.Party(side="side", sides={"G": "grantors", "E": "grantees"}, place="sequence", name="name"),
        "R": rows.ByHook("R"),
        "T": rows.Totals({"documents": ["D"], "entries": ["P", "R"]}),
    },
    document_types={
        "oil_gas_lease": ["OGL"],
        "lease_memorandum": ["MOGL"],
        "lease_assignment": ["AOGL"],
        "lease_amendment": ["AMOGL"],
        "lease_extension": ["EXOGL"],
        "lease_ratification": ["RATOGL"],
        "lease_release": ["ROGL", "PROGL"],
        "mineral_deed": ["MD"],
        "royalty_deed": ["RYD"],
        "right_of_way": ["ROW"],
        "pooling": ["CPA"],
        "affidavit": ["AFF"],
        "top_lease": ["TOGL"],
    },
    partial=["PROGL"],
)


@county.hook("R")
def index_entry(context: Context, row: dict[str, str], draft: Draft) -> None:  # noqa: ARG001 - a hook's signature
    """Read an entry by its kind: land, a prior document or a lease number; other kinds stay unread."""
    kind, text = row["kind"].strip(), row["text"].strip()
    if not text:
        raise RejectedError("unreadable")
    if kind == "BP":
        found = re.fullmatch(r"(\S+?)\s*/\s*(\S+)", text)
        volume, page = found.groups() if found else (None, None)
        draft.references.append(reference(text, volume=volume, page=page))
    elif kind == "INS":
        draft.references.append(reference(text, instrument_number=text))
    elif kind == "LSE":
        draft.references.append(reference(text, lease_number=text))
    else:
        draft.legals.append(text if kind in {"STR", "SUB"} else unread(text))
