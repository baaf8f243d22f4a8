"""Legal descriptions that the index has already split into columns."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from oseberg.county_parsers._legals.aliquots import whole_part
from oseberg.county_parsers._legals.numbers import plain
from oseberg.county_parsers._legals.surveys import survey as canonical_survey
from oseberg.county_parsers._records.record import TRACT

if TYPE_CHECKING:
    from oseberg.county_parsers._records.record import Tract

_ABSTRACT = re.compile(r"(?:A-|AB(?:STRACT|ST|S)?[\s.#\-]*)?0*(0|[1-9]\d*)", re.IGNORECASE)
_BLOCK = re.compile(r"(?:BL(?:OC)?KS?\b[\s.:#\-]*)?(B-(?=\d))?([A-Z0-9][A-Z0-9 /\-]*)", re.IGNORECASE)
_SECTION = re.compile(r"(?:SEC(?:TION)?\b[\s.:#\-]*)?([A-Z0-9][A-Z0-9 /\-]*)", re.IGNORECASE)


def tract(
    text: str,
    *,
    survey: str = "",
    block: str = "",
    section: str = "",
    abstract: str = "",
    part: str = "",
    acres: str = "",
) -> Tract:
    """Return the Texas tract of columns in their canonical forms; a column that can't be read goes to the remainder.

    Args:
        text: The description as the index has it.
        survey: The survey's name.
        block: The block, with or without the word.
        section: The section, with or without the word.
        abstract: The abstract number, in any writing.
        part: Aliquot parts.
        acres: Acres as printed.

    Returns:
        A dict with the keys of the standard record's Legal.

    Example:
        >>> tract("GC&SF RY CO C 014", survey="GC&SF RY CO", block="C", section="014")["section"]
        '14'
    """
    name = canonical_survey(survey)
    found = {
        "block": _block(block.strip(), name),
        "section": _section(section.strip()),
        "abstract": _number(abstract.strip()),
        "part": whole_part(part),
    }
    columns = {"block": block, "section": section, "abstract": abstract, "part": part}
    left = [columns[key].strip() for key, value in found.items() if value is None and columns[key].strip()]
    return {
        **TRACT,
        "kind": "texas_survey",
        "text": text,
        "survey": name,
        **found,
        "acres": acres.strip() or None,
        "remainder": " ".join(left) or None,
    }


# Blocks, sections and abstracts come again and again, in ever new combinations.
@lru_cache(maxsize=1 << 12)
def _section(text: str) -> str | None:
    return plain(match[1]) if (match := _SECTION.fullmatch(text)) else None


@lru_cache(maxsize=1 << 14)
def _number(text: str) -> str | None:
    return match[1] if (match := _ABSTRACT.fullmatch(text)) else None


@lru_cache(maxsize=1 << 12)
def _block(text: str, survey: str | None) -> str | None:
    match = _BLOCK.fullmatch(text)
    if match is None:
        return None
    prefix = (match[1] or "") if survey == "PSL" else ""
    return plain(prefix + match[2])


_TOWNSHIP = re.compile(r"T?\s*0*(\d{1,3})\s*([NS])", re.IGNORECASE)
_RANGE = re.compile(r"R?\s*0*(\d{1,3})\s*([EW])", re.IGNORECASE)
_OF_TOWNSHIP = re.compile(r"0*(\d{1,2})")
SECTIONS = 36


def tract_of_township(text: str, section: str, township: str, range_: str, *, remainder: str | None = None) -> Tract:
    """Return the tract of section, township and range in columns; one that can't be read goes to the remainder.

    Args:
        text: The description as the index has it.
        section: The section.
        township: The township with its direction (`54S`); without one it is not guessed.
        range_: The range with its direction (`41E`).
        remainder: What else the text says.

    Returns:
        A dict with the keys of the standard record's Legal.

    Example:
        >>> found = tract_of_township("12 54S 41E", "12", "54S", "41E")
        >>> found["township"], found["range"], found["section"]
        ('T54S', 'R41E', '12')
    """
    town, ranged, number = (
        pattern.fullmatch(cell.strip())
        for pattern, cell in ((_TOWNSHIP, township), (_RANGE, range_), (_OF_TOWNSHIP, section))
    )
    if number and not 1 <= int(number[1]) <= SECTIONS:
        number = None
    read = ((town, township), (ranged, range_), (number, section))
    left = [cell.strip() for match, cell in read if match is None and cell.strip()]
    return {
        **TRACT,
        "kind": "plss",
        "text": text,
        "township": f"T{town[1]}{town[2].upper()}" if town else None,
        "range": f"R{ranged[1]}{ranged[2].upper()}" if ranged else None,
        "section": number[1] if number else None,
        "remainder": " ".join(filter(None, [remainder, *left])) or None,
    }
