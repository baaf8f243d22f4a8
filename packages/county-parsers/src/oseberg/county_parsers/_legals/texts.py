"""Legal descriptions: a text of the index into tracts. What is not understood is kept, and nothing is guessed."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from oseberg.county_parsers._legals.aliquots import NAMED_AND_REPEATED, part
from oseberg.county_parsers._legals.common import read_common
from oseberg.county_parsers._legals.description import describe, metes_and_bounds
from oseberg.county_parsers._legals.grammar import REFERENCE
from oseberg.county_parsers._legals.platted import subdivision
from oseberg.county_parsers._record import TRACT

if TYPE_CHECKING:
    from oseberg.county_parsers._record import Tract

# A longer text is a page of prose or damage, not an index entry: it is not read.
LONGEST = 4000

# Township and range as federal records code them, with a tenth that says a half: 0240S 0330E is T24S R33E.
_CODED = re.compile(r"\b0(\d\d)0([NS])[\s\-,]0(\d\d)0([EW])\b")


@lru_cache(maxsize=1 << 9)  # neighbors in an index name the same land; more would crowd a processor's own cache
def tracts(text: str, *, university_blocks: bool = False) -> tuple[Tract, ...]:
    """Read one legal description into its tracts.

    Args:
        text: As the index has it; inner blanks stay in the answer's `text`.
        university_blocks: `Block N, Sec. N:` without a survey means University Lands.

    Returns:
        One dict for each tract, with the keys of the standard record's Legal; at least one. Shared: don't change them.

    Example:
        >>> [tract["section"] for tract in tracts("SEC 37,38 BLK 39 T4S T&P RY CO")]
        ['37', '38']
        >>> tracts("METES AND BOUNDS")[0]["kind"]
        'unread'
    """
    text = text.strip()
    upper = _upper(text)
    if common := read_common(text, upper):
        return common
    if upper.startswith("SEE") and (found := REFERENCE.fullmatch(text)):
        return ({**TRACT, "kind": "reference_only", "text": text, "remainder": found[1] or None},)
    if len(text) > LONGEST:
        return (unread(text),)
    upper = _spelled(upper)
    # An addition's name wins over a survey's of the same letters, so additions are tried first.
    return (
        subdivision(text, upper)
        or describe(text, upper, university_blocks=university_blocks)
        or metes_and_bounds(text, upper)
        or (unread(text),)
    )


def unread(text: str) -> Tract:
    """Return the entry of a text that is not read.

    Args:
        text: The text.

    Returns:
        A dict with the keys of the standard record's Legal: all of the text is remainder.
    """
    return {**TRACT, "kind": "unread", "text": text, "remainder": text}


def _upper(text: str) -> str:
    """Return the text in upper case, letter for letter: a few would grow, ß is SS."""
    upper = text.upper()
    if len(upper) == len(text):
        return upper
    return "".join(letter if len(letter.upper()) > 1 else letter.upper() for letter in text)


def _spelled(upper: str) -> str:
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
