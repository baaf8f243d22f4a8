"""Blocks of lines -> batches by Arrow's JSON reader, where its result is certainly that of the careful way.

Arrow reads several times faster than Python can, but it is neither as strict nor as exact: it guesses timestamps,
rounds long integers, and takes text for JSON that is not. So every block is checked, before and after; what fails a
check is read the careful way (`_read/decode.py`, `_frame/columns.py`). A property test holds both ways equal on any
body.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.json

from oseberg.mixpanel_export._frame.batch import Batch, assemble, checksums, make_batch, weigh
from oseberg.mixpanel_export._frame.columns import BOOL, FLOAT, INT, TEXT, Column
from oseberg.mixpanel_export._frame.widen import EXACT
from oseberg.mixpanel_export._read.block import Block
from oseberg.mixpanel_export._read.decode import LAST_MS, MILLISECONDS_FROM, Decoder
from oseberg.mixpanel_export._read.json_values import spell
from oseberg.mixpanel_export._read.zone import Evidence, Milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

KINDS = {pa.bool_(): BOOL, pa.int64(): INT, pa.float64(): FLOAT, pa.string(): TEXT}
TYPES = {BOOL: pa.bool_(), INT: pa.int64(), FLOAT: pa.float64(), INT | FLOAT: pa.float64(), TEXT: pa.string()}
# With more properties than this most are missing in most events, which costs Arrow more than the careful way.
MOST_COLUMNS = 200
# Blocks that are read the careful way at most, after blocks that Arrow could not read, until it is tried again.
LONGEST_PAUSE = 64
DIGITS = frozenset(b"-0123456789")
# Bytes of a number behind its key that are looked at: longer ones are fractions.
LONGEST_NUMBER = 24


@dataclass(frozen=True)
class Plain:
    """A block that Arrow has read as the careful way would.

    Attributes:
        event: The names of the events.
        wall: Their exported times in milliseconds.
        columns: Their properties without the time.
        sent: Which events were not imported; None if none was.
    """

    event: pa.Array
    wall: Milliseconds
    columns: dict[str, Column]
    sent: pa.Array | None


class Times(NamedTuple):
    """A block of lines, and their exported times in milliseconds."""

    block: Block
    wall: Milliseconds


@dataclass
class Reader:
    """Reads blocks with Arrow.

    Attributes:
        decoder: Counts the events, and reads what Arrow can't.
        zone: The zone of the exported times.
        evidence: Collects what the events say about the zone.
        known: The type of each property that has had one type so far.
        mixed: Properties that have had several.
        pause: Blocks that are read the careful way before Arrow is tried again.
        failures: Blocks in a row that Arrow could not read.
        checksums: Whether batches get the checksums of their lines.
    """

    decoder: Decoder
    zone: ZoneInfo
    evidence: Evidence | None = None
    checksums: bool = False
    known: dict[str, pa.DataType] = field(default_factory=dict)
    mixed: set[str] = field(default_factory=set)
    pause: int = 0
    failures: int = 0

    def read(self, content: bytes) -> Batch:
        """Turn a block into a batch, whichever way."""
        return self.read_lines(content)[1]

    def read_lines(self, content: bytes) -> tuple[Block, Batch]:
        """Turn a block into a batch, and return the lines of its events as well."""
        block = Block(content)
        if self.pause:
            self.pause -= 1
            return self._carefully(block)
        batch = self._fast(block)
        if batch is not None:
            self.failures = 0
            return block, batch
        found = self._carefully(block)
        self.failures += 1
        # One odd block costs little; where all are odd, trying costs more than it can bring.
        self.pause = min(2 ** (self.failures - 1) - 1, LONGEST_PAUSE)
        self._learn(found[1].properties)
        return found

    def times(self, content: bytes) -> Times | None:
        """Return a block with the times of its lines, or None if the careful way must read it.

        What the events say about the zone is noted.
        """
        if self.pause:
            self.pause -= 1
            return None
        block = Block(content)
        plain = self._columns(block)
        if plain is None:
            self.failures += 1
            self.pause = min(2 ** (self.failures - 1) - 1, LONGEST_PAUSE)
            return None
        self.failures = 0
        if self.evidence is not None:
            weigh(plain.columns, plain.wall, plain.sent, self.evidence)
        return Times(block, plain.wall)

    def _carefully(self, block: Block) -> tuple[Block, Batch]:
        """Turn a block into a batch by Python."""
        events = self.decoder.decode(block.content)
        batch = make_batch(events, self.zone, self.evidence)
        batch.checksums = checksums(events.lines) if self.checksums else None
        return Block.of(events.lines), batch

    def _fast(self, block: Block) -> Batch | None:
        """Turn a block into a batch with Arrow, or return None if the careful way must do it."""
        plain = self._columns(block)
        if plain is None:
            return None
        batch = assemble(plain.event, plain.wall, plain.columns, self.zone, self.evidence, plain.sent)
        batch.checksums = checksums(block.views()) if self.checksums else None
        return batch

    def _columns(self, block: Block) -> Plain | None:
        """Parse a block, and check that the careful way would read the same."""
        if len(self.known) > MOST_COLUMNS or not block.has_objects():
            return None
        table = self._parse(block.content)
        if table is None or len(table) != len(block) or set(table.column_names) != {"event", "properties"}:
            return None
        event, properties = (table[name].chunk(0) for name in ("event", "properties"))
        usual = event.type == pa.string() and pa.types.is_struct(properties.type)
        if usual and properties.type.num_fields > MOST_COLUMNS:
            self.pause = LONGEST_PAUSE  # what is wide stays wide
            return None
        if not usual or event.null_count or properties.null_count or not self._takes(event):
            return None
        found = {one.name: properties.field(place) for place, one in enumerate(properties.type)}
        wall = wall_of(found.pop("time", None))
        parts = {name: checked(name, array, block) for name, array in found.items() if self._is_present(name, array)}
        if wall is None or any(part is None for part in parts.values()):
            return None
        self.decoder.rows += len(block)
        self.decoder.ends_badly = False
        columns = {name: part for name, part in parts.items() if part is not None}
        self._learn(columns)
        return Plain(event, wall, columns, found["$import"].is_null() if "$import" in found else None)

    def _takes(self, event: pa.Array) -> bool:
        """Whether events of these names are all kept, under these names."""
        return self.decoder.takes(set(event.unique().to_pylist()))

    def _is_present(self, name: str, array: pa.Array) -> bool:
        """Whether a property occurs: one that Arrow was told of may be missing in all events."""
        return name not in self.known or array.null_count < len(array)

    def _parse(self, block: bytes) -> pa.Table | None:
        """Parse a block in the known types; new texts that look like moments are kept as texts."""
        table = read_json(block, self.known)
        if table is None or not (guessed := guessed_moments(table)):
            return table
        self.known |= dict.fromkeys(guessed, pa.string())
        return read_json(block, self.known)

    def _learn(self, columns: dict[str, Column]) -> None:
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


def make_batches(
    blocks: Iterable[bytes],
    decoder: Decoder,
    zone: ZoneInfo,
    evidence: Evidence | None = None,
    *,
    checksums: bool = False,
) -> Iterator[Batch]:
    """Turn blocks of lines into batches.

    Args:
        blocks: The blocks.
        decoder: Counts the events, and judges the whole in the end.
        zone: The zone of the exported times.
        evidence: Collects what the events say about the zone.
        checksums: Whether batches get the checksums of their lines, which choose among equal duplicates in a file.

    Yields:
        A batch for each block, its events in the order of the lines.
    """
    reader = Reader(decoder, zone, evidence, checksums)
    return map(reader.read, blocks)


def read_json(block: bytes, known: dict[str, pa.DataType]) -> pa.Table | None:
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
    """Return a property as a column, or None if the careful way might read it otherwise."""
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
    values = np.asarray(array.fill_null(0.5))
    if not np.isfinite(values).all() or (np.abs(values) >= EXACT).any():
        return None  # NaN, or integers that may have been rounded
    whole = np.flatnonzero(values == np.trunc(values))
    key = spell(name).encode() + b":"
    integers = []
    for row in whole.tolist():
        _, *found = block.line(row).split(key)
        if len(found) != 1:  # the name is not followed by its colon, or appears twice
            return None
        if is_integer(found[0]):
            integers.append(row)
    if not integers:
        return Column(FLOAT, array)
    if len(integers) == len(array) - array.null_count:
        return Column(INT, array.cast(pa.int64()))
    texts: list[str | None] = [None if value is None else spell(value) for value in array.to_pylist()]
    for row in integers:
        texts[row] = str(int(values[row]))
    return Column(INT | FLOAT, pa.array(texts, pa.string()))


def is_integer(text: bytes) -> bool:
    """Whether a text begins with an integer, rather than with a number that has a fraction or an exponent."""
    token = text[:LONGEST_NUMBER].lstrip().split(b",", 1)[0].split(b"}", 1)[0].rstrip()
    return DIGITS.issuperset(token)
