"""Errors that stop a parse; each message says what happened, where, and how to fix it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable

# More names than this would hide the point of a message.
SHOWN = 10


class CountyError(Exception):
    """Base class of this library's errors."""

    try_again: ClassVar[bool] = False


def printable(name: str) -> str:
    r"""Return a file's name as it can be printed: bytes that are not valid UTF-8 as `\xNN`."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


class UnknownCountyError(CountyError):
    """No module describes a county of this name."""


class NoIndexFileError(CountyError):
    """The delivery holds no index file of this county."""


class UnreadableFileError(CountyError):
    """An index file is damaged, or is not in this county's format.

    Args:
        file: The file's name.
        problem: What is wrong with it, and how to fix it.
    """

    def __init__(self, file: str, problem: str) -> None:
        super().__init__(file, problem)
        self.file = printable(file)
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.file}: {self.problem}"


class NothingReadError(CountyError):
    """Nothing was read, so the earlier results of the county were kept."""


class BadDeclarationError(CountyError):
    """A county module does not follow the template."""


def some_of(names: Iterable[str]) -> str:
    """Return the first names in alphabetical order, for a message."""
    known = sorted(names)
    return f"{', '.join(known[:SHOWN]) or 'nothing'}{', …' if known[SHOWN:] else ''}"
