"""A row of an index file, and the reasons for which one is set aside."""

from __future__ import annotations

from typing import Any, NamedTuple, TypedDict

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
"""In the order in which they are given: when several apply, the first."""

STRUCTURAL = "structural"


class Row(NamedTuple):
    """One row as a reader gives it.

    `cells` follow the reader's columns for `kind`. `problem` is None, a reason, or "structural" for rows that carry
    no document (headings, blanks, titles). `text` may still end in its line break.
    """

    line: int
    kind: str
    cells: list[Any]
    text: str
    problem: str | None


class Reject(TypedDict):
    """A row that was set aside, kept with its reason."""

    file: str
    line: int
    reason: str
    text: str


class RejectedError(Exception):
    """Raised while a row is read: the row is set aside for `reason`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
