"""Instrument numbers as clerks print them: what precedes the digits, the digits, a letter suffix."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable

DIGITS = "0123456789"
LONGEST = 15  # more digits than this are not a count, and would not fit an integer
TOKEN = re.compile(r"[0-9A-Za-z][0-9A-Za-z/-]*")


def split(text: str) -> tuple[str, str, str]:
    """Split a number into what precedes its last digits, the digits, and a letter suffix.

    Examples:
        >>> split("18-0004512A")
        ('18-', '0004512', 'A')
    """
    prefix = text.rstrip(DIGITS)
    if len(prefix) < len(text):
        return prefix, text[len(prefix) :], ""
    core = text[:-1] if text[-1:].isalpha() else text
    prefix = core.rstrip(DIGITS)
    return prefix, core[len(prefix) :], text[len(core) :]


@dataclass(frozen=True)
class Parsed:
    """Many numbers, split.

    Attributes:
        prefixes: What precedes the digits of each number.
        length: How many digits it has.
        number: The value of its digits, -1 without digits or with more than a count has.
    """

    prefixes: pa.LargeStringArray
    length: np.ndarray[Any, np.dtype[np.int64]]
    number: np.ndarray[Any, np.dtype[np.int64]]


def parse_all(texts: pa.LargeStringArray) -> Parsed:
    """Split many numbers at once, without a Python object for each.

    Args:
        texts: The numbers as printed, none missing.

    Returns:
        Their parts.
    """
    ends = np.frombuffer(texts.buffers()[1], dtype=np.int64)[texts.offset + 1 :][: len(texts)]
    prefixes = pc.utf8_rtrim(texts, characters=DIGITS)
    length = (pc.binary_length(texts).to_numpy() - pc.binary_length(prefixes).to_numpy()).astype(np.int64)
    number = digits_before(texts.buffers()[2], ends, length)
    # The few that end in a letter or in nothing that counts.
    odd = np.flatnonzero(length == 0)
    if len(odd):
        parts = [split(text) for text in texts.take(pa.array(odd)).to_pylist()]
        mask = pa.array(length == 0)
        prefixes = pc.replace_with_mask(prefixes, mask, pa.array([prefix for prefix, _, _ in parts], pa.large_string()))
        length[odd] = [len(digits) for _, digits, _ in parts]
        number[odd] = [int(digits) if 0 < len(digits) <= LONGEST else -1 for _, digits, _ in parts]
    return Parsed(prefixes, length, number)


def digits_before(
    marks: pa.Buffer | None, ends: np.ndarray[Any, np.dtype[np.int64]], length: np.ndarray[Any, np.dtype[np.int64]]
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the values of digits that end at some places of a text; see `Parsed.number`."""
    number = np.zeros(len(length), dtype=np.int64)
    counted = np.where((length > 0) & (length <= LONGEST), length, 0)
    found = np.frombuffer(marks or b"0", dtype=np.uint8)
    for place in range(int(counted.max(initial=0))):
        there = counted > place
        digit = found[np.where(there, ends - 1 - place, 0)].astype(np.int64) - ord("0")
        number += np.where(there, digit * 10**place, 0)
    number[counted == 0] = -1
    return number


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
