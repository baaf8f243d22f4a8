"""Events -> columns of one batch, each with the kinds of JSON values that occur in it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain, count
from operator import itemgetter
from types import NoneType
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from oseberg.mixpanel_export._columns.spread import Rows, Spread
from oseberg.mixpanel_export._read.json_values import JsonText, spell

if TYPE_CHECKING:
    from collections.abc import Iterator

# The kinds of values; BIG is an integer outside 64 bits. A column's kinds are their sum.
BOOL, INT, FLOAT, TEXT, NESTED, BIG = 1, 2, 4, 8, 16, 32

KINDS = {bool: BOOL, int: INT, float: FLOAT, str: TEXT, dict: NESTED, list: NESTED, JsonText: NESTED}
NATIVE = {BOOL: pa.bool_(), INT: pa.int64(), FLOAT: pa.float64(), TEXT: pa.string()}
# Labels below this sort by radix.
MANY = 2**16
# The share of filled values from which asking every event for every property is faster than sorting all values.
DENSE = 0.2
# One of so many events tells the properties: that decides the way only, never the result.
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

    def dense(self, spread: Spread) -> pa.Array:
        """Return a value for each row of a batch, null where there is none."""
        return self.array if self.rows is None else spread.whole([self.array], [self.rows], [0])

    def part(self, start: int, end: int) -> Column:
        """Return some rows that follow each other, without copying them."""
        if self.rows is None:
            return Column(self.kinds, self.array.slice(start, end - start))
        first, last = np.searchsorted(self.rows, [start, end]).tolist()
        return Column(self.kinds, self.array.slice(first, last - first), self.rows[first:last] - np.int32(start))


def columns(records: list[dict[str, Any]]) -> Iterator[tuple[str, Column]]:
    """Turn the properties of a batch into columns; those that few events have hold only the filled rows."""
    lengths = np.fromiter(map(len, records), dtype=np.int32)
    if lengths.sum() > DENSE * len(records) * len(set().union(*records[::SAMPLED])):
        yield from ((key, column(dense_values(records, key))) for key in set().union(*records))
    else:
        yield from sparse_columns(records, lengths)


def dense_values(records: list[dict[str, Any]], key: str) -> list[Any]:
    """Get a property of every event, in the fast way if all have it."""
    try:
        return list(map(itemgetter(key), records))
    except KeyError:
        return [record.get(key) for record in records]


def sparse_columns(records: list[dict[str, Any]], lengths: Rows) -> Iterator[tuple[str, Column]]:
    """Sort all properties of a batch by name in one go."""
    numbers: defaultdict[str, int] = defaultdict(count().__next__)  # a name gets the next number when it first occurs
    labels = np.fromiter(map(numbers.__getitem__, chain.from_iterable(records)), np.int32, lengths.sum())
    if len(numbers) < MANY:
        labels = labels.astype(np.uint16)
    rows = np.repeat(np.arange(len(records), dtype=np.int32), lengths)
    everything = np.fromiter(chain.from_iterable(map(dict.values, records)), object, len(rows))
    order = np.argsort(labels, kind="stable")
    rows, everything = rows[order], everything[order]
    ends = np.searchsorted(labels[order], np.arange(len(numbers)), side="right").tolist()
    start = 0
    for key, end in zip(numbers, ends, strict=True):
        found = column(everything[start:end].tolist())
        yield key, found if end - start == len(records) else Column(found.kinds, found.array, rows[start:end])
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


def float_texts(array: pa.Array) -> pa.Array:
    """Return doubles as JSON spells them, null where one is missing."""
    values = np.ascontiguousarray(array.fill_null(0.0) if array.null_count else array)
    if np.isfinite(values).all():
        spelled = orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",") if len(values) else []
    else:
        spelled = [spell(value).encode() for value in values.tolist()]
    texts = pa.array(spelled, pa.string())
    return pc.if_else(array.is_valid(), texts, None) if array.null_count else texts
