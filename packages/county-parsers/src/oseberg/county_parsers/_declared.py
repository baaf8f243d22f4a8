"""What the parts of a declaration need of each other: a column, a kind of row, a hook."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from oseberg.county_parsers.errors import BadDeclarationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from oseberg.county_parsers._county import County

    Thing = TypeVar("Thing")


def named(things: Mapping[str, Thing], name: str, what: str, county: County) -> Thing:
    """Give what one part of a declaration needs of another.

    Raises:
        BadDeclarationError: There is no such thing.
    """
    if name not in things:
        there = f"there are {', '.join(things)}" if things else "there is none"
        raise BadDeclarationError(f"{county.name}: the declaration needs the {what} {name!r}; {there}.")
    return things[name]


def only_kind(kinds: Mapping[str, Sequence[str]], county: County, *besides: str) -> tuple[str, Sequence[str]]:
    """Give the one kind of rows that the reader has, and its columns; `besides` are the kinds that may come with it.

    Raises:
        BadDeclarationError: The reader has other kinds, too.
    """
    kind, columns = next(iter(kinds.items()))
    if others := kinds.keys() - {kind, *besides}:
        here = ", ".join(sorted(others))
        raise BadDeclarationError(
            f"{county.name}: the documents are made of {kind!r} alone, but there are rows {here}."
        )
    return kind, columns


def column_at(columns: Sequence[str], name: str, county: County) -> int:
    """Give the place of a column.

    Raises:
        BadDeclarationError: There is no such column.
    """
    return named({column: at for at, column in enumerate(columns)}, name, "column", county)
