"""Looks up what one part of a declaration needs from another: a column, a key, a kind of row, a hook."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from oseberg.county_parsers.errors import BadDeclarationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

# Cells hold no such character: two keys of several columns are equal only where each column is.
KEY_SEPARATOR = "\x1f"

Thing = TypeVar("Thing")


def named(things: Mapping[str, Thing], name: str, what: str, county: str) -> Thing:
    """Return the thing of this name that one part of a declaration needs from another.

    Args:
        things: What there is, by name.
        name: The name that is needed.
        what: What the things are, for the message.
        county: The county's name, for the message.

    Returns:
        The thing of that name.

    Raises:
        BadDeclarationError: The name is not among them.
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
        BadDeclarationError: A column is missing.
    """
    return named({column: at for at, column in enumerate(columns)}, name, "column", county)


def texts(given: Iterable[str]) -> tuple[str, ...]:
    """Return the texts of a declaration; a single text is one text, not a list of its letters."""
    return (given,) if isinstance(given, str) else tuple(given)


def compiled(pattern: str, what: str, groups: int = 0) -> re.Pattern[str]:
    """Compile a regular expression of a declaration.

    Args:
        pattern: The expression.
        what: What it is for, for the message.
        groups: How many groups it must have at least.

    Returns:
        The compiled expression.

    Raises:
        BadDeclarationError: It is not a valid expression, or lacks groups.
    """
    try:
        found = re.compile(pattern)
    except re.error as error:
        raise BadDeclarationError(f"{what} {pattern!r} is not a valid regular expression: {error}.") from None
    if found.groups < groups:
        raise BadDeclarationError(
            f"{what} {pattern!r} has no group. Put the number in parentheses, as in 'Total: (\\d+)'."
        )
    return found


def key_reader(columns: Sequence[str], key: str | Sequence[str], county: str) -> Callable[[Sequence[Any]], str]:
    """Return the function that reads a row's key; the key is empty where one of its columns is blank or missing.

    Args:
        columns: The columns of the rows.
        key: The column of the key, or several that make it up together.
        county: The county's name, for the message.

    Returns:
        A function of the row's cells.

    Raises:
        BadDeclarationError: A column is missing.
    """
    places = [column_at(columns, column, county) for column in texts(key)]
    if len(places) == 1:
        at = places[0]
        return lambda cells: str(cells[at]).strip() if at < len(cells) else ""

    def read(cells: Sequence[Any]) -> str:
        parts = [str(cells[at]).strip() if at < len(cells) else "" for at in places]
        return KEY_SEPARATOR.join(parts) if all(parts) else ""

    return read
