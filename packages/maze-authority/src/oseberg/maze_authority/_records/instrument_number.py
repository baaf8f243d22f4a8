"""Instrument numbers as clerks print them: what precedes the digits, the digits, a letter suffix."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DIGITS = "0123456789"
LONGEST = 15  # more digits than this are not a count, and would not fit an integer
TOKEN = re.compile(r"[0-9A-Za-z][0-9A-Za-z/-]*")


def split(text: str) -> tuple[str, str, str]:
    """Split a number into what precedes its last digits, the digits, and a letter suffix.

    Examples:
        >>> split("18-0004512A")
        ('18-', '0004512', 'A')
    """
    prefixes, digits, suffixes = split_all([text])
    return prefixes[0], digits[0], suffixes[0]


def split_all(texts: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """Split many numbers at once into prefixes, digits and suffixes."""
    prefixes = [text.rstrip(DIGITS) for text in texts]
    digits = [text[len(prefix) :] for text, prefix in zip(texts, prefixes, strict=True)]
    suffixes = [""] * len(texts)
    for place in [place for place, text in enumerate(digits) if not text]:
        core = texts[place][:-1] if texts[place][-1:].isalpha() else texts[place]
        prefixes[place] = core.rstrip(DIGITS)
        digits[place] = core[len(prefixes[place]) :]
        suffixes[place] = texts[place][len(core) :]
    return prefixes, digits, suffixes


def numbers_in(texts: Iterable[str]) -> set[str]:
    """Find what may be instrument numbers in rejected rows.

    A fixed-width row opens with its row type (`10`) directly before the number.
    """
    found: set[str] = set()
    for text in texts:
        tokens = TOKEN.findall(text)
        found.update(tokens)
        if tokens and tokens[0].startswith("10"):
            found.add(tokens[0][2:])
    return found
