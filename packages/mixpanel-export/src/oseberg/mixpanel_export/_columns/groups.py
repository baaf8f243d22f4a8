"""A block whose events differ -> each event's lines read separately, and joined to columns of the whole block.

Bodies are wide because events differ, not because one event has hundreds of properties: read apart, each event has few
columns, all of them filled. And one event with lists or mixed types doesn't make the others slow.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from oseberg.mixpanel_export._columns.apart import shares
from oseberg.mixpanel_export._columns.batch import wall_times
from oseberg.mixpanel_export._columns.columns import FLOAT, NATIVE, TEXT, Column, columns, float_texts
from oseberg.mixpanel_export._columns.plain import Parser, Plain
from oseberg.mixpanel_export._columns.spread import Rows
from oseberg.mixpanel_export._read.block import Block
from oseberg.mixpanel_export._read.decode import Decoder
from oseberg.mixpanel_export._read.json_values import spell
from oseberg.mixpanel_export._read.zone import Milliseconds

# More different beginnings than this are not names of events.
MOST_GROUPS = 300
# The share of a block's lines that Arrow must be able to read for the trouble to pay.
ENOUGH = 0.5


@dataclass
class Groups:
    """Reads the lines of each event separately.

    Attributes:
        decoder: That of the body.
        parsers: The parser of each event, by the beginning of its lines.
    """

    decoder: Decoder
    parsers: dict[int, Parser] = field(default_factory=dict)

    def read(self, block: Block) -> Plain | None:
        """Read a block of JSON objects, or return None if most of it needs the careful reader."""
        if self.parsers and all(parser.wide for parser in self.parsers.values()):
            return None  # each event alone has too many properties
        parts: list[tuple[Plain, Rows]] = []
        rest: list[tuple[Block, Rows]] = []
        for key, places, lines in shares(block, MOST_GROUPS):
            parser = self.parsers.setdefault(key, Parser(self.decoder.takes))
            plain = parser.read(lines)
            if plain is None:
                rest.append((lines, places))
            else:
                parts.append((plain, places))
        if not parts:
            return None
        if sum(len(places) for _, places in parts) < ENOUGH * len(block):
            return None
        for lines, places in rest:
            part = self._carefully(lines)
            if part is None:
                return None
            parts.append((part, places))
        return joined(parts, len(block))

    def _carefully(self, lines: Block) -> Plain | None:
        """Read the lines of an event by Python, or return None if not all of them are events as they should be."""
        decoder = replace(self.decoder, unreadable=[], rows=0)
        events = decoder.decode(bytes(lines.content))
        if len(events) != len(lines) or events.lenient:
            return None
        found = dict(columns(events.properties))
        found.pop("time", None)
        return Plain(pa.array(events.names, pa.string()), wall_times(events), found)


def joined(parts: list[tuple[Plain, Rows]], count: int) -> Plain:
    """Put the events of a block together again."""
    rows = np.concatenate([places for _, places in parts])
    back = pa.array(np.argsort(rows))
    wall: Milliseconds = np.empty(count, dtype=np.int64)
    properties: dict[str, list[Column]] = {}
    for plain, places in parts:
        wall[places] = plain.wall
        for name, part in plain.columns.items():
            own = places if part.rows is None else places[part.rows]
            properties.setdefault(name, []).append(Column(part.kinds, part.array, own))
    event = pa.concat_arrays([plain.event for plain, _ in parts]).take(back)
    return Plain(event, wall, {name: joined_column(found, count) for name, found in properties.items()})


def joined_column(parts: list[Column], count: int) -> Column:
    """Return a property of several events as one column."""
    filled = [part for part in parts if part.kinds]
    if len(filled) < 2:  # noqa: PLR2004 - nothing to join
        return filled[0] if filled else Column(0, pa.nulls(0), np.empty(0, dtype=np.int32))
    kinds = 0
    for part in filled:
        kinds |= part.kinds
    same = kinds in NATIVE and all(part.kinds == kinds for part in filled)
    whole = pa.concat_arrays([part.array if same else json_texts(part) for part in filled])
    rows = np.concatenate([part.rows for part in filled if part.rows is not None])
    order = np.argsort(rows)
    dense = len(rows) == count
    return Column(kinds, whole.take(pa.array(order)), None if dense else rows[order])


def json_texts(part: Column) -> pa.Array:
    """Return the JSON text of each value, as a column of several kinds holds it."""
    if part.kinds not in NATIVE:
        return part.array
    if part.kinds == FLOAT:
        return float_texts(part.array)
    if part.kinds == TEXT:
        return pa.array([None if value is None else spell(value) for value in part.array.to_pylist()], pa.string())
    return part.array.cast(pa.string())
