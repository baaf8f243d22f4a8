"""The lattice of types: null -> bool -> int64 -> double -> string -> JSON text, decided over the whole result."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from oseberg.mixpanel_export._frame.columns import BIG, BOOL, FLOAT, INT, NATIVE, NESTED, TEXT, Column
from oseberg.mixpanel_export._read.decode import LAST_MS
from oseberg.mixpanel_export._read.json_values import spell

EXACT = 2**53
TYPES = {
    "null": pa.null(),
    "bool": pa.bool_(),
    "int64": pa.int64(),
    "double": pa.float64(),
    "string": pa.string(),
    "json": pa.string(),
}
"""The names of the lattice's types, narrow to wide, and how Arrow stores them."""


def narrowest(kinds: int, *, exact: bool) -> str:
    """Give the narrowest type for the kinds of a property's values; `exact`: all its integers fit a double."""
    if kinds & NESTED:
        return "json"
    if kinds & (TEXT | BIG) or (kinds & FLOAT and not exact):
        return "string"
    if kinds & FLOAT:
        return "double"
    if kinds & INT:
        return "int64"
    return "bool" if kinds & BOOL else "null"


def fits_double(part: Column) -> bool:
    """Tell whether every integer of a column is a double without rounding."""
    if not part.kinds & INT:
        return True
    if part.kinds == INT:
        span = pc.min_max(part.array)
        if span["min"].as_py() >= -EXACT and span["max"].as_py() <= EXACT:
            return True
        integers = part.array.drop_null().to_pylist()
    else:
        integers = [value for value in values(part) if type(value) is int]
    return all(int(float(value)) == value for value in integers if abs(value) > EXACT)


def values(part: Column) -> list[Any]:
    """Give a column's values as Python's."""
    found: list[Any] = part.array.to_pylist()
    if part.kinds in NATIVE or not part.kinds:
        return found
    return [None if text is None else json.loads(text) for text in found]


def widen(part: Column, wanted: str) -> pa.Array:
    """Give a column's array in a type at least as wide as its own."""
    kinds, array = part.kinds, part.array
    target = TYPES[wanted]
    if not kinds:
        return pa.nulls(len(array), target)
    if wanted == "string":
        return as_strings(part)
    if wanted == "json":
        return as_json(part)
    if array.type == target:
        return array
    if kinds in NATIVE:
        return array.cast(pa.int64()).cast(target) if kinds == BOOL else array.cast(target, safe=False)
    convert = float if wanted == "double" else int
    return pa.array([None if value is None else convert(value) for value in values(part)], target)


def as_strings(part: Column) -> pa.Array:
    """Give a column as strings: strings stay, other values as JSON spells them."""
    if part.kinds in {0, BOOL, INT, TEXT}:
        return part.array.cast(pa.string())
    texts = as_json(part).to_pylist()
    return pa.array([json.loads(text) if text and text[0] == '"' else text for text in texts], pa.string())


def as_json(part: Column) -> pa.Array:
    """Give a column as JSON text, strings in their quotes."""
    if part.kinds in {BOOL, INT}:
        return part.array.cast(pa.string())
    if part.kinds in {FLOAT, TEXT}:
        return pa.array([None if value is None else spell(value) for value in part.array.to_pylist()], pa.string())
    return part.array


def wider(one: str, other: str) -> bool:
    """Tell whether a type is wider than another."""
    order = list(TYPES)
    return order.index(one) > order.index(other)


def as_milliseconds(part: Column) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Read a property as milliseconds since 1970; what is missing, no number or after the year 9999 is -1."""
    if part.kinds == INT:
        found = np.asarray(part.array.fill_null(-1), dtype=np.int64)
        return np.where((found < 0) | (found > LAST_MS), -1, found)
    numbers = [value if type(value) in {int, float} and 0 <= value <= LAST_MS else -1 for value in values(part)]
    return np.array(numbers, dtype=np.int64)


def all_milliseconds(part: Column) -> bool:
    """Tell whether every value of a property can be read as milliseconds."""
    filled: int = len(part.array) - part.array.null_count
    return int(np.count_nonzero(as_milliseconds(part) >= 0)) == filled
