"""Spreadsheets that people edit: CSV from any country, and workbooks (openpyxl, the extra `xlsx`)."""

from __future__ import annotations

import codecs
import csv
import io
import re
import zlib
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from oseberg.health_model._atomic import write_bytes
from oseberg.health_model.errors import HealthModelError, ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from openpyxl.workbook.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

Table = dict[str, dict[str, str]]
"""Rows by their place, such as `row 2`, each with the text of its columns."""

MISSING = "Workbooks need openpyxl: python3 -m pip install 'oseberg-health-model[xlsx]'. CSV works without it."
STATED = re.compile(r"sep=(.)")  # what Excel writes, and reads, before the heading
LARGEST = 50_000_000  # bytes of an unpacked workbook: a hundred times what a sheet of weights has
WIDEST = 60  # characters: a wider column hides the next one on a laptop
REPLACED = "\N{REPLACEMENT CHARACTER}"  # for control characters, which no workbook can hold


@dataclass(frozen=True)
class Limits:
    """From a column on (counted from 1), cells take whole numbers within bounds, or nothing."""

    first_column: int
    lowest: int
    highest: int


def read_csv(path: Path, error: type[HealthModelError]) -> list[list[str]]:
    """Read all rows of a CSV file, however spreadsheets of any country write it.

    UTF-8 with or without a mark, or Excel's UTF-16 text; commas, semicolons or tabs, whichever the heading has, or what
    Excel's line `sep=;` states. Blank columns at the end, which spreadsheets add by themselves, are left out.

    Args:
        path: The file.
        error: The class of error to raise.

    Returns:
        The rows as text.

    Raises:
        HealthModelError: The file is in another encoding, or not a sheet; of the class given.
    """
    text = decode(path, error)
    first, _, rest = text.partition("\n")
    stated = STATED.fullmatch(first.rstrip("\r"))
    if stated:
        text, delimiter = rest, stated[1]
    else:
        delimiter = next((mark for mark in (",", ";", "\t") if mark in first), ",")
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as problem:
        raise error(f"{path} is not valid CSV: {problem}.") from None
    width = len(without_blank_end(rows[0])) if rows else 0
    return [row[:width] + without_blank_end(row[width:]) for row in rows]


def read_table(
    path: Path, error: type[HealthModelError], once: Iterable[str], *, any_case: bool = False
) -> tuple[list[str], Table]:
    """Read a CSV file as its heading, and its rows by their place; a short row's last cells are blank.

    Args:
        path: The file.
        error: The class of error to raise.
        once: Columns that must not appear twice; of others the last one counts.
        any_case: Whether to put the names of columns in lower case.

    Returns:
        The names of the columns, and the rows that aren't blank.

    Raises:
        HealthModelError: As `read_csv`; a column appears twice, or a row has more cells than the heading.
    """
    heading, *rows = read_csv(path, error) or [[]]
    names = [name.strip().lower() if any_case else name.strip() for name in heading]
    for name in once:
        if names.count(name) > 1:
            raise error(f"{path}: the column {name!r} appears twice.")
    table = {}
    for number, row in enumerate(rows, start=2):
        cells = [cell.strip() for cell in row]
        if len(cells) > len(names):
            raise error(
                f"{path}, row {number}: {len(cells)} cells, where the heading has {len(names)}. "
                "Put a text that has a comma in quotes."
            )
        if any(cells):
            table[f"row {number}"] = dict(zip_longest(names, cells, fillvalue=""))
    return names, table


def decode(path: Path, error: type[HealthModelError]) -> str:
    """Read the text of a CSV file."""
    content = path.read_bytes()
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    place = content.find(b"\0")  # what no sheet has, but workbooks and pictures have
    try:
        if wide or place < 0:
            return content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as problem:
        place = problem.start
    raise error(f"{path} is not a CSV sheet in UTF-8, at byte {place + 1:,}. Save the sheet as CSV UTF-8.")


def without_blank_end(cells: list[str]) -> list[str]:
    """Return cells without the blank ones at the end."""
    last = max((place for place, cell in enumerate(cells, start=1) if cell.strip()), default=0)
    return cells[:last]


def read_workbook(path: Path, title: str) -> list[list[Any]]:
    """Read the cells of the sheet with this title, or of the first one if none has it.

    Raises:
        ModelError: The file is not a workbook, has no sheet with cells, or openpyxl is not installed.
    """
    try:
        from openpyxl import load_workbook  # noqa: PLC0415 - an extra
        from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415 - an extra
    except ImportError:
        raise ModelError(MISSING) from None
    content = io.BytesIO(path.read_bytes())  # openpyxl would leave a file that it refuses open
    try:
        with ZipFile(content) as archive:
            size = sum(part.file_size for part in archive.infolist())
        if size > LARGEST:
            raise ModelError(
                f"{path} unpacks to {size / 1e6:,.0f} MB, far more than a sheet of weights. Check the file."
            )
        book = load_workbook(content, read_only=True, data_only=True)
        try:
            return cells_of(book, path, title)
        finally:
            book.close()
    # SyntaxError is what the reader of XML raises for text that isn't; what is forbidden in it is a ValueError
    except (AttributeError, BadZipFile, EOFError, InvalidFileException, KeyError, LookupError, SyntaxError) as error:
        raise ModelError(f"{path} is not an xlsx workbook ({error}). Save it as .xlsx or CSV.") from None
    except (OSError, TypeError, ValueError, zlib.error) as error:
        raise ModelError(f"{path} is not an xlsx workbook ({error}). Save it as .xlsx or CSV.") from None


def cells_of(book: Workbook, path: Path, title: str) -> list[list[Any]]:
    """Return the cells of the sheet with this title, or of the first one.

    Raises:
        ModelError: No sheet has cells.
    """
    if not book.worksheets:
        raise ModelError(f"{path} has no sheet with cells. The weights belong in the sheet {title!r}.")
    sheet = next((sheet for sheet in book.worksheets if sheet.title == title), book.worksheets[0])
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def write_workbook(
    path: str | Path,
    sheets: dict[str, Sequence[Sequence[Any]]],
    limits: Mapping[str, Limits] | None = None,
    *,
    private: bool = False,
) -> None:
    """Write sheets of rows, the first row of each as a frozen heading; text never becomes a formula.

    Args:
        path: The file, written whole or not at all.
        sheets: The rows of each sheet.
        limits: Sheets some of whose columns take whole numbers within bounds only.
        private: Whether a new file is readable by its owner alone.

    Raises:
        ModelError: openpyxl is not installed.
    """
    try:
        from openpyxl import Workbook  # noqa: PLC0415 - an extra
        from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # noqa: PLC0415 - an extra
        from openpyxl.styles import Alignment, Font  # noqa: PLC0415 - an extra
        from openpyxl.worksheet.properties import PageSetupProperties  # noqa: PLC0415 - an extra
    except ImportError:
        raise ModelError(MISSING) from None
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append([ILLEGAL_CHARACTERS_RE.sub(REPLACED, cell) if isinstance(cell, str) else cell for cell in row])
        sheet.freeze_panes = "B2"
        sheet.print_title_rows = "1:1"
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        for cells in sheet.iter_cols():
            width = max(len(str(cell.value or "")) for cell in cells)
            sheet.column_dimensions[cells[0].column_letter].width = min(width + 2, WIDEST)
            cells[0].font = Font(bold=True)
            for cell in cells:
                cell.alignment = Alignment(wrap_text=width > WIDEST - 2, vertical="top")
                if cell.data_type == "f":  # "=..." in a name is text, not a formula
                    cell.data_type = "s"
        if limits and title in limits:
            restrict(sheet, limits[title])
    content = io.BytesIO()  # a zip file on a full disk complains once more when it is collected
    book.save(content)
    write_bytes(path, content.getvalue(), private=private)


def restrict(sheet: Worksheet, limits: Limits) -> None:
    """Make a spreadsheet reject values that `limits` forbids as they are typed."""
    from openpyxl.utils import get_column_letter  # noqa: PLC0415 - an extra
    from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415 - an extra

    rule = DataValidation(
        type="whole",
        operator="between",
        formula1=str(limits.lowest),
        formula2=str(limits.highest),
        allow_blank=True,
        showErrorMessage=True,
        errorTitle="No such number",
        error=f"A whole number from {limits.lowest} to {limits.highest}, please.",
    )
    rule.add(f"{get_column_letter(limits.first_column)}2:{get_column_letter(sheet.max_column)}{sheet.max_row}")
    sheet.add_data_validation(rule)
