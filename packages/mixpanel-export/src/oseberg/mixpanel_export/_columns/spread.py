"""Sparse columns, for which most events have no value -> columns with a place for every event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

# Bytes that are requested from the system at once: it hands large pieces out in large pages, many times faster.
SLAB = 1 << 21
ALIGNED = 64
NUMBERS = {pa.int64(): np.dtype(np.int64), pa.float64(): np.dtype(np.float64)}

Rows = np.ndarray[Any, np.dtype[np.int32]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass
class Spread:
    """Spreads the columns of one result.

    Attributes:
        length: Rows of the result.
    """

    length: int
    _slab: Bytes = field(default_factory=lambda: np.empty(0, dtype=np.uint8), repr=False)
    _valid: dict[tuple[int, ...], tuple[list[Rows], Rows, pa.Buffer]] = field(default_factory=dict, repr=False)

    def whole(self, arrays: list[pa.Array], rows: list[Rows], starts: list[int]) -> pa.Array:
        """Return a column of the whole result.

        Args:
            arrays: Its values in each batch.
            rows: The rows of the batches that they belong to.
            starts: The first row of each batch.

        Returns:
            A value for each row, null where there is none.
        """
        array = pa.concat_arrays(arrays) if len(arrays) > 1 else arrays[0]
        if not len(array):
            return pa.nulls(self.length, array.type)
        places, valid = self._places(rows, starts)
        if array.null_count:
            places, array = places[np.asarray(array.is_valid())], array.drop_null()
            valid = self._bits(places)
        if array.type in NUMBERS:
            buffers = [valid, self._numbers(array, places)]
        elif array.type == pa.bool_():
            buffers = [valid, self._bits(places[np.asarray(array)])]
        elif array.type == pa.string() and bool((places[1:] > places[:-1]).all()):
            buffers = [valid, self._offsets(array, places), array.buffers()[2]]
        else:
            found = np.full(self.length, -1, dtype=np.int32)
            found[places] = np.arange(len(places), dtype=np.int32)
            return array.take(pa.array(found, mask=found < 0))
        return pa.Array.from_buffers(array.type, self.length, buffers, self.length - len(places))

    def _places(self, rows: list[Rows], starts: list[int]) -> tuple[Rows, pa.Buffer]:
        """Return the rows of the result, and their bits: columns of one event share both."""
        key = tuple(map(id, rows))
        if key not in self._valid:
            places = np.concatenate([own + np.int32(start) for own, start in zip(rows, starts, strict=True)])
            self._valid[key] = rows, places, self._bits(places)  # the rows are kept, so that no other has their id
        _, places, valid = self._valid[key]
        return places, valid

    def _bits(self, places: Rows) -> pa.Buffer:
        """Return a bit for each row, set for some."""
        marks = np.zeros(self.length, dtype=np.bool_)
        marks[places] = True
        return pa.py_buffer(np.packbits(marks, bitorder="little"))

    def _numbers(self, array: pa.Array, places: Rows) -> pa.Buffer:
        """Return the memory of numbers."""
        kind = NUMBERS[array.type]
        memory = self._zeros(self.length * kind.itemsize)
        memory.view(kind)[places] = np.asarray(array)
        return pa.py_buffer(memory)

    def _offsets(self, array: pa.Array, places: Rows) -> pa.Buffer:
        """Return where each text begins; those that are missing are empty."""
        own = np.frombuffer(array.buffers()[1], np.int32)[array.offset : array.offset + len(array) + 1]
        memory = self._zeros((self.length + 1) * own.itemsize)
        offsets = memory.view(np.int32)
        offsets[places + 1] = np.diff(own)
        offsets[0] = own[0] if len(own) else 0
        np.cumsum(offsets, out=offsets)
        return pa.py_buffer(memory)

    def _zeros(self, size: int) -> Bytes:
        """Return new memory, filled with zeros."""
        room = -(-size // ALIGNED) * ALIGNED
        if room > len(self._slab):
            self._slab = np.zeros(max(SLAB, room), dtype=np.uint8)
        memory, self._slab = self._slab[:size], self._slab[room:]
        return memory
