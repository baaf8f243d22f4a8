"""One block of lines -> columns by Arrow's JSON reader, or nothing if the careful reader might differ.

Arrow reads several times faster than Python can, but it is neither as strict nor as exact: it guesses timestamps,
rounds long integers, and takes text for JSON that is not. So every block is checked, before and after.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json

from oseberg.mixpanel_export._columns.columns import BOOL, FLOAT, INT, TEXT, Column, float_texts
from oseberg.mixpanel_export._columns.widen import EXACT
from oseberg.mixpanel_export._read.block import Block
from oseberg.mixpanel_export._read.decode import LAST_MS, MILLISECONDS_FROM
from oseberg.mixpanel_export._read.json_values import spell
from oseberg.mixpanel_export._read.zone import Milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = {pa.bool_(): BOOL, pa.int64(): INT, pa.float64(): FLOAT, pa.string(): TEXT}
TYPES = {BOOL: pa.bool_(), INT: pa.int64(), FLOAT: pa.float64(), INT | FLOAT: pa.float64(), TEXT: pa.string()}
# With more properties than this most are missing in most events, which costs Arrow more than the careful way.
MOST_COLUMNS = 200
# Bytes that show whether that is so, before a whole block is read in vain.
PROBED = 1 << 16
# A number without a fraction or an exponent, up to what follows it.
INTEGER = re.compile(rb"\s*-?\d+\s*[,}]")


@dataclass(frozen=True)
class Plain:
    """A block that Arrow has read exactly as the careful reader would.

    Attributes:
        event: The names of the events.
        wall: Their exported times in milliseconds.
        columns: Their properties without the time.
    """

    event: pa.Array
    wall: Milliseconds
    columns: dict[str, Column]


@dataclass
class Parser:
    """Parses blocks of similar lines with Arrow.

    Attributes:
        takes: Returns whether events of some names are all kept, under these names.
        known: The type of each property that has had one type so far.
        mixed: Properties that have had several.
        wide: Whether the last block had too many properties.
    """

    takes: Callable[[set[str]], bool]
    known: dict[str, pa.DataType] = field(default_factory=dict)
    mixed: set[str] = field(default_factory=set)
    wide: bool = False

    def read(self, block: Block) -> Plain | None:
        """Parse a block of JSON objects, and check that the careful reader would get the same."""
        if self.wide or self._proves_wide(block):
            return None
        table = self._parse(block.content)
        if table is None or len(table) != len(block) or set(table.column_names) != {"event", "properties"}:
            return None
        event, properties = (table[name].chunk(0) for name in ("event", "properties"))
        usual = event.type == pa.string() and pa.types.is_struct(properties.type)
        if usual and properties.type.num_fields > MOST_COLUMNS:
            self.wide = True
            return None
        if not usual or event.null_count or properties.null_count or not self.takes(set(event.unique().to_pylist())):
            return None
        found = {one.name: properties.field(place) for place, one in enumerate(properties.type)}
        wall = wall_of(found.pop("time", None))
        parts = {name: checked(name, array, block) for name, array in found.items() if self._is_present(name, array)}
        if wall is None or any(part is None for part in parts.values()):
            return None
        columns = {name: part for name, part in parts.items() if part is not None}
        self.learn(columns)
        return Plain(event, wall, columns)

    def _proves_wide(self, block: Block) -> bool:
        """Look at the beginning of the first block: does it have too many properties?"""
        if self.known or len(block.content) < PROBED:
            return False
        table = read_json(block.content[: block.starts[block.starts.searchsorted(PROBED)] - 1], {})
        found = table.schema.field("properties").type if table and "properties" in table.column_names else None
        self.wide = found is not None and pa.types.is_struct(found) and found.num_fields > MOST_COLUMNS
        return self.wide

    def _is_present(self, name: str, array: pa.Array) -> bool:
        """Whether a property occurs: Arrow also returns the expected ones that all events lack."""
        return name not in self.known or array.null_count < len(array)

    def _parse(self, block: bytes | memoryview) -> pa.Table | None:
        """Parse a block in the known types; new texts that look like moments are kept as texts."""
        table = read_json(block, self.known)
        if table is None or not (guessed := guessed_moments(table)):
            return table
        self.known |= dict.fromkeys(guessed, pa.string())
        return read_json(block, self.known)

    def learn(self, columns: dict[str, Column]) -> None:
        """Note the types of properties, so that Arrow need not guess them in the next block."""
        for name, part in columns.items():
            if not part.kinds or name in self.mixed:
                continue
            kind, before = TYPES.get(part.kinds), self.known.get(name)
            if kind == before:
                continue
            numbers = {kind, before} == {pa.int64(), pa.float64()}
            if kind is None or not (before is None or numbers):
                self.mixed.add(name)
                self.known.pop(name, None)
            else:
                self.known[name] = pa.float64() if numbers else kind


def read_json(block: bytes | memoryview, known: dict[str, pa.DataType]) -> pa.Table | None:
    """Parse a block, the known properties in their types, or return None if Arrow can't."""
    schema = pa.schema([("event", pa.string()), ("properties", pa.struct([("time", pa.int64()), *known.items()]))])
    try:
        table = pyarrow.json.read_json(
            pa.BufferReader(block),
            read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=len(block) + 1),
            parse_options=pyarrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="infer"),
            memory_pool=pa.system_memory_pool(),
        )
    except pa.ArrowException:  # mixed types, a key that occurs twice, broken JSON
        return None
    # One block of bytes gives one piece of each column; anything else would be a reader that works differently.
    return table if all(column.num_chunks == 1 for column in table.columns) else None


def guessed_moments(table: pa.Table) -> list[str]:
    """Return the properties whose texts Arrow took for moments."""
    if "properties" not in table.column_names or not pa.types.is_struct(table.schema.field("properties").type):
        return []
    return [one.name for one in table.schema.field("properties").type if pa.types.is_timestamp(one.type)]


def wall_of(time: pa.Array | None) -> Milliseconds | None:
    """Return the exported times if all are milliseconds, as nearly always."""
    if time is None or time.type != pa.int64() or time.null_count:
        return None
    wall = np.asarray(time)
    return wall.copy() if len(wall) and wall.min() > MILLISECONDS_FROM and wall.max() <= LAST_MS else None


def checked(name: str, array: pa.Array, block: Block) -> Column | None:
    """Return a property as a column, or None if the careful reader might differ."""
    if pa.types.is_null(array.type):
        return Column(0, array)
    kinds = KINDS.get(array.type)
    if kinds is None:  # a list or an object
        return None
    if array.null_count == len(array):
        return Column(0, pa.nulls(len(array)))
    return numbers_of(name, array, block) if kinds == FLOAT else Column(kinds, array)


def numbers_of(name: str, array: pa.Array, block: Block) -> Column | None:
    """Return a column of doubles, among which may be integers: whole numbers are looked up in their lines."""
    values = np.asarray(array.fill_null(0.5) if array.null_count else array)
    if not -EXACT < values.min() <= values.max() < EXACT:
        return None  # NaN, or integers that may have been rounded
    whole = np.flatnonzero(values == np.trunc(values))
    if not len(whole):
        return Column(FLOAT, array)
    key = spell(name).encode() + b":"
    integers = []
    for row in whole.tolist():
        _, *found = block.line(row).split(key)
        if len(found) != 1:  # the name is not followed by its colon, or appears twice
            return None
        if INTEGER.match(found[0]):
            integers.append(row)
    if not integers:
        return Column(FLOAT, array)
    if len(integers) == len(array) - array.null_count:
        return Column(INT, array.cast(pa.int64()))
    marks = np.zeros(len(values), dtype=np.bool_)
    marks[integers] = True
    digits = pa.array(np.where(marks, values, 0).astype(np.int64)).cast(pa.string())
    return Column(INT | FLOAT, pc.if_else(pa.array(marks), digits, float_texts(array)))
