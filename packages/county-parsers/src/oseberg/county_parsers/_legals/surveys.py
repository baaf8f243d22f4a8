"""Texas surveys: the railroads and school lands by their canonical names."""

from __future__ import annotations

import re
from functools import lru_cache

_AND = r"\s*(?:&|\bAND\b)\s*"
_RAILROADS = {
    "T&P RR CO": rf"T(?:EXAS|EX\.?|\.)?{_AND}P(?:ACIFIC|AC\.?|\.)?",
    "GC&SF RR CO": r"G\.?C\.?\s*&\s*S\.?F\.?",
    "GH&SA RR CO": r"G\.?H\.?\s*&\s*S\.?A\.?",
    "H&TC RR CO": r"H\.?\s*&\s*T\.?C\.?",
    "H&GN RR CO": r"H\.?\s*&\s*G\.?N\.?",
    "W&NW RR CO": r"W\.?\s*&\s*N\.?W\.?",
}
_RAIL = r"(?:(?:RY|RR|RAILROAD|RAILWAY)\b\.?|R\.?\s?R\.)"
_COMPANY = r"CO(?:MPANY)?\b\.?"
SURVEY_WORD = r"SUR(?:V(?:EY)?)?S?\b\.?"
_MAYBE_SURVEY = rf"(?:\s+{SURVEY_WORD})?"

RAILROAD = (
    rf"(?P<survey>(?:{'|'.join(_RAILROADS.values())})(?![A-Z0-9])(?:\s+{_RAIL})?(?:\s+{_COMPANY})?{_MAYBE_SURVEY}"
    rf"|TC(?![A-Z0-9&])(?:\s+{_RAIL})?(?:\s+{_COMPANY})?{_MAYBE_SURVEY})"
)
PSL = rf"(?P<survey>(?:PSL|PUBLIC\s+SCHOOL\s+LANDS?)(?![A-Z0-9]){_MAYBE_SURVEY})"
UNIVERSITY_LANDS = rf"(?P<survey>U(?:NIV(?:ERSITY|\.)?(?:\s+LANDS?)?|L)(?![A-Z0-9]){_MAYBE_SURVEY})"

_INITIALS = {name.split()[0]: name for name in (*_RAILROADS, "TC RR CO")}
_LISTED = [re.compile(pattern) for pattern in (RAILROAD, PSL, UNIVERSITY_LANDS)]
_TRAILING = re.compile(rf"\s+{SURVEY_WORD}\s*$")


@lru_cache(maxsize=1 << 10)
def canonical(text: str) -> str:
    """Return the canonical name of a listed survey, in upper case: a railroad's is its initials, then RR CO."""
    if text[0] in "PU":
        return "PSL" if text[0] == "P" else "UNIVERSITY LANDS"
    initials = re.sub(_AND, "&", text.replace(".", "")).split()[0]
    return _INITIALS["T&P" if initials.startswith("T") and "&" in initials else initials]


def survey(text: str) -> str | None:
    """Return a survey column's canonical name: listed surveys by their canon, others as written, in upper case."""
    written = " ".join(text.upper().split())
    if any(pattern.fullmatch(written) for pattern in _LISTED):
        return canonical(written)
    return _TRAILING.sub("", written) or None
