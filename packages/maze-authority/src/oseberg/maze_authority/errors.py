"""The errors of this library, in sentences for people."""

from __future__ import annotations


class MazeAuthorityError(Exception):
    """The base of every error this library raises; `str(error)` is the whole message."""

    try_again: bool = False


class RecordsError(MazeAuthorityError):
    """The records are not standard index records, or their file cannot be read."""


class CompanionError(MazeAuthorityError):
    """A file next to the records (images, summary, rejects) cannot be read."""


class CountyError(MazeAuthorityError):
    """A county is not named by its FIPS code."""


class WaiversError(MazeAuthorityError):
    """The waivers are not what the format asks for."""


class RuleError(MazeAuthorityError):
    """A rule is wrongly defined, unknown, or returned something that rules may not return."""


class RegisterError(MazeAuthorityError):
    """A register can't be opened, or does not hold what was asked for."""
