"""Documents of several rows, each of which repeats the document's columns."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oseberg.county_parsers._binding.lookup import column_at, compiled, key_reader, named, only_kind, texts
from oseberg.county_parsers._cells.values import whole
from oseberg.county_parsers._documents.builder import Builder
from oseberg.county_parsers._documents.counting import carrying
from oseberg.county_parsers._records.record import TYPE, Draft, PlaceTakenError
from oseberg.county_parsers._records.row import RejectedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from oseberg.county_parsers._declaration.county import County
    from oseberg.county_parsers._records.record import Record
    from oseberg.county_parsers._records.row import Part, Row
    from oseberg.county_parsers._run import Run


@dataclass(frozen=True, kw_only=True)
class Grouped:
    """Rows name their document by a key; they may be apart, and in several files.

    The first used row states the document; later ones may add what it left blank. A row that states something else
    contradicts it: it is rejected (`unreadable`) and counted, and the document is incomplete.
    Documents are kept in memory until the last row is read.

    Args:
        key: The column of the key, or several where numbers start again (each year, in each book).
        repeat: Columns by which the repeat of a used row is recognized.
        readable: A regular expression of a readable key; a row with another one is an `orphan`.
        totals: The name under which the number of rows that a file states is reported, where the reader has a row of
            it.
        unique_places: Every party has a place of its own on its side: another name in its place contradicts it.
    """

    key: str | Sequence[str]
    repeat: Sequence[str]
    readable: str = "(?s).+"
    unique_places: bool = False
    totals: str = "rows"

    def read(self, county: County, run: Run, parts: Iterable[Part]) -> None:
        """Read all rows of all parts as one.

        Args:
            county: The declaration.
            run: The parse, which counts the rows and takes the records.
            parts: The delivery.
        """
        documents = _Documents()
        for part in parts:
            file = _File(county, run, part, self, documents)
            for row in carrying(run, part):
                if row.kind == file.kind:
                    file.read(row)
                else:
                    file.total(row)
            run.compare(file.stated, {self.totals: file.count})
        for key, draft in documents.drafts.items():
            draft.complete = key not in documents.rejected
            run.record(draft.finished())


class _Documents:
    """The documents made from the rows of all files so far."""

    def __init__(self) -> None:
        self.drafts: dict[str, Draft] = {}
        self.stated: dict[str, Record] = {}
        self.rejected: set[str] = set()
        self.seen: set[tuple[str, ...]] = set()


class _File:
    """One file: its columns, bound to the declaration."""

    def __init__(self, county: County, run: Run, part: Part, grouped: Grouped, documents: _Documents) -> None:
        context = run.context
        context.open(part.name)
        kind, columns = only_kind(part.kinds, county.name, "total")
        self.run = run
        self.kind = kind
        self.totals = grouped.totals
        self.stated: Counter[str] = Counter()
        self.count = 0
        self.name = part.name
        self.documents = documents
        self.unique_places = grouped.unique_places
        self.readable = compiled(grouped.readable, f"{county.name}: the pattern of readable keys")
        self.read_key = key_reader(columns, grouped.key, county.name)
        self.repeat_at = [column_at(columns, column, county.name) for column in texts(grouped.repeat)]
        self.builder = Builder(county.fields, columns, context, county.extra)
        role = named(county.rows, kind, "rows", county.name)
        self.role: Callable[[Sequence[str], Draft], None] = role.bind(context, columns)

    def read(self, row: Row) -> None:
        """Read a row; it is used, a duplicate, or rejected."""
        run, documents = self.run, self.documents
        self.count += 1
        key = self.key(row)
        identity = None if row.problem else tuple(str(row.cells[at]).strip() for at in self.repeat_at)
        try:
            # A repeat is recognized before it is read: overlapping workbooks repeat rows, and nothing is lost with one.
            if key and identity in documents.seen and not self.contradicts(row, key):
                run.duplicate += 1
                return
            self.use(row, key)
        except RejectedError as error:
            run.reject(self.name, row, error)
            documents.rejected.add(key)
        else:
            if identity is not None:
                documents.seen.add(identity)
            run.used += 1

    def total(self, row: Row) -> None:
        """Keep the number of rows that the file states."""
        try:
            self.stated[self.totals] += whole(row.cells[0].replace(",", ""))
        except RejectedError as error:
            self.run.reject(self.name, row, error)
        else:
            self.run.structural += 1

    def key(self, row: Row) -> str:
        """Return the document's key; nothing where it can't be read."""
        key = self.read_key(row.cells)
        return key if self.readable.fullmatch(key) else ""

    def contradicts(self, row: Row, key: str) -> bool:
        """Whether a row with the identity of a used one states another document, and so is not a mere repeat.

        Raises:
            RejectedError: It does.
        """
        try:
            record = self.builder.build(row.cells)
        except RejectedError:
            return False  # the repeat of a row that is used already: nothing is lost with it
        self._agree(record, key)
        return False

    def use(self, row: Row, key: str) -> None:
        """Add the row to its document, which it may begin.

        Raises:
            RejectedError: With the first of the reasons that apply.
        """
        if row.problem or not key:
            raise RejectedError(row.problem or "orphan")
        record = self._record(row)
        documents = self.documents
        draft = documents.drafts.get(key)
        if draft is None:
            draft = Draft(record, self.name, row.line)
            draft.taken = set() if self.unique_places else None
            # The hook may change the record; rows are compared with what the first one stated.
            stated = record.copy()
            self.role(row.cells, draft)
            self.builder.hook(row.cells, record)
            documents.drafts[key] = draft
            documents.stated[key] = stated
            return
        new = self._agree(record, key)
        try:
            self.role(row.cells, draft)
        except PlaceTakenError:
            self.run.contradictions += 1
            raise
        if new:
            documents.stated[key].update(new)
            draft.record.update(new)
            self.builder.hook(row.cells, draft.record)
        if draft.file == self.name:
            draft.lines.append(row.line)

    def _record(self, row: Row) -> Record:
        """Read the document's columns; if they fail, the party's may have the reason that ranks first."""
        try:
            return self.builder.build(row.cells)
        except RejectedError as error:
            problems = [error]
            try:
                self.role(row.cells, Draft({}, self.name, row.line))
            except RejectedError as other:
                problems.append(other)
            raise min(problems, key=lambda problem: problem.rank) from None

    def _agree(self, record: Record, key: str) -> Record:
        """Return what a row states about its document that no earlier row did.

        Raises:
            RejectedError: It states something other than a row before it.
        """
        stated = self.documents.stated[key]
        if record == stated:
            return {}
        # Clerks repeat a document's columns on each of its rows or leave them blank: a blank contradicts nothing.
        new = {name: value for name, value in record.items() if value != stated[name] and not _is_blank(record, name)}
        differing = [name for name in new if not _is_blank(stated, name)]
        if differing:
            self.run.contradictions += 1
            raise RejectedError("unreadable", self.builder.column_of(differing[0]))
        return new


def _is_blank(record: Record, key: str) -> bool:
    """Whether a record states nothing under a key; of the type's four keys the verbatim text decides."""
    return not record["document_type_text"] if key in TYPE else record[key] in (None, [], {})
