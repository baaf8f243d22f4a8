"""Batches -> one Arrow table with the fixed leading columns and every property in its widened type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from oseberg.mixpanel_export._batch import NO_TIME
from oseberg.mixpanel_export._columns import FLOAT, INT, Column
from oseberg.mixpanel_export._names import FIXED, Names, written_names
from oseberg.mixpanel_export._widen import TYPES, as_milliseconds, as_strings, summary, summed_type, widen, wider
from oseberg.mixpanel_export.errors import SchemaError

if TYPE_CHECKING:
    from oseberg.mixpanel_export._batch import Batch

Schema = Mapping[str, str]
"""Raw property name -> `bool`, `int64`, `double`, `string` or `json`."""

TIMESTAMP = pa.timestamp("us", tz="UTC")
IDS = ("distinct_id", "$user_id", "$device_id", "$distinct_id_before_identity", "$insert_id")
STAMPS = ("mp_processing_time_ms", "$mp_api_timestamp_ms")


@dataclass
class Layout:
    """Collects what occurs in the batches, and then tells names and types of all columns."""

    kinds: dict[str, tuple[int, bool]] = field(default_factory=dict)

    def add(self, batch: Batch) -> None:
        """Note a batch's properties."""
        for name, part in batch.properties.items():
            kinds, exact = summary([part])
            before, exact_before = self.kinds.get(name, (0, True))
            self.kinds[name] = kinds | before, exact and exact_before

    def types(self, schema: Schema) -> dict[str, str]:
        """Give the type of every property that is a column of its own, sorted by name.

        Raises:
            SchemaError: A pinned type is unknown or too narrow.
        """
        fixed = {name for name in FIXED if name != "event" and not self.overflows(name)}
        found = {name: summed_type(*kinds) for name, kinds in self.kinds.items() if name not in fixed}
        for name, wanted in schema.items():
            check_pin(name, wanted, found.get(name, "null"), fixed=name in FIXED and name != "event")
            found[name] = wanted
        return dict(sorted(found.items()))

    def overflows(self, name: str) -> bool:
        """Tell whether a timestamp property holds what is no timestamp; then it keeps a column of its own as well."""
        return name in STAMPS and bool(self.kinds.get(name, (0, True))[0] & ~(INT | FLOAT))


def check_pin(name: str, wanted: str, found: str, *, fixed: bool) -> None:
    """Refuse a pinned type that can't be had."""
    if fixed:
        raise SchemaError(f"schema: {name!r} is one of the leading columns, whose types are fixed. Leave it out.")
    if wanted not in TYPES or wanted == "null":
        raise SchemaError(f"schema: {wanted!r} for {name!r} is no type. Write bool, int64, double, string or json.")
    if wider(found, wanted):
        raise SchemaError(
            f"schema: {name!r} is pinned to {wanted}, but its values need {found}. Widen it or leave it out."
        )


@dataclass(frozen=True)
class Form:
    """The columns of a result: each property's type, and the name it is written under."""

    types: dict[str, str]
    names: dict[str, str]

    @classmethod
    def of(cls, layout: Layout, names: Names = "raw", schema: Schema | None = None) -> Form:
        """Decide the columns of a whole result."""
        types = layout.types(schema or {})
        return cls(types, written_names(types, names))

    def schema(self) -> pa.Schema:
        """Give the Arrow schema; its metadata holds the map from raw to written names."""
        fields = [pa.field(written, fixed_type(raw)) for raw, written in FIXED.items()]
        fields += [pa.field(self.names[raw], TYPES[kind]) for raw, kind in self.types.items()]
        return pa.schema(fields, {"mixpanel_names": json.dumps(self.all_names, ensure_ascii=False)})

    @property
    def all_names(self) -> dict[str, str]:
        """The map from raw to written names, the leading columns included."""
        return FIXED | self.names

    def array(self, batch: Batch, raw: str, *, fixed: bool) -> pa.Array:
        """Give one column of a batch in its final type."""
        if fixed and raw == "event":
            return batch.event
        if fixed and raw == "time":
            return instants(batch.utc, NO_TIME)
        part = batch.properties.get(raw, Column(0, pa.nulls(len(batch))))
        if fixed and raw in STAMPS:
            return instants(as_milliseconds(part), -1) if part.kinds else pa.nulls(len(batch), TIMESTAMP)
        return as_strings(part) if fixed else widen(part, self.types[raw])

    def columns(self) -> list[tuple[str, bool]]:
        """List the raw names of the columns in order, each with whether it is a leading one."""
        return [(raw, True) for raw in FIXED] + [(raw, False) for raw in self.types]

    def record_batch(self, batch: Batch) -> pa.RecordBatch:
        """Give a whole batch in its final form."""
        arrays = [self.array(batch, raw, fixed=fixed) for raw, fixed in self.columns()]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema())

    def table(self, batches: list[Batch], order: np.ndarray[Any, np.dtype[np.int64]]) -> pa.Table:
        """Give all batches as one table of the rows named by `order`; the batches' own columns are let go meanwhile."""
        rows = pa.array(order)
        schema, arrays = self.schema(), []
        for number, (raw, fixed) in enumerate(self.columns()):
            parts = [self.array(batch, raw, fixed=fixed) for batch in batches]
            whole = pa.concat_arrays(parts) if parts else pa.nulls(0, schema.field(number).type)
            arrays.append(whole.take(rows))
            if not (fixed and raw in self.types):
                for batch in batches:
                    batch.properties.pop(raw, None)
        return pa.Table.from_arrays(arrays, schema=schema)


def fixed_type(raw: str) -> pa.DataType:
    """Give the type of a leading column."""
    return TIMESTAMP if raw == "time" or raw in STAMPS else pa.string()


def instants(milliseconds: np.ndarray[Any, np.dtype[np.int64]], missing: int) -> pa.Array:
    """Give timestamps in microseconds, null where a value is the mark of a missing one."""
    absent = milliseconds == missing
    return pa.array(np.where(absent, 0, milliseconds) * 1000, mask=absent).cast(TIMESTAMP)
