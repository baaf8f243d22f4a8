"""Platted land: lots and blocks of an addition or subdivision, whose name wins over a survey's of the same letters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from oseberg.county_parsers._legals.grammar import IN_BLOCK, LOTS
from oseberg.county_parsers._legals.numbers import expand, plain
from oseberg.county_parsers._legals.surveys import SURVEY_WORD, is_listed
from oseberg.county_parsers._records.record import TRACT

if TYPE_CHECKING:
    from oseberg.county_parsers._records.record import Tract

_ENDING = r"(?:ADDN|ADDITION|SUBDIVISION|SUBD|SUB|ADD)\b\.?"
_NAMED = rf"(?P<addition>[^,;:()\d][^;:()]*?\b{_ENDING})"
# A name without such an ending: words, some of them numbers (NORTH PARK NO 2), up to a comma.
_WORDS = r"(?P<addition>[A-Z][A-Z'.&\-]*(?:\s+(?:[A-Z&][A-Z'.&\-]*|\d+|#\d+|\d+(?:ST|ND|RD|TH)))*?)"
_SECTION = r"(?:(?P<section>SEC(?:TION)?S?[\s.:#\-]*\d+|(?:UNIT|PHASE)\s+\w+)[\s,]+)?"
_GAP = r"[\s,;/]+"
_REST = r"\s*(?P<rest>(?:(?:[,;(]|SEC(?:TION)?\b).*)?)"
_ANY = r"\s*(?P<rest>.*)"
_LEAD = r"(?P<lead>(?:[NSEW]/?2|[NSEW]\s*\d+\s*(?:FT|FEET|')|PT|PART|POR(?:TION)?|ALL)\b\.?\s+(?:OF\s+)?(?:THE\s+)?)?"
# Lot, block and name come in four orders. A name that ends in ADDN or the like may follow a lot alone; any other
# one only lot and block, since a lot in front of words is most often a government lot.
_NAMED_PATTERNS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_LEAD}{LOTS}{_GAP}(?:{IN_BLOCK}{_GAP})?{_SECTION}(?:OF\s+)?(?:THE\s+)?{_NAMED}{_ANY}",
        rf"{_LEAD}{IN_BLOCK}{_GAP}{LOTS}{_GAP}{_SECTION}(?:OF\s+)?(?:THE\s+)?{_NAMED}{_ANY}",
        rf"{_NAMED}{_GAP}{_SECTION}{IN_BLOCK}{_GAP}{LOTS}{_ANY}",
        rf"{_NAMED}{_GAP}{_SECTION}{LOTS}(?:{_GAP}{IN_BLOCK})?{_ANY}",
    )
]
_OTHER_PATTERNS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_LEAD}{LOTS}{_GAP}{IN_BLOCK}{_GAP}{_SECTION}(?:OF\s+)?(?:THE\s+)?{_WORDS}{_REST}",
        rf"{_LEAD}{IN_BLOCK}{_GAP}{LOTS}{_GAP}{_SECTION}(?:OF\s+)?(?:THE\s+)?{_WORDS}{_REST}",
        rf"{_WORDS}{_GAP}{_SECTION}{LOTS}{_GAP}{IN_BLOCK}{_REST}",
        rf"{_WORDS}{_GAP}{_SECTION}{IN_BLOCK}{_GAP}{LOTS}{_REST}",
    )
]
_LABELED = re.compile(
    r"SUBDIVISION\s*-?\s*NAME\s*:\s*(?P<addition>.+?)\s*(?=\b(?:LOTS?|BL(?:OC)?KS?|SECTION|UNIT)\s*:)(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_LABELED_LOTS = re.compile(LOTS, re.IGNORECASE)
_LABELED_BLOCK = re.compile(IN_BLOCK, re.IGNORECASE)
# Words that no addition is named with: they say that the text goes on with something other than a name.
_NOT_IN_NAMES = re.compile(
    rf"\b(?:{SURVEY_WORD}|ABST?(?:RACT)?|A-\d+|LEAGUE|LABOR|SEC(?:TION)?S?|LOTS?|LTS?|B(?:L(?:OC)?)?KS?|TOWNSHIP|RANGE|T\d+[NS]"
    r"|R\d+[EW]|EXC\w*|LESS|SAVE|OUT|ACRES?|AC|INT(?:EREST)?|UND\w*|MIN\w*|ROY\w*|NPRI|ORRI|SURF(?:ACE)?|BELOW|ABOVE"
    r"|RR|RY|CERT\w*|COUNTY|THENCE|BEG\w*|[NS][EW]/4|[NSEW]/2)\b",
    re.IGNORECASE,
)
_SAYS_NOTHING = re.compile(
    r"[\s,;()]*(?:[A-Z]+(?:\s[A-Z]+)?\s+COUNTY|TEXAS|TX|NEW\s+MEXICO|NM|CITY\s+OF\s+[A-Z]+)\b", re.IGNORECASE
)
_HINTS = ("ADD", "SUB")


def subdivision(text: str, upper: str) -> tuple[Tract, ...] | None:
    """Read lots, block and addition.

    Args:
        text: The description, verbatim.
        upper: The same in upper case.

    Returns:
        One tract; None where the text names no addition.
    """
    if any(hint in upper for hint in _HINTS):
        if found := _LABELED.fullmatch(text):
            return _labeled(text, found)
        for pattern in _NAMED_PATTERNS:
            if (found := pattern.fullmatch(text)) and not _NOT_IN_NAMES.search(_without_ending(found["addition"])):
                return _tract(text, found)
    if "LOT" in upper or "LT" in upper:
        for pattern in _OTHER_PATTERNS:
            if (found := pattern.fullmatch(text)) and _is_name(found["addition"]):
                return _tract(text, found)
    return None


def _without_ending(name: str) -> str:
    return re.sub(rf"\s*{_ENDING}$", "", name, flags=re.IGNORECASE)


def _is_name(name: str) -> bool:
    """Whether words are the name of an addition: not a survey's, and none that say something else."""
    return len(name.strip(".")) > 1 and not _NOT_IN_NAMES.search(name) and not is_listed(name)


def _tract(text: str, found: re.Match[str]) -> tuple[Tract, ...] | None:
    lots = expand(found["lot"])
    if not lots:
        return None
    groups = found.groupdict()
    left = [groups.get("lead") or "", groups.get("section") or "", _telling(found["rest"])]
    return (
        {
            **TRACT,
            "kind": "subdivision",
            "text": text,
            "lot": ",".join(lots),
            "addition": " ".join(found["addition"].upper().split()),
            "block": plain(found["block"]) if found["block"] else None,
            "remainder": " ".join(filter(None, (part.strip(" ,;:") for part in left))) or None,
        },
    )


def _labeled(text: str, found: re.Match[str]) -> tuple[Tract, ...] | None:
    rest = found["rest"]
    lots, block = _LABELED_LOTS.search(rest), _LABELED_BLOCK.search(rest)
    for used in (lots, block):
        if used:
            rest = rest.replace(used[0], " ")
    numbers = expand(lots["lot"]) if lots else ()
    if numbers is None:
        return None
    return (
        {
            **TRACT,
            "kind": "subdivision",
            "text": text,
            "lot": ",".join(numbers) or None,
            "addition": " ".join(found["addition"].upper().split()).rstrip(" ,;"),
            "block": plain(block["block"]) if block else None,
            "remainder": " ".join(_telling(rest).split()).strip(" ,;:") or None,
        },
    )


def _telling(rest: str) -> str:
    """Return a text without the county and the state."""
    return rest if rest.strip(" ,;:().") and _SAYS_NOTHING.sub("", rest).strip(" ,;:().") else ""
