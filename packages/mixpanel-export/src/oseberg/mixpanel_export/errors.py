"""What can go wrong, each error with the sentence that a person needs. None of them carries a secret."""

from __future__ import annotations


class MixpanelExportError(Exception):
    """The base of all errors of this package.

    Attributes:
        try_again: Whether the same call is worth repeating later without changing anything.
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
    """Mixpanel refuses the request as it stands (400, 402, 404, a redirect)."""


class RateLimitError(MixpanelExportError):
    """Mixpanel's limit of requests is reached, or the budget that keeps us below it is spent."""

    try_again = True


class BusyError(MixpanelExportError):
    """Another process is doing the same export into the same folder."""

    try_again = True


class UnavailableError(MixpanelExportError):
    """Mixpanel could not be reached, or answered with 5xx, in every attempt."""


class TruncatedExportError(MixpanelExportError):
    """The answer ended before the export did. Nothing of it is kept."""


class DeadlineError(MixpanelExportError):
    """An answer did not end within the overall deadline. Nothing of it is kept."""


class UnreadableLinesError(MixpanelExportError):
    """More lines than tolerated are no events."""


class TimeZoneError(MixpanelExportError):
    """The timestamps contradict the configured time zone of the export."""


class SchemaError(MixpanelExportError, ValueError):
    """A value does not fit the type that `schema=` pins for its property."""
