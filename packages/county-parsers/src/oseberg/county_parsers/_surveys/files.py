"""Reads tables as land offices publish them: CSV, workbooks, and the dBase tables of shapefiles."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import IO, TYPE_CHECKING

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from oseberg.county_parsers._readers.archive import archive
from oseberg.county_parsers._readers.dbf import Dbf, field_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    # The name of a table, its headings and its rows.
    Table = tuple[str, Sequence[str], Iterable[Sequence[str]]]

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
SHAPE, DBASE = ".shp", ".dbf"
# Errors of the readers for a missing, damaged or different file; our own errors are sentences already.
DAMAGE = (OSError, UnicodeDecodeError, csv.Error, zipfile.BadZipFile, CalamineError, PasswordError)


def tables(path: Path) -> Iterator[Table]:
    """Yield the tables of a file: one, or those of a zip of shapefiles.

    Args:
        path: A CSV file, a workbook (its first sheet), a dBase table, a shapefile (the .dbf next to it), or a zip.

    Yields:
        Name, headings and rows; all cells are text.

    Raises:
        CountyError: It is damaged or of another format.
        OSError: It can't be read.
    """
    ending = path.suffix.lower()
    if ending in WORKBOOKS:
        rows = iter(CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=True))
        heading = [_text(cell) for cell in next(rows, [])]
        yield path.name, heading, ([_text(cell) for cell in row] for row in rows)
    elif ending in {SHAPE, DBASE}:
        with _table_of(path).open("rb") as stream:
            yield path.name, *_dbase(stream, path.name)
    elif ending == ".zip":
        with archive(path) as opened:
            for member in opened.namelist():
                if member.lower().endswith(DBASE):
                    with opened.open(member) as packed:
                        yield member, *_dbase(io.BytesIO(packed.read()), member)
    else:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines)
            yield path.name, next(reader, []), reader


def _table_of(path: Path) -> Path:
    """Return the dBase table of a shapefile, whether its extension is in upper or lower case."""
    found = [path.with_suffix(ending) for ending in (DBASE, DBASE.upper()) if path.with_suffix(ending).is_file()]
    return found[0] if found else path.with_suffix(DBASE)


def _dbase(stream: IO[bytes], name: str) -> tuple[Sequence[str], Iterable[Sequence[str]]]:
    names = field_names(stream, name)
    stream.seek(0)
    rows = Dbf(columns=names, encoding="latin-1").rows(stream, name, [])
    return names, (row.cells for row in rows if row.problem is None)


def _text(cell: object) -> str:
    """Return a cell of a workbook as text; numbers without `.0`."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
