"""Aliquot parts of a section: halves and quarters, from small to large as the source reads."""

from __future__ import annotations

import re
from functools import lru_cache
from math import prod

_OF = r"\s*(?:\bOF\s+(?:THE\s+)?)?"
_FRACTION_2 = r"(?:\s?/\s?2|½|\s?1/2|2)"
_FRACTION_4 = r"(?:\s?/\s?4|¼|\s?1/4|4)"
_HALF_WORD = r"(?:(?:NORTH|SOUTH|EAST|WEST)\s*(?:HALF\b|1/2|½)|[NSEW]\s+HALF\b)"
_QUARTER_WORD = r"(?:(?:NORTH|SOUTH)\s?(?:EAST|WEST)\s*(?:QUARTER\b|1/4|¼)|[NS][EW]\s+QUARTER\b)"
_ATOM = rf"(?:{_QUARTER_WORD}|{_HALF_WORD}|[NS][EW]{_FRACTION_4}?|[NSEW]{_FRACTION_2})"
_CHAIN = rf"{_ATOM}(?:{_OF}{_ATOM})*"
_JOIN = r"(?:\s*[&,;]\s*(?:AND\s+)?(?:THE\s+)?|\s+AND\s+(?:THE\s+)?)"

# One or several aliquots, or ALL; what stands before must be checked by the pattern around it.
PART = rf"(?:(?:THE\s+)?{_CHAIN}(?:{_JOIN}{_CHAIN})*|ALL)(?![\w½¼]|/(?![A-Z]{{3}}))"

# An aliquot in words, and in parentheses behind it an abbreviation: EAST HALF (E/2).
NAMED_AND_REPEATED = re.compile(rf"(?P<named>(?:{_QUARTER_WORD}|{_HALF_WORD}))\s*\(\s*(?P<repeated>{_ATOM})\s*\)")

_SPLIT = re.compile(_JOIN, re.IGNORECASE)
_ATOMS = re.compile(_ATOM, re.IGNORECASE)
_WHOLE = re.compile(rf"\s*{PART}\s*", re.IGNORECASE)
_PAIRS = re.compile(r"[NSEW][EW2]")
SECTION_ACRES = 640
_FIRST = {"NORTH": "N", "SOUTH": "S", "EAST": "E", "WEST": "W"}


@lru_cache(maxsize=1 << 12)
def part(text: str) -> str:
    """Return the canonical form of what `PART` matched.

    >>> part("N/2 NE/4 & the west half of the southeast quarter")
    'N2NE & W2SE'
    """
    upper = text.upper()
    if upper == "ALL":
        return upper
    return " & ".join("".join(map(_atom, _ATOMS.findall(chain))) for chain in _SPLIT.split(upper) if chain)


def nominal_acres(canonical: str) -> float:
    """Return the nominal acres of parts of a section: one of 640 acres, as nearly all are.

    Args:
        canonical: Parts as `part` writes them.

    Returns:
        Their sum.
    """
    if canonical == "ALL":
        return SECTION_ACRES
    return sum(
        SECTION_ACRES / prod(2 if atom[1] == "2" else 4 for atom in _PAIRS.findall(chain))
        for chain in canonical.split(" & ")
    )


def whole_part(text: str) -> str | None:
    """Return the canonical form of a column of aliquots; None if it holds anything else."""
    return part(text.strip()) if _WHOLE.fullmatch(text) else None


def _atom(atom: str) -> str:
    for word, letter in _FIRST.items():
        atom = atom.replace(word, letter)
    letters = "".join(letter for letter in atom if letter in "NSEW")[:2]
    return letters if len(letters) > 1 and letters[1] in "EW" and letters[0] in "NS" else f"{letters[0]}2"
