"""Documents of several rows: one opens the document, those that belong to it follow."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oseberg.county_parsers._cells.values import whole
from oseberg.county_parsers._documents.builder import Builder
from oseberg.county_parsers._documents.counting import carrying
from oseberg.county_parsers._lookup import column_at, named
from oseberg.county_parsers._record import Draft
from oseberg.county_parsers._row import RejectedError
from oseberg.county_parsers.rows import Header, Totals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from oseberg.county_parsers._county import County
    from oseberg.county_parsers._record import Parties
    from oseberg.county_parsers._row import Part, Row
    from oseberg.county_parsers._run import Run

    Reader = Callable[[Sequence[str], Draft], None]


@dataclass(frozen=True, kw_only=True)
class InOrder:
    """Rows follow the row that opens their document.

    Args:
        opens: The kind of row that opens a document.
        key: The column by which the rows name their document; None when order alone decides. With a key, a row of
            another number than the open document's is an `orphan`, and a rejected row makes the document of its
            number incomplete; without one, the open document.
    """

    opens: str
    key: str | None = None

    def read(self, county: County, run: Run, parts: Iterable[Part]) -> None:
        """Read all rows of all parts; a document ends with its file."""
        for part in parts:
            _File(county, run, part, self).read()


class _File:
    """One file: the open document, and what each kind of row does to it."""

    def __init__(self, county: County, run: Run, part: Part, order: InOrder) -> None:
        self.run = run
        self.part = part
        self.order = order
        context, rows = run.context, county.rows
        context.open(part.name)
        _check(county, part, order)
        self.builder = Builder(county.fields, part.kinds[order.opens], context)
        self.readers: dict[str, Reader] = {
            kind: role.bind(context, part.kinds[kind])
            for kind, role in rows.items()
            if not isinstance(role, Header | Totals)
        }
        key = order.key
        self.key_at = {
            kind: list(columns).index(key) for kind, columns in part.kinds.items() if key is not None and key in columns
        }
        places = set(self.key_at.values())
        self.any_key_at = places.pop() if len(places) == 1 else None  # where an unknown kind of row would carry it
        self.totals = {kind: role for kind, role in rows.items() if isinstance(role, Totals)}
        self.counted = [(name, frozenset(kinds)) for role in self.totals.values() for name, kinds in role.kinds.items()]
        self.stated: Counter[str] = Counter()
        self.draft: Draft | None = None
        self.number = ""
        self.before: Parties = {}

    def read(self) -> None:
        """Read all rows; each one is counted once."""
        run, opens, readers = self.run, self.order.opens, self.readers
        kinds: dict[str, int] = {}
        for row in carrying(run, self.part):
            kind = row.kind
            kinds[kind] = kinds.get(kind, 0) + 1
            try:
                if kind in readers:
                    self._add(row, readers[kind])
                elif kind == opens:
                    self._open(row)
                else:
                    self._about_the_file(row)
            except RejectedError as error:
                self._reject(row, error.reason)
        self._close()
        run.compare(self.stated, {name: sum(kinds.get(kind, 0) for kind in counted) for name, counted in self.counted})

    def _open(self, row: Row) -> None:
        self._close()
        self.before, before = {}, self.before
        record = self.builder.read(row)
        self.draft = Draft(record, self.part.name, row.line, before)
        self.number = self._key(row)
        self.run.used += 1

    def _add(self, row: Row, read: Reader) -> None:
        if row.problem:
            raise RejectedError(row.problem)
        draft = self.draft
        if draft is None or (self.order.key and self._key(row) != self.number):
            raise RejectedError("orphan")
        read(row.cells, draft)
        draft.lines.append(row.line)
        self.run.used += 1

    def _about_the_file(self, row: Row) -> None:
        if row.problem:
            raise RejectedError(row.problem)
        columns = self.part.kinds[row.kind]
        named = dict(zip(columns, row.cells, strict=True))
        if row.kind in self.totals:
            self.stated.update({name: whole(named[name]) for name in self.totals[row.kind].kinds})
        elif hook := self.run.context.hooks.get(row.kind):
            hook(self.run.context, named)
        self.run.structural += 1

    def _reject(self, row: Row, reason: str) -> None:
        self.run.reject(self.part.name, row, reason)
        number = self._key(row)
        if self.draft and (not self.order.key or number == self.number) and row.kind != self.order.opens:
            self.draft.complete = False
        else:
            self.run.doubt(number)

    def _close(self) -> None:
        if self.draft:
            self.run.record(self.draft.finished())
            self.before = self.draft.parties
        self.draft = None

    def _key(self, row: Row) -> str:
        at = self.key_at.get(row.kind, self.any_key_at if row.kind not in self.part.kinds else None)
        return row.cells[at].strip() if at is not None and at < len(row.cells) else ""


def _check(county: County, part: Part, order: InOrder) -> None:
    """Refuse a declaration whose rows are not the reader's, all of them and no other."""
    columns = named(part.kinds, order.opens, "rows", county.name)
    if order.key is not None:
        column_at(columns, order.key, county.name)
    for kind in part.kinds.keys() - {order.opens}:
        named(county.rows, kind, "rows", county.name)
    for kind, role in county.rows.items():
        columns = named(part.kinds, kind, "rows", county.name)
        if isinstance(role, Totals):
            for total, counted in role.kinds.items():
                column_at(columns, total, county.name)
                for other in counted:
                    named(part.kinds, other, "rows", county.name)
