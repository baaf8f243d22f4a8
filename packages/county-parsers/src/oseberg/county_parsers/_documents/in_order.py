"""Documents of several rows: one opens the document, those that belong to it follow."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oseberg.county_parsers._binding.lookup import KEY_SEPARATOR, column_at, key_reader, named, texts
from oseberg.county_parsers._cells.values import whole
from oseberg.county_parsers._documents.builder import Builder
from oseberg.county_parsers._documents.counting import carrying
from oseberg.county_parsers._records.record import Draft
from oseberg.county_parsers._records.row import RejectedError
from oseberg.county_parsers.rows import Header, Totals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from oseberg.county_parsers._declaration.county import County
    from oseberg.county_parsers._records.record import Parties
    from oseberg.county_parsers._records.row import Part, Row
    from oseberg.county_parsers._run import Run

    Reader = Callable[[Sequence[str], Draft], None]


@dataclass(frozen=True, kw_only=True)
class InOrder:
    """Rows follow the row that opens their document.

    Args:
        opens: The kind of row that opens a document.
        key: The column, or columns, by which the rows name their document; None when order alone decides. With a key,
            a row of another number than the open document's is an `orphan`, and a rejected row makes the document of
            its number incomplete; without one, the open document.
    """

    opens: str
    key: str | Sequence[str] | None = None

    def read(self, county: County, run: Run, parts: Iterable[Part]) -> None:
        """Read all rows of all parts; a document ends with its file.

        Args:
            county: The declaration.
            run: The parse, which counts the rows and takes the records.
            parts: The delivery.
        """
        numbers: dict[str, str] = {}
        for part in parts:
            _File(county, run, part, self, numbers).read()


class _File:
    """One file: its open document, and the role of each kind of row."""

    def __init__(self, county: County, run: Run, part: Part, order: InOrder, numbers: dict[str, str]) -> None:
        self.run = run
        self.part = part
        self.order = order
        self.numbers = numbers  # only of keys of several columns: any other key is the number itself
        context, rows = run.context, county.rows
        context.open(part.name)
        _check(county, part, order)
        self.builder = Builder(county.fields, part.kinds[order.opens], context, county.extra)
        self.readers: dict[str, Reader] = {
            kind: role.bind(context, part.kinds[kind])
            for kind, role in rows.items()
            if not isinstance(role, Header | Totals)
        }
        self.keys = _key_readers(county, part, order)
        self.stating = {kind: role for kind, role in rows.items() if isinstance(role, Header | Totals)}
        self.draft: Draft | None = None
        self.number = ""
        self.before: Parties = {}
        self.stated: dict[str, Counter[str]] = {}

    def read(self) -> None:
        """Read all rows; each one is counted once."""
        opens, readers = self.order.opens, self.readers
        kinds: dict[str, int] = {}
        for row in carrying(self.run, self.part):
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
                self._reject(row, error)
        self._close()
        self._compare(kinds)

    def _compare(self, kinds: Mapping[str, int]) -> None:
        """Compare a file's totals with its rows; one that has rows, but lacks required ones, was cut short."""
        for kind, role in self.stating.items():
            stated = self.stated.get(kind, Counter())
            counted = {name: sum(kinds.get(other, 0) for other in role.kinds[name]) for name in stated}
            self.run.compare(stated, counted, reported=isinstance(role, Totals))
        # A trailer that was rejected counts as present: the reject says what is wrong with it.
        lacking = [kind for kind, role in self.stating.items() if role.required and kind not in kinds]
        if kinds and lacking:
            self.run.cut_short(self.part.name, " and ".join(f"the row {kind!r} that each file has" for kind in lacking))

    def _open(self, row: Row) -> None:
        self._close()
        self.before, before = {}, self.before
        record = self.builder.read(row)
        self.draft = Draft(record, self.part.name, row.line, before)
        self.number = self._key(row)
        if KEY_SEPARATOR in self.number:
            self.numbers[self.number] = record["instrument_number"] or ""
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
        # Hooks see names, not positions: a column that moves in the declaration needs no change in them.
        named_cells = dict(zip(self.part.kinds[row.kind], row.cells, strict=True))
        role = self.stating[row.kind]
        if role.kinds:
            self.stated[row.kind] = Counter(_stated(role, named_cells))
        if isinstance(role, Header) and (hook := self.run.context.hooks.get(row.kind)):
            hook(self.run.context, named_cells)
        self.run.structural += 1

    def _reject(self, row: Row, error: RejectedError) -> None:
        self.run.reject(self.part.name, row, error)
        number = self._key(row)
        if self.draft and (not self.order.key or number == self.number) and row.kind != self.order.opens:
            self.draft.complete = False
        else:
            self.run.doubt(self.numbers.get(number, number))

    def _close(self) -> None:
        if self.draft:
            self.run.record(self.draft.finished())
            self.before = self.draft.parties
        self.draft = None

    def _key(self, row: Row) -> str:
        read = self.keys.get(row.kind if row.kind in self.part.kinds else None)
        return read(row.cells) if read else ""


def _stated(role: Header | Totals, cells: Mapping[str, Any]) -> dict[str, int]:
    """Return the totals that a row states; a header may leave them blank, a trailer may not."""
    found = {}
    for name in role.kinds:
        try:
            found[name] = whole(cells[name])
        except RejectedError as error:
            if isinstance(role, Totals):
                raise RejectedError(error.reason, name) from None
    return found


def _key_readers(county: County, part: Part, order: InOrder) -> dict[str | None, Callable[[Sequence[Any]], str]]:
    """Return the function that reads the key of each kind of row; under None that for unknown kinds."""
    if order.key is None:
        return {}
    columns = texts(order.key)
    with_key = {kind: names for kind, names in part.kinds.items() if set(columns) <= set(names)}
    keys: dict[str | None, Callable[[Sequence[Any]], str]] = {
        kind: key_reader(names, columns, county.name) for kind, names in with_key.items()
    }
    if len({tuple(list(names).index(column) for column in columns) for names in with_key.values()}) == 1:
        keys[None] = keys[order.opens]  # an unknown kind of row would carry it in the same place
    return keys


def _check(county: County, part: Part, order: InOrder) -> None:
    """Reject a declaration whose kinds of rows are not exactly the reader's."""
    columns = named(part.kinds, order.opens, "rows", county.name)
    for key in texts(order.key or ()):
        column_at(columns, key, county.name)
    for kind in part.kinds.keys() - {order.opens}:
        named(county.rows, kind, "rows", county.name)
    for kind, role in county.rows.items():
        columns = named(part.kinds, kind, "rows", county.name)
        if isinstance(role, Header | Totals):
            for total, counted in role.kinds.items():
                column_at(columns, total, county.name)
                for other in counted:
                    named(part.kinds, other, "rows", county.name)
