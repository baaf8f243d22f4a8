"""Workbooks for people who edit spreadsheets (openpyxl, the extra `xlsx`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from oseberg.health_model._file import replacing
from oseberg.health_model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MISSING = "Workbooks need openpyxl: python3 -m pip install 'oseberg-health-model[xlsx]'. CSV works without it."
WIDEST = 60


def read_workbook(path: Path) -> list[list[Any]]:
    """Read the cells of a workbook's first sheet.

    Raises:
        ModelError: The file is no workbook, or openpyxl is not installed.
    """
    try:
        from openpyxl import load_workbook  # noqa: PLC0415 - an extra
        from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415 - an extra
    except ImportError:
        raise ModelError(MISSING) from None
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise ModelError(f"{path} is no xlsx workbook: {error}.") from None
    try:
        return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    finally:
        book.close()


def write_workbook(path: str | Path, sheets: dict[str, Sequence[Sequence[Any]]]) -> None:
    """Write sheets of rows, the first row of each as a frozen heading; text never becomes a formula.

    Raises:
        ModelError: openpyxl is not installed.
    """
    try:
        from openpyxl import Workbook  # noqa: PLC0415 - an extra
        from openpyxl.styles import Alignment, Font  # noqa: PLC0415 - an extra
    except ImportError:
        raise ModelError(MISSING) from None
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
        sheet.freeze_panes = "B2"
        for cells in sheet.iter_cols():
            width = max(len(str(cell.value or "")) for cell in cells)
            sheet.column_dimensions[cells[0].column_letter].width = min(width + 2, WIDEST)
            cells[0].font = Font(bold=True)
            for cell in cells:
                cell.alignment = Alignment(wrap_text=width > WIDEST, vertical="top")
                if cell.data_type == "f":  # "=..." in a name is text, not a formula
                    cell.data_type = "s"
    with replacing(path) as temporary:
        book.save(temporary)
