"""Lists of section, block and lot numbers: `13,14,22-24`, `9 THRU 12, 15`, `35 and 36`."""

from __future__ import annotations

import re
from functools import lru_cache

# A range across more numbers than this is not a list of tracts.
LIMIT = 200

_THROUGH = r"(?:\s*-\s*|\s*\b(?:THRU|THROUGH|TO)\b\s*)"
_AND = r"(?:\s*,\s*(?:(?:&|AND\b)\s*)?|\s*&\s*|\s+AND\s+)"
_MORE = re.compile(_AND, re.IGNORECASE)
_RANGE = re.compile(rf"(\d+){_THROUGH}(\d+)", re.IGNORECASE)


def listing(number: str, follows: str = "") -> str:
    """Return the pattern of a list or range of numbers.

    Args:
        number: The pattern of one number.
        follows: A pattern that looks at what comes behind a further number of the list: in `SEC 4, 10 NMA` the second
            number counts something else.

    Returns:
        The pattern.
    """
    # 5-6 and 5 THRU 6 are ranges whatever follows; in 5 - 6 the second number may count something else, too.
    item = rf"{number}(?:(?:-|\s*\b(?:THRU|THROUGH|TO)\b\s*){number}|\s*-\s*{number}{follows})?"
    return rf"{item}(?:{_AND}{item}{follows})*"


def plain(number: str) -> str:
    """Return a number without leading zeros: `037` is 37, `203 1/2` stays."""
    text = " ".join(number.upper().split())
    return text.lstrip("0") or "0" if text[0] == "0" else text


@lru_cache(maxsize=1 << 12)
def expand(text: str) -> tuple[str, ...] | None:
    """Return the numbers of a list, as written; None for a range that runs backwards or across more than 200."""
    if text.isdecimal():
        return (plain(text),)
    numbers: list[str] = []
    for item in _MORE.split(text):
        if found := _RANGE.fullmatch(item):
            first, last = int(found[1]), int(found[2])
            if not 0 <= last - first < LIMIT:
                return None
            numbers.extend(map(str, range(first, last + 1)))
        else:
            numbers.append(plain(item))
    return tuple(numbers)
