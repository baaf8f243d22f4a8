"""Reader of a workbook's sheet, whose columns are found by their headings."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from oseberg.county_parsers._binding.lookup import texts
from oseberg.county_parsers._readers.archive import OLD_WORKBOOK, archive, told
from oseberg.county_parsers._readers.lines import name_of
from oseberg.county_parsers._records.row import STRUCTURAL, Part, Row
from oseberg.county_parsers.errors import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

LIBRARY_CRASH = "PanicException"  # of Rust code; not an Exception, and not importable


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One sheet of an .xlsx, .xlsb, .xls or .ods workbook.

    Numbers become text without `.0`; days stay days in the columns of `days`, and are text elsewhere.

    Args:
        sheet: The sheet's name.
        columns: The headings; they may come in any order and place, with others between them.
        days: Columns whose cells may be real dates.
        optional: Columns that may be missing.
        subtotal: A row whose first filled cell begins so is structural.
    """

    sheet: str
    columns: Sequence[str]
    days: Collection[str] = ()
    optional: Collection[str] = ()
    subtotal: str = "Subtotal"

    def __post_init__(self) -> None:
        """Let a single column be written as a text."""
        for name in ("columns", "days", "optional"):
            object.__setattr__(self, name, texts(getattr(self, name)))

    def parts(self, path: Path) -> Iterator[Part]:
        """Yield the sheet as one part.

        Args:
            path: The file.

        Yields:
            Its only part.

        Raises:
            UnreadableFileError: The file is damaged or protected, or has no such sheet or headings.
        """
        name = name_of(path)
        with workbook(path) as book:
            if self.sheet not in book.sheet_names:
                problem = f"it has no sheet {self.sheet!r}; its sheets are {', '.join(book.sheet_names)}."
                raise UnreadableFileError(name, problem)
            page = book.get_sheet_by_name(self.sheet)
            yield Part(name, {"row": self.columns}, self._rows(page.iter_rows(), name))

    def _rows(self, rows: Iterable[Sequence[Any]], name: str) -> Iterator[Row]:
        at: list[int] | None = None
        nearest = self._missing([])
        for number, values in enumerate(rows, start=1):
            found = self._heading(values)
            if found is not None:
                at = found
            elif at is None:
                nearest = min(nearest, self._missing(headings(values)), key=len)
            cells = [values[index] if 0 <= index < len(values) else "" for index in at or ()]
            shown = [as_text(value) for value in cells]
            structural = found is not None or at is None or self._says_nothing(values)
            readable = [
                value if isinstance(value, date) and column in self.days else text
                for column, value, text in zip(self.columns, cells, shown, strict=bool(at))
            ]
            yield Row(number, "row", readable, "\t".join(shown), STRUCTURAL if structural else None)
        if at is None:
            problem = f"no row holds all headings; the nearest one lacks {', '.join(nearest)}. Is it in another format?"
            raise UnreadableFileError(name, problem)

    def _heading(self, values: Sequence[Any]) -> list[int] | None:
        names = headings(values)
        if any(column not in names and column not in self.optional for column in self.columns):
            return None
        return [names.index(column) if column in names else -1 for column in self.columns]

    def _missing(self, names: list[str]) -> list[str]:
        return [column for column in self.columns if column not in names and column not in self.optional]

    def _says_nothing(self, values: Sequence[Any]) -> bool:
        filled = next((text for value in values if (text := as_text(value).strip())), "")
        return not filled or filled.startswith(self.subtotal)


@contextmanager
def workbook(path: Path) -> Iterator[CalamineWorkbook]:
    """Open a workbook of any kind.

    Args:
        path: The file.

    Yields:
        The workbook.

    Raises:
        UnreadableFileError: The file is damaged, unsafe or protected with a password.
    """
    name = name_of(path)
    with path.open("rb") as stream:
        old = stream.read(len(OLD_WORKBOOK)) == OLD_WORKBOOK
    # Old workbooks are not zip files: they can't unpack to more than they are.
    if not old:
        with archive(path):  # too large or unsafe files are refused before they are unpacked
            pass
    try:
        # By its content, not by its name: old workbooks often have the extension of new ones.
        with told(name, (CalamineError, OSError, ValueError, OverflowError)), path.open("rb") as stream:
            yield CalamineWorkbook.from_filelike(stream)
    except PasswordError:
        raise UnreadableFileError(name, "it is protected with a password. Ask the vendor for one without.") from None
    except UnreadableFileError as error:
        if old and isinstance(error.__cause__ or error.__context__, CalamineError):
            problem = "it is an old .xls workbook, or one with a password, that can't be opened. Ask for an .xlsx."
            raise UnreadableFileError(name, problem) from None
        raise
    except BaseException as error:
        if type(error).__name__ != LIBRARY_CRASH:
            raise
        raise UnreadableFileError(name, "the file is damaged. Ask the vendor for it again.") from None


def headings(values: Iterable[Any]) -> list[str]:
    """Return the texts of a row with single blanks; what is not text can't be a heading."""
    return [" ".join(value.split()) if isinstance(value, str) else "" for value in values]


def as_text(value: Any) -> str:  # noqa: ANN401 - whatever a cell holds
    """Return a cell as text: whole numbers without `.0`, a day as the moment that workbooks store."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, date) and not isinstance(value, datetime):
        return f"{value} 00:00:00"
    return str(value)
