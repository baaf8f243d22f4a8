"""Rows of a declaration: what kinds of rows other than the document's own say about their document."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from oseberg.county_parsers._binding.lookup import column_at, compiled, named, texts
from oseberg.county_parsers._cells.parties import party as read_party
from oseberg.county_parsers._cells.values import whole
from oseberg.county_parsers._records.row import RejectedError
from oseberg.county_parsers.errors import BadDeclarationError
from oseberg.county_parsers.fields import Field, image_path

SIDES = ("grantors", "grantees")

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from oseberg.county_parsers._binding.context import Context
    from oseberg.county_parsers._records.record import Draft


class Role(Protocol):
    """The role of a kind of row."""

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
    """A row with one party, or with several of one side.

    Args:
        name: The column of the name, or several columns that make it up (last, first, middle name); a row without one
            is `unreadable`.
        side: The column that says which side; None when `always` says it.
        sides: What its texts mean: `grantors` or `grantees`; other texts are `bad_role`.
        always: The side of every row of this kind, where each side has a table of its own.
        place: The column of the party's place among those of its side; None when the order of the rows says it.
        separator: A regular expression between several names in one cell.
        once: A name that is on its side already is not another party, as where each grantor comes with each grantee.
        ditto: Texts instead of a name that repeat the last party of the side in the document before.
        action: What a feed does with the party, as `fields.action` reads it. One that is deleted is kept in the
            record's `extra`, under `deleted_parties`.
    """

    name: str | tuple[str, ...]
    side: str | None = None
    sides: Mapping[str, str] = field(default_factory=dict)
    always: str | None = None
    place: str | None = None
    separator: str | None = None
    once: bool = False
    ditto: frozenset[str] = frozenset()
    action: Field | None = None

    def __post_init__(self) -> None:
        """Reject a party without a side, or with one that the record does not have."""
        if (self.side is None) == (self.always is None):
            raise BadDeclarationError("rows.Party needs either side=COLUMN with sides={...}, or always='grantors'.")
        if wrong := {*self.sides.values(), self.always or SIDES[0]} - set(SIDES):
            raise BadDeclarationError(f"rows.Party: {min(wrong)!r} is not a side. Choose grantors or grantees.")
        object.__setattr__(self, "ditto", frozenset(texts(self.ditto)))

    def bind(self, context: Context, columns: Sequence[str]) -> Callable[[Sequence[str], Draft], None]:
        """Return the function that adds the party; see `Role`."""
        county = context.county.name
        names_at = [column_at(columns, column, county) for column in texts(self.name)]
        side_at = None if self.side is None else column_at(columns, self.side, county)
        place_at = None if self.place is None else column_at(columns, self.place, county)
        action_at = None if self.action is None else column_at(columns, str(self.action.column), county)
        cut = compiled(self.separator, "separator") if self.separator else None
        sides, always, name_column = self.sides, self.always, ", ".join(texts(self.name))

        def read(cells: Sequence[str], draft: Draft) -> None:
            written = "" if side_at is None else cells[side_at].strip()
            side = always or sides.get(written)
            if side is None:
                raise RejectedError("bad_role", self.side)
            place = len(draft.parties.get(side, ())) + 1 if place_at is None else whole(cells[place_at], self.place)
            action = self.action.convert(cells[action_at]) if self.action and action_at is not None else "add"
            name = cells[names_at[0]] if len(names_at) == 1 else " ".join([cells[at] for at in names_at])
            parts = cut.split(name) if cut else [name]
            found = [party for part in parts if (party := self._party(part, side, draft))]
            if not found:
                raise RejectedError("unreadable", name_column)
            draft.places_count |= self.action is not None and self.place is not None
            for party in found:
                if action == "delete":
                    draft.delete_party(side, party)
                elif not (self.once and draft.has_party(side, party)):
                    draft.add_party(side, place, party, written)

        return read

    def _party(self, name: str, side: str, draft: Draft) -> dict[str, Any] | None:
        return draft.ditto(side) if name.strip().upper() in self.ditto else read_party(name)


@dataclass(frozen=True)
class Parties:
    """A row with parties of several sides, as where each grantor comes with each grantee; a name counts once.

    Args:
        columns: The side of each column with names: `grantors` or `grantees`. A row without any name is `unreadable`.
        separator: A regular expression between several names in one cell.
    """

    columns: Mapping[str, str]
    separator: str | None = None

    def __post_init__(self) -> None:
        """Reject a side that the record does not have."""
        for side in self.columns.values():
            Party(name="", always=side)

    def bind(self, context: Context, columns: Sequence[str]) -> Callable[[Sequence[str], Draft], None]:
        """Return the function that adds the parties; see `Role`."""
        places = [(column_at(columns, column, context.county.name), side) for column, side in self.columns.items()]
        cut = compiled(self.separator, "separator") if self.separator else None

        def read(cells: Sequence[str], draft: Draft) -> None:
            found = [
                (side, party)
                for at, side in places
                for part in (cut.split(cells[at]) if cut else [cells[at]])
                if (party := read_party(part))
            ]
            if not found:
                raise RejectedError("unreadable", ", ".join(self.columns))
            for side, party in found:
                if not draft.has_party(side, party):
                    draft.add_party(side, len(draft.parties.get(side, ())) + 1, party)

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
    """A row that continues the legal description before it, joined with a blank; without one it is an `orphan`."""

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
