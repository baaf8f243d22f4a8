"""Exit statuses, and how an error becomes one."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

# 2 is click's own status for a wrong command line.
DONE = 0
FAILED = 1
NEEDS_ATTENTION = 3
TRY_LATER = 75  # EX_TEMPFAIL of BSD's sysexits.h, which mail servers and schedulers know


class Failure(click.ClickException):
    """An error with a message for people and an exit status."""

    exit_code: int  # type: ignore[misc] # click reads it from the instance as well

    def __init__(self, message: str, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message on standard error."""
        click.echo(f"oseberg: {printable(self.message)}", err=file is None, file=file)


# characters that move the cursor, hide text or turn its direction; line feeds and tabs are kept
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Return a text with control characters escaped: a vendor's file name could rewrite the lines above it."""
    return CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def explains_itself(error: BaseException) -> bool:
    """Whether a library or the system raised the error with a message for people; any other error is a bug."""
    # errors of our libraries are written for people; OSError because its text is the system's own sentence
    return type(error).__module__.startswith("oseberg.") or isinstance(error, OSError)


def sentence(error: BaseException) -> str:
    """Return the message of an error; an OSError names its file before its reason."""
    if isinstance(error, OSError) and not type(error).__module__.startswith("oseberg.") and error.strerror:
        if error.strerror.startswith("The folder "):  # the reason for a missing folder is a sentence that names it
            return f"{error.strerror}."
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def status(error: BaseException) -> int:
    """Return 75 for an error that has `try_again`, else 1."""
    return TRY_LATER if getattr(error, "try_again", False) else FAILED


@contextmanager
def readable_errors() -> Iterator[None]:
    """Turn an error with a message for people into a failure with an exit status, without a traceback."""
    try:
        yield
    except (click.exceptions.Exit, click.ClickException, click.Abort, BrokenPipeError):
        raise  # click ends quietly when `| head` has read enough
    except Exception as error:
        if explains_itself(error):
            raise Failure(sentence(error), status(error)) from error
        raise


def worst(statuses: set[int]) -> int:
    """Return the status for several parts: failed wins over needs attention, which wins over try again later."""
    # 75 comes last: a schedule that tries again would hide a failure until the last attempt
    return next((one for one in (FAILED, NEEDS_ATTENTION) if one in statuses), max(statuses, default=DONE))
