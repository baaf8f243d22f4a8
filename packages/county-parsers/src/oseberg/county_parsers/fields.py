"""Fields of a declaration: which column fills which keys of the record, and how its text is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from oseberg.county_parsers._binding.lookup import compiled, texts
from oseberg.county_parsers._cells import values as _values
from oseberg.county_parsers._cells.parties import party
from oseberg.county_parsers._records.record import reference
from oseberg.county_parsers._records.row import RejectedError
from oseberg.county_parsers.errors import BadDeclarationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from oseberg.county_parsers._binding.context import Context
    from oseberg.county_parsers._cells.document_types import TypeAnswer


ACTION = "action"
"""The key of what a feed does with a document; it is kept in the record's `extra` unless it adds it."""
ACTIONS = ("add", "update", "delete")


@dataclass(frozen=True)
class Field:
    """A column, or several, and the function that reads their text.

    Args:
        column: The column, or a tuple of several.
        convert: The function; it takes the text of each column and raises RejectedError when the row can't be used.
        bound: The function takes the context first: the county's document types, or what the file's header said.
        lenient: When it can't be read it is None, and counted in the summary (`bad_instrument_dates`).
    """

    column: str | tuple[str, ...]
    convert: Callable[..., Any]
    bound: bool = False
    lenient: bool = False

    def bind(self, context: Context) -> Callable[..., Any]:
        """Return the function of the text alone.

        Args:
            context: The context of the parse.

        Returns:
            A function of the columns' texts.
        """
        return partial(self.convert, context) if self.bound else self.convert


def text(column: str) -> Field:
    """Verbatim text without outer blanks; blank is None."""
    return Field(column, _values.clean)


def joined(*columns: str, separator: str = "") -> Field:
    """Text of several columns; blank ones are left out, and when all are blank it is None.

    Args:
        columns: The columns, in their order.
        separator: What comes between their texts.

    Returns:
        The field.
    """

    def convert(*cells: str) -> str | None:
        return separator.join(filter(None, (str(cell).strip() for cell in cells))) or None

    return Field(columns, convert)


def count(column: str) -> Field:
    """A whole number; blank and 0 are None, anything else rejects the row (`bad_number`)."""
    return Field(column, _values.count)


def document_type(column: str, *, mark: str = "") -> Field:
    """The document type's text, for the keys `TYPE`; a `mark` at its end is not part of it."""

    def convert(context: Context, cell: str) -> TypeAnswer:
        return context.types.read(cell.strip().removesuffix(mark) if mark else cell)

    return Field(column, convert, bound=True)


def day(column: str, *layouts: str, none: Iterable[str] = ("",), lenient: bool = False) -> Field:
    """A day in one of the layouts of `strptime`, or a workbook's real date.

    The texts of `none` mean none, others reject the row (`bad_date`).
    """
    nothing = frozenset(texts(none))

    def convert(cell: str | date) -> str | None:
        if isinstance(cell, date):
            return cell.isoformat()[: len("2018-06-05")]
        stripped = cell.strip()
        return None if stripped in nothing else _values.day(stripped, layouts)

    return Field(column, convert, lenient=lenient)


def time(column: str, *layouts: str, none: Iterable[str] = ("",)) -> Field:
    """A time of day in one of the layouts of `strptime`, in a column of its own.

    Args:
        column: The column.
        layouts: The layouts; the first that fits counts. Other texts reject the row (`bad_date`).
        none: Texts that mean None.

    Returns:
        The field.
    """
    nothing = frozenset(texts(none))

    def convert(cell: str) -> str | None:
        stripped = str(cell).strip()
        return None if stripped in nothing else _values.clock(stripped, layouts)

    return Field(column, convert)


def action(column: str, codes: Mapping[str, str]) -> Field:
    """The action of a feed on a document, for the key `ACTION`: add, update or delete.

    Args:
        column: The column of the code.
        codes: By code `add`, `update` or `delete`; another code rejects the row (`unknown_row_type`).

    Returns:
        The field.

    Raises:
        BadDeclarationError: A code means something else.
    """
    if unknown := sorted(set(codes.values()) - set(ACTIONS)):
        raise BadDeclarationError(
            f"fields.action: {', '.join(unknown)} is not an action. Choose add, update or delete."
        )

    def convert(cell: str) -> str:
        found = codes.get(cell.strip())
        if found is None:
            raise RejectedError("unknown_row_type", column)
        return found

    return Field(column, convert)


def hhmm(column: str) -> Field:
    """A time of day as `hhmm`; blank is None."""
    return Field(column, _values.hhmm)


def hhmmss(column: str) -> Field:
    """A time of day as `hhmmss`, leading zeros cut or not; blank is None."""
    return Field(column, _values.hhmmss)


def moment(
    column: str, day_layout: str | Iterable[str], clock_layout: str | Iterable[str], *, none: Iterable[str] = ("",)
) -> Field:
    """Day and time in one column, a blank between them, for `("recorded_on", "recorded_time")`.

    Args:
        column: The column.
        day_layout: Layout, or layouts, of the day for `strptime`.
        clock_layout: Layout, or layouts, of the time. A day without a time has none.
        none: Texts that mean None.

    Returns:
        The field.
    """
    days, clocks = texts(day_layout), texts(clock_layout)
    nothing = frozenset(texts(none))

    def convert(cell: str) -> tuple[str | None, str | None]:
        stripped = cell.strip()
        if stripped in nothing:
            return None, None
        first, _, behind = stripped.partition(" ")
        return _values.day(first, days), _values.clock(behind.strip(), clocks)

    return Field(column, convert)


def split(column: str, separator: str, count: int, *, none: str = "") -> Field:
    """Several texts in one column; a text equal to `none` is None, another count rejects the row (`unreadable`)."""
    nothing = frozenset({"", none})

    def convert(cell: str) -> tuple[str | None, ...]:
        if not cell.strip():
            return (None,) * count
        parts = [piece.strip() for piece in cell.split(separator)]
        if len(parts) != count:
            raise RejectedError("unreadable")
        return tuple([None if part in nothing else part for part in parts])

    return Field(column, convert)


def parties(column: str, separator: str = r";\s|;$") -> Field:
    """Names of parties between separators (a regular expression)."""
    cut = compiled(separator, "separator")

    def convert(cell: str) -> list[dict[str, Any]]:
        return [found for name in cut.split(cell) if (found := party(name))]

    return Field(column, convert)


def legals(column: str, separators: str = r";\s|;$|\r\n|\n|\r") -> Field:
    """Legal descriptions between separators (a regular expression); each is read into its tracts later."""
    cut = compiled(separators, "separators")

    def convert(cell: str) -> list[str]:
        return list(filter(None, map(str.strip, cut.split(cell))))

    return Field(column, convert)


def references(column: str, separators: str = r";\s|;$|\r\n|\n|\r") -> Field:
    """Instrument numbers of prior documents between separators (a regular expression)."""
    cut = compiled(separators, "separators")

    def convert(cell: str) -> list[dict[str, Any]]:
        return [reference(text, instrument_number=text) for text in map(str.strip, cut.split(str(cell))) if text]

    return Field(column, convert)


def image(column: str) -> Field:
    """One file that holds the whole document, under `images/`."""

    def convert(cell: str) -> list[dict[str, Any]]:
        name = cell.strip()
        return [{"path": image_path(name), "page": None}] if name else []

    return Field(column, convert)


def image_path(name: str) -> str:
    r"""Return an image's path in the delivery: `2018\00123.TIF` is `images/2018/00123.TIF`."""
    return "images/" + name.replace("\\", "/").lstrip("/")
