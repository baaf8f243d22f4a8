"""Documents of one row each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oseberg.county_parsers._binding.lookup import KEY_SEPARATOR, key_reader, only_kind
from oseberg.county_parsers._cells.values import whole
from oseberg.county_parsers._documents.builder import Builder
from oseberg.county_parsers._documents.counting import carrying
from oseberg.county_parsers._documents.seen import Seen, fingerprint
from oseberg.county_parsers._records.row import RejectedError
from oseberg.county_parsers.fields import ACTION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from oseberg.county_parsers._declaration.county import County
    from oseberg.county_parsers._records.row import Part, Row
    from oseberg.county_parsers._run import Run


@dataclass(frozen=True)
class OneEach:
    """Every row is a document; an exact repeat of a used row is a duplicate.

    Of a feed whose rows add, update or delete, only a repeat of the document's row before it is one: what was deleted
    may be added again.

    Args:
        number: The column, or columns, whose text names the document: a rejected row makes the others of that number
            incomplete.
        totals: The name under which the number of records that the file states is reported.
    """

    number: str | Sequence[str]
    totals: str = "records"

    def read(self, county: County, run: Run, parts: Iterable[Part]) -> None:
        """Read all rows of all parts.

        Args:
            county: The declaration.
            run: The parse, which counts the rows and takes the records.
            parts: The delivery.
        """
        seen = Seen()
        last: dict[str, int] | None = {} if ACTION in county.fields else None
        for part in parts:
            _File(county, run, part, self, seen, last).read()


class _File:
    """One file: its columns, bound to the declaration, and the total that it states."""

    def __init__(
        self, county: County, run: Run, part: Part, one_each: OneEach, seen: Seen, last: dict[str, int] | None
    ) -> None:
        kind, columns = only_kind(part.kinds, county.name, "total")
        run.context.open(part.name)
        self.run = run
        self.part = part
        self.seen = seen
        self.last = last
        self.kind = kind
        self.builder = Builder(county.fields, columns, run.context, county.extra)
        self.number = key_reader(columns, one_each.number, county.name)
        self.totals = one_each.totals
        self.stated: Counter[str] = Counter()
        self.documents = 0

    def read(self) -> None:
        """Read all rows; each one is counted once."""
        run = self.run
        for row in carrying(run, self.part):
            try:
                if row.kind == self.kind:
                    self._document(row)
                else:
                    self._total(row)
            except RejectedError as error:
                run.reject(self.part.name, row, error)
        run.compare(self.stated, {self.totals: self.documents})

    def _document(self, row: Row) -> None:
        self.documents += 1
        # Of the cells, not of the text: another export may quote them differently.
        mark = fingerprint(row.cells)
        if mark in self.seen and (self.last is None or self.last.get(self.number(row.cells)) == mark):
            self.run.duplicate += 1
            return
        try:
            record = self.builder.read(row)
        except RejectedError:
            number = self.number(row.cells)
            self.run.doubt(self.builder.number(row.cells) if KEY_SEPARATOR in number else number)
            raise
        self.seen.add(mark)
        if self.last is not None:
            self.last[self.number(row.cells)] = mark
        self.run.used += 1
        record["source"] = {"file": self.part.name, "lines": [row.line]}
        self.run.record(record)

    def _total(self, row: Row) -> None:
        if row.problem:
            raise RejectedError(row.problem)
        self.stated[self.totals] += whole(row.cells[0].replace(",", ""))
        self.run.structural += 1
