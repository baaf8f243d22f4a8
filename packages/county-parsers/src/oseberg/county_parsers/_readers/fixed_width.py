"""Reader of fixed columns, with a record type in front."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from oseberg.county_parsers._readers.lines import DAMAGE, ENDS, is_blank, lines, name_of
from oseberg.county_parsers._records.row import STRUCTURAL, Part, Row

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

Columns = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class FixedWidth:
    """Lines of fixed columns; columns are counted from 1, both ends included, as in a vendor's table.

    Args:
        tag: Where the record type is.
        records: For each record type the names and columns of its cells.
        width: The length of a line; trailing blanks may have been cut. Text beyond it is a `cell_count`.
        encoding: Python's name of the encoding.
        whole: Record types that always reach their last column, since a number ends there: a shorter line was cut.
    """

    tag: Columns
    records: Mapping[str, Mapping[str, Columns]]
    width: int
    encoding: str = "cp437"
    whole: Collection[str] = ()

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

    def rows(self, stream: IO[bytes], name: str = "", problems: list[str] | None = None) -> Iterator[Row]:
        """Yield every row of the file.

        Args:
            stream: The open file.
            name: Its name, for messages.
            problems: Receives the problems of the file as a whole.

        Yields:
            The rows, numbered by their first line.
        """
        first, last = self.tag[0] - 1, self.tag[1]
        slices = {
            kind: [slice(start - 1, end) for start, end in cells.values()] for kind, cells in self.records.items()
        }
        ends = {kind: max(end for _, end in self.records[kind].values()) for kind in self.whole}
        for number, line in enumerate(lines(stream, self.encoding), start=1):
            text = line.rstrip(ENDS)
            kind = text[first:last]
            problem = None
            if kind not in slices:
                problem = STRUCTURAL if is_blank(line) else "unknown_row_type"
            elif DAMAGE in text:
                problem = "encoding"
            elif len(text) > self.width and text[self.width :].strip():
                problem = "cell_count"
            if problems is not None and len(text) < ends.get(kind, 0):
                problems.append(
                    f"{name}, line {number}: the row {kind!r} ends before its last column; the file may have been cut "
                    "short. Compare it with the vendor's."
                )
            yield Row(number, kind, [text[part] for part in slices.get(kind, ())], line, problem)
