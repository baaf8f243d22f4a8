"""Events -> columns of one batch, each with the kinds of JSON values that occur in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain
from types import NoneType
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from oseberg.mixpanel_export._json import JsonText, spell

if TYPE_CHECKING:
    from collections.abc import Iterator

BOOL, INT, FLOAT, TEXT, NESTED, BIG = 1, 2, 4, 8, 16, 32
"""The kinds of values; BIG is an integer outside 64 bits. A column's kinds are their sum."""

KINDS = {bool: BOOL, int: INT, float: FLOAT, str: TEXT, dict: NESTED, list: NESTED, JsonText: NESTED}
NATIVE = {BOOL: pa.bool_(), INT: pa.int64(), FLOAT: pa.float64(), TEXT: pa.string()}
DENSE = 0.2
"""The share of filled rows from which asking every row is faster than noting who is filled."""


@dataclass(frozen=True, slots=True)
class Column:
    """One property in one batch.

    With a single kind the array has its native type; with several it holds the JSON text of each value, so that no
    widening decided later has lost anything.
    """

    kinds: int
    array: pa.Array


def columns(records: list[dict[str, Any]]) -> Iterator[tuple[str, Column]]:
    """Turn the properties of a batch into columns as long as the batch."""
    counts = Counter(chain.from_iterable(records))
    sparse: dict[str, tuple[list[int], list[Any]]] = {}
    for key, count in counts.items():
        if count > DENSE * len(records):
            yield key, column([record.get(key) for record in records])
        else:
            sparse[key] = ([], [])
    if sparse:
        for row, record in enumerate(records):
            for key in record.keys() & sparse.keys():
                rows, values = sparse[key]
                rows.append(row)
                values.append(record[key])
        for key, (rows, values) in sparse.items():
            dense = column(values)
            yield key, Column(dense.kinds, spread(dense.array, rows, len(records)))


def spread(array: pa.Array, rows: list[int], length: int) -> pa.Array:
    """Put the values of some rows into a column with nulls everywhere else."""
    places = np.full(length, -1, dtype=np.int32)
    places[rows] = np.arange(len(rows), dtype=np.int32)
    return array.take(pa.array(places, mask=places < 0))


def column(values: list[Any]) -> Column:
    """Find the kinds of some values and put them into one array."""
    kinds = sum({KINDS[kind] for kind in set(map(type, values)) - {NoneType}})
    if not kinds:
        return Column(0, pa.nulls(len(values)))
    if kinds in NATIVE:
        try:
            return Column(kinds, pa.array(values, NATIVE[kinds]))
        except OverflowError:
            kinds |= BIG
    elif kinds & INT and any(type(value) is int and not -(2**63) <= value < 2**63 for value in values):
        kinds |= BIG
    return Column(kinds, pa.array([None if value is None else spell(value) for value in values], pa.string()))
