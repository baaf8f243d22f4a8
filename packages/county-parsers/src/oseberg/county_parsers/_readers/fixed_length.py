"""Reader of records of one length without line breaks, as mainframes write them, EBCDIC and packed decimals too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from oseberg.county_parsers._binding.lookup import texts
from oseberg.county_parsers._readers.lines import DAMAGE, name_of
from oseberg.county_parsers._records.row import STRUCTURAL, Part, Row

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from oseberg.county_parsers._readers.fixed_width import Columns

_NEGATIVE, _SIGNS = {0xB, 0xD}, set(range(0xA, 0x10))  # the last half byte of a packed decimal is its sign


@dataclass(frozen=True, kw_only=True)
class FixedLength:
    """Records of a fixed number of bytes, one after the other.

    Args:
        length: The length of a record in bytes.
        records: For each record type the names and columns of its cells, counted from 1, both ends included.
        tag: Where the record type is; None when there is only one type.
        encoding: Python's name of the encoding; mainframes write `cp037` (EBCDIC).
        packed: Names of cells that are packed decimals (COMP-3): two digits in a byte, the sign in the last half.
    """

    length: int
    records: Mapping[str, Mapping[str, Columns]]
    tag: Columns | None = None
    encoding: str = "cp037"
    packed: Collection[str] = ()

    def parts(self, path: Path) -> Iterator[Part]:
        """Yield the file as one part.

        Args:
            path: The file.

        Yields:
            Its only part.
        """
        problems: list[str] = []
        with path.open("rb") as stream:
            kinds = {kind: list(cells) for kind, cells in self.records.items()}
            yield Part(name_of(path), kinds, self.rows(stream, name_of(path), problems), problems=problems)

    def rows(self, stream: IO[bytes], name: str, problems: list[str]) -> Iterator[Row]:
        """Yield every record of the file.

        Args:
            stream: The open file.
            name: Its name, for messages.
            problems: Receives the problems of the file as a whole.

        Yields:
            The rows, numbered from 1.
        """
        packed, only = set(texts(self.packed)), next(iter(self.records))
        number = 0
        while record := stream.read(self.length):
            number += 1
            text = self._text(record)
            kind = only if self.tag is None else text[self.tag[0] - 1 : self.tag[1]]
            problem: str | None = None
            cells: list[str] = []
            if kind not in self.records:
                problem = "unknown_row_type" if text.strip() else STRUCTURAL
            else:
                places = self.records[kind].items()
                cells = [self._cell(record[first - 1 : last], column in packed) for column, (first, last) in places]
                if DAMAGE in "".join(cells):
                    problem = "encoding"
            if len(record) < self.length:
                problem = "cell_count"
                problems.append(f"{name} was cut short: its last record has {len(record)} bytes of {self.length}.")
            yield Row(number, kind, cells, text, problem)

    def _text(self, record: bytes) -> str:
        return record.decode(self.encoding, "oseberg.damage").replace("\0", " ")

    def _cell(self, cell: bytes, is_packed: bool) -> str:  # noqa: FBT001 - of a declaration
        return unpacked(cell) if is_packed else self._text(cell)


def unpacked(cell: bytes) -> str:
    """Return the digits of a packed decimal, with a minus where it is negative; damage where it is not one."""
    # Each byte holds two decimal digits; the low half of the last one is the sign (IBM z/Architecture, chapter 8).
    halves = [half for byte in cell for half in (byte >> 4, byte & 0xF)]
    if not halves or halves[-1] not in _SIGNS or any(half in _SIGNS for half in halves[:-1]):
        return "" if not cell.strip(b"\0\x40 ") else DAMAGE
    digits = "".join(map(str, halves[:-1])).lstrip("0") or "0"
    return f"-{digits}" if halves[-1] in _NEGATIVE and digits != "0" else digits
