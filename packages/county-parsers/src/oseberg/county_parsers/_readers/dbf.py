"""Reader of dBase tables (.dbf), as the dBase III and IV files describe themselves."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import takewhile
from typing import IO, TYPE_CHECKING

from oseberg.county_parsers._binding.lookup import texts
from oseberg.county_parsers._readers.lines import DAMAGE, name_of
from oseberg.county_parsers._records.row import STRUCTURAL, Part, Row
from oseberg.county_parsers.errors import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_HEADER = struct.Struct("<4xIHH20x")  # number of records, bytes of the header, bytes of a record
_FIELD = struct.Struct("<11sc4xB15x")  # name, type, length
_END_OF_FIELDS, _DELETED, _END_OF_FILE = b"\r", b"*", b"\x1a"
_DAY = len("20180605")


@dataclass(frozen=True, kw_only=True)
class Dbf:
    """A dBase table; days become YYYY-MM-DD, deleted records are structural, memo fields are not read.

    Args:
        columns: The names of the fields that are read, in any order.
        encoding: Python's name of the encoding.
        kind: The name of this reader's rows.
    """

    columns: Sequence[str]
    encoding: str = "cp437"
    kind: str = "row"

    def __post_init__(self) -> None:
        """Let a single column be written as a text."""
        object.__setattr__(self, "columns", texts(self.columns))

    def parts(self, path: Path) -> Iterator[Part]:
        """Yield the table as one part.

        Args:
            path: The file.

        Yields:
            Its only part; a problem when the file holds fewer records than its header states.

        Raises:
            UnreadableFileError: It is not a dBase table, or lacks a column.
        """
        problems: list[str] = []
        with path.open("rb") as stream:
            rows = self.rows(stream, name_of(path), problems)
            yield Part(name_of(path), {self.kind: self.columns}, rows, problems=problems)

    def rows(self, stream: IO[bytes], name: str, problems: list[str]) -> Iterator[Row]:
        """Yield every record of the table.

        Args:
            stream: The open file.
            name: Its name, for messages.
            problems: Receives the problems of the file as a whole.

        Yields:
            The rows, numbered from 1.

        Raises:
            UnreadableFileError: It is not a dBase table, or lacks a column.
        """
        count, width, slices = self._layout(stream, name)
        number = 0
        while (record := stream.read(width)) and record != _END_OF_FILE:
            number += 1
            text = record.decode(self.encoding, "oseberg.damage").replace("\0", " ")
            cells = [self._cell(record[part], kind) for part, kind in slices]
            problem = None
            if len(record) < width:
                problem = "cell_count"
            elif record[:1] == _DELETED or not text.strip():
                problem = STRUCTURAL
            elif DAMAGE in text:
                problem = "encoding"
            yield Row(number, self.kind, cells, text, problem)
        if number < count:
            problems.append(f"{name} was cut short: its header states {count:,} records, it holds {number:,}.")

    def _layout(self, stream: IO[bytes], name: str) -> tuple[int, int, list[tuple[slice, bytes]]]:
        count, width, known = _described(stream, name)
        if missing := [column for column in self.columns if column not in known]:
            raise UnreadableFileError(name, f"it lacks the field {missing[0]}; it has {', '.join(known)}.")
        return count, width, [known[column] for column in self.columns]

    def _cell(self, cell: bytes, kind: bytes) -> str:
        text = cell.decode(self.encoding, "oseberg.damage").replace("\0", " ").strip()
        if kind == b"D" and len(text) == _DAY and text.isdecimal():
            return f"{text[:4]}-{text[4:6]}-{text[6:]}"
        return text


def field_names(stream: IO[bytes], name: str) -> list[str]:
    """Return the names of the fields of a table.

    Args:
        stream: The open file.
        name: Its name, for messages.

    Returns:
        The names, in the order of the table.

    Raises:
        UnreadableFileError: It is not a dBase table.
    """
    return list(_described(stream, name)[2])


def _described(stream: IO[bytes], name: str) -> tuple[int, int, dict[str, tuple[slice, bytes]]]:
    """Return the number of records, the bytes of one, and by name where each field is and what it holds."""
    head = stream.read(_HEADER.size)
    try:
        count, begin, width = _HEADER.unpack(head)
        fields = stream.read(begin - _HEADER.size)
        # The mark of the end is looked for where a field would begin: its code is also the length of a field.
        places = range(0, len(fields) - _FIELD.size + 1, _FIELD.size)
        described = [
            _FIELD.unpack_from(fields, at) for at in takewhile(lambda at: fields[at : at + 1] != _END_OF_FIELDS, places)
        ]
    except (struct.error, ValueError):
        raise UnreadableFileError(name, "it is not a dBase table. Is it in another format?") from None
    # The first byte of a record is its deletion mark.
    at, known = 1, {}
    for field, kind, length in described:
        known[field.split(b"\0")[0].decode("ascii", "replace")] = (slice(at, at + length), kind)
        at += length
    if at != width or begin <= _HEADER.size:
        raise UnreadableFileError(name, "it is not a dBase table. Is it in another format?")
    return count, width, known
