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
SURVEY_WORD = r"S(?:UR(?:V(?:EY)?)?S?|VY)\b\.?"
_MAYBE_SURVEY = rf"(?:\s+{SURVEY_WORD})?"

# What may come behind a survey's name; another word makes it part of a name: TC SMITH, UNIVERSITY PARK.
_LAND_WORDS = (
    r"BL(?:OC)?KS?|SECT?(?:ION)?S?|S(?:UR(?:V(?:EY)?)?S?|VY)|LANDS?|AB(?:ST(?:RACT)?)?|ALL|LOTS?|LTS?|TOWNSHIP|TWP|TSP"
    r"|RANGE|LEAGUE|LABOR|CO(?:MPANY)?|RY|RR|RAILROAD|RAILWAY|CERT(?:IFICATE)?|NORTH\w*|SOUTH\w*|EAST|WEST|AND|OF|IN|OUT"
    r"|TRACTS?|TRS?|UNITS?|WELLS?|LYING|LEASES?|STRIP|PARTS?|PTS?|POR\w*|CONT\w*|AC|ACRES?|SITUATED|LOCATED|SAME|SEE|SUBJ\w*"
    r"|ADJ\w*|FORMERLY|NEAR|BOUNDED|ALONG|[FA]KA|BEG\w*|COMMENCING|THENCE|MINUS|WITHOUT|ONLY|AS|FOR|WITH|TO|ON|OFF|NOT"
    r"|CONTAINING|BEING|EX\w*|LESS|SAVE|BUT|INSOFAR|LIMITED|BELOW|ABOVE|FROM|DEPTHS?|SURF(?:ACE)?|UND\w*|MIN\w*|ROY\w*"
    r"|TEXAS|TX|NM|ANDREWS|HOWARD|REAGAN|CROCKETT|[A-Z]+\s+COUNTY|NE|NW|SE|SW"
)
_ADDITION = (
    r"(?:ADD(?:N|ITION)?|SUB(?:D(?:IVISION)?)?|PARK|HEIGHTS|HTS|ESTATES?|TERRACE|PLACE|ACRES|TOWNSITE|VILLAGE)\b"
)
# T&P ADDITION is a subdivision that is named after the railroad, TEXAS & PACIFIC LAND TRUST an owner of land.
_NO_ADDITION = rf"(?!\s+(?:[A-Z]+\s+){{0,3}}{_ADDITION}|\s+(?:LAND\s+)?TRUST\b)"
_NO_NAME = rf"(?!\s+(?!(?:{_LAND_WORDS})\b)[A-Z][A-Z'.]*[A-Z]\b)"

RAILROAD = (
    rf"(?P<survey>(?:{'|'.join(_RAILROADS.values())})(?![A-Z0-9]){_NO_ADDITION}(?:\s+{_RAIL})?(?:\s+{_COMPANY})?{_MAYBE_SURVEY}"
    rf"|TC(?![A-Z0-9&]){_NO_ADDITION}{_NO_NAME}(?:\s+{_RAIL})?(?:\s+{_COMPANY})?{_MAYBE_SURVEY})"
)
PSL = rf"(?P<survey>(?:PSL|PUBLIC\s+SCHOOL\s+LANDS?)(?![A-Z0-9]){_NO_ADDITION}{_MAYBE_SURVEY})"
UNIVERSITY_LANDS = (
    rf"(?P<survey>(?:U(?:NIV(?:ERSITY|\.)?\s+LANDS?)(?![A-Z0-9]){_NO_ADDITION}"
    rf"|U(?:NIV(?:ERSITY|\.)?|L)(?![A-Z0-9]){_NO_ADDITION}{_NO_NAME}){_MAYBE_SURVEY})"
)

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


def is_listed(text: str) -> bool:
    """Whether a text is a listed survey's name, in any case."""
    written = " ".join(text.upper().split())
    return any(pattern.fullmatch(written) for pattern in _LISTED)


def survey(text: str) -> str | None:
    """Return a survey column's canonical name: listed surveys by their canon, others as written, in upper case."""
    written = " ".join(text.upper().split())
    if is_listed(written):
        return canonical(written)
    return _TRAILING.sub("", written) or None
