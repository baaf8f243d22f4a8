"""Reader of delimited rows of several kinds, told apart by their first cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from oseberg.county_parsers._readers.lines import DAMAGE, ENDS, is_blank, lines, name_of
from oseberg.county_parsers._records.row import STRUCTURAL, Part, Row
from oseberg.county_parsers.errors import BadDeclarationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Tagged:
    """Rows without quoting whose first cell says their kind.

    Args:
        records: For each kind the names of its cells, the first one included.
        delimiter: The text between cells.
        encoding: Python's name of the encoding.
    """

    records: Mapping[str, Sequence[str]]
    delimiter: str = "|"
    encoding: str = "cp1252"

    def __post_init__(self) -> None:
        """Reject unusable settings before a file is opened."""
        if not self.delimiter:
            raise BadDeclarationError("delimiter is empty. Pass the text between the cells, for example '|'.")

    def parts(self, path: Path) -> Iterator[Part]:
        """Yield the file as one part.

        Args:
            path: The file.

        Yields:
            Its only part.
        """
        with path.open("rb") as stream:
            yield Part(name_of(path), self.records, self.rows(stream))

    def rows(self, stream: IO[bytes]) -> Iterator[Row]:
        """Yield every row of the file.

        Args:
            stream: The open file.

        Yields:
            The rows, numbered by their first line.
        """
        delimiter = self.delimiter
        counts = {kind: len(cells) for kind, cells in self.records.items()}
        for number, line in enumerate(lines(stream, self.encoding), start=1):
            cells = line.rstrip(ENDS).split(delimiter)
            kind = cells[0]
            problem = None
            if DAMAGE in line:
                problem = "encoding"
            elif kind not in counts:
                problem = STRUCTURAL if is_blank(line) else "unknown_row_type"
            elif len(cells) != counts[kind]:
                problem = "cell_count"
            yield Row(number, kind, cells, line, problem)
