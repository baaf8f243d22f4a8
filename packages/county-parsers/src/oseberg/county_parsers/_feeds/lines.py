"""Reads lines of files by their place, so that unchanged documents can stay on the disk."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, NamedTuple, Self

import orjson

if TYPE_CHECKING:
    from pathlib import Path

    from oseberg.county_parsers._records.record import Record

# A system allows a process a few hundred open files; documents come file after file, so few are needed.
_MOST_OPEN = 32


class Line(NamedTuple):
    """Where a record is."""

    path: Path
    at: int
    length: int


class Lines:
    """Reads records by their place; a context manager that closes its files."""

    def __init__(self) -> None:
        self._open: dict[Path, IO[bytes]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._open.values():
            file.close()
        self._open.clear()

    def read(self, line: Line) -> Record:
        """Return the record.

        Args:
            line: Where it is.

        Returns:
            The record as plain data.
        """
        file = self._open.get(line.path)
        if file is None:
            if len(self._open) >= _MOST_OPEN:
                self._open.pop(next(iter(self._open))).close()
            file = self._open[line.path] = line.path.open("rb")
        file.seek(line.at)
        record: Record = orjson.loads(file.read(line.length))
        return record
