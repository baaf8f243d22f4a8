"""The errors of this package, each with a sentence for a person. No message contains a secret."""

from __future__ import annotations


class MixpanelExportError(Exception):
    """Base class of all errors of this package.

    Attributes:
        try_again: Whether the same call may succeed later without any change.
        retry_after: Seconds after which it may succeed, where that is known.

    Example:
        >>> error = RateLimitError("The 60 requests an hour are spent.", retry_after=900)
        >>> error.try_again, error.retry_after
        (True, 900)
    """

    try_again: bool = False

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SettingsError(MixpanelExportError, ValueError):
    """An argument or a setting is wrong: a region, a time zone, an address, dates in the wrong order."""


class AuthenticationError(MixpanelExportError):
    """Mixpanel does not accept the service account, or the account may not read the project."""


class RequestError(MixpanelExportError):
    """Mixpanel rejects the request (400, 402, 404, a redirect), or something other than Mixpanel answers."""


class RateLimitError(MixpanelExportError):
    """Mixpanel's limit of requests is reached, or the budget that keeps us below it is spent."""

    try_again = True


class BusyError(MixpanelExportError):
    """Another process is running the same export in the same folder."""

    try_again = True


class UnavailableError(MixpanelExportError):
    """Mixpanel could not be reached, sent nothing in time, or answered with 5xx, in every attempt.

    Attributes:
        attempts: How often it is worth repeating the request while fewer days can be requested instead; None if the
            number of days has nothing to do with the failure.
    """

    try_again = True

    def __init__(self, message: str, *, retry_after: float | None = None, attempts: int | None = None) -> None:
        super().__init__(message, retry_after=retry_after)
        self.attempts = attempts


class TruncatedExportError(MixpanelExportError):
    """The answer ended before the export did. Nothing of it is kept."""


class DeadlineError(MixpanelExportError):
    """An answer did not end within the overall deadline. Nothing of it is kept."""


class UnreadableLinesError(MixpanelExportError):
    """More lines than tolerated are not events."""


class TimeZoneError(MixpanelExportError):
    """The timestamps contradict the configured time zone of the export."""


class SchemaError(MixpanelExportError, ValueError):
    """`schema=` can't be read, or frames can't be joined."""
