"""A row of an index file, the part of a delivery that it belongs to, and the reasons for rejecting it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# In the order in which they are given: when several apply, the first.
REASONS = (
    "encoding",
    "cell_count",
    "unknown_row_type",
    "orphan",
    "bad_role",
    "bad_date",
    "bad_number",
    "unreadable",
)

STRUCTURAL = "structural"


class Row(NamedTuple):
    """One row as a reader yields it.

    Attributes:
        line: The physical line, from 1; of a workbook the row.
        kind: The kind of row, which decides its columns.
        cells: In the order of the reader's columns for `kind`.
        text: The row verbatim; it may still end in its line break.
        problem: None, a reason, or "structural" for a row that carries no document (a heading, a blank, a title).
    """

    line: int
    kind: str
    cells: list[Any]
    text: str
    problem: str | None


@dataclass(frozen=True)
class Part:
    """An index file, or one table of it.

    Args:
        name: The file's or the table's name.
        kinds: The columns of each kind of its rows.
        rows: The rows.
        group: Tables of the same group make up documents together.
        missing: The table should be there and is not: its rows are lost to the group's documents.
        problems: What the reader notices about the file as a whole while it is read, as sentences.
    """

    name: str
    kinds: Mapping[str, Sequence[str]]
    rows: Iterable[Row]
    group: str = ""
    missing: bool = False
    problems: list[str] = field(default_factory=list)


class Reject(TypedDict):
    """A row that was set aside, kept with its reason and the column that could not be read (None: the whole row)."""

    file: str
    line: int
    reason: str
    text: str
    column: str | None


class RejectedError(Exception):
    """Raised while a row is read: the row is set aside.

    Args:
        reason: One of `REASONS`.
        column: The column that could not be read, where one is to blame.
    """

    def __init__(self, reason: str, column: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column

    @property
    def rank(self) -> int:
        """The position of the reason in `REASONS`."""
        return REASONS.index(self.reason)
