"""The errors of this library, as sentences: what happened, to which key, and how to fix it.

`except S3Error` catches all of it, errors of boto3, of the connection and of the local disk included. Where Python has
a name for the trouble the error carries that as well: `except FileNotFoundError` works on objects as on files.
"""

# ruff: noqa: N818 - NotFound says what NotFoundError would
from __future__ import annotations

import errno
import re
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


# What would end a line, change a terminal's colors or turn the direction of writing: keys and file names may have it.
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Return a text with its control characters written as escapes; line breaks stay."""
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class _Failure(Protocol):
    """One key that failed."""

    @property
    def error(self) -> S3Error:
        """Why it failed."""


class _Report(Protocol):
    """The part of a report that `PartialFailure` needs; a `TransferReport` is one."""

    @property
    def transfers(self) -> Sequence[Any]:
        """The transfers that were done."""

    @property
    def failures(self) -> Sequence[_Failure]:
        """The failures, each with its error."""

    def describe_failures(self) -> str:
        """Return a text that names the failed keys."""


class S3Error(Exception):
    """The base of every error of this library.

    Attributes:
        url: The object or folder it happened to, `s3://bucket/key`, or None where there is none.
        operation: What was being done to it: `read`, `write`, `list`, …
        retryable: True when the same call may well succeed later. `try_again` is the same under the name that
            commands look for.
    """

    try_again: bool = False

    def __init__(
        self, message: str, *, url: object = None, operation: str | None = None, retryable: bool | None = None
    ) -> None:
        self.message = printable(message)
        super().__init__(self.message)
        self.url = None if url is None else str(url)
        self.operation = operation
        self.try_again = type(self).try_again if retryable is None else retryable

    @property
    def retryable(self) -> bool:
        """True when the same call may well succeed later."""
        return self.try_again

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross process borders (pools, dask); the keywords of __init__ would be lost on the way.
        return _rebuild, (type(self), dict(self.__dict__))


def _rebuild(kind: type[S3Error], state: dict[str, Any]) -> S3Error:
    error = kind.__new__(kind)
    Exception.__init__(error, state.get("message"))
    error.__dict__.update(state)
    return error


class NotFound(S3Error, FileNotFoundError):
    """The object does not exist."""


class BucketNotFound(NotFound):
    """The bucket does not exist."""


class AccessDenied(S3Error, PermissionError):
    """The credentials are missing, wrong, or may not do this.

    A store that may not show the listing of a bucket answers 403 for a missing key too: the message says both.
    """


class PreconditionFailed(S3Error):
    """The object isn't the one that `if_match` named: somebody else wrote it meanwhile."""


class AlreadyExists(PreconditionFailed, FileExistsError):
    """`if_absent` was set, and an object of that name exists."""


class Conflict(S3Error):
    """The store kept answering 409: other writers are changing the same key."""

    try_again = True


class ChecksumMismatch(S3Error):
    """The bytes that arrived aren't the bytes that were stored."""

    try_again = True


class TruncatedTransfer(S3Error):
    """The connection kept ending before all bytes had come."""

    try_again = True


class ChangedDuringRead(S3Error):
    """The object (or the local file) was replaced while it was being read."""

    try_again = True


class UnsafeKey(S3Error, ValueError):
    """The key can't become a file below the target folder without leaving it or hitting another file."""


class InvalidUrl(S3Error, ValueError):
    """The text isn't an S3 URL of the kind that is needed here."""


class InvalidContent(S3Error, ValueError):
    """The content isn't valid for how it is read or written: as JSON, as text of that encoding, or as a table."""


class Throttled(S3Error):
    """The store asked to slow down in every attempt."""

    try_again = True


class ConnectionFailed(S3Error, ConnectionError):
    """The store can't be reached."""

    try_again = True


class ArchivedObject(S3Error):
    """The object is in an archive tier and must be restored before it can be read."""


class GuardRefused(S3Error):
    """The call would destroy more than it names; nothing was done."""


class NotSupported(S3Error):
    """The store lacks, or does not allow, what this call needs; nothing was written."""


class LeaseHeld(S3Error):
    """Somebody else holds the lease, or took it over after ours had expired."""

    try_again = True


class LocalFileError(S3Error, OSError):
    """The local disk refused: full, read-only, not a folder. `errno` is the system's."""

    def __init__(self, message: str, *, number: int | None = errno.EIO, **about: Any) -> None:  # noqa: ANN401 - S3Error types them
        super().__init__(message, **about)
        self.errno = number


class PartialFailure(S3Error):
    """Some keys failed and the others are done; `report` names each key."""

    def __init__(self, report: _Report, *, url: object = None, operation: str | None = None) -> None:
        retryable = all(failure.error.retryable for failure in report.failures)
        super().__init__(report.describe_failures(), url=url, operation=operation, retryable=retryable)
        self.report = report
