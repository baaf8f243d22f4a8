"""MA104, MA504: texts that were damaged on their way."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from oseberg.maze_authority._delivery.delivery import Delivery
from oseberg.maze_authority._findings import about, flag_each
from oseberg.maze_authority._records.columns import factorized
from oseberg.maze_authority._records.sample import NEXT
from oseberg.maze_authority._registry import Example, rule

# UTF-8 that was read as a Western code page shows as one of these letters before a sign of the upper half.
MOJIBAKE = re.compile(
    "[\u00c2\u00c3][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]|\u00e2\u20ac|\u00ef\u00bb\u00bf"
)
LOST = re.compile("[\ufffd\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\\\\ud[89a-f][0-9a-f]{2}")
SHORTEST = 20  # columns of names are wider: below this a common length says nothing
FEWEST = 5  # distinct names of the longest length; two or three may be equally long by chance
CUT = {"grantors": [{"name": f"RED BLUFF RESOURCES OF MIDLA{letter}"} for letter in "ABCDEFG"]}


@rule(
    "MA104",
    title="Damaged text",
    severity="warning",
    authority="trade practice",
    fix="Ask the vendor for the file in the encoding it was written in; a search does not find a damaged name",
    message="{key}: {value}",
    passing=Example({"grantors": [{"name": "PE\u00d1A MAR\u00cdA"}]}),
    failing=Example({"grantors": [{"name": "PE\u00c3\u00b1A MARIA"}]}),
)
def damaged_texts(delivery: Delivery) -> pd.DataFrame:
    """Signs of an encoding that was read wrongly, replacement characters and control characters stand for lost text.

    Looked for in names, types and descriptions of land; a document is named once, with the first damaged text.
    """
    documents = delivery.documents
    found: dict[int, tuple[str, str]] = {}
    tables = (
        ("type", pd.DataFrame({"doc": np.arange(len(documents)), "text": documents["document_type_text"]})),
        ("grantor", delivery.grantors.rename(columns={"name": "text"})),
        ("grantee", delivery.grantees.rename(columns={"name": "text"})),
        ("description", delivery.legals),
    )
    for what, table in tables:
        # Each distinct text is looked at once: names and types repeat thousands of times.
        codes, distinct = factorized(table["text"])
        bad = np.array([*(damage(text) is not None for text in distinct), False], dtype=bool)[codes]
        for doc, text in zip(table["doc"].to_numpy()[bad], table["text"].iloc[np.flatnonzero(bad)], strict=True):
            found.setdefault(int(doc), (f"the {what} {text!r} has {damage(text)}", "text as it was written"))
    return flag_each(delivery, found)


def damage(text: str) -> str | None:
    """Return what is damaged in a text, None if nothing is."""
    if LOST.search(text):
        return "a lost or control character"
    return "signs of another encoding" if MOJIBAKE.search(text) else None


@rule(
    "MA504",
    title="Names cut at the width of their field",
    severity="warning",
    authority="trade practice",
    fix="Ask the vendor for a wider field; a name that is cut off is not found by its end",
    message="{key}: {value}",
    scope="delivery",
    passing=Example({}, NEXT),
    failing=Example(CUT),
)
def cut_names(delivery: Delivery) -> pd.DataFrame:
    """The longest names of a county are of different lengths, unless a field cuts them off.

    Judged by distinct names: of the longest length there are at least five, and more than twice as many as of each of
    the two lengths below it.
    """
    rows = []
    for side, parties in (("grantors", delivery.grantors), ("grantees", delivery.grantees)):
        counties = delivery.documents["county_fips"].array[parties["doc"].to_numpy()]
        for fips, names in parties["name"].groupby(counties, sort=True):
            # Names that differ in a number alone, such as trusts and wells, are one name of that length.
            alike = (
                pd.Series(names.dropna().unique().astype("str")).str.replace(r"\d", "9", regex=True).drop_duplicates()
            )
            counts = alike.str.len().value_counts()
            if counts.empty:
                continue
            longest = int(counts.index.max())
            below = max(counts.get(longest - 1, 0), counts.get(longest - 2, 0))
            if longest >= SHORTEST and counts[longest] >= max(FEWEST, 2 * below + 1):
                value = f"{counts[longest]} of {int(counts.sum())} names end at character {longest}"
                rows.append({"county_fips": fips, "key": side, "value": value, "expected": "names of any length"})
    return about(rows)
