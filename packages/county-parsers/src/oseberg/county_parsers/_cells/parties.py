"""Names of parties: suffixes (ET UX) and capacities (TRUSTEE) are cut off the end of the name."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

SUFFIXES = {"UX": "ET UX", "VIR": "ET VIR", "AL": "ET AL"}
CAPACITIES = {
    "trustee": ("TRUSTEE", "TTEE"),
    "estate": ("ESTATE", "EST", "DECD", "DEC'D"),
    "attorney_in_fact": ("AIF", "ATTY IN FACT"),
    "executor": ("EXECUTOR", "EXECUTRIX", "EXEC/OF", "EXEC"),
    "guardian": ("GUARDIAN", "GDN"),
    "administrator": ("ADMINISTRATOR", "ADMR", "ADM"),
}
_CAPACITY_OF = {word: capacity for capacity, words in CAPACITIES.items() for word in words} | {"TR": "trustee"}
_WORDS = "|".join(re.escape(word) for words in CAPACITIES.values() for word in words)

_SUFFIX = re.compile(r"(?:[(\[] ?ET[ -]?(UX|VIR|AL)\.? ?[)\]]|(?<=[ ,/])ET[ -]?(UX|VIR|AL)\.?)$", re.IGNORECASE)
_CAPACITY = re.compile(
    rf"(?:[(\[] ?({_WORDS}|TR)\.? ?[)\]]"
    rf"|(?<=[ ,/])(?:(?<!\bREAL )|(?!ESTATE\b))({_WORDS})\.?"
    r"|(?:(?<=[,/])|(?<=[,/] ))(TR)\.?)$",  # TR after a blank may be the end of a surname
    re.IGNORECASE,
)
# The patterns need not look farther from the end.
_LONGEST = len("( ADMINISTRATOR. )")

_ESTATE_OF = re.compile(r"(?:ESTATE|EST) OF (?=\S)", re.IGNORECASE)
_LEFT_BEHIND = " ,/"
# `JOHN CARLEY, AS EXECUTOR` loses its capacity, and a system that cuts names may leave no more than `, AS` of it.
_AS = re.compile(r"(?:,\s*|\s+)AS(?:\s+(?:THE|AN?|ITS|HIS|HER))?$", re.IGNORECASE)
_AS_AFTER_COMMA = re.compile(r",\s*AS(?:\s+(?:THE|AN?|ITS|HIS|HER))?$", re.IGNORECASE)


@lru_cache(maxsize=1 << 14)
def party(text: str) -> dict[str, Any] | None:
    """Read one party's name; None for a text without a name.

    One suffix and one capacity are cut off, from the right, in either order; `ESTATE OF X` is X with the capacity
    estate. Case is kept, runs of blanks become one. A name is never cut to nothing.
    The answer is shared: don't change it.

    Returns:
        `name`, `suffix` and `capacity`, or None for a text without a name.

    Example:
        >>> party("SMITH JOHN TRUSTEE ET AL")
        {'name': 'SMITH JOHN', 'suffix': 'ET AL', 'capacity': 'trustee'}
        >>> party("LOWE DAVID TR")  # a surname may end so
        {'name': 'LOWE DAVID TR', 'suffix': None, 'capacity': None}
    """
    name = " ".join(text.split())
    name = name.rstrip(_LEFT_BEHIND) or name
    name = _AS_AFTER_COMMA.sub("", name) or name
    suffix = capacity = None
    while True:
        if suffix is None and (found := _SUFFIX.search(name, len(name) - _LONGEST)) and (rest := _before(found)):
            name, suffix = rest, SUFFIXES[_word(found)]
        elif capacity is None and (found := _CAPACITY.search(name, len(name) - _LONGEST)) and (rest := _before(found)):
            name, capacity = _AS.sub("", rest).rstrip(_LEFT_BEHIND) or rest, _CAPACITY_OF[_word(found)]
        else:
            break
    if capacity is None and (found := _ESTATE_OF.match(name)):
        name, capacity = name[found.end() :], "estate"
    return {"name": name, "suffix": suffix, "capacity": capacity} if name else None


def _before(found: re.Match[str]) -> str:
    """Return the name in front of a match, without remnants of the capacity."""
    return found.string[: found.start()].rstrip(_LEFT_BEHIND)


def _word(found: re.Match[str]) -> str:
    """Return the word that one of the pattern's groups matched."""
    return found[found.lastindex or 0].upper()
