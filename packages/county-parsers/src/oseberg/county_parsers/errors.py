"""What can stop a parse; each message says what, where, and how to mend it."""

from __future__ import annotations

from typing import ClassVar


class CountyError(Exception):
    """Any error of this library."""

    try_again: ClassVar[bool] = False


class UnknownCountyError(CountyError):
    """No module describes a county of this name."""


class NoIndexFileError(CountyError):
    """The delivery holds no index file of this county."""


class UnreadableFileError(CountyError):
    """An index file is damaged, or is no file of this county's format."""

    def __init__(self, file: str, problem: str) -> None:
        super().__init__(f"{file}: {problem}")
        self.file = file


class BadDeclarationError(CountyError):
    """A county module does not follow the template."""
