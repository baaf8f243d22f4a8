"""Reader of delimited rows of several kinds, told apart by their first cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from oseberg.county_parsers._readers.lines import DAMAGE, ENDS, is_blank, lines
from oseberg.county_parsers._row import STRUCTURAL, Part, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Tagged:
    """Rows without quoting whose first cell says their kind.

    Args:
        records: For each kind the names of its cells, the first one included.
        delimiter: What stands between cells.
        encoding: Python's name of the encoding.
    """

    records: Mapping[str, Sequence[str]]
    delimiter: str = "|"
    encoding: str = "cp1252"

    def parts(self, path: Path) -> Iterator[Part]:
        """Yield the file as one part."""
        with path.open("rb") as stream:
            yield Part(path.name, self.records, self.rows(stream))

    def rows(self, stream: IO[bytes]) -> Iterator[Row]:
        """Yield every row of the file."""
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
