"""The grammar of legal descriptions, as patterns; `docs/legals.md` explains it."""

from __future__ import annotations

import re

from oseberg.county_parsers._aliquots import PART
from oseberg.county_parsers._numbers import listing
from oseberg.county_parsers._surveys import SURVEY, SURVEY_WORD

_END = r"(?:(?![\w½¼/]|\.\d)|(?=T\s*&|PSL\b|UL\b|UNIV))(?!\s*(?:AC(?:RES?)?\b|FT\b|FEET\b|')|-[A-Z]\b)"
_NUMBER = rf"\d{{1,6}}(?:\s+1/2(?!\s*(?:INT|MIN|ROY|OF|RI|WI)\b)|[A-Z](?![\w&]))?{_END}"
_LETTERED = r"[A-Z]{1,2}(?:-?\d+[A-Z]?)?(?![\w/])(?!\s*&\s*(?:TC|GN|P|SF|SA|NW)\b)"
_BLOCKS = rf"(?:{listing(_NUMBER)}|{_LETTERED}(?:\s*,\s*[A-Z]{{1,2}}-\d+(?![\w/]))*|\d+-(?:\d+|[A-Z])(?![\w/]))"
_TOWNSHIP = r"T(?:OWNSHIP|WP)?[\s.:\-]*(?P<{0}>\d{{1,3}}[\s.\-]*(?:NORTH|SOUTH|N|S))(?![A-Z0-9])"

TOKENS = re.compile(
    "|".join(
        [
            r"[\s,;:.()/\-]+",
            (
                r"(?P<depth>(?:(?:FROM\s+)?(?:THE\s+)?SURFACE\s+(?:DOWN\s+)?TO|(?:DEPTHS?\s+)?(?:BELOW|ABOVE))\s+"
                r"\d[\d,]*(?:\s*(?:'|FT\b|FEET\b))?(?![\d,])(?!\s*(?:BELOW|ABOVE|TO|OF|AND|OR)\b))"
            ),
            r"(?P<exception>(?:EXC|EXCEPT|EXCEPTING|EXCLUDING|LESS|SAVE|INSOFAR|LIMITED)\b.*)",
            r"(?P<label>SURVEY\s*-?\s*NAME\s*:|SURVEY\s+(?=BLOCK\s*:))",
            rf"(?P<compact>T?(?P<t>\d{{1,3}}[NS])\s*-\s*R?(?P<r>\d{{1,3}}[EW])\b(?:\s+(?P<bare_sections>{listing(_NUMBER)}))?)",
            (
                r"(?P<undirected>T(?:OWNSHIP)?[\s.\-]*\d{1,3}[\s,]+R(?:ANGE)?[\s.\-]*\d{1,3}[EW]?(?![A-Z0-9])"
                r"|T(?:OWNSHIP)?[\s.\-]*\d{1,3}[NS][\s,]+R(?:ANGE)?[\s.\-]*\d{1,3}(?![A-Z0-9]|[\s.\-]*[EW]))"
            ),
            rf"(?P<township>(?:TOWNSHIP\s*:\s*)?{_TOWNSHIP.format('town')})",
            r"(?P<range>R(?:ANGE|GE|NG)?[\s.:\-]*(?P<ranged>\d{1,3}[\s.\-]*(?:EAST|WEST|E|W))(?![A-Z0-9]))",
            rf"(?P<section>(?:SEC(?:TION|T)?S?[\s.:#\-]*(?:NO\.?\s*)?|S-)(?P<sections>{listing(_NUMBER)}))",
            rf"(?P<block>BL(?:OC)?KS?\b[\s.:#\-]*(?:{_TOWNSHIP.format('block_town')}\s+)?(?P<blocks>{_BLOCKS}))",
            r"(?P<bare_block>B-\d+[A-Z]?(?![\w/]))",
            r"(?P<abstract>(?:AB(?:STRACT|ST|S)?[\s.:#\-]*(?:NO\.?\s*)?(?:A-)?|A-)(?P<number>\d+)(?![\w/]))",
            SURVEY,
            rf"(?P<surveyword>{SURVEY_WORD})",
            r"(?P<league>(?:LEAGUE|LGE)\s+(?P<league_number>\d+[A-Z]?)\b)",
            r"(?P<labor>(?:LABOR|LBR)\s+(?P<labor_number>\d+[A-Z]?)\b)",
            rf"(?P<lots>L(?:OTS?|TS?)[\s.]*(?P<lot_numbers>{listing(_NUMBER)}))",
            r"(?P<acres>(?P<acreage>\d[\d,]*(?:\.\d+)?)\s*AC(?:RES?)?\b\.?)",
            (
                r"(?P<nothing>N\.?\s?M\.?\s?P\.?\s?M\b\.?|NM\b|NEW\s+MEXICO\b|TEXAS\b(?!\s*&)|TX\b"
                r"|(?:RIO\s+|EL\s+|LA\s+|SAN\s+|SANTA\s+|TOM\s+|JIM\s+|VAL\s+)?[A-Z]+\s+COUNTY\b|(?:LEA|EDDY|CHAVES|ROOSEVELT)\s*$)"
            ),
            rf"(?P<part>{PART})",
            r"(?P<glue>(?:OF|THE|AND|IN|OUT|&)(?![\w&]))",
            r"(?P<word>[^\s,;:()]+)",
        ]
    ),
    re.IGNORECASE,
)
REFERENCE = re.compile(r"SEE\s+(?:INSTRUMENT|INST|DOCUMENT|EXHIBIT|ATTACHED)\b\.?\s*(.*)", re.IGNORECASE | re.DOTALL)
UNIVERSITY = re.compile(r"BLOCK\s+\d+,\s*SEC\.?\s*[\d,\- ]+:", re.IGNORECASE)
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
SURVEYOR = re.compile(r"[A-Z][A-Z.'&\-]*(?:\s+(?:&|[A-Z][A-Z.'\-]*)){0,4}", re.IGNORECASE)
NO_NAMES = frozenset({"THE", "SAID", "OF", "IN", "OUT", "THAT", "THIS", "PART", "SAME", "EACH", "ALL", "AND"})
DEBRIS = re.compile(r"[\d/=½¼]|\b(?:COR|CORNER|PART|PT|POR|PORTION|SIDE|END|LINE|THAT)S?\b", re.IGNORECASE)
