"""Documents of several rows, each of which repeats the document's columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oseberg.county_parsers._builder import Builder
from oseberg.county_parsers._declared import column_at, named
from oseberg.county_parsers._record import Draft
from oseberg.county_parsers._rows import REASONS, STRUCTURAL, RejectedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from oseberg.county_parsers._rows import Row
    from oseberg.county_parsers._run import Part, Run
    from oseberg.county_parsers._standard import Record


@dataclass(frozen=True, kw_only=True)
class Grouped:
    """Rows name their document by a number; they may be apart, and in several files.

    The first used row states the document. A row without a number is an `orphan`. Documents are kept in memory until
    the last row is read.

    Args:
        key: The column of the number.
        repeat: Columns by which the repeat of a used row is recognised.
    """

    key: str
    repeat: Sequence[str]

    def read(self, run: Run, parts: Iterable[Part]) -> None:
        """Read all rows of all parts as one."""
        drafts: dict[str, Draft] = {}
        rejected: set[str] = set()
        seen: set[tuple[Any, ...]] = set()
        for part in parts:
            file = _File(run, part, self)
            for row in part.rows:
                run.rows += 1
                if row.problem == STRUCTURAL:
                    run.structural += 1
                    continue
                number = row.cells[file.key_at]
                number = number.strip() if number.strip().isdecimal() else ""
                identity = tuple(str(row.cells[at]).strip() for at in file.repeat_at)
                if number and identity in seen:
                    run.duplicate += 1
                    continue
                try:
                    file.use(row, number, drafts)
                except RejectedError as error:
                    run.reject(part.name, row, error.reason)
                    rejected.add(number)
                else:
                    seen.add(identity)
                    run.used += 1
        for number, draft in drafts.items():
            draft.complete = number not in rejected
            run.record(draft.finished())


class _File:
    """One file: its columns, bound to the declaration."""

    def __init__(self, run: Run, part: Part, grouped: Grouped) -> None:
        context = run.context
        context.open(part.name)
        kind, columns = next(iter(part.kinds.items()))
        self.name = part.name
        self.columns = columns
        self.key_at = column_at(columns, grouped.key, run.county)
        self.repeat_at = [column_at(columns, column, run.county) for column in grouped.repeat]
        self.builder = Builder(run.county.fields, columns, context)
        role = named(run.county.rows, kind, "rows", run.county)
        self.role: Callable[[Sequence[str], Draft], None] = role.bind(context, columns)
        self.hook = run.county.hooks.get("document")
        self.context = context

    def use(self, row: Row, number: str, drafts: dict[str, Draft]) -> None:
        """Add the row to its document, which it may begin.

        Raises:
            RejectedError: With the first of the reasons that apply.
        """
        if not number:
            raise RejectedError("orphan")
        record = self._record(row)
        draft = drafts.get(number)
        if draft is None:
            draft = Draft(record, self.name, row.line)
            self.role(row.cells, draft)
            if self.hook:
                self.hook(self.context, dict(zip(self.columns, row.cells, strict=True)), record)
            drafts[number] = draft
        else:
            self.role(row.cells, draft)
            if draft.file == self.name:
                draft.lines.append(row.line)

    def _record(self, row: Row) -> Record:
        """Read the document's columns; where they fail, the party's may give the reason that comes first."""
        try:
            return self.builder.read(row)
        except RejectedError as error:
            reasons = [error.reason]
            try:
                self.role(row.cells, Draft({}, self.name, row.line))
            except RejectedError as other:
                reasons.append(other.reason)
            raise RejectedError(min(reasons, key=REASONS.index)) from None
