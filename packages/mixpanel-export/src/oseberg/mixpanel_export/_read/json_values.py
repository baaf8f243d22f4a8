"""JSON as Mixpanel writes it: a lenient reader for lines that the fast one refuses, and a writer of values."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import orjson

LONE_SURROGATE = re.compile("[\ud800-\udfff]")
LONG_INTEGER = re.compile(rb"(?<![\d.eE+])\d{19,}(?![\d.eE])")
DIGITS_AS_ZERO = bytes.maketrans(b"123456789", b"000000000")
NINETEEN_DIGITS = b"0" * 19


class JsonText(str):
    """The JSON text of an object or a list that only the lenient reader could read."""

    __slots__ = ()


def lenient(line: bytes) -> Any:  # noqa: ANN401 - any JSON value
    r"""Read a line with `NaN`, `Infinity`, lone surrogates, integers of any length, or a byte order mark before it.

    A lone surrogate becomes its escape (`\ud800` as six characters), since UTF-8 can't hold it. Other bytes that are
    no UTF-8 are an error.

    Raises:
        ValueError: The line is not JSON even so.
    """
    return clean(json.loads(line.decode("utf-8", "surrogatepass").removeprefix("\ufeff")))


def clean(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Write lone surrogates as their escapes, everywhere in a value."""
    if isinstance(value, str):
        return LONE_SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", value)
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clean(item) for item in value]
    return value


def has_long_integer(text: bytes) -> bool:
    """Whether 19 digits follow each other outside a fraction or an exponent.

    The fast reader makes integers beyond 64 bits floats without a word.
    """
    zeros = text.translate(DIGITS_AS_ZERO)
    place = zeros.find(NINETEEN_DIGITS)
    while place >= 0:
        if LONG_INTEGER.match(text, place):
            return True
        place = zeros.find(NINETEEN_DIGITS, place + len(NINETEEN_DIGITS))
    return False


def spell(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a value as JSON: `true`, `12.5`, `"abc"`, `{"a":1}`. `NaN` stays `NaN`."""
    kind = type(value)
    if kind is int:
        return str(value)
    if kind is float and not math.isfinite(value):
        return json.dumps(value)
    return value if kind is JsonText else orjson.dumps(value).decode()
