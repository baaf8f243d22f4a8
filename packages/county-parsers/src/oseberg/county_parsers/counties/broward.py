"""Broward County, Florida: the county's public daily extracts, one pipe-delimited file for each kind of record.

After the county's public description of its extracts: no heading, a delimiter after the last cell, zeros and blanks
trimmed, a file of 0 bytes on an empty day. Document types are the county's own codes; none of them is mapped, since
the public description does not say what they mean. The columns of the third file, `lnk`, are not known beyond the
first: what follows it is kept verbatim as the text of a reference. The `-rec` files of a day have the same layout,
but how their documents differ is not stated: they are skipped, so that no document appears twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oseberg.county_parsers import TYPE, ByName, County, Delimited, RejectedError, Related, fields, reference, rows

if TYPE_CHECKING:
    from oseberg.county_parsers import Context, Draft


def table(*columns: str, rest: bool = False) -> Delimited:
    """Declare one of the day's files."""
    return Delimited(
        columns=columns,
        encoding="cp1252",
        delimiter="|",
        quotes=False,
        heading=False,
        trailing_delimiter=not rest,
        rest=rest,
    )


county = County(
    name="Broward",
    state="FL",
    fips="12011",
    files=("??-??-??cfn.txt", "??-??-??lnk.txt", "??-??-??nme.txt"),
    basis="made from the county's public description of its daily extracts; no real delivery seen",
    reviewed="the project's founders, by hand from the public description",
    reader=ByName(
        tables={
            "*cfn.txt": table(
                "CFN",
                "recorded",
                "time",
                "type",
                "consideration",
                "book",
                "page",
                "book type",
                "legal",
                "parcel",
                "re-record",
            ),
            "*lnk.txt": table("CFN", "link", rest=True),
            "*nme.txt": table("CFN", "name", "side", "sequence"),
        },
        group=len("MM-DD-YY"),
    ),
    documents=Related(main="*cfn.txt", key="CFN"),
    fields={
        "instrument_number": fields.text("CFN"),
        TYPE: fields.document_type("type"),
        "recorded_on": fields.day("recorded", "%m/%d/%Y"),
        "recorded_time": fields.hhmmss("time"),
        "book_type": fields.text("book type"),
        "volume": fields.text("book"),
        "page": fields.text("page"),
        "legals": fields.legals("legal"),
    },
    rows={
        "*lnk.txt": rows.ByHook("*lnk.txt"),
        # direct parties give, reverse parties take
        "*nme.txt": rows.Party(side="side", sides={"D": "grantors", "R": "grantees"}, place="sequence", name="name"),
    },
    document_types={},
)


@county.hook("document")
def correction(context: Context, row: dict[str, str], record: dict[str, Any]) -> None:  # noqa: ARG001 - a hook's signature
    """Read the re-record flag: C is a corrected document (R, one recorded again, is kept as it is)."""
    record["correction"] = record["correction"] or row["re-record"].strip() == "C"


@county.hook("*lnk.txt")
def link(context: Context, row: dict[str, str], draft: Draft) -> None:  # noqa: ARG001 - a hook's signature
    """Keep what a link says, word for word."""
    text = row["link"].strip().removesuffix("|")
    if not text:
        raise RejectedError("unreadable")
    draft.references.append(reference(text))
