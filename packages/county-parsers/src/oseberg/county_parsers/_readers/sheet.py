"""Reader of a workbook's sheet, whose columns are found by their headings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import openpyxl

from oseberg.county_parsers._readers.archive import DAMAGE as ZIP_DAMAGE
from oseberg.county_parsers._readers.archive import archive, guarded, told
from oseberg.county_parsers._row import STRUCTURAL, Part, Row
from oseberg.county_parsers.errors import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path


DAMAGE = (*ZIP_DAMAGE, LookupError, TypeError, AttributeError, SyntaxError)
"""What openpyxl raises for files that are no sound workbooks; a broken XML is a SyntaxError."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One sheet, read row by row.

    Numbers become text without `.0`; days stay days in the columns of `days`, and are text elsewhere.

    Args:
        sheet: The sheet's name.
        columns: The headings; they may stand in any order and place, with others between them.
        days: Columns whose cells may be real dates.
        optional: Columns that may be missing.
        subtotal: A row whose first filled cell begins so is structural.
    """

    sheet: str
    columns: Sequence[str]
    days: Collection[str] = ()
    optional: Collection[str] = ()
    subtotal: str = "Subtotal"

    def parts(self, path: Path) -> Iterator[Part]:
        """Yield the sheet as one part.

        Raises:
            UnreadableFileError: The file is no sound workbook, or has no such sheet or headings.
        """
        with archive(path), path.open("rb") as stream, told(path.name, DAMAGE):
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
            if self.sheet not in book.sheetnames:
                problem = f"it has no sheet {self.sheet!r}; its sheets are {', '.join(book.sheetnames)}."
                raise UnreadableFileError(path.name, problem)
            page = book[self.sheet]
            page.reset_dimensions()
            rows = self._rows(page.iter_rows(values_only=True), path.name)
            yield Part(path.name, {"row": self.columns}, guarded(rows, path.name, DAMAGE))
            book.close()

    def _rows(self, rows: Iterator[tuple[Any, ...]], name: str) -> Iterator[Row]:
        at: list[int] | None = None
        nearest = self._missing([])
        for number, values in enumerate(rows, start=1):
            found = self._heading(values)
            if found is not None:
                at = found
            elif at is None:
                nearest = min(nearest, self._missing(_names(values)), key=len)
            cells = [values[index] if 0 <= index < len(values) else None for index in at or ()]
            text = "\t".join("" if value is None else str(value) for value in cells)
            structural = found is not None or at is None or self._says_nothing(values)
            readable = [self._cell(column, value) for column, value in zip(self.columns, cells, strict=bool(at))]
            yield Row(number, "row", readable, text, STRUCTURAL if structural else None)
        if at is None:
            problem = f"no row holds all headings; the nearest one lacks {', '.join(nearest)}. Is it another format?"
            raise UnreadableFileError(name, problem)

    def _heading(self, values: tuple[Any, ...]) -> list[int] | None:
        names = _names(values)
        if any(column not in names and column not in self.optional for column in self.columns):
            return None
        return [names.index(column) if column in names else -1 for column in self.columns]

    def _missing(self, names: list[str]) -> list[str]:
        return [column for column in self.columns if column not in names and column not in self.optional]

    def _says_nothing(self, values: tuple[Any, ...]) -> bool:
        filled = next((value for value in values if value is not None and str(value).strip()), None)
        return filled is None or str(filled).strip().startswith(self.subtotal)

    def _cell(self, column: str, value: Any) -> Any:  # noqa: ANN401 - whatever a cell holds
        if value is None:
            return ""
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return value if isinstance(value, date) and column in self.days else str(value)


def _names(values: tuple[Any, ...]) -> list[str]:
    return [" ".join(value.split()) if isinstance(value, str) else "" for value in values]
