"""MA1xx: empty, placeholder and unmapped fields, repeated and contradicting records, rows that were lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from oseberg.maze_authority._delivery.delivery import Delivery
from oseberg.maze_authority._findings import about, flag, flag_each, nothing
from oseberg.maze_authority._records.columns import factorized
from oseberg.maze_authority._records.sample import NEXT
from oseberg.maze_authority._registry import Example, rule

WORDS = "N/A|NA|N.A.|NONE|NULL|NIL|UNKNOWN|UNK|UNKN|TBD|TBA|BLANK|TEST|ILLEGIBLE|X|XX|XXX|XXXX"
PHRASES = "NO NAME|NO GRANTOR|NO GRANTEE|NOT AVAILABLE|NOT APPLICABLE|NOT GIVEN|NOT STATED|TO BE DETERMINED"
MARKS = ". .. ... - -- --- ? ?? ??? * ** *** / // _"
PLACEHOLDERS = frozenset([*WORDS.split("|"), *PHRASES.split("|"), *MARKS.split(" ")])
TEXTS = ("instrument_number", "volume", "page", "document_type_text")


@rule(
    "MA101",
    title="Required field empty",
    severity="error",
    authority="Tex. Loc. Gov't Code 193.009(b); NMSA 14-10-3",
    fix="Ask the vendor for the missing fields of the listed documents",
    message="{key} states no {value}",
    passing=Example({}),
    failing=Example({"recorded_on": None}),
)
def required_fields(delivery: Delivery) -> pd.DataFrame:
    """A record states the day it was recorded, its nature, and its instrument number.

    In Texas a book and page name the place of a document as well (the old books have no numbers): there a missing
    number is a warning. Parties are MA501, the description of the land MA601.
    """
    documents = delivery.documents
    texas = delivery.by_county(lambda fips: delivery.counties[fips].state == "TX", "bool")
    # The old books of Texas have no instrument numbers.
    placed = texas & filled(documents["volume"]) & filled(documents["page"])
    lacking = {
        "recorded date": documents["recorded_on"].isna().to_numpy(),
        "document type": ~filled(documents["document_type_text"]),
        "instrument number": ~filled(documents["instrument_number"]),
    }
    bad = np.flatnonzero(np.logical_or.reduce(list(lacking.values())))
    value = [", ".join(name for name, mask in lacking.items() if mask[doc]) for doc in bad]
    mild = [placed[doc] and said == "instrument number" for doc, said in zip(bad, value, strict=True)]
    return flag(delivery, bad, value, "a value", ["warning" if one else None for one in mild])


def filled(column: pd.Series) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which texts are filled."""
    return (column.notna() & (column != "")).to_numpy()


@rule(
    "MA102",
    title="Placeholder instead of a value",
    severity="warning",
    authority="trade practice",
    fix="Ask the vendor to read the document again; leave the field empty where the document is silent",
    message="{key} says {value}, which is a placeholder",
    passing=Example({"grantors": [{"name": "NONE SUCH OIL CO"}]}),
    failing=Example({"grantors": [{"name": "UNKNOWN"}]}),
)
def placeholders(delivery: Delivery) -> pd.DataFrame:
    """`N/A`, `UNKNOWN`, `.` and the like hide that a value is missing: a search finds them as if they were names."""
    found: dict[int, list[str]] = {}
    for name in TEXTS:
        column = delivery.documents[name]
        for doc in np.flatnonzero(standing_for_nothing(column)):
            found.setdefault(int(doc), []).append(f"{name} {column.iloc[doc]!r}")
    for side, parties in (("grantor", delivery.grantors), ("grantee", delivery.grantees)):
        empty = parties.loc[standing_for_nothing(parties["name"])]
        for doc, name in zip(empty["doc"], empty["name"], strict=True):
            found.setdefault(int(doc), []).append(f"{side} {name!r}")
    return flag_each(delivery, {doc: (", ".join(said), "a value or nothing") for doc, said in found.items()})


def standing_for_nothing(column: pd.Series) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which texts are placeholders; each distinct text is looked at once."""
    if not isinstance(column.dtype, pd.CategoricalDtype):  # a million numbers, none twice: no objects are made of them
        plain = pc.utf8_upper(pc.utf8_trim_whitespace(pa.array(column)))
        found = pc.is_in(plain, value_set=pa.array(sorted(PLACEHOLDERS), plain.type))
        return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)
    codes, distinct = factorized(column)
    reduced = map(str.upper, map(str.strip, distinct))
    judged = np.array([*map(PLACEHOLDERS.__contains__, reduced), False], dtype=bool)
    return np.asarray(judged[codes])


@rule(
    "MA103",
    title="Unmapped document type",
    severity="warning",
    authority="trade practice",
    fix="Add the text to the county's table of document types, or accept it as other",
    message="{value} of the type {key}, which no table maps",
    passing=Example({}),
    failing=Example({"document_type": "other", "document_type_text": "WARRANTY DEED"}),
)
def unmapped_types(delivery: Delivery) -> pd.DataFrame:
    """A type that is mapped to nothing is `other`, and rules on leases, deeds and releases skip it.

    One finding for each text, with the number of its documents.
    """
    other = delivery.documents.loc[delivery.documents["document_type"] == "other"]
    counts = other.groupby(["county_fips", "document_type_text"], sort=True).size().reset_index(name="count")
    return about(
        {"county_fips": fips, "key": text, "value": f"{count} document{'s' if count > 1 else ''}"}
        for fips, text, count in counts.itertuples(index=False)
    )


@rule(
    "MA110",
    title="Instrument delivered twice",
    severity="error",
    authority="trade practice",
    fix="Drop the repeat; ask the vendor why the document was delivered again",
    message="{key} repeats {value} word for word",
    scope="delivery",
    passing=Example({}, NEXT),
    failing=Example({}, {"source": {"file": "sample.csv", "lines": [3]}}),
)
def repeated(delivery: Delivery) -> pd.DataFrame:
    """The same number with the same content is one document too many; the first of them is kept."""
    twice = delivery.same_number
    if twice.empty:
        return nothing()
    twice = twice.assign(content=delivery.content[twice["doc"].to_numpy()])
    groups = twice.groupby(["county_fips", "label", "text", "content"], sort=False)["doc"]
    first = groups.transform("min")
    again = twice.loc[twice["doc"] != first]
    return flag(delivery, again["doc"], places(delivery, first.loc[again.index]), "one record")


@rule(
    "MA111",
    title="Instrument number used by different documents",
    severity="error",
    authority="Tex. Loc. Gov't Code 193.001(a)",
    fix="Look at the images; ask the vendor which document bears the number",
    message="{key} is also the number of a different document at {value}",
    scope="delivery",
    passing=Example({}, {"instrument_number": "18-0000001A", "page": "103", "images": [{"path": "images/2.pdf"}]}),
    failing=Example({}, {"grantors": [{"name": "COX RUTH L"}], "source": {"file": "sample.csv", "lines": [3]}}),
)
def contradicted(delivery: Delivery) -> pd.DataFrame:
    """A clerk gives each document its own number. Which of the documents is right can't be told: all are named."""
    twice = delivery.same_number
    if twice.empty:
        return nothing()
    twice = twice.assign(content=delivery.content[twice["doc"].to_numpy()])
    twice = twice.drop_duplicates(["county_fips", "label", "text", "content"])
    groups = twice.groupby(["county_fips", "label", "text"], sort=False)["doc"]
    # Which one is right can't be told from the index, so all of them are named.
    several = twice.loc[groups.transform("size") > 1]
    groups = several.groupby(["county_fips", "label", "text"], sort=False)["doc"]
    first, last = groups.transform("min"), groups.transform("max")
    other = first.where(first != several["doc"], last)
    return flag(delivery, several["doc"], places(delivery, other), "one document")


def places(delivery: Delivery, docs: pd.Series) -> list[str]:
    """Return the file and line of documents."""
    rows = delivery.documents.iloc[docs.to_numpy()]
    return [f"{file} line {line}" for file, line in zip(rows["source_file"], rows["source_line"], strict=True)]


@rule(
    "MA120",
    title="Record incomplete",
    severity="error",
    authority="trade practice",
    fix="Look up the document's rejected rows in rejects.jsonl and have them delivered again",
    message="{key} lacks a row that was rejected",
    passing=Example({}),
    failing=Example({"complete": False}),
)
def incomplete(delivery: Delivery) -> pd.DataFrame:
    """A row that belongs to the document could not be read, so a party, a tract or a page may be missing."""
    return flag(delivery, ~delivery.documents["complete"].to_numpy(), "a rejected row", "every row read")
