"""A declaration's fields, bound to a file's columns: cells in, a record out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oseberg.county_parsers._lookup import column_at, named
from oseberg.county_parsers._record import RECORD
from oseberg.county_parsers._row import REASONS, RejectedError
from oseberg.county_parsers.errors import BadDeclarationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from oseberg.county_parsers._context import Context
    from oseberg.county_parsers._record import Record
    from oseberg.county_parsers._row import Row
    from oseberg.county_parsers.fields import Field

MIDNIGHT = "00:00:00"


class Builder:
    """Makes records of rows with the given columns.

    Raises:
        BadDeclarationError: A field names a column or a key that does not exist, or none gives the document's type.
    """

    def __init__(self, fields: Mapping[str | tuple[str, ...], Field], columns: Sequence[str], context: Context) -> None:
        self._template: Record = {**RECORD, "county_fips": context.county.fips}
        self._single: list[tuple[str, int, Callable[[str], Any]]] = []
        self._several: list[tuple[tuple[str, ...], int, Callable[[str], Any]]] = []
        self._lenient: list[tuple[str, int, Callable[[str], Any]]] = []
        self._counts = context.counts
        self._context, self._columns, self._hook = context, columns, context.hooks.get("document")
        filled: set[str] = set()
        for keys, field in fields.items():
            known = keys if isinstance(keys, tuple) else (keys,)
            for key in known:
                named(RECORD, key, "key", context.county.name)
            at, convert = column_at(columns, field.column, context.county.name), field.bind(context)
            if field.lenient:
                self._lenient.append((known[0], at, convert))
            elif isinstance(keys, tuple):
                self._several.append((keys, at, convert))
            else:
                self._single.append((keys, at, convert))
            filled.update(known)
        if not filled.issuperset(("document_type", "document_type_text")):
            raise BadDeclarationError(f"{context.county.name}: no field gives TYPE, as fields.document_type(...) does.")

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

    def reason(self, row: Row) -> str | None:
        """Return the first reason for which a row can't be used; None where it can."""
        return row.problem or min(self._reasons(row.cells), key=REASONS.index, default=None)

    def build(self, cells: Sequence[str]) -> Record:
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
        except RejectedError:
            raise RejectedError(min(self._reasons(cells), key=REASONS.index)) from None
        for key, at, convert in self._lenient:
            try:
                record[key] = convert(cells[at])
            except RejectedError:
                self._counts[f"bad_{key}s"] += 1
        if record["recorded_time"] == MIDNIGHT and record["recorded_on"] is None:
            record["recorded_time"] = None  # zeros beside no day state nothing
        return record

    def hook(self, cells: Sequence[str], record: Record) -> None:
        """Let the county's hook for documents change the record, if there is one."""
        if self._hook:
            self._hook(self._context, dict(zip(self._columns, cells, strict=True)), record)

    def _reasons(self, cells: Sequence[str]) -> list[str]:
        reasons = []
        for _, at, convert in (*self._single, *self._several):
            try:
                convert(cells[at])
            except RejectedError as error:
                reasons.append(error.reason)
        return reasons
