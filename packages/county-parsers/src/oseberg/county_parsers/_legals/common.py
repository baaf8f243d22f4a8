"""The most common forms of descriptions, each read by one pattern: the grammar's result in less time.

A test holds both to the same answer. Whatever is written differently is left to the grammar.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from oseberg.county_parsers._legals.aliquots import part
from oseberg.county_parsers._legals.surveys import canonical, is_listed
from oseberg.county_parsers._records.record import TRACT

if TYPE_CHECKING:
    from oseberg.county_parsers._records.record import Tract

_PART = r"(?P<part>ALL|(?:[NSEW]/2 )?(?:[NSEW]/2|[NS][EW]/4)(?: [NS][EW]/4)?)"
# No leading zeros, no lists, one blank between: all else is left to the grammar.
_TEXAS = re.compile(
    rf"(?:{_PART} )?SEC (?P<section>[1-9]\d{{0,3}}) BLK (?P<block>[1-9]\d{{0,2}}|[A-Z]-\d{{1,2}})"
    r"(?: T-?(?P<town>[1-9]\d?)-?(?P<towards>[NS]))? (?P<survey>[A-Z][A-Z& ]*)(?: A-0*(?P<abstract>[1-9]\d{0,4}))?"
)
_PUBLIC = re.compile(
    rf"T(?P<town>[1-9]\d?)(?P<towards>[NS]) R(?P<range>[1-9]\d?)(?P<ranged>[EW]) SEC 0?(?P<section>[1-9]|[12]\d|3[0-6])"
    rf"(?: {_PART})?"
)


def read_common(text: str, upper: str) -> tuple[Tract, ...] | None:
    """Return the tract of a text in one of the most common forms; None for any other text.

    Args:
        text: The description, verbatim.
        upper: The same in upper case.

    Returns:
        One tract, or None.
    """
    found = _TEXAS.fullmatch(upper)
    if found is not None:
        written, section, block, town, towards, name, abstract = found.groups()
        survey = _listed(name)
        if survey is None:
            return None
        return (
            {
                **TRACT,
                "kind": "texas_survey",
                "text": text,
                "survey": survey,
                "abstract": abstract,
                "block": block,
                "township": f"T{town}{towards}" if town else None,
                "section": section,
                "part": part(written) if written else None,
            },
        )
    found = _PUBLIC.fullmatch(upper)
    if found is None:
        return None
    town, towards, range_, ranged, section, written = found.groups()
    return (
        {
            **TRACT,
            "kind": "plss",
            "text": text,
            "township": f"T{town}{towards}",
            "range": f"R{range_}{ranged}",
            "section": section,
            "part": part(written) if written else None,
        },
    )


@lru_cache(maxsize=1 << 10)
def _listed(name: str) -> str | None:
    """Return the canonical name of a listed survey; None of any other."""
    return canonical(name) if name == " ".join(name.split()) and is_listed(name) else None
