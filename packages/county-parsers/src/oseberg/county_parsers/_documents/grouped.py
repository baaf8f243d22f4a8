"""Documents of several rows, each of which repeats the document's columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oseberg.county_parsers._documents.builder import Builder
from oseberg.county_parsers._documents.counting import carrying
from oseberg.county_parsers._lookup import column_at, named, only_kind
from oseberg.county_parsers._record import Draft
from oseberg.county_parsers._row import REASONS, RejectedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from oseberg.county_parsers._county import County
    from oseberg.county_parsers._record import Record
    from oseberg.county_parsers._row import Part, Row
    from oseberg.county_parsers._run import Run


@dataclass(frozen=True, kw_only=True)
class Grouped:
    """Rows name their document by a key; they may be apart, and in several files.

    The first used row states the document. Documents are kept in memory until the last row is read.

    Args:
        key: The column of the key.
        repeat: Columns by which the repeat of a used row is recognised.
        readable: A regular expression of a readable key; a row with another one is an `orphan`.
    """

    key: str
    repeat: Sequence[str]
    readable: str = ".+"

    def read(self, county: County, run: Run, parts: Iterable[Part]) -> None:
        """Read all rows of all parts as one."""
        drafts: dict[str, Draft] = {}
        rejected: set[str] = set()
        seen: set[tuple[str, ...] | None] = set()
        for part in parts:
            file = _File(county, run, part, self)
            for row in carrying(run, part):
                key, identity = file.key(row), file.identity(row)
                if key and identity in seen:
                    run.duplicate += 1
                    continue
                try:
                    file.use(row, key, drafts)
                except RejectedError as error:
                    run.reject(part.name, row, error.reason)
                    rejected.add(key)
                else:
                    seen.add(identity)
                    run.used += 1
        for key, draft in drafts.items():
            draft.complete = key not in rejected
            run.record(draft.finished())


class _File:
    """One file: its columns, bound to the declaration."""

    def __init__(self, county: County, run: Run, part: Part, grouped: Grouped) -> None:
        context = run.context
        context.open(part.name)
        kind, columns = only_kind(part.kinds, county.name)
        self.name = part.name
        self.readable = re.compile(grouped.readable)
        self.key_at = column_at(columns, grouped.key, county.name)
        self.repeat_at = [column_at(columns, column, county.name) for column in grouped.repeat]
        self.builder = Builder(county.fields, columns, context)
        role = named(county.rows, kind, "rows", county.name)
        self.role: Callable[[Sequence[str], Draft], None] = role.bind(context, columns)

    def key(self, row: Row) -> str:
        """Return the document's key; nothing where it can't be read."""
        cell = row.cells[self.key_at].strip() if self.key_at < len(row.cells) else ""
        return cell if self.readable.fullmatch(cell) else ""

    def identity(self, row: Row) -> tuple[str, ...] | None:
        """Return what a repeat of the row has in common with it; None for a row with a problem, which is no repeat."""
        return None if row.problem else tuple(str(row.cells[at]).strip() for at in self.repeat_at)

    def use(self, row: Row, key: str, drafts: dict[str, Draft]) -> None:
        """Add the row to its document, which it may begin.

        Raises:
            RejectedError: With the first of the reasons that apply.
        """
        if row.problem or not key:
            raise RejectedError(row.problem or "orphan")
        record = self._record(row)
        draft = drafts.get(key)
        if draft is None:
            draft = Draft(record, self.name, row.line)
            self.role(row.cells, draft)
            self.builder.hook(row.cells, record)
            drafts[key] = draft
        else:
            self.role(row.cells, draft)
            if draft.file == self.name:
                draft.lines.append(row.line)

    def _record(self, row: Row) -> Record:
        """Read the document's columns; where they fail, the party's may give the reason that comes first."""
        try:
            return self.builder.build(row.cells)
        except RejectedError as error:
            reasons = [error.reason]
            try:
                self.role(row.cells, Draft({}, self.name, row.line))
            except RejectedError as other:
                reasons.append(other.reason)
            raise RejectedError(min(reasons, key=REASONS.index)) from None
