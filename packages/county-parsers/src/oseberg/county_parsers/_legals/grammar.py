"""The grammar of legal descriptions, as patterns; `docs/legals.md` explains it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from oseberg.county_parsers._legals.aliquots import PART
from oseberg.county_parsers._legals.numbers import listing
from oseberg.county_parsers._legals.surveys import PSL, RAILROAD, SURVEY_WORD, UNIVERSITY_LANDS

if TYPE_CHECKING:
    from collections.abc import Callable

_END = r"(?:(?![\w½¼/]|\.\d)|(?=T\s*&|PSL\b|UL\b|UNIV))(?!\s*(?:AC(?:RE)?S?\b|FT\b|FEET\b|')|-[A-Z]\b)"
_NUMBER = rf"\d{{1,6}}(?:\s+1/2(?!\s*(?:INT|MIN|ROY|OF|RI|WI)\b)|[A-Z](?![\w&]))?{_END}"
_LETTERED = r"[A-Z]{1,2}(?:-?\d+[A-Z]?)?(?![\w/])(?!\s*&\s*(?:TC|GN|P|SF|SA|NW)\b)"
_NEXT_LETTERED = (  # in `BLK A-46, A-1234` the second one is an abstract; in `BLK C, J KING` the J is a name
    r"(?:\s*,\s*(?:A-\d{1,2}|[B-Z]-\d+)(?![\w/])|(?:,|\s*&\s*|\s+AND\s+)[A-DF-MO-RT-VX-Z](?![\w/\-.]|\s*&))"
)
_BLOCKS = rf"(?:{listing(_NUMBER)}|{_LETTERED}{_NEXT_LETTERED}*|\d+-(?:\d+|[A-Z])(?![\w/]))"
_TOWNSHIP = r"T(?:OWNSHIP|WP|SP)?[\s.:\-]*(?P<{0}>\d{{1,3}}[\s.\-]*(?:NORTH|SOUTH|N|S))(?![A-Z0-9])"
_SECTION = r"SEC(?:TION|T)?S?[\s.:#\-]*(?:NO\.?\s*)?"

_LEVEL = r"(?>\d[\d,]*(?:\s*(?:'|FT\b|FEET\b))?)"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BETWEEN = r"[\s,;:.()/\-]*"
_KINDS = [  # the common ones first
    ("S", rf"(?P<section>(?:{_SECTION}|S-)(?!\d+-\d+[NS]-)(?P<sections>{listing(_NUMBER)}))"),
    (
        "B",
        rf"(?P<block>BL(?:OC)?KS?\b[\s.:#\-]*(?:NO\.?\s*(?=\d))?(?:{_TOWNSHIP.format('block_town')}\s+)?(?P<blocks>{_BLOCKS}))",
    ),
    ("B", r"(?P<bare_block>B-\d+[A-Z]?(?![\w/]))"),
    (
        "A",
        r"(?P<abstract>A(?:B(?:STRACT|ST|S)?[\s.:#\-]*(?:NO\.?\s*)?(?:A-)?|-)(?P<number>\d+)(?![\w/]))",
    ),
    ("TGHW", RAILROAD),
    ("P", PSL),
    ("U", UNIVERSITY_LANDS),
    (
        "FTSDBA",
        (
            rf"(?P<depth>(?:(?:FROM\s+)?(?:THE\s+)?SURFACE\s+(?:DOWN\s+)?TO\s+{_LEVEL}"
            rf"|(?:DEPTHS?\s+)?(?:BELOW|ABOVE)\s+{_LEVEL}(?:\s*(?:AND|OR|TO)\s+(?:BELOW|ABOVE)\s+{_LEVEL})*)"
            r"(?!\s*(?:(?:AND|OR)\s+)?(?:BELOW|ABOVE|DOWN|TO|OF|OR|DEPTHS?|\d+)\b))"
        ),
    ),
    ("ELSI", r"(?P<exception>(?:EXC|EXCEPT|EXCEPTING|EXCLUDING|LESS|SAVE|INSOFAR|LIMITED)\b(?s:.*))"),
    ("S", r"(?P<label>SURVEY\s*-?\s*NAME\s*:|SURVEY\s+(?=BLOCK\s*:))"),
    (
        "TS0123456789",  # a section may stand in front or behind; whether one of several numbers is one can't be told
        (
            rf"(?P<compact>(?:(?:{_SECTION})?(?P<unsure>\d+\s*(?:,|&|AND\b)\s*)?(?P<first_section>\d{{1,3}})\s*-\s*)?"
            rf"T?(?P<t>\d{{1,3}}[NS])\s*-\s*R?(?P<r>\d{{1,3}}[EW])\b"
            rf"(?(first_section)|(?:(?:\s+|-)(?P<bare_sections>{listing(_NUMBER)}))?))"
        ),
    ),
    (
        "T",
        (
            r"(?P<undirected>T(?:OWNSHIP)?[\s.\-]*\d{1,3}[\s,]+R(?:ANGE)?[\s.\-]*\d{1,3}[EW]?(?![A-Z0-9])"
            r"|T(?:OWNSHIP)?[\s.\-]*\d{1,3}[NS][\s,]+R(?:ANGE)?[\s.\-]*\d{1,3}(?![A-Z0-9]|[\s.\-]*[EW]))"
        ),
    ),
    ("T", rf"(?P<township>(?:TOWNSHIP\s*:\s*)?{_TOWNSHIP.format('town')})"),
    ("R", r"(?P<range>R(?:ANGE|GE|NG)?[\s.:\-]*(?P<ranged>\d{1,3}[\s.\-]*(?:EAST|WEST|E|W))(?![A-Z0-9]))"),
    ("S", rf"(?P<surveyword>{SURVEY_WORD})"),
    ("L", r"(?P<league>L(?:EAGUE|GE)\s+(?P<league_number>\d+[A-Z]?)\b)"),
    ("L", r"(?P<labor>L(?:ABOR|BR)\s+(?P<labor_number>\d+[A-Z]?)\b)"),
    ("LG", rf"(?P<lots>(?:GOV(?:ERNMEN)?'?T\.?\s+)?L(?:OTS?|TS?)[\s.]*(?P<lot_numbers>{listing(_NUMBER)}))"),
    (
        "0123456789CB",
        (
            r"(?P<acres>(?:(?:CONTAINING|BEING)\s+)?(?P<acreage>\d[\d,]{0,11}(?:\.\d{1,6})?)\s*AC(?:RE)?S?\b\.?"
            r"(?:\s*,?\s*MORE\s+OR\s+LESS\b)?)"
        ),
    ),
    ("NT", r"(?P<nothing>N\.?\s?M\.?\s?P\.?\s?M\b\.?|NM\b|NEW\s+MEXICO\b|TEXAS\b(?!\s*&)|TX\b)"),
    ("LECR", r"(?P<county>(?:LEA|EDDY|CHAVES|ROOSEVELT)\b\s*(?=$|\(|DEPTH|BELOW))"),
    (_LETTERS, r"(?P<named_county>(?:(?:RIO|EL|LA|SAN|SANTA|TOM|JIM|VAL)\s+)?[A-Z]+\s+COUNTY\b(?!\s+SCHOOL\b))"),
    ("NSEWA", rf"(?P<part>{PART})"),
    (
        "A&",
        r"(?P<besides>(?:AND|&)\s+ALL\s+(?!(?:OF|IN|THE|SEC\w*|BLK|BLOCK|LOTS?)\b)[A-Z]{2,})",
    ),  # no aliquot: AND ALL ROADS
    ("OTAI&", r"(?P<glue>(?:OF|THE|AND|IN|OUT|&)(?![\w&]))"),
]
_WORD = r"(?P<word>[^\s,;:()]+)"


def _beginning_with(character: str) -> Callable[[str, int], re.Match[str]]:
    """Return what matches the tokens that may begin so, with what separates them from the next one; a word at least."""
    kinds = [pattern for first, pattern in _KINDS if character in first]
    return re.compile(f"(?:{'|'.join([*kinds, _WORD])}){_BETWEEN}").match  # type: ignore[return-value] # never None


_BEGINNING_WITH = {character: _beginning_with(character) for character in f"{_LETTERS}0123456789&"}
_OTHER = _beginning_with("\0")
_START = re.compile(_BETWEEN)


def scan(text: str) -> list[re.Match[str]]:
    """Return the tokens of a text in upper case; a match's `lastgroup` is its kind, that group its text."""
    tokens: list[re.Match[str]] = []
    at, end = _START.match(text).end(), len(text)  # type: ignore[union-attr] # it matches nothing as well
    while at < end:
        token = _BEGINNING_WITH.get(text[at], _OTHER)(text, at)
        tokens.append(token)
        at = token.end()
    return tokens


REFERENCE = re.compile(r"SEE\s+(?:INSTRUMENT|INST|DOCUMENT|EXHIBIT|ATTACHED)\b\.?\s*(.*)", re.IGNORECASE | re.DOTALL)
UNIVERSITY = re.compile(rf"BLOCK\s+\d+,\s*SECS?\.?\s*{listing(_NUMBER)}\s*:", re.IGNORECASE)
_ADDITION = r"(?P<addition>[^,;:()\d][^;:()]*?\b(?:ADDN|ADDITION|SUBDIVISION|SUBD|SUB)\b\.?)"
_LOTS = rf"L(?:OTS?|TS?)[\s.]*(?P<lot>{listing(_NUMBER)})"
_IN_BLOCK = rf"(?:BL(?:OC)?KS?[\s.:#\-]*(?P<block>{_NUMBER}|{_LETTERED}))"
SUBDIVISION = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_LOTS}[\s,]+(?:{_IN_BLOCK}[\s,]+)?(?:OF\s+)?{_ADDITION}\s*(?P<rest>.*)",
        rf"{_IN_BLOCK}[\s,]+{_LOTS}[\s,]+(?:OF\s+)?{_ADDITION}\s*(?P<rest>.*)",
        rf"{_ADDITION}[\s,]+{_IN_BLOCK}[\s,]+{_LOTS}\s*(?P<rest>.*)",
        rf"{_ADDITION}[\s,]+{_LOTS}(?:[\s,]+{_IN_BLOCK})?\s*(?P<rest>.*)",
    )
]
SURVEYOR = re.compile(r"[A-Z][A-Z.'&\-]*(?:\s+(?:&|[A-Z][A-Z.'\-]*)){0,4}")
NO_NAMES = frozenset({"THE", "SAID", "OF", "IN", "OUT", "THAT", "THIS", "PART", "SAME", "EACH", "ALL", "AND"})
BROKEN = re.compile(r"[\d/=½¼]|^(?:[NS][EW]A?)+$")
"""In the word next to an aliquot: it may be more of it, as `SWASWA` is."""
PORTION = re.compile(r"\b(?:COR|CORNER|PART|PT|POR|PORTION|SIDE|END|LINE|THAT)S?\b")
"""Among the words next to an aliquot: they may narrow it."""
