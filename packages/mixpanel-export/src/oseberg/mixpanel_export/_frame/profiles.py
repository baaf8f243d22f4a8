"""Profiles -> a typed table."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from oseberg.mixpanel_export._columns.columns import columns
from oseberg.mixpanel_export._columns.spread import Spread
from oseberg.mixpanel_export._columns.widen import TYPES, widened
from oseberg.mixpanel_export._frame.names import Names, written_names
from oseberg.mixpanel_export._frame.schema import KINDS, NAMES, Schema
from oseberg.mixpanel_export._frame.table import ABSENT, Layout

if TYPE_CHECKING:
    from collections.abc import Iterable

# Mixpanel's own properties of a profile that a frame always has.
LEADING = ("$email", "$name", "$created", "$last_seen")


@dataclass(frozen=True)
class ProfileTable:
    """Profiles as columns.

    Attributes:
        table: One row for each profile.
        names: Raw property name -> column name.
        types: Raw property name -> type.
        integers: The properties of type double among whose values are integers.
    """

    table: pa.Table
    names: dict[str, str]
    types: dict[str, str]
    integers: list[str]

    @classmethod
    def of(cls, pages: Iterable[list[tuple[str, dict[str, Any]]]], names: Names, schema: Schema) -> ProfileTable:
        """Join pages to one table, as an export of events does: types widen over the whole, names are stable."""
        layout, ids, parts = Layout(fixed=frozenset()), [], []
        for page in pages:
            found = dict(columns([properties for _, properties in page])) if page else {}
            layout.add_columns(found)
            ids.append(pa.array([distinct_id for distinct_id, _ in page], pa.string()))
            parts.append((len(page), found))
        types = layout.types(Schema(dict.fromkeys(LEADING, "null") | schema.types))
        types = {name: types[name] for name in LEADING} | types
        written = written_names(types, names)
        arrays = {"distinct_id": pa.chunked_array(ids, pa.string())}
        for raw, kind in types.items():
            filled = [widened(part.get(raw, ABSENT), kind).dense(Spread(length)) for length, part in parts]
            arrays[written[raw]] = pa.chunked_array(filled, TYPES[kind])
        notes = {NAMES: {"distinct_id": "distinct_id"} | written, KINDS: types}
        metadata = {key: json.dumps(value, ensure_ascii=False) for key, value in notes.items()}
        return cls(pa.table(arrays).replace_schema_metadata(metadata), notes[NAMES], types, layout.integers(types))
