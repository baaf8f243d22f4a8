"""Events -> columns of one batch, each with the kinds of JSON values that occur in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain, repeat
from operator import itemgetter
from types import NoneType
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from oseberg.mixpanel_export._read.json_values import JsonText, spell

if TYPE_CHECKING:
    from collections.abc import Iterator

Rows = np.ndarray[Any, np.dtype[np.int32]]

# The kinds of values; BIG is an integer outside 64 bits. A column's kinds are their sum.
BOOL, INT, FLOAT, TEXT, NESTED, BIG = 1, 2, 4, 8, 16, 32

KINDS = {bool: BOOL, int: INT, float: FLOAT, str: TEXT, dict: NESTED, list: NESTED, JsonText: NESTED}
NATIVE = {BOOL: pa.bool_(), INT: pa.int64(), FLOAT: pa.float64(), TEXT: pa.string()}
# Labels below this sort by radix.
MANY = 2**16
# The share of filled rows from which asking every row is faster than noting who is filled.
DENSE = 0.2
# One of so many events tells which properties are dense: that decides the way only, never the result.
SAMPLED = 16


@dataclass(frozen=True, slots=True)
class Column:
    """One property in one batch.

    With a single kind the array has its native type; with several it holds the JSON text of each value, so that no
    widening decided later has lost anything.

    Attributes:
        kinds: The sum of the kinds that occur.
        array: The values.
        rows: The rows of the batch that the values belong to; None if there is one for each row.
    """

    kinds: int
    array: pa.Array
    rows: Rows | None = None

    def dense(self, length: int) -> pa.Array:
        """Return a value for each row of a batch, null where there is none."""
        if self.rows is None:
            return self.array
        found = np.full(length, -1, dtype=np.int32)
        found[self.rows] = np.arange(len(self.rows), dtype=np.int32)
        return self.array.take(pa.array(found, mask=found < 0))

    def part(self, start: int, end: int) -> Column:
        """Return some rows that follow each other, without copying them."""
        if self.rows is None:
            return Column(self.kinds, self.array.slice(start, end - start))
        first, last = np.searchsorted(self.rows, [start, end]).tolist()
        return Column(self.kinds, self.array.slice(first, last - first), self.rows[first:last] - np.int32(start))


def columns(records: list[dict[str, Any]]) -> Iterator[tuple[str, Column]]:
    """Turn the properties of a batch into columns; those that few events have hold only the filled rows."""
    sample = records[::SAMPLED]
    counts = Counter(chain.from_iterable(sample))
    dense = {key for key, count in counts.items() if count > DENSE * len(sample)}
    for key in dense:
        yield key, column(dense_values(records, key))
    if sparse := set().union(*records) - dense:
        yield from sparse_columns(records, sparse)


def dense_values(records: list[dict[str, Any]], key: str) -> list[Any]:
    """Ask every event for a property, the fast way when all have it."""
    try:
        return list(map(itemgetter(key), records))
    except KeyError:
        return [record.get(key) for record in records]


def sparse_columns(records: list[dict[str, Any]], keys: set[str]) -> Iterator[tuple[str, Column]]:
    """Sort all properties of a batch by name in one go, and give those with one of the keys."""
    numbers = {key: number for number, key in enumerate(sorted(keys))}
    labels = np.fromiter(
        map(numbers.get, chain.from_iterable(records), repeat(len(numbers))),
        dtype=np.uint16 if len(numbers) < MANY else np.int32,
    )
    rows = np.repeat(np.arange(len(records), dtype=np.int32), np.fromiter(map(len, records), dtype=np.int32))
    everything = np.fromiter(chain.from_iterable(record.values() for record in records), dtype=object, count=len(rows))
    order = np.argsort(labels, kind="stable")
    rows, everything = rows[order], everything[order]
    ends = np.searchsorted(labels[order], np.arange(len(numbers)), side="right").tolist()
    start = 0
    for key, end in zip(numbers, ends, strict=True):
        found = column(everything[start:end].tolist())
        yield key, Column(found.kinds, found.array, rows[start:end])
        start = end


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
