"""Patterns of names of files, from the names of some."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def pattern_of(file: str) -> str:
    """Return a pattern for names of files like this one; the part from the first to the last digit varies."""
    digits = [at for at, letter in enumerate(file) if letter.isdecimal()]
    if not digits:
        return file
    return file[: digits[0]] + "*" + file[digits[-1] + 1 :]


def table_pattern(file: str, files: Iterable[str]) -> str:
    """Return the pattern that distinguishes a table's files from the others: `*cfn.txt`."""
    return "*" + file[common(files) :]


def common(files: Iterable[str]) -> int:
    """Return how many characters in front the names have in common: those of the day."""
    names = list(files)
    shortest = min(map(len, names))
    return next((at for at in range(shortest) if len({name[at] for name in names}) > 1), shortest)
