"""Legal descriptions: a text of the index into tracts. What is not understood is kept, and nothing is guessed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from oseberg.county_parsers._legals.description import describe
from oseberg.county_parsers._legals.grammar import REFERENCE, SUBDIVISION
from oseberg.county_parsers._legals.numbers import expand, plain
from oseberg.county_parsers._record import TRACT

if TYPE_CHECKING:
    from oseberg.county_parsers._record import Tract

LONGEST = 4000
"""A longer text is a page of prose or damage, no index entry: it is not read."""


@lru_cache(maxsize=1 << 9)  # neighbours in an index name the same land; more would crowd a processor's own cache
def tracts(text: str, *, university_blocks: bool = False) -> tuple[Tract, ...]:
    """Read one legal description into its tracts.

    Args:
        text: As the index has it; inner blanks stay in the answer's `text`.
        university_blocks: `Block N, Sec. N:` without a survey means University Lands.

    Returns:
        One dict for each tract, with the keys of the standard record's Legal; at least one. Shared: don't change them.

        >>> [tract["section"] for tract in tracts("SEC 37,38 BLK 39 T4S T&P RY CO")]
        ['37', '38']
        >>> tracts("METES AND BOUNDS")[0]["kind"]
        'unread'
    """
    text = text.strip()
    upper = _upper(text)
    if upper.startswith("SEE") and (found := REFERENCE.fullmatch(text)):
        return ({**TRACT, "kind": "reference_only", "text": text, "remainder": found[1] or None},)
    if len(text) > LONGEST:
        return (unread(text),)
    if ("ADD" in upper or "SUB" in upper) and (subdivision := _subdivision(text)):
        return subdivision
    return describe(text, upper, university_blocks=university_blocks) or (unread(text),)


def unread(text: str) -> Tract:
    """Return the entry of a text that is not read: all of it is remainder."""
    return {**TRACT, "kind": "unread", "text": text, "remainder": text}


def _upper(text: str) -> str:
    """Return the text in upper case, letter for letter: a few would grow, ß is SS."""
    upper = text.upper()
    if len(upper) == len(text):
        return upper
    return "".join(letter if len(letter.upper()) > 1 else letter.upper() for letter in text)


def _subdivision(text: str) -> tuple[Tract, ...] | None:
    """Read lot, block and addition; None where the text names no addition."""
    for pattern in SUBDIVISION:
        if (found := pattern.fullmatch(text)) and (lots := expand(found["lot"])):
            named = {"lot": ",".join(lots), "addition": " ".join(found["addition"].upper().split())}
            block = plain(found["block"]) if found["block"] else None
            rest = found["rest"].strip(" ,;:") or None
            return ({**TRACT, "kind": "subdivision", "text": text, **named, "block": block, "remainder": rest},)
    return None
