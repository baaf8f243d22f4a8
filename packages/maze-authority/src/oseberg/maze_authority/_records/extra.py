"""Cells beyond the standard: each record's `extra` as one text, and its line without it for Arrow to read."""

from __future__ import annotations

import re
from itertools import accumulate

import orjson

KEY = b'"extra":'
TEXT = rb'"(?:[^"\\]|\\.)*"'
ENTRY = rb"\s*" + TEXT + rb"\s*:\s*" + TEXT + rb"\s*"
MAPPING = re.compile(rb"\s*(\{(?:" + ENTRY + rb"(?:," + ENTRY + rb")*|\s*)\})")


def without_extra(block: bytes, count: int) -> tuple[bytes, list[str | None]] | None:
    """Return lines with every `extra` emptied, and the original of each.

    Args:
        block: Whole lines of a records.jsonl.
        count: How many lines.

    Returns:
        The lines, and for each of them its `extra` as a text, None for an empty one or none. None where one is not a
        mapping of texts, or where it can't be told apart from a value.
    """
    first, *rest = block.split(KEY)
    if not rest:
        return None
    # A value or a key of the same name, or a blank before the colon: rare enough to leave to the models.
    if block.count(KEY[:-1]) != len(rest):
        return None
    found = list(map(MAPPING.match, rest))
    if not all(found):
        return None
    try:
        # All at once: to read one after the other takes twice as long.
        mappings = orjson.loads(b"[" + b",".join([one[1] for one in found if one]) + b"]")
    except orjson.JSONDecodeError:
        return None
    parts = [b"{}" + piece[one.end() :] for piece, one in zip(rest, found, strict=True) if one]
    # A record may leave it out: the ends of lines before each one say which line it is on.
    lines = list(accumulate(piece.count(b"\n") for piece in (first, *rest[:-1])))
    if len(set(lines)) != len(rest):
        return None
    texts: list[str | None] = [None] * count
    for line, one in zip(lines, mappings, strict=True):
        texts[line] = spelled(one) if one else None
    return KEY.join([first, *parts]), texts


def spelled(mapping: dict[str, str]) -> str:
    """Spell a mapping of texts as one text, equal for equal mappings."""
    return orjson.dumps(mapping, option=orjson.OPT_SORT_KEYS).decode()
