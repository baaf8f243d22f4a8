"""Legal descriptions that the index has already split into columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from oseberg.county_parsers._legals.aliquots import whole_part
from oseberg.county_parsers._legals.numbers import plain
from oseberg.county_parsers._legals.surveys import survey as canonical_survey
from oseberg.county_parsers._record import TRACT

if TYPE_CHECKING:
    from oseberg.county_parsers._record import Tract

_ABSTRACT = re.compile(r"(?:A-|AB(?:STRACT|ST|S)?[\s.#\-]*)?0*(\d+)", re.IGNORECASE)
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

    >>> tract("GC&SF RY CO C 014", survey="GC&SF RY CO", block="C", section="014")["section"]
    '14'
    """
    name = canonical_survey(survey)
    found = {
        "block": _block(block.strip(), name),
        "section": plain(match[1]) if (match := _SECTION.fullmatch(section.strip())) else None,
        "abstract": match[1] if (match := _ABSTRACT.fullmatch(abstract.strip())) else None,
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


def _block(text: str, survey: str | None) -> str | None:
    match = _BLOCK.fullmatch(text)
    if match is None:
        return None
    prefix = (match[1] or "") if survey == "PSL" else ""
    return plain(prefix + match[2])
