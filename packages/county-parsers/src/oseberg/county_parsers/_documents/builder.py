"""A declaration's fields, bound to a file's columns: cells in, a record out."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from oseberg.county_parsers._binding.lookup import column_at, named
from oseberg.county_parsers._records.record import RECORD
from oseberg.county_parsers._records.row import RejectedError
from oseberg.county_parsers.errors import BadDeclarationError
from oseberg.county_parsers.fields import ACTION, Field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from oseberg.county_parsers._binding.context import Context
    from oseberg.county_parsers._records.record import Record
    from oseberg.county_parsers._records.row import Row

    Keys = str | tuple[str, ...]
    OfCells = Callable[[Sequence[Any]], Any]

MIDNIGHT = "00:00:00"


class Builder:
    """Makes records of rows with the given columns.

    Args:
        fields: The declaration's fields.
        columns: The columns of the rows.
        context: The context of the parse.
        extra: Names, in the record's `extra`, of columns that are kept verbatim.

    Raises:
        BadDeclarationError: A field names a column or a key that does not exist, or none gives the document's type.
    """

    def __init__(
        self,
        fields: Mapping[Keys, Field],
        columns: Sequence[str],
        context: Context,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self._template: Record = {**RECORD, "county_fips": context.county.fips}
        # Three lists instead of one: nearly all fields read one column, and each call less for a field of a row is a
        # twentieth of the time of a parse.
        self._single: list[tuple[str, int, Callable[[Any], Any]]] = []
        self._several: list[tuple[tuple[str, ...], int, Callable[[Any], Any]]] = []
        self._wide: list[tuple[tuple[str, ...], OfCells]] = []
        self._lenient: list[tuple[str, OfCells]] = []
        self._all: list[tuple[tuple[str, ...], Field, OfCells]] = []
        self._counts = context.counts
        self._context, self._columns, self._hook = context, columns, context.hooks.get("document")
        county = context.county.name
        self._extra = [(name, column_at(columns, column, county)) for name, column in (extra or {}).items()]
        self._action: tuple[Field, OfCells] | None = None
        filled: set[str] = set()
        for keys, field in fields.items():
            known = keys if isinstance(keys, tuple) else (keys,)
            read = of_cells(field, columns, context)
            if keys == ACTION:
                self._action = field, read
                continue
            for key in known:
                named(RECORD, key, "key", county)
            filled.update(known)
            if field.lenient:
                self._lenient.append((known[0], read))
                continue
            self._all.append((known, field, read))
            if not isinstance(field.column, str):
                self._wide.append((known, read if isinstance(keys, tuple) else _in_a_tuple(read)))
            elif isinstance(keys, tuple):
                self._several.append((keys, column_at(columns, field.column, county), field.bind(context)))
            else:
                self._single.append((keys, column_at(columns, field.column, county), field.bind(context)))
        if not filled.issuperset(("document_type", "document_type_text")):
            raise BadDeclarationError(f"{county}: no field gives TYPE, as fields.document_type(...) does.")

    def read(self, row: Row) -> Record:
        """Return the record of a row in which the reader found no problem, after the county's hook for documents.

        Raises:
            RejectedError: For the reader's reason, as `build`, or for the hook's.
        """
        if row.problem:
            raise RejectedError(row.problem)
        record = self.build(row.cells)
        self.hook(row.cells, record)
        return record

    def build(self, cells: Sequence[Any]) -> Record:
        """Return the record.

        Raises:
            RejectedError: With the first reason, in the order of `REASONS`, of all fields that can't be read.
        """
        record = self._template.copy()
        try:
            for key, at, convert in self._single:
                record[key] = convert(cells[at])
            for keys, at, convert in self._several:
                record.update(zip(keys, convert(cells[at]), strict=True))
            for keys, read in self._wide:
                record.update(zip(keys, read(cells), strict=True))
            if self._extra or self._action:
                record["extra"] = self._beyond_the_standard(cells)
        except RejectedError:
            raise min(self._problems(cells), key=_RANK) from None
        for key, read in self._lenient:
            try:
                record[key] = read(cells)
            except RejectedError:
                self._counts[f"bad_{key}s"] += 1
        if record["recorded_time"] == MIDNIGHT and record["recorded_on"] is None:
            record["recorded_time"] = None  # zeros without a day state nothing
        return record

    def _beyond_the_standard(self, cells: Sequence[Any]) -> dict[str, str]:
        """Return the record's `extra`: verbatim cells, and the action of a feed."""
        extra = {name: text for name, at in self._extra if (text := str(cells[at]).strip())}
        if self._action and (action := self._action[1](cells)) != "add":
            self._counts[f"{action}s"] += 1
            extra[ACTION] = action
        return extra

    def action(self, cells: Sequence[Any]) -> str:
        """Return a feed's action on the document: `add` if no field states it, or if it can't be read."""
        try:
            return str(self._action[1](cells)) if self._action else "add"
        except RejectedError:
            return "add"

    def hook(self, cells: Sequence[Any], record: Record) -> None:
        """Let the county's hook for documents change the record, if there is one."""
        if self._hook:
            self._hook(self._context, dict(zip(self._columns, cells, strict=True)), record)

    def problem(self, row: Row) -> RejectedError | None:
        """Return the first reason why a row can't be used; None if it can."""
        return RejectedError(row.problem) if row.problem else min(self._problems(row.cells), key=_RANK, default=None)

    def number(self, cells: Sequence[Any]) -> str:
        """Return the instrument number of a row that may not be readable in whole; empty where that is unreadable."""
        for keys, _, read in self._all:
            if "instrument_number" in keys:
                try:
                    return str(read(cells) or "")
                except (RejectedError, IndexError):
                    return ""
        return ""

    def column_of(self, key: str) -> str | None:
        """Return the column, or columns, that fill a key of the record."""
        found = next((field.column for keys, field, _ in self._all if key in keys), None)
        return _shown(found) if found else None

    def _problems(self, cells: Sequence[Any]) -> list[RejectedError]:
        # All fields are read once more: the reason to give is the first of REASONS, not the one of the first column.
        problems = []
        everything = [(field, read) for _, field, read in self._all]
        for field, read in [*everything, self._action] if self._action else everything:
            try:
                read(cells)
            except RejectedError as error:
                problems.append(RejectedError(error.reason, error.column or _shown(field.column)))
        return problems


_RANK = attrgetter("rank")


def of_cells(field: Field, columns: Sequence[str], context: Context) -> OfCells:
    """Return the function that reads a field of a row's cells, whether it needs one column or several.

    Args:
        field: The field.
        columns: The columns of the rows.
        context: The context of the parse.

    Returns:
        A function of the cells.

    Raises:
        BadDeclarationError: A column is missing.
    """
    convert = field.bind(context)
    if isinstance(field.column, str):
        at = column_at(columns, field.column, context.county.name)
        return lambda cells: convert(cells[at])
    places = [column_at(columns, column, context.county.name) for column in field.column]
    return lambda cells: convert(*[cells[at] for at in places])


def _shown(column: str | tuple[str, ...]) -> str:
    return column if isinstance(column, str) else ", ".join(column)


def _in_a_tuple(read: OfCells) -> OfCells:
    return lambda cells: (read(cells),)
