"""Documents spread over tables that are related by a key."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from oseberg.county_parsers._binding.lookup import key_reader, named, only_kind
from oseberg.county_parsers._documents.builder import Builder
from oseberg.county_parsers._documents.counting import carrying
from oseberg.county_parsers._records.record import Draft
from oseberg.county_parsers._records.row import RejectedError
from oseberg.county_parsers.fields import ACTION
from oseberg.county_parsers.rows import Header

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from oseberg.county_parsers._declaration.county import County
    from oseberg.county_parsers._records.record import Record
    from oseberg.county_parsers._records.row import Part, Row
    from oseberg.county_parsers._run import Run


@dataclass(frozen=True, kw_only=True)
class Related:
    """The main table states the documents, the others add to them by the key.

    A repeated key in the main table: an identical row is a duplicate, another one is `unreadable` (the first is
    kept, incomplete). A row of a feed that updates or deletes the document is a record of its own; the rows of the
    other tables belong to the last one that is not a deletion. A row whose key the main table lacks is an `orphan`.
    Tables of a `Header` role are read first, by their hook. A table that should be there and is not makes the documents
    of its group incomplete. One group of tables is in memory at a time.

    Args:
        main: The kind of row that states a document.
        key: The column, in every table, that relates them; several where numbers start again.
    """

    main: str
    key: str | Sequence[str]

    def read(self, county: County, run: Run, parts: Iterable[Part]) -> None:
        """Read group after group.

        Args:
            county: The declaration.
            run: The parse, which counts the rows and takes the records.
            parts: The delivery, the tables of each group in the order in which they must be read.
        """
        for group, tables in groupby(parts, key=attrgetter("group")):
            run.context.open(group)
            _Group(county, run, self).read(tables)


class _Group:
    """The tables that belong together."""

    def __init__(self, county: County, run: Run, related: Related) -> None:
        self.county = county
        self.run = run
        self.related = related
        self.drafts: dict[str, Draft] = {}
        self.all: list[tuple[str, Draft]] = []
        self.stated: dict[str, list[Any]] = {}
        self.rejected: set[str] = set()
        self.whole = True

    def read(self, tables: Iterable[Part]) -> None:
        """Read all rows of all tables, which completes the documents."""
        for part in tables:
            kind, columns = only_kind(part.kinds, self.county.name)
            role = self.county.rows.get(kind)
            if isinstance(role, Header):
                self._header(part, kind)
            elif kind == self.related.main:
                self._main(part, Builder(self.county.fields, columns, self.run.context, self.county.extra))
            else:
                self._children(part, kind)
            if part.missing:
                self.whole = False
                self.run.problems.append(
                    f"{part.group}: the table {part.name} is missing. Ask the vendor for it; until then the documents "
                    "of this group are incomplete."
                )
        # Only now: any later table may still reject a row of any document.
        for key, draft in self.all:
            draft.complete = self.whole and key not in self.rejected
            self.run.record(draft.finished())

    def _header(self, part: Part, kind: str) -> None:
        hook = named(self.run.context.hooks, kind, "hook", self.county.name)
        columns = part.kinds[kind]
        for row in carrying(self.run, part):
            if row.problem:
                self.run.reject(part.name, row, RejectedError(row.problem))
            else:
                hook(self.run.context, dict(zip(columns, row.cells, strict=True)))
                self.run.structural += 1

    def _main(self, part: Part, builder: Builder) -> None:
        run, columns = self.run, next(iter(part.kinds.values()))
        read_key = key_reader(columns, self.related.key, self.county.name)
        for row in carrying(run, part):
            key = read_key(row.cells)
            # Only the whole row is a repeat: the same key with other cells may be a correction, which is not merged.
            # Of a feed the row before counts: what was deleted meanwhile is added anew.
            if key and self.stated.get(key) == row.cells:
                run.duplicate += 1
                continue
            try:
                record = self._record(row, key, builder)
            except RejectedError as error:
                run.reject(part.name, row, error)
                self.rejected.add(key)
            else:
                draft = Draft(record, part.name, row.line)
                self.all.append((key, draft))
                if key not in self.drafts or record["extra"].get(ACTION) != "delete":
                    self.drafts[key] = draft
                self.stated[key] = row.cells
                run.used += 1

    def _record(self, row: Row, key: str, builder: Builder) -> Record:
        if not key or (key in self.drafts and self._contradicts(row, key, builder)):
            raise builder.problem(row) or RejectedError("unreadable")
        return builder.read(row)

    def _contradicts(self, row: Row, key: str, builder: Builder) -> bool:
        """Whether a row adds a document that is already known."""
        if row.problem or builder.action(row.cells) == "add":
            last = next(draft for known, draft in reversed(self.all) if known == key)
            return bool(last.record["extra"].get(ACTION) != "delete")
        return False

    def _children(self, part: Part, kind: str) -> None:
        run, columns = self.run, part.kinds[kind]
        read = named(self.county.rows, kind, "rows", self.county.name).bind(run.context, columns)
        read_key = key_reader(columns, self.related.key, self.county.name)
        for row in carrying(run, part):
            key = read_key(row.cells)
            try:
                read(row.cells, self._draft(row, key))
                run.used += 1
            except RejectedError as error:
                run.reject(part.name, row, error)
                self.rejected.add(key)

    def _draft(self, row: Row, key: str) -> Draft:
        if row.problem:
            raise RejectedError(row.problem)
        if key not in self.drafts:
            raise RejectedError("orphan")
        return self.drafts[key]
