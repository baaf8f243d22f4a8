"""Legal descriptions: a text of the index into tracts. What is not understood is kept, and nothing is guessed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from oseberg.county_parsers._legals._shapes.memory import Shapes
from oseberg.county_parsers._legals.common import read_common
from oseberg.county_parsers._legals.description import describe, metes_and_bounds
from oseberg.county_parsers._legals.grammar import REFERENCE
from oseberg.county_parsers._legals.platted import subdivision
from oseberg.county_parsers._legals.spelling import in_capitals, spelled
from oseberg.county_parsers._records.record import TRACT

if TYPE_CHECKING:
    from oseberg.county_parsers._records.record import Tract

# A longer text is a page of prose or damage, not an index entry: it is not read.
LONGEST = 4000

# What is implied changes the answer, so each way of reading has a memory of its own.
_SHAPES, _UNIVERSITY = Shapes(), Shapes()


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
    if common := read_common(text, text.upper()):
        return common
    return _UNIVERSITY.tracts(text, _whole_of_university) if university_blocks else _SHAPES.tracts(text, whole)


def whole(text: str, *, university_blocks: bool = False) -> tuple[Tract, ...]:
    """Read a description by the grammar alone: the result of `tracts` without its short cuts.

    Args:
        text: A description without blanks around it.
        university_blocks: `Block N, Sec. N:` without a survey means University Lands.

    Returns:
        Its tracts.
    """
    upper = in_capitals(text)
    if upper.startswith("SEE") and (found := REFERENCE.fullmatch(text)):
        return ({**TRACT, "kind": "reference_only", "text": text, "remainder": found[1] or None},)
    if len(text) > LONGEST:
        return (unread(text),)
    upper = spelled(upper)
    # An addition's name wins over a survey's of the same letters, so additions are tried first.
    return (
        subdivision(text, upper)
        or describe(text, upper, university_blocks=university_blocks)
        or metes_and_bounds(text, upper)
        or (unread(text),)
    )


def _whole_of_university(text: str) -> tuple[Tract, ...]:
    return whole(text, university_blocks=True)


def unread(text: str) -> Tract:
    """Return the entry of a text that is not read.

    Args:
        text: The text.

    Returns:
        A dict with the keys of the standard record's Legal: all of the text is remainder.
    """
    return {**TRACT, "kind": "unread", "text": text, "remainder": text}
