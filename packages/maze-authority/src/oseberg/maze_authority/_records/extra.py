"""Writes each record's `extra` as one text, in lines that Arrow then reads with the other fields."""

from __future__ import annotations

import re

import orjson

KEY = b'"extra":'
TEXT = rb'"(?:[^"\\]|\\.)*"'
ENTRY = rb"\s*" + TEXT + rb"\s*:\s*" + TEXT + rb"\s*"
MAPPING = re.compile(rb"\s*(\{(?:" + ENTRY + rb"(?:," + ENTRY + rb")*|\s*)\})")


def extra_as_texts(block: bytes) -> tuple[bytes, int] | None:
    """Return lines in which every `extra` is one text instead of a mapping, null instead of an empty one.

    Args:
        block: Whole lines of a records.jsonl.

    Returns:
        The lines, and how many of them have a text there; None where an `extra` is something else, or where it can't
        be told apart from a value.
    """
    first, *rest = block.split(KEY)
    # A value or a key of the same name, or a blank before the colon: rare enough to leave to the models.
    if block.count(KEY[:-1]) != len(rest):
        return None
    texts: dict[bytes, bytes] = {}
    parts, filled = [first], 0
    for piece in rest:
        found = MAPPING.match(piece)
        if found is None:
            return None
        given = found[1]
        # The same cells come again and again: each distinct mapping is spelled once.
        text = texts.get(given)
        if text is None:
            try:
                text = texts[given] = as_text(given)
            except orjson.JSONDecodeError:
                return None
        filled += text != b"null"
        parts.append(text + piece[found.end() :])
    return KEY.join(parts), filled


def as_text(given: bytes) -> bytes:
    """Write a mapping in JSON as a text in JSON, equal for equal mappings; an empty one is null.

    Raises:
        orjson.JSONDecodeError: It is not valid JSON.
    """
    mapping = orjson.loads(given)
    return orjson.dumps(spelled(mapping)) if mapping else b"null"


def spelled(mapping: dict[str, str]) -> str:
    """Spell a mapping of texts as one text, equal for equal mappings."""
    return orjson.dumps(mapping, option=orjson.OPT_SORT_KEYS).decode()
