"""Common parts of the modules of Florida's counties.

Chapter 28.222 of the Florida Statutes has each clerk keep one general series, the Official Records, and index it by
direct (grantor) and reverse (grantee) names. The clerks of several counties publish their indexes as daily files, each
in its own layout. Document types are each clerk's own codes; only those are mapped whose text says what they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oseberg.county_parsers import County, Delimited, OneEach, tract_of_township, tracts, unread

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCUMENT_TYPES = {
    "affidavit": ["AFF", "AFFIDAVIT", "AFFIDAVITS"],
    "mineral_deed": ["MINERAL DEED"],
    "oil_gas_lease": ["OIL GAS LEASE", "OIL & GAS LEASE", "OIL AND GAS LEASE"],
    "right_of_way": ["ROW", "RIGHT OF WAY", "RIGHT-OF-WAY"],
    "royalty_deed": ["ROYALTY DEED"],
}


def table(*columns: str, delimiter: str = "|", trailing: bool = True, rest: bool = False) -> Delimited:
    """Declare a table without a heading, whose cells are never quoted."""
    return Delimited(
        columns=columns,
        encoding="latin-1",
        delimiter=delimiter,
        quotes=False,
        heading=False,
        trailing_delimiter=trailing and not rest,
        rest=rest,
    )


def land(text: str, cells: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the land of a row that names it by section, township and range, or else by its text.

    Args:
        text: The description in the clerk's words.
        cells: What the index has in columns, by their names; blank ones say nothing. What they say beyond the land
            that is read stays in the remainder.

    Returns:
        The tracts; none when the row names no land.
    """
    # Values that the text contains already are not appended again.
    filled = {name: cell.strip() for name, cell in cells.items() if cell.strip() and cell.strip() not in text}
    beyond = [f"{name} {cell}" for name, cell in filled.items()]
    whole = " ".join(filter(None, [text.strip(), *beyond]))
    if not whole:
        return []
    if {"section", "township", "range"} <= filled.keys():
        beyond = [f"{name} {cell}" for name, cell in filled.items() if name not in {"section", "township", "range"}]
        left = " ".join(filter(None, [text.strip(), *beyond])) or None
        section, township, range_ = (filled[name] for name in ("section", "township", "range"))
        return [tract_of_township(whole, section, township, range_, remainder=left)]
    found = tracts(text)
    if found[0]["kind"] == "unread":
        return [unread(whole)]
    return [
        {**tract, "text": whole, "remainder": " ".join(filter(None, [tract["remainder"], *beyond])) or None}
        for tract in found
    ]


county = County(
    name="Florida",
    state="FL",
    fips="12999",
    files="*.none",
    basis="a base of Florida's counties; not a county",
    reader=table("number"),
    documents=OneEach("number"),
    fields={},
    document_types=DOCUMENT_TYPES,
)
