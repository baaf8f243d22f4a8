"""Texas surveys: the railroads and school lands by their canonical names."""

from __future__ import annotations

import re

_RAILROADS = {
    "T&P RR CO": r"T(?:EXAS|EX\.?)?\s*&\s*P(?:ACIFIC|AC\.?)?",
    "GC&SF RR CO": r"GC\s*&\s*SF",
    "GH&SA RR CO": r"GH\s*&\s*SA",
    "H&TC RR CO": r"H\s*&\s*TC",
    "H&GN RR CO": r"H\s*&\s*GN",
    "W&NW RR CO": r"W\s*&\s*NW",
}
_LANDS = {
    "PSL": r"PSL|PUBLIC\s+SCHOOL\s+LANDS?",
    "UNIVERSITY LANDS": r"UNIVERSITY(?:\s+LANDS?)?|UNIV\.?(?:\s+LANDS?)?|UL",
}
_RAIL = r"(?:RY|RR|R\.?\s?R\.|RAILROAD|RAILWAY)\b\.?"
_COMPANY = r"CO(?:MPANY)?\b\.?"
SURVEY_WORD = r"SUR(?:V(?:EY)?)?S?\b\.?"

_NAMES = "|".join(
    [
        (
            rf"(?P<rail>(?:{'|'.join(_RAILROADS.values())})(?![A-Z0-9])(?:\s+{_RAIL})?(?:\s+{_COMPANY})?"
            rf"|TC\s+{_RAIL}(?:\s+{_COMPANY})?|TC(?=\s+{SURVEY_WORD}))"
        ),
        rf"(?P<psl>(?:{_LANDS['PSL']})(?![A-Z0-9]))",
        rf"(?P<university>(?:{_LANDS['UNIVERSITY LANDS']})(?![A-Z0-9]))",
    ]
)
SURVEY = rf"(?:{_NAMES})(?:\s+{SURVEY_WORD})?"
"""A listed survey as it is written, with the word SURVEY after it."""

_INITIALS = {name.split()[0]: name for name in (*_RAILROADS, "TC RR CO")}
_ALONE = re.compile(rf"{SURVEY}$|TC$", re.IGNORECASE)
_TRAILING = re.compile(rf"\s+{SURVEY_WORD}\s*$", re.IGNORECASE)


def railroad(text: str) -> str:
    """Give the canonical name of a railroad's survey, matched by `SURVEY`: its initials, then RR CO."""
    letters = re.sub(r"[^A-Z&]", " ", text.upper().replace("EXAS", "").replace("ACIFIC", ""))
    initials = re.sub(r"\s*&\s*", "&", letters).split()[0]
    return _INITIALS["T&P" if initials.startswith("T") and "&" in initials else initials]


def survey(text: str) -> str | None:
    """Give a survey column's canonical name: listed surveys by their canon, others as written, in upper case."""
    written = " ".join(text.split())
    if not written:
        return None
    if found := _ALONE.match(written):
        return canonical(found.lastgroup or "rail", found.group())
    return _TRAILING.sub("", written).upper()


def canonical(group: str, text: str) -> str:
    """Give the canonical name for what the named group of `SURVEY` matched."""
    if group == "rail":
        return railroad(text)
    return "PSL" if group == "psl" else "UNIVERSITY LANDS"
