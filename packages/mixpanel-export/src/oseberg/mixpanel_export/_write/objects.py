"""One JSON object -> its line, whatever its values are."""

from __future__ import annotations

from typing import Any

import orjson

from oseberg.mixpanel_export._read.json_values import JsonText

STRICT = orjson.OPT_APPEND_NEWLINE | orjson.OPT_PASSTHROUGH_SUBCLASS
SCALARS = {bool, int, float}
LONGEST_INTEGER = 2**63


def line_of(row: dict[str, Any]) -> bytes:
    """Return an object as a line; values that the fast writer can't write are written separately."""
    try:
        return orjson.dumps(row, option=STRICT)
    except TypeError:  # an integer beyond 64 bits, or a nested value that only the lenient reader could read
        return orjson.dumps({key: fragment(value) for key, value in row.items()}, option=STRICT)


def fragment(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value that the fast writer takes as it is: nested texts of the lenient reader, and long integers."""
    if type(value) is JsonText:
        return str(value) if "NaN" in value or "Infinity" in value else orjson.Fragment(str(value))
    long = type(value) is int and not -LONGEST_INTEGER <= value < LONGEST_INTEGER
    return orjson.Fragment(str(value)) if long else value
