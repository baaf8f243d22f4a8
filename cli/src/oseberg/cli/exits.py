"""Exit statuses, and how an error becomes one."""

from __future__ import annotations

from typing import IO, Any

import click

DONE = 0
FAILED = 1
NEEDS_A_PERSON = 3
TRY_LATER = 75


class Failure(click.ClickException):
    """A sentence for a person and an exit status."""

    exit_code: int  # type: ignore[misc] # click reads it from the instance as well

    def __init__(self, message: str, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the sentence on standard error."""
        click.echo(f"oseberg: {self.message}", err=file is None, file=file)


def is_ours(error: BaseException) -> bool:
    """Tell whether an error is one that a library or the system raised for people, not a defect of ours."""
    return type(error).__module__.startswith("oseberg.") or isinstance(error, OSError)


def sentence(error: BaseException) -> str:
    """Say what went wrong; an OSError names its file after its reason."""
    if isinstance(error, OSError) and not type(error).__module__.startswith("oseberg.") and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error)


def status(error: BaseException) -> int:
    """Give 75 for an error that says `try_again`, else 1."""
    return TRY_LATER if getattr(error, "try_again", False) else FAILED
