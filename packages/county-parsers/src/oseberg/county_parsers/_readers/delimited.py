"""Reader of delimited rows: quoted as in RFC 4180, or plain cells between separators."""

from __future__ import annotations

import csv
import re
from collections import deque
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from oseberg.county_parsers._readers.lines import DAMAGE, ENDS, is_blank, lines, shown
from oseberg.county_parsers._row import STRUCTURAL, Part, Row
from oseberg.county_parsers.errors import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SHOWN = 200
"""So many letters of a heading are shown in a message."""


@dataclass(frozen=True, kw_only=True)
class Delimited:
    """Rows of the same cells.

    Args:
        columns: The cells' names, as the heading row spells them.
        encoding: Python's name of the encoding; a byte order mark in the file overrules it, and is dropped.
        delimiter: What stands between cells.
        quotes: Cells may be quoted, and then hold delimiters and line breaks.
        heading: The first row names the columns. False: there is none.
        total: A regular expression of the row that states how many records the file has; its group 1 is the number.
        trailing_delimiter: Every row ends in one more delimiter.
        rest: The last column takes the rest of the row, delimiters included.
        none: A cell of this text is blank.
        kind: The name of this reader's rows.
    """

    columns: Sequence[str]
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    quotes: bool = True
    heading: bool = True
    total: str | None = None
    trailing_delimiter: bool = False
    rest: bool = False
    none: str | None = None
    kind: str = "row"

    def kinds(self) -> dict[str, Sequence[str]]:
        """Return the columns of each kind of row."""
        return {self.kind: self.columns, "total": ["total"]} if self.total else {self.kind: self.columns}

    def parts(self, path: Path) -> Iterator[Part]:
        """Yield the file as one part."""
        with path.open("rb") as stream:
            yield Part(path.name, self.kinds(), self.rows(stream, path.name))

    def rows(self, stream: IO[bytes], name: str) -> Iterator[Row]:
        """Yield every row of the file.

        Raises:
            UnreadableFileError: The heading is missing or is another one.
        """
        rows = self._quoted(stream) if self.quotes else self._plain(stream)
        if self.heading:
            yield self._check_heading(next(rows, None), name)
        expected = len(self.columns) + self.trailing_delimiter
        headings = list(self.columns)
        total = re.compile(self.total, re.IGNORECASE) if self.total else None
        kind = self.kind
        for line, cells, text in rows:
            problem = None
            if DAMAGE in text:
                problem = "encoding"
            elif (
                total
                and (len(cells) != expected or not any(cells[1:]))
                and (found := total.fullmatch(self.delimiter.join(filter(None, cells)).strip()))
            ):
                yield Row(line, "total", [found[1]], text, None)
                continue
            elif len(cells) != expected:
                problem = STRUCTURAL if is_blank(text) else "cell_count"
            elif (not cells[0] and not any(cell.strip() for cell in cells)) or (self.heading and cells == headings):
                problem = STRUCTURAL
            elif self.trailing_delimiter and cells.pop().strip():
                problem = "cell_count"
            yield Row(line, kind, cells, text, problem)

    def _check_heading(self, first: tuple[int, list[str], str] | None, name: str) -> Row:
        if first is None or [cell.strip() for cell in first[1]] != list(self.columns):
            expected = self.delimiter.join(self.columns)
            instead = f"is {shown(first[2])[:SHOWN]!r}. Is it another format?" if first else "the file is empty."
            raise UnreadableFileError(name, f"the first row should be the heading {expected!r}, but {instead}")
        return Row(first[0], self.kind, first[1], first[2], STRUCTURAL)

    def _plain(self, stream: IO[bytes]) -> Iterator[tuple[int, list[str], str]]:
        delimiter, none = self.delimiter, self.none
        most = len(self.columns) - 1 if self.rest else -1
        for number, line in enumerate(lines(stream, self.encoding), start=1):
            cells = line.rstrip(ENDS).split(delimiter, most)
            if none is not None and none in line:
                cells = ["" if cell.strip() == none else cell for cell in cells]
            yield number, cells, line

    def _quoted(self, stream: IO[bytes]) -> Iterator[tuple[int, list[str], str]]:
        """Yield rows; of one whose quotes don't close as they should, only the first line, which has a cell too few.

        The lines below it are read again by themselves: they may be rows that the open quote has swallowed.
        """
        source = lines(stream, self.encoding)
        again: deque[str] = deque()
        fed: list[str] = []

        def feed() -> Iterator[str]:
            while (line := again.popleft() if again else next(source, None)) is not None:
                fed.append(line)
                yield line

        rows = csv.reader(feed(), delimiter=self.delimiter)
        start = 1
        while True:
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error:  # a lone carriage return, or a cell of more than 128 KiB
                cells = []
            if len(fed) > 1 and not self._is_one_row(fed):
                again.extendleft(reversed(fed[1:]))
                del fed[1:]
                cells = next(csv.reader(fed, delimiter=self.delimiter))[: len(self.columns) - 1]
                rows = csv.reader(feed(), delimiter=self.delimiter)
            yield start, cells, fed[0] if len(fed) == 1 else "".join(fed)
            start += len(fed)
            fed.clear()

    def _is_one_row(self, fed: list[str]) -> bool:
        try:
            return len(list(csv.reader(fed, delimiter=self.delimiter, strict=True))) == 1
        except csv.Error:
            return False
