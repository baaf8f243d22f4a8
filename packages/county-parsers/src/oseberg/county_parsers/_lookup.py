"""What the parts of a declaration need of each other: a column, a kind of row, a hook."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from oseberg.county_parsers.errors import BadDeclarationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Thing = TypeVar("Thing")


def named(things: Mapping[str, Thing], name: str, what: str, county: str) -> Thing:
    """Return what one part of a declaration needs of another.

    Args:
        things: What there is, by name.
        name: The name that is needed.
        what: What the things are, for the message.
        county: The county's name, for the message.

    Returns:
        The thing of that name.

    Raises:
        BadDeclarationError: There is no such thing.
    """
    if name not in things:
        there = f"there are {', '.join(things)}" if things else "there is none"
        raise BadDeclarationError(f"{county}: the declaration needs the {what} {name!r}; {there}.")
    return things[name]


def only_kind(kinds: Mapping[str, Sequence[str]], county: str, *besides: str) -> tuple[str, Sequence[str]]:
    """Return the one kind of rows that the reader has, and its columns.

    Args:
        kinds: The columns of each kind of rows.
        county: The county's name, for the message.
        besides: Kinds that may come with it.

    Returns:
        The kind's name and its columns.

    Raises:
        BadDeclarationError: The reader has other kinds, too.
    """
    kind, columns = next(iter(kinds.items()))
    if others := kinds.keys() - {kind, *besides}:
        here = ", ".join(sorted(others))
        raise BadDeclarationError(f"{county}: the documents are made of {kind!r} alone, but there are rows {here}.")
    return kind, columns


def column_at(columns: Sequence[str], name: str, county: str) -> int:
    """Return the position of a column, from 0.

    Args:
        columns: The columns' names.
        name: The column that is needed.
        county: The county's name, for the message.

    Returns:
        Its position.

    Raises:
        BadDeclarationError: There is no such column.
    """
    return named({column: at for at, column in enumerate(columns)}, name, "column", county)
