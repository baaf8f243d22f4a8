"""Reader of JSON lines: one object a line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from oseberg.county_parsers._binding.lookup import texts
from oseberg.county_parsers._readers.lines import DAMAGE, is_blank, lines, name_of
from oseberg.county_parsers._records.row import STRUCTURAL, Part, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class JsonLines:
    """One JSON object a line; its values are cells.

    A list is several names, joined with `; `; null and missing keys are blank. A line that is not an object is
    `unreadable`.

    Args:
        columns: The keys; `recorded.date` is the key `date` of the object `recorded`.
        encoding: Python's name of the encoding.
        kind: The name of this reader's rows.
    """

    columns: Sequence[str]
    encoding: str = "utf-8"
    kind: str = "row"

    def __post_init__(self) -> None:
        """Let a single column be written as a text."""
        object.__setattr__(self, "columns", texts(self.columns))

    def parts(self, path: Path) -> Iterator[Part]:
        """Yield the file as one part.

        Args:
            path: The file.

        Yields:
            Its only part.
        """
        with path.open("rb") as stream:
            yield Part(name_of(path), {self.kind: self.columns}, self.rows(stream))

    def rows(self, stream: IO[bytes]) -> Iterator[Row]:
        """Yield every row of the file.

        Args:
            stream: The open file.

        Yields:
            The rows, numbered by their first line.
        """
        paths = [column.split(".") for column in self.columns]
        for number, line in enumerate(lines(stream, self.encoding), start=1):
            cells: list[str] = [""] * len(paths)
            problem = STRUCTURAL if is_blank(line) else "encoding" if DAMAGE in line else None
            if problem is None:
                try:
                    found = json.loads(line)
                except (ValueError, RecursionError):
                    found = None
                if isinstance(found, dict):
                    cells = [_cell(found, path) for path in paths]
                else:
                    problem = "unreadable"
            yield Row(number, self.kind, cells, line, problem)


def _cell(found: Any, path: Sequence[str]) -> str:  # noqa: ANN401 - JSON
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    if found is None:
        return ""
    # Parties are lists in JSON; fields.parties cuts them again at this separator.
    if isinstance(found, list):
        return "; ".join(_cell(item, ()) for item in found)
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
