"""Rows of a declaration: what a kind of row other than the document's own tells about its document."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from oseberg.county_parsers._cells.parties import party as read_party
from oseberg.county_parsers._cells.values import whole
from oseberg.county_parsers._lookup import column_at, named
from oseberg.county_parsers._row import RejectedError
from oseberg.county_parsers.fields import image_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from oseberg.county_parsers._context import Context
    from oseberg.county_parsers._record import Draft


class Role(Protocol):
    """What is done with a kind of row."""

    def bind(self, context: Context, columns: Sequence[str]) -> Callable[[Sequence[str], Draft], None]:
        """Return the function that adds a row's cells to its document, or raises RejectedError.

        Args:
            context: The context of the parse.
            columns: The columns of this kind of row.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Header:
    """A row about the file; a hook of the same name reads it into the context's facts. Structural.

    Args:
        kinds: For each column with a total that the header states, the kinds of rows that it counts. Blank and
            unreadable totals state nothing.
        required: Every file has this row: one that has other rows, but not this one, was cut short.
    """

    kinds: Mapping[str, Sequence[str]] = field(default_factory=dict)
    required: bool = False


@dataclass(frozen=True)
class Totals:
    """A row with totals that the delivery states. Structural.

    Args:
        kinds: For each column the kinds of rows that it counts.
        required: Every file has this row: one that has other rows, but not this one, was cut short.
    """

    kinds: Mapping[str, Sequence[str]]
    required: bool = True


@dataclass(frozen=True, kw_only=True)
class Party:
    """A row with one party.

    Args:
        side: The column that says which side.
        sides: What its texts mean: `grantors` or `grantees`; other texts are `bad_role`.
        place: The column of the party's place among those of its side.
        name: The column of the name; a row without one is `unreadable`.
        ditto: Texts instead of a name that repeat the last party of the side in the document before.
    """

    side: str
    sides: Mapping[str, str]
    place: str
    name: str
    ditto: frozenset[str] = frozenset()

    def bind(self, context: Context, columns: Sequence[str]) -> Callable[[Sequence[str], Draft], None]:
        """Return the function that adds the party; see `Role`."""
        side_at, place_at, name_at = (
            column_at(columns, column, context.county.name) for column in (self.side, self.place, self.name)
        )
        side_column, place_column, name_column = self.side, self.place, self.name
        sides, ditto = self.sides, self.ditto

        def read(cells: Sequence[str], draft: Draft) -> None:
            side = sides.get(cells[side_at].strip())
            if side is None:
                raise RejectedError("bad_role", side_column)
            place = whole(cells[place_at], place_column)
            name = cells[name_at]
            found = draft.ditto(side) if name.strip().upper() in ditto else read_party(name)
            if found is None:
                raise RejectedError("unreadable", name_column)
            draft.add_party(side, place, found, cells[side_at].strip())

        return read


@dataclass(frozen=True)
class Legal:
    """A row with a legal description; one without text is `unreadable`."""

    column: str

    def bind(self, context: Context, columns: Sequence[str]) -> Callable[[Sequence[str], Draft], None]:
        """Return the function that adds the text; see `Role`."""
        column = self.column
        at = column_at(columns, column, context.county.name)

        def read(cells: Sequence[str], draft: Draft) -> None:
            text = cells[at].strip()
            draft.continues = bool(text)
            if not text:
                raise RejectedError("unreadable", column)
            draft.legals.append(text)

        return read


@dataclass(frozen=True)
class Continued:
    """A row that carries on the legal description before it, joined with one blank; without one it is an `orphan`."""

    column: str

    def bind(self, context: Context, columns: Sequence[str]) -> Callable[[Sequence[str], Draft], None]:
        """Return the function that lengthens the text; see `Role`."""
        at = column_at(columns, self.column, context.county.name)

        def read(cells: Sequence[str], draft: Draft) -> None:
            if not draft.continues:
                raise RejectedError("orphan")
            draft.legals[-1] = f"{draft.legals[-1]} {cells[at].strip()}".rstrip()

        return read


@dataclass(frozen=True)
class ByHook:
    """A row that a hook of the same name reads: `hook(context, row, draft)`, the row as a dict of its columns."""

    kind: str

    def bind(self, context: Context, columns: Sequence[str]) -> Callable[[Sequence[str], Draft], None]:
        """Return the function that calls the hook; see `Role`."""
        hook: Callable[[Context, dict[str, str], Draft], Any] = named(
            context.hooks, self.kind, "hook", context.county.name
        )

        def read(cells: Sequence[str], draft: Draft) -> None:
            hook(context, dict(zip(columns, cells, strict=False)), draft)

        return read


@dataclass(frozen=True, kw_only=True)
class Image:
    """A row with one page's image file, under `images/`; a row without a file is `unreadable`."""

    page: str
    file: str

    def bind(self, context: Context, columns: Sequence[str]) -> Callable[[Sequence[str], Draft], None]:
        """Return the function that adds the image; see `Role`."""
        page_column, file_column = self.page, self.file
        page_at, file_at = (column_at(columns, column, context.county.name) for column in (page_column, file_column))

        def read(cells: Sequence[str], draft: Draft) -> None:
            page, name = whole(cells[page_at], page_column), cells[file_at].strip()
            if not name:
                raise RejectedError("unreadable", file_column)
            draft.images.append((page, image_path(name)))

        return read
