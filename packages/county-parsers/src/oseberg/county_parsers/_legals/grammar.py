"""The grammar of legal descriptions, as patterns; `docs/legals.md` explains it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from oseberg.county_parsers._legals.aliquots import PART
from oseberg.county_parsers._legals.numbers import listing
from oseberg.county_parsers._legals.surveys import PSL, RAILROAD, SURVEY_WORD, UNIVERSITY_LANDS

if TYPE_CHECKING:
    from collections.abc import Callable

# A number ends where neither a word nor a fraction goes on, and counts neither acres nor feet.
_END = (
    r"(?:(?![\w½¼]|/\d|\.\d)|(?=T\s*&|PSL\b|UL\b|UNIV))"
    r"(?!\s*(?:AC(?:RE)?S?\b|FT\b|FEET\b|'|%)|-[A-Z]\b|-\d+/\d)"
)
_RAILROAD_AHEAD = r"(?:T|TEXAS|TEX\.?|G\.?C|G\.?H|H|W)\.?\s*&|TC\b|PSL\b|UL\b|UNIV|PUBLIC\s+SCHOOL"
# What may follow a half that belongs to a section's number, or a further number of a list. Anything else says that the
# number before it counts something else: an interest (4 1/2 NPRI), net acres, wells.
_FOLLOWS = (
    r"(?=\s*(?:$|[,;:)&/]|-|\.(?!\d)|AND\b|THRU\b|THROUGH\b|TO\b|OF\b|IN\b|OUT\b|ALL\b|THE\b|BL(?:OC)?KS?\b|B-\d|SECT?"
    r"|S-\d|A-?\d|AB(?:ST(?:RACT)?)?\b|T[\s.\-]*\d|T(?:OWNSHIP|WP|SP)|R[\s.\-]*\d|RANGE|RGE|LOTS?\b|LTS?\b|LEAGUE|LABOR"
    r"|\d{1,2}S?\s*-\s*\d|\d[\d,]*(?:\.\d+)?\s*(?:±\s*)?AC(?:RE)?S?\b"
    rf"|{_RAILROAD_AHEAD}|[NSEW]\s*(?:/\s*2|½|2)|[NS][EW]\b|[NS][EW]\s*(?:/\s*4|¼|4)|NORTH|SOUTH|EAST|WEST|\("
    r"|DEPTHS?\b|BELOW|ABOVE|FROM\b|SURFACE\s+TO|EXC?\b|EXCEPT|LESS|SAVE|BUT|CONTAINING|BEING|TEXAS|TX\b|N\.?\s?M\b"
    rf"|SURVEY\b|[A-Z]+\s+COUNTY\b|(?:[A-Z][A-Z.'&]*\s+){{1,6}}{SURVEY_WORD}))"
)
_INTEREST_WORD = (
    r"(?:UND(?:IV(?:IDED)?)?|MIN(?:ERALS?)?|M\.?\s?I|ROY(?:ALT(?:Y|IES))?|R\.?\s?I|N\.?P\.?R\.?I|O\.?R\.?R\.?I|W\.?\s?I"
    r"|N\.?R\.?I|N\.?M\.?A|SURF(?:ACE)?|EXEC(?:UTIVE)?|LEASEHOLD|NON-?\s?PART\w*|OVERRID\w*|WORKING|LIFE|FEE|RIGHTS?"
    r"|INT(?:EREST)?S?)(?![A-Z0-9])\.?"
)
# Of these acres may be counted as well; a surface has acres of its own.
_RIGHTS_WORD = r"(?:UND(?:IV(?:IDED)?)?|MIN(?:ERALS?)?|M\.?\s?I|ROY(?:ALT(?:Y|IES))?|INT(?:EREST)?S?)(?![A-Z0-9])\.?\s*"
_HALF = rf"\s+1/2(?!\s*,?\s*\(?\s*(?:{_INTEREST_WORD}|OF\b)){_FOLLOWS}"
_NUMBER = rf"\d{{1,6}}(?:{_HALF}|[A-Z](?![\w&]))?{_END}"
_NUMBERS = listing(_NUMBER, _FOLLOWS)
# SEC 5 6 7 may be three sections: which of the numbers are some can't be told.
_ALONE = rf"(?!(?:\s+\d{{1,4}}(?![/\d.,])){{1,20}}{_FOLLOWS})"
_LETTERED = r"[A-Z]{1,2}(?:-?\d+[A-Z]?)?(?!\w|/\d)(?!\s*&\s*(?:TC|GN|P|SF|SA|NW)\b)"
_NEXT_LETTERED = (  # in `BLK A-46, A-1234` the second one is an abstract; in `BLK C, J KING` the J is a name
    r"(?:\s*,\s*(?:A-\d{1,2}|[B-Z]-\d+)(?![\w/])|(?:,|\s*&\s*|\s+AND\s+)[A-DF-MO-RT-VX-Z](?![\w/\-.]|\s*&))"
)
_BLOCKS = rf"(?:{_NUMBERS}|{_LETTERED}{_NEXT_LETTERED}*|\d+-(?:\d+|[A-Z])(?!\w|/\d))"
_TOWNSHIP = r"T(?:OWNSHIP|WP|SP)?[\s.:\-]*(?P<{0}>\d{{1,3}}[\s.\-]*(?:NORTH|SOUTH|N|S))(?![A-Z0-9])"
_NO = r"(?:NOS?\.?\s*(?=\d))?"
_SECTION = rf"SEC(?:TION|T)?S?[\s.:#\-]*{_NO}"

_FRACTION = r"(?:\d{1,3}\s?/\s?\d{1,4}(?:THS?)?|[½¼]|\d{1,3}(?:\.\d+)?\s?%|0?\.\d+)"
_LEVEL = r"(?>\d[\d,]*(?:\s*(?:'|FT\b|FEET\b))?)"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# A point in front of a digit is part of a number: `.5 AC` is half an acre.
_BETWEEN = r"[\s,;:()/\-]*(?:\.(?!\d)[\s,;:()/\-]*)*"
_ACREAGE = r"(?:(?:\d[\d,]{0,11}(?:\.\d{1,6})?|\.\d{1,6})(?:[\s\-]\d{1,2}/\d{1,3})?|\d{1,2}/\d{1,3})"
_ACRES = r"\s*(?:±|\+/-)?\s*AC(?:RE)?S?\b\.?(?:\s+OF\s+LAND\b)?(?:\s*,?\s*(?:MORE\s+OR\s+LESS\b|M/L\b|\+/-|±))?"
_EXCEPT = (
    r"(?:EXC?|EXCEPT\w*|EXCL\w*|LESS|SAVE|BUT|MINUS|WITHOUT|NOT|SEE|SAME\s+AS|INSOFAR|LIMITED|RESERV\w+"
    r"|FORMERLY|F/?K/?A|A/?K/?A|ADJ(?:OIN\w*|ACENT)?|NEAR|BOUNDED|ALONG|(?:NORTH|SOUTH|EAST|WEST)\s+OF)\b"
)
_BOUNDS = r"(?:BEG(?:INNING)?|COMMENCING|THENCE)\b"
_ENDS_HERE = rf"(?=\s*(?:[,;)]|$|SEC|BL(?:OC)?K|AB|A-\d|{_RAILROAD_AHEAD}))"
_KINDS = [  # the common ones first
    # SAID SECTION 25 is the section that was named before, not another one.
    ("S", rf"(?P<said>SAID\s+{_SECTION}\d{{1,6}}(?![\w/]))"),
    ("S", rf"(?P<section>(?:{_SECTION}|S-)(?!\d+-\d+[NS]-)(?P<sections>{_NUMBERS}{_ALONE}))"),
    (
        "B",
        (
            rf"(?P<block>BL(?:OC)?KS?[\s.:#\-]*{_NO}(?:{_TOWNSHIP.format('block_town')}\s+)?"
            rf"(?P<blocks>{_BLOCKS}))"
        ),
    ),
    ("B", r"(?P<bare_block>B-\d+[A-Z]?(?!\w|/\d))"),
    (
        "A",
        (
            r"(?P<abstract>A(?:B(?:STRACT|ST|S)?[\s.:#\-]*(?:NO\.?\s*)?(?:A-)?|-)"
            r"(?:\d{3}-(?=\d{3,6}(?!\w)))?(?P<number>\d+)(?!\w|/\d|-\d|\s*(?:,|&|AND\b)\s*\d{1,6}(?!\w|/|\.\d|,\d{3}|\s*AC)))"
        ),
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
    (
        # What follows these words is not what is granted, or belongs to a neighbor (NORTH OF SEC 6).
        "ELSIBMWNRFACT",  # in brackets up to their end, an acreage alone; else all that follows
        (
            rf"(?P<exception>(?<=\(){_EXCEPT}[^()]*(?=\))|(?:EXC?|LESS|SAVE)\s+{_ACREAGE}{_ACRES}{_ENDS_HERE}"
            rf"|{_EXCEPT}(?s:.*)|{_BOUNDS}(?s:.*))"
        ),
    ),
    ("S", r"(?P<label>SURVEY\s*-?\s*NAME\s*:|SURVEY\s+(?=BLOCK\s*:))"),
    (
        "TS0123456789",  # a section may be in front or behind; whether one of several numbers is one can't be told
        (
            rf"(?P<compact>(?:(?:{_SECTION})?(?P<unsure>\d+\s*(?:,|&|AND\b)\s*)?(?P<first_section>\d{{1,3}})\s*-\s*)?"
            rf"T?(?P<t>\d{{1,3}}[NS])\s*-\s*R?(?P<r>\d{{1,3}}[EW])\b"
            rf"(?(first_section)|(?:(?:\s+|-)(?P<bare_sections>{_NUMBERS}){_FOLLOWS})?))"
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
    (
        "LG",
        rf"(?P<lots>(?:GOV(?:ERNMEN)?'?T\.?\s+)?L(?:OTS?|TS?)[\s.:#]*{_NO}(?P<lot_numbers>{_NUMBERS}{_ALONE}))",
    ),
    (
        # A fraction in front of an interest divides rights, not land: 1/2 NPRI, UND 1/3 INT, 25% MI. So do acres of
        # one: UND 20 AC, 20 AC MI.
        "0123456789½¼.UA",
        (
            rf"(?P<interest>(?:AN?\s+)?UND(?:IV(?:IDED)?)?\.?\s+{_FRACTION}(?:\s*{_INTEREST_WORD})*"
            rf"|{_FRACTION}(?:\s*(?:OF\s+)?(?:THE\s+)?{_INTEREST_WORD})+"
            rf"|(?:AN?\s+)?UND(?:IV(?:IDED)?)?\.?\s+{_ACREAGE}{_ACRES}(?:\s*{_INTEREST_WORD})*"
            rf"|{_ACREAGE}{_ACRES}\s*(?:{_RIGHTS_WORD})+)"
        ),
    ),
    (
        "0123456789CBT.",
        (
            r"(?P<acres>(?:(?:CONTAINING|BEING|TOTAL(?:ING)?(?:\s+OF)?)\s+)?"
            rf"(?P<acreage>{_ACREAGE}){_ACRES})"
        ),
    ),
    # OUT OF NE/4 is somewhere in the quarter: the quarter itself is not named.
    ("OWIF", rf"(?P<within>(?:OUT\s+OF|OFF(?:\s+OF)?|WITHIN|INSIDE|FROM)\s+(?:THE\s+)?{PART})"),
    (
        "NTM",
        r"(?P<nothing>MORE\s+OR\s+LESS\b|M/L\b|N\.?\s?M\.?\s?P\.?\s?M\b\.?|NM\b|NEW\s+MEXICO\b|TEXAS\b(?!\s*&)|TX\b)",
    ),
    ("LECR", r"(?P<county>(?:LEA|EDDY|CHAVES|ROOSEVELT)\b\s*(?=$|\(|DEPTH|BELOW))"),
    (_LETTERS, r"(?P<named_county>(?:(?:RIO|EL|LA|SAN|SANTA|TOM|JIM|VAL)\s+)?[A-Z]+\s+COUNTY\b(?!\s+SCHOOL\b))"),
    ("NSEWA", rf"(?P<part>{PART}(?!(?<=[NSEW]\s1/2)\s*(?:{_INTEREST_WORD}|AC(?:RE)?S?\b)))"),
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


_BEGINNING_WITH = {character: _beginning_with(character) for character in f"{_LETTERS}0123456789&½¼."}
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
UNIVERSITY = re.compile(rf"BLOCK\s+\d+,\s*SECS?\.?\s*{_NUMBERS}\s*:", re.IGNORECASE)
INTEREST_WORD = re.compile(_INTEREST_WORD)
BOUNDS = re.compile(_BOUNDS)
# Sections that are left out as a whole: LESS SEC 6.
EXCEPTED = re.compile(
    rf"{_EXCEPT}\s+(?:(?:AND|&)\s+EXCEPT\w*\s+)?(?:ALL\s+OF\s+)?{_SECTION}(?P<sections>{listing(r'[0-9]+')})"
)
CALL = re.compile(r"\bTHENCE\b")
CONTAINING = re.compile(rf"\b(?:CONTAINING|BEING)\s+(?P<acreage>{_ACREAGE}){_ACRES}")
LOTS = rf"L(?:OTS?|TS?)[\s.:#]*{_NO}(?P<lot>{listing(_NUMBER)})"
IN_BLOCK = rf"(?:B(?:L(?:OC)?)?KS?[\s.:#\-]*{_NO}(?P<block>{_NUMBER}|{_LETTERED}))"
ADDITION = re.compile(r"\b(?:ADDN|ADDITION|SUBDIVISION|SUBD|TOWNSITE|ESTATES|HEIGHTS|HTS|PARK)\b")
SURVEYOR = re.compile(r"[A-Z][A-Z.'&\-]*(?:\s+(?:&|[A-Z][A-Z.'\-]*)){0,4}")
NO_NAMES = frozenset({"THE", "SAID", "OF", "IN", "OUT", "THAT", "THIS", "PART", "SAME", "EACH", "ALL", "AND"})
# In the word next to an aliquot: it may be more of it, as `SWASWA` is.
BROKEN = re.compile(r"[\d/=½¼]|^(?:[NS][EW]A?)+$")
# Among the words next to an aliquot: they may narrow it.
PORTION = re.compile(r"\b(?:COR|CORNER|PART|PT|POR|PORTION|SIDE|END|LINE|THAT|STRIP|PARCEL|PCL|PIECE)S?\b")
