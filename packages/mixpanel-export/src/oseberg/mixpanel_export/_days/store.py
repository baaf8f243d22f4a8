"""Stores events that are needed a second time: in memory while there is room, then in a temporary file."""

from __future__ import annotations

import json
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pyarrow as pa

from oseberg.mixpanel_export._columns.batch import Batch
from oseberg.mixpanel_export._columns.columns import Column
from oseberg.mixpanel_export._columns.spread import Spread
from oseberg.mixpanel_export._disk import named_when_full

if TYPE_CHECKING:
    from collections.abc import Iterator

# Events that are kept in memory instead of on disk: about 80 MB.
MOST_KEPT = 100_000
# Names of the columns of a stored batch that are not properties; those are called by their numbers.
LEADING = ("event", "wall", "utc")
KEY = b"properties"


@dataclass
class Room:
    """Room shared by the stores of one export: memory for some events, and a file for the others.

    Attributes:
        events: How many more events may be kept in memory.
    """

    events: int = MOST_KEPT
    _file: Any = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def reserve(self, events: int) -> bool:
        """Reserve memory for some events, and return whether there was room."""
        with self._lock:
            fits = self.events >= events
            self.events -= events if fits else 0
        return fits

    def free(self, events: int) -> None:
        """Return reserved memory."""
        with self._lock:
            self.events += events

    def write(self, content: pa.Buffer) -> tuple[int, int]:
        """Append bytes to the file, and return where they are; the file is private, and gone with the process."""
        with self._lock, named_when_full(Path(tempfile.gettempdir())):
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="mixpanel-export-")  # noqa: SIM115 - closed with the room
            place = self._file.seek(0, 2)
            self._file.write(content)
            return place, len(content)

    def read(self, place: int, size: int) -> bytes:
        """Return the bytes of a place in the file."""
        with self._lock:
            self._file.seek(place)
            found: bytes = self._file.read(size)
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the file."""
        if self._file is not None:
            self._file.close()


@dataclass
class Store:
    """The events of one day as columns.

    Attributes:
        room: What it shares with the stores of the other days.
    """

    room: Room
    _parts: list[Batch | tuple[int, int]] = field(default_factory=list, repr=False)

    def add(self, batch: Batch) -> None:
        """Keep a batch."""
        self._parts.append(batch if self.room.reserve(len(batch)) else self.room.write(packed(batch)))

    def batches(self) -> Iterator[Batch]:
        """Yield the batches once; those in memory are freed."""
        while self._parts:
            part = self._parts.pop(0)
            if isinstance(part, Batch):
                self.room.free(len(part))
                yield part
            else:
                yield unpacked(self.room.read(*part))

    def clear(self) -> None:
        """Drop all batches, as those of an answer that broke off."""
        self.room.free(sum(len(part) for part in self._parts if isinstance(part, Batch)))
        self._parts.clear()


def packed(batch: Batch) -> pa.Buffer:
    """Write a batch as an Arrow stream of one record batch."""
    arrays = [batch.event, pa.array(batch.wall), pa.array(batch.utc)]
    notes, spread = [], Spread(len(batch))
    for name, part in batch.properties.items():
        arrays.append(part.dense(spread))
        notes.append((name, part.kinds))
    names = [*LEADING, *map(str, range(len(notes)))]
    schema = pa.schema(
        [(name, array.type) for name, array in zip(names, arrays, strict=True)], {KEY: json.dumps(notes).encode()}
    )
    stream = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
    with pa.ipc.new_stream(stream, schema, options=options) as writer:
        writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
    return stream.getvalue()


def unpacked(content: bytes) -> Batch:
    """Read a batch that `packed` wrote; what was counted already is not in it."""
    with pa.ipc.open_stream(pa.py_buffer(content)) as reader:
        found = reader.read_next_batch()
    notes = json.loads(reader.schema.metadata[KEY])
    event, wall, utc, *arrays = found.columns
    properties = {name: Column(kinds, array) for (name, kinds), array in zip(notes, arrays, strict=True)}
    return Batch(event, np.asarray(wall), np.asarray(utc), properties, 0)
