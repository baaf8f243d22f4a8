"""A description in the letters and words that the grammar knows, each letter in its place."""

from __future__ import annotations

import re

from oseberg.county_parsers._legals.aliquots import NAMED_AND_REPEATED, part

# Township and range as federal records code them, with a tenth that says a half: 0240S 0330E is T24S R33E.
_CODED = re.compile(r"\b0(\d\d)0([NS])[\s\-,]0(\d\d)0([EW])\b")


def in_capitals(text: str) -> str:
    """Return the text in upper case, letter for letter: a few would grow, ß is SS."""
    upper = text.upper()
    if len(upper) == len(text):
        return upper
    return "".join(letter if len(letter.upper()) > 1 else letter.upper() for letter in text)


def spelled(upper: str) -> str:
    """Return the text with codes and repetitions in the words of the grammar, each letter in its place."""
    if "0E" in upper or "0W" in upper:
        upper = _CODED.sub(lambda found: f"T{found[1]}{found[2]} - R{found[3]}{found[4]}", upper)
    if "(" in upper:
        upper = NAMED_AND_REPEATED.sub(_once, upper)
    return upper


def _once(found: re.Match[str]) -> str:
    """Return an aliquot without the abbreviation in parentheses that repeats it: EAST HALF (E/2)."""
    same = part(found["named"]) == part(found["repeated"])
    return found["named"].ljust(len(found[0])) if same else found[0]
