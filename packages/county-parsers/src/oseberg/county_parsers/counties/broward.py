"""Broward County, Florida: the county's public daily extracts, one pipe-delimited file for each kind of record.

After the county's public description of its extracts: no heading, a delimiter after the last cell, zeros and blanks
trimmed, a file of 0 bytes on an empty day. Document types are the county's own codes; none of them is mapped, since
the public description does not say what they mean.
"""

from oseberg.county_parsers import TYPE, ByName, County, Delimited, Related, fields, rows


def table(*columns: str) -> Delimited:
    """Declare one of the day's files."""
    return Delimited(
        columns=columns, encoding="cp1252", delimiter="|", quotes=False, heading=False, trailing_delimiter=True
    )


county = County(
    name="Broward",
    state="FL",
    fips="12011",
    files=("??-??-??cfn.txt", "??-??-??nme.txt"),
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
        # direct parties give, reverse parties take
        "*nme.txt": rows.Party(side="side", sides={"D": "grantors", "R": "grantees"}, place="sequence", name="name"),
    },
    document_types={},
)
