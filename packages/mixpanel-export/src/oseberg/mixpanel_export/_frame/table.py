"""Batches -> one Arrow table with the fixed leading columns and every property in its widened type."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from oseberg.mixpanel_export._columns.batch import NO_TIME, Batch
from oseberg.mixpanel_export._columns.columns import BIG, BOOL, FLOAT, INT, Column
from oseberg.mixpanel_export._columns.spread import Rows, Spread
from oseberg.mixpanel_export._columns.widen import (
    TYPES,
    all_milliseconds,
    as_milliseconds,
    as_strings,
    fits_double,
    join,
    narrowest,
    widen,
)
from oseberg.mixpanel_export._frame.names import FIXED, Names, written_names
from oseberg.mixpanel_export._frame.schema import INTEGERS, KINDS, NAMES, REPORT, STAMPS, Schema

if TYPE_CHECKING:
    from collections.abc import Mapping


# Pieces that a column may have without being joined.
MOST_PIECES = 64
# Where pandas looks for the attributes of a frame.
PANDAS = "PANDAS_ATTRS"
TIMESTAMP = pa.timestamp("us", tz="UTC")
ABSENT = Column(0, pa.nulls(0), np.empty(0, dtype=np.int32))


@dataclass
class Layout:
    """Collects the properties of all batches, and then decides names and types of all columns.

    A timestamp property that holds something other than timestamps is odd: it keeps a column of its own as well.
    """

    fixed: frozenset[str] = frozenset(FIXED) - {"event"}
    kinds: dict[str, tuple[int, bool]] = field(default_factory=dict)
    odd: set[str] = field(default_factory=set)

    def add(self, batch: Batch) -> None:
        """Note a batch's properties."""
        self.add_columns(batch.properties)

    def add_columns(self, properties: Mapping[str, Column]) -> None:
        """Note the kinds of some columns."""
        for name, part in properties.items():
            kinds, exact = self.kinds.get(name, (0, True))
            self.kinds[name] = kinds | part.kinds, exact and fits_double(part)
            if name in STAMPS and name in self.fixed and not all_milliseconds(part):
                self.odd.add(name)

    def join(self, other: Layout) -> None:
        """Note what another one has noted."""
        for name, (kinds, exact) in other.kinds.items():
            own, fits = self.kinds.get(name, (0, True))
            self.kinds[name] = own | kinds, fits and exact
        self.odd |= other.odd

    def types(self, schema: Schema) -> dict[str, str]:
        """Return the type of every property that is a column of its own, sorted by name: those of `schema` at least."""
        fixed = self.fixed - self.odd
        found = dict.fromkeys(schema.types, "null")
        found |= {
            name: narrowest(kinds, exact=exact) for name, (kinds, exact) in self.kinds.items() if name not in fixed
        }
        for name, wanted in schema.types.items():
            _, exact = self.kinds.get(name, (0, True))
            found[name] = join(wanted, found[name], exact=exact)
        return dict(sorted(found.items()))

    def integers(self, types: Mapping[str, str]) -> list[str]:
        """Return the properties of type double among whose values are integers, such as 12 next to 12.5."""
        return sorted(name for name, (kinds, _) in self.kinds.items() if kinds & INT and types.get(name) == "double")

    def mixed(self, types: Mapping[str, str]) -> frozenset[str]:
        """Return the properties stored as strings among whose values are numbers or booleans."""
        texts = {"string", "json"}
        scalars = BOOL | INT | FLOAT | BIG
        return frozenset(
            name for name, (kinds, _) in self.kinds.items() if kinds & scalars and types.get(name) in texts
        )


@dataclass(frozen=True)
class Form:
    """The columns of a result.

    Attributes:
        types: Each property's type.
        names: The name that each property is written under.
        integers: The properties of type double among whose values are integers.
        mixed: The properties stored as strings among whose values are numbers or booleans.
        widened: Properties whose values need a wider type than the schema has: (schema's type, type now).
    """

    types: dict[str, str]
    names: dict[str, str]
    integers: list[str]
    mixed: frozenset[str]
    widened: dict[str, tuple[str, str]]

    @classmethod
    def of(cls, layout: Layout, names: Names = "raw", schema: Schema | None = None) -> Form:
        """Decide the columns of a whole result."""
        least = schema or Schema()
        types = layout.types(least)
        widened = {name: (kind, types[name]) for name, kind in least.types.items() if kind not in {"null", types[name]}}
        return cls(types, written_names(types, names), layout.integers(types), layout.mixed(types), widened)

    @cached_property
    def arrow(self) -> pa.Schema:
        """The Arrow schema, made once."""
        return self.schema()

    def schema(self) -> pa.Schema:
        """Return the Arrow schema; its metadata holds the map from raw to written names."""
        fields = [pa.field(written, fixed_type(raw)) for raw, written in FIXED.items()]
        fields += [pa.field(self.names[raw], TYPES[kind]) for raw, kind in self.types.items()]
        notes: dict[str, Any] = {NAMES: self.all_names, INTEGERS: self.integers}
        # pandas makes these the attributes of a frame that it reads, so that `concat` and `schema=` know it
        notes |= {PANDAS: notes | {REPORT: {"properties": self.types}}, KINDS: self.types}
        return pa.schema(fields, {key: json.dumps(value, ensure_ascii=False) for key, value in notes.items()})

    @property
    def all_names(self) -> dict[str, str]:
        """The map from raw to written names, the leading columns included."""
        return FIXED | self.names

    def typed(self, batch: Batch, raw: str, *, fixed: bool) -> tuple[pa.Array, Rows | None]:
        """Return one column of a batch in its final type, and the rows that its values belong to (None: all)."""
        if fixed and raw == "event":
            return batch.event, None
        if fixed and raw == "time":
            return instants(batch.utc, NO_TIME), None
        part = batch.properties.get(raw, ABSENT)
        if not fixed:
            return widen(part, self.types[raw]), part.rows
        return (instants(as_milliseconds(part), -1) if raw in STAMPS else as_strings(part)), part.rows

    def columns(self) -> list[tuple[str, bool]]:
        """List the raw names of the columns in order, each with whether it is a leading one."""
        return [(raw, True) for raw in FIXED] + [(raw, False) for raw in self.types]

    def record_batch(self, batch: Batch) -> pa.RecordBatch:
        """Return a whole batch in its final form."""
        arrays, spread = [], Spread(len(batch))
        for raw, fixed in self.columns():
            array, rows = self.typed(batch, raw, fixed=fixed)
            arrays.append(array if rows is None else spread.whole([array], [rows], [0]))
        return pa.RecordBatch.from_arrays(arrays, schema=self.arrow)

    def table(self, batches: list[Batch]) -> pa.Table:
        """Return all batches as one table, in order of arrival; their own columns are freed meanwhile."""
        arrays = []
        *starts, length = accumulate(map(len, batches), initial=0)
        spread = Spread(length)
        for raw, fixed in self.columns():
            arrays.append(self.whole(batches, raw, starts, spread, fixed=fixed))
            if not (fixed and raw in self.types):
                for batch in batches:
                    batch.properties.pop(raw, None)
        return pa.Table.from_arrays(arrays, schema=self.schema())

    def whole(
        self, batches: list[Batch], raw: str, starts: list[int], spread: Spread, *, fixed: bool
    ) -> pa.ChunkedArray:
        """Return one column of all batches."""
        kind = fixed_type(raw) if fixed else TYPES[self.types[raw]]
        parts = [self.typed(batch, raw, fixed=fixed) for batch in batches]
        if all(rows is None for _, rows in parts):
            arrays = [array for array, _ in parts]
            # A few pieces serve as well as one array, and need no second copy of everything.
            return pa.chunked_array(arrays if len(parts) <= MOST_PIECES else [pa.concat_arrays(arrays)], kind)
        own = [
            (array, np.arange(len(batch), dtype=np.int32) if rows is None else rows, start)
            for batch, start, (array, rows) in zip(batches, starts, parts, strict=True)
            if len(array)
        ]
        if not own:
            return pa.chunked_array([pa.nulls(spread.length, kind)])
        arrays, places, begins = map(list, zip(*own, strict=True))
        return pa.chunked_array([spread.whole(arrays, places, begins)], kind)


def fixed_type(raw: str) -> pa.DataType:
    """Return the type of a leading column."""
    return TIMESTAMP if raw == "time" or raw in STAMPS else pa.string()


def instants(milliseconds: np.ndarray[Any, np.dtype[np.int64]], missing: int) -> pa.Array:
    """Return timestamps in microseconds, null where a value is the mark of a missing one."""
    absent = milliseconds == missing
    return pa.array(np.where(absent, 0, milliseconds) * 1000, mask=absent).cast(TIMESTAMP)
