"""The ids of Salesforce: 15 characters whose case matters, or 18 whose last three say it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.health_model.errors import CancellationError

if TYPE_CHECKING:
    from collections.abc import Sequence

SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
SHORT, LONG, BLOCK = 15, 18, 5


def widen_salesforce_id(text: str) -> str:
    """Widen a 15-character Salesforce id to the 18 characters that tell ids apart without regard to case.

    Each of the three last characters spells which of five characters are capitals (Salesforce's documentation of
    15- and 18-character ids). An 18-character id is checked.

    Returns:
        The id with 18 characters.

    Raises:
        CancellationError: The text is not an id, or its suffix is wrong.

    >>> widen_salesforce_id("001A0000006Vm9r")
    '001A0000006Vm9rIAC'
    """
    if len(text) not in (SHORT, LONG) or not (text.isascii() and text.isalnum()):
        characters = f"{len(text)} character{'' if len(text) == 1 else 's'}"
        raise CancellationError(f"{text!r} is not a Salesforce id: it has {characters}; 15 or 18 are expected.")
    short = text[:SHORT]
    blocks = [short[start : start + BLOCK] for start in range(0, SHORT, BLOCK)]
    suffix = "".join(SUFFIX[sum(letter.isupper() << place for place, letter in enumerate(block))] for block in blocks)
    if len(text) == LONG and text[SHORT:].upper() != suffix:
        raise CancellationError(f"{text!r} is not a Salesforce id: its last three characters should be {suffix}.")
    return short + suffix


def refuse_lower_cased(ids: Sequence[str], source: str) -> None:
    """Refuse ids of 15 characters that lost their capitals: different accounts would become one.

    Raises:
        CancellationError: More than half of the short ids with letters have no capital.
    """
    short = [text for text in ids if len(text) == SHORT and any(letter.isalpha() for letter in text)]
    lower = [text for text in short if text == text.lower()]
    if 2 * len(lower) > len(short):
        raise CancellationError(
            f"{source}: {len(lower)} of {len(short)} ids with 15 characters have no capitals, such as {lower[0]!r}: a"
            " tool has lower-cased them. Export the ids again, with 18 characters if possible."
        )
