"""One kind of row of an unknown file, with what its columns hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.county_parsers._draft.look import TAG, Seen
from oseberg.county_parsers._draft.meaning import meanings

if TYPE_CHECKING:
    from collections.abc import Sequence

_OF_A_RECORD = ("number", "type", "recorded", "time", "instrument date", "book/page", "volume", "page", "pages")


class Kind:
    """One kind of row: its columns by their final names, and what they hold."""

    def __init__(self, name: str, seen: Seen, rows: Sequence[Sequence[str]], columns: Sequence[str]) -> None:
        self.name, self.named = name, seen.heading or seen.form == "json"
        self.rows = rows = [["" if cell.strip() == seen.none else cell for cell in row] for row in rows]
        tagged = columns[:1] == [TAG]
        found = meanings(columns[tagged:], [row[tagged:] for row in rows], named=self.named)
        names: dict[str, str] = {}
        for column in columns[tagged:]:
            what = found[column].what
            names[column] = (what or column) if column.startswith("column ") else column
        self.columns = [TAG] * tagged + [names[column] for column in columns[tagged:]]
        self.meanings = {names[column]: found[column] for column in columns[tagged:]}

    def column(self, *whats: str) -> str | None:
        """Return the column with the first of these meanings that occurs."""
        return next((column for what in whats for column, found in self.meanings.items() if found.what == what), None)

    def cells(self, column: str) -> list[str]:
        """Return the filled cells of a column."""
        at = self.columns.index(column)
        return [row[at].strip() for row in self.rows if at < len(row) and row[at].strip()]

    @property
    def known(self) -> int:
        """How many columns of a document's own row were recognized."""
        return sum(found.what in _OF_A_RECORD for found in self.meanings.values())
