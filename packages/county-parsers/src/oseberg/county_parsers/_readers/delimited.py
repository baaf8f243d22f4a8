"""Reader of delimited rows: quoted as in RFC 4180, or plain cells between separators."""

from __future__ import annotations

import csv
from collections import deque
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from oseberg.county_parsers._binding.lookup import compiled, texts
from oseberg.county_parsers._readers.lines import DAMAGE, ENDS, is_blank, lines, name_of, shown
from oseberg.county_parsers._records.row import STRUCTURAL, Part, Row
from oseberg.county_parsers.errors import BadDeclarationError, UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# A longer heading would fill the screen.
SHOWN = 200

# Above the headings some exports have titles, of which there are never many.
_TITLES = 10

# A line of a description may well hold one or two commas: only longer rows can be told from it.
_FEW = 3


@dataclass(frozen=True, kw_only=True)
class Delimited:
    """Rows of the same cells.

    Args:
        columns: The cells' names, as the heading row spells them.
        encoding: Python's name of the encoding; a byte order mark in the file overrules it, and is dropped.
        delimiter: The text between cells.
        quotes: Cells may be quoted, and then hold delimiters and line breaks.
        heading: The first row names the columns, below titles of one cell if there are some. False: the first row is
            data.
        total: A regular expression of the row that states how many records the file has; its group 1 is the number.
        trailing_delimiter: Every row ends in one more delimiter.
        rest: The last column takes the rest of the row, delimiters included.
        none: A cell of this text is blank.
        final_break: The last row ends in a line break, as all others do: without it the file was cut short.
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
    final_break: bool = False
    kind: str = "row"

    def __post_init__(self) -> None:
        """Reject unusable settings before a file is opened."""
        object.__setattr__(self, "columns", texts(self.columns))
        if not self.delimiter:
            raise BadDeclarationError("delimiter is empty. Pass the character between the cells, for example ','.")
        if self.quotes and len(self.delimiter) != 1:
            raise BadDeclarationError(
                f"delimiter {self.delimiter!r} has {len(self.delimiter)} characters; cells that may be quoted need "
                "exactly one between them. Pass quotes=False if cells are never quoted."
            )
        if self.total is not None:
            compiled(self.total, "total", groups=1)

    def kinds(self) -> dict[str, Sequence[str]]:
        """Return the columns of each kind of row.

        Returns:
            The columns by kind; `total` is the row that states the number of records.
        """
        return {self.kind: self.columns, "total": ["total"]} if self.total else {self.kind: self.columns}

    def parts(self, path: Path) -> Iterator[Part]:
        """Yield the file as one part.

        Args:
            path: The file.

        Yields:
            Its only part.
        """
        problems: list[str] = []
        with path.open("rb") as stream:
            rows = self.rows(stream, name_of(path), problems)
            yield Part(name_of(path), self.kinds(), rows, problems=problems)

    def rows(self, stream: IO[bytes], name: str, problems: list[str] | None = None) -> Iterator[Row]:
        """Yield every row of the file.

        Args:
            stream: The open file.
            name: Its name, for messages.
            problems: Receives the problems of the file as a whole.

        Yields:
            The rows, numbered by their first line.

        Raises:
            UnreadableFileError: The heading is missing or is another one.
        """
        rows = self._quoted(stream) if self.quotes else self._plain(stream)
        if self.heading:
            yield from self._check_heading(rows, name)
        expected = len(self.columns) + self.trailing_delimiter
        headings = list(self.columns)
        total = compiled(f"(?i:{self.total})", "total", groups=1) if self.total else None
        kind, text, stated = self.kind, "\n", False
        for line, cells, text in rows:
            problem = None
            if DAMAGE in text:
                problem = "encoding"
            elif (
                total
                and (len(cells) != expected or not any(cells[2:]))
                and (found := total.fullmatch(self.delimiter.join(filter(None, cells)).strip()))
            ):
                stated = True
                yield Row(line, "total", [found[1]], text, None)
                continue
            elif len(cells) != expected:
                problem = STRUCTURAL if is_blank(text) else "cell_count"
            elif (not cells[0] and not any(cell.strip() for cell in cells)) or (self.heading and cells == headings):
                problem = STRUCTURAL
            elif self.trailing_delimiter and cells.pop().strip():
                problem = "cell_count"
            yield Row(line, kind, cells, text, problem)
        if self.final_break and problems is not None and not stated and not text.endswith("\n"):
            problems.append(
                f"{name}: the last row does not end in a line break; the file may have been cut short. "
                "Compare it with the vendor's."
            )

    def _check_heading(self, rows: Iterator[tuple[int, list[str], str]], name: str) -> Iterator[Row]:
        """Yield the heading and the titles above it, all of them structural."""
        first = row = next(rows, None)
        for _ in range(_TITLES):
            # Only what can't be a document is a title: a row with a single filled cell.
            if row is None or self._is_heading(row[1]) or sum(bool(cell.strip()) for cell in row[1]) > 1:
                break
            yield Row(row[0], self.kind, row[1], row[2], STRUCTURAL)
            row = next(rows, None)
        if row is None or not self._is_heading(row[1]):
            expected = self.delimiter.join(self.columns)
            instead = f"is {shown(first[2])[:SHOWN]!r}. Is it in another format?" if first else "the file is empty."
            raise UnreadableFileError(name, f"the first row should be the heading {expected!r}, but {instead}")
        yield Row(row[0], self.kind, row[1], row[2], STRUCTURAL)

    def _is_heading(self, cells: Sequence[str]) -> bool:
        return [cell.strip() for cell in cells] == list(self.columns)

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

        The lines below it are read again by themselves: they may be rows that the open quote has swallowed. So are
        those of a row whose lines are rows by themselves: two stray quotes have put them together.
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
            if len(fed) > 1 and (self._holds_rows(fed) or not self._is_one_row(fed)):
                again.extendleft(reversed(fed[1:]))
                del fed[1:]
                cells = next(csv.reader(fed, delimiter=self.delimiter))[: len(self.columns) - 1]
                rows = csv.reader(feed(), delimiter=self.delimiter)
            yield start, cells, fed[0] if len(fed) == 1 else "".join(fed)
            start += len(fed)
            fed.clear()

    def _holds_rows(self, fed: list[str]) -> bool:
        """Whether lines joined by quotes are rows on their own: one between them, or each of them."""
        # Delimiters are counted without regard to quotes: those are what is in doubt here.
        cells = len(self.columns) + self.trailing_delimiter
        whole = [line.count(self.delimiter) == cells - 1 for line in fed]
        return cells > _FEW and (any(whole[1:-1]) or all(whole))

    def _is_one_row(self, fed: list[str]) -> bool:
        try:
            return len(list(csv.reader(fed, delimiter=self.delimiter, strict=True))) == 1
        except csv.Error:
            return False
