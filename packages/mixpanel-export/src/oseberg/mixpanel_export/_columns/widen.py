"""The types of columns: null, bool, int64, double, string, json, decided over the whole result.

The type of a column depends on all its values; the spelling of a value depends on that value alone, so that exports of
different ranges can be put together.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from oseberg.mixpanel_export._columns.columns import BIG, BOOL, FLOAT, INT, NATIVE, NESTED, TEXT, Column, float_texts
from oseberg.mixpanel_export._read.decode import LAST_MS

EXACT = 2**53
LONG = r"^-?\d{16,}$"
# Whole doubles up to this are spelled as integers; larger ones don't come from 64 bits.
LARGEST_WHOLE = float(2**62)
# The names of the types, narrow to wide, and how Arrow stores them.
TYPES = {
    "null": pa.string(),  # a file must not have the type null: it could not be read together with next week's
    "bool": pa.bool_(),
    "int64": pa.int64(),
    "double": pa.float64(),
    "string": pa.string(),
    "json": pa.string(),
}


def narrowest(kinds: int, *, exact: bool) -> str:
    """Return the narrowest type that holds all values of a property unchanged.

    Args:
        kinds: The kinds of values that occur.
        exact: Whether all its integers are doubles without rounding.

    Returns:
        One of `TYPES`.
    """
    if kinds & NESTED:
        return "json"
    numbers = kinds & (INT | FLOAT)
    if kinds & (TEXT | BIG) or (kinds & BOOL and numbers) or (numbers == INT | FLOAT and not exact):
        return "string"
    if numbers:
        return "double" if kinds & FLOAT else "int64"
    return "bool" if kinds & BOOL else "null"


def join(one: str, other: str, *, exact: bool = True) -> str:
    """Return the narrowest type that holds the values of two types.

    Args:
        one: A type.
        other: Another type.
        exact: Whether the integers among them are doubles without rounding.

    Returns:
        One of `TYPES`.
    """
    if one == other or "null" in {one, other}:
        return other if one == "null" else one
    if "json" in {one, other}:
        return "json"
    return "double" if {one, other} == {"int64", "double"} and exact else "string"


def fits_double(part: Column) -> bool:
    """Whether every integer of a column is a double without rounding."""
    if not part.kinds & INT:
        return True
    if part.kinds == INT:
        span = pc.min_max(part.array)
        low, high = span["min"].as_py(), span["max"].as_py()
        if low is None or (low >= -EXACT and high <= EXACT):  # a part of a batch may lack the column's integers
            return True
        integers = part.array.drop_null().to_pylist()
    else:
        # the JSON texts of integers that may be rounded, and of nothing else
        integers = list(map(int, part.array.filter(pc.match_substring_regex(part.array, LONG)).drop_null().to_pylist()))
    return all(int(float(value)) == value for value in integers if abs(value) > EXACT)


def values(part: Column) -> list[Any]:
    """Return a column's values as Python's."""
    found: list[Any] = part.array.to_pylist()
    if part.kinds in NATIVE or not part.kinds:
        return found
    return [None if text is None else json.loads(text) for text in found]


def widen(part: Column, wanted: str) -> pa.Array:
    """Return a column's array in a type at least as wide as its own."""
    kinds, array = part.kinds, part.array
    target = TYPES[wanted]
    if not kinds:
        return pa.nulls(len(array), target)
    if target == pa.string():
        return as_strings(part)
    if array.type == target:
        return array
    if kinds in NATIVE:
        return array.cast(target, safe=False)
    if kinds == INT | FLOAT:
        return array.cast(target)
    return pa.array([None if value is None else float(value) for value in values(part)], target)


def widened(part: Column, wanted: str) -> Column:
    """Return a column in a type at least as wide as its own."""
    return Column(part.kinds, widen(part, wanted), part.rows)


def as_strings(part: Column) -> pa.Array:
    """Return a column as strings: strings as they are, objects and lists as JSON text, the rest as JSON spells it."""
    if part.kinds == FLOAT:
        return float_texts(part.array)
    if part.kinds in {0, BOOL, INT, TEXT} or not part.kinds & TEXT:
        return part.array.cast(pa.string())
    texts = part.array.to_pylist()
    return pa.array([json.loads(text) if text and text[0] == '"' else text for text in texts], pa.string())


def widen_array(array: pa.Array, wanted: str, *, integers: bool) -> pa.Array:
    """Return a finished column in a wider type, each value spelled as in an export that had that type at once.

    Args:
        array: The column.
        wanted: A type at least as wide.
        integers: Whether whole numbers among doubles were integers in the export.

    Returns:
        The column in the type that stores `wanted`.
    """
    target = TYPES[wanted]
    if array.type == target:
        return array
    if array.type != pa.float64():
        return array.cast(target, safe=False)  # integers above 2^53 only become doubles that they equal
    texts = as_strings(Column(FLOAT, array))
    if not integers:
        return texts
    whole = pc.and_(pc.equal(pc.floor(array), array), pc.less_equal(pc.abs(array), LARGEST_WHOLE))
    whole = pc.and_(whole, pc.not_equal(texts, "-0.0"))
    digits = pc.if_else(whole, array, None).cast(pa.int64(), safe=False).cast(pa.string())
    return pc.if_else(pc.fill_null(whole, fill_value=False), digits, texts)


def moments_as_numbers(moments: pa.Array) -> pa.Array:
    """Return timestamps in microseconds as the milliseconds that Mixpanel sent."""
    return pc.divide(moments.cast(pa.int64()), 1000)


def as_milliseconds(part: Column) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return a property as milliseconds since 1970; -1 where it is missing, not a number or after the year 9999."""
    if part.kinds == INT:
        found = np.asarray(part.array.fill_null(-1), dtype=np.int64)
        return np.where((found < 0) | (found > LAST_MS), -1, found)
    numbers = [value if type(value) in {int, float} and 0 <= value <= LAST_MS else -1 for value in values(part)]
    return np.array(numbers, dtype=np.int64)


def all_milliseconds(part: Column) -> bool:
    """Whether every value of a property can be read as milliseconds."""
    filled: int = len(part.array) - part.array.null_count
    return int(np.count_nonzero(as_milliseconds(part) >= 0)) == filled
