"""Texas surveys: the railroads and school lands by their canonical names."""

from __future__ import annotations

import re
from functools import lru_cache

_RAILROADS = {
    "T&P RR CO": r"T(?:EXAS|EX\.?)?\s*&\s*P(?:ACIFIC|AC\.?)?",
    "GC&SF RR CO": r"GC\s*&\s*SF",
    "GH&SA RR CO": r"GH\s*&\s*SA",
    "H&TC RR CO": r"H\s*&\s*TC",
    "H&GN RR CO": r"H\s*&\s*GN",
    "W&NW RR CO": r"W\s*&\s*NW",
}
_RAIL = r"(?:RY|RR|R\.?\s?R\.|RAILROAD|RAILWAY)\b\.?"
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
    """Give the canonical name of a listed survey, in upper case: a railroad's is its initials, then RR CO."""
    if text[0] in "PU":
        return "PSL" if text[0] == "P" else "UNIVERSITY LANDS"
    letters = re.sub(r"[^A-Z&]", " ", text.replace("EXAS", "").replace("ACIFIC", ""))
    initials = re.sub(r"\s*&\s*", "&", letters).split()[0]
    return _INITIALS["T&P" if initials.startswith("T") and "&" in initials else initials]


def survey(text: str) -> str | None:
    """Give a survey column's canonical name: listed surveys by their canon, others as written, in upper case."""
    written = " ".join(text.upper().split())
    if any(pattern.fullmatch(written) for pattern in _LISTED):
        return canonical(written)
    return _TRAILING.sub("", written) or None
