"""Retries: which failures are temporary, and how long to wait between attempts."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self, TypeVar

from oseberg.mixpanel_export._http.budget import come_back
from oseberg.mixpanel_export.errors import MixpanelExportError, RateLimitError, TruncatedExportError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from oseberg.mixpanel_export._http.tracker import Request

Result = TypeVar("Result")
PASSING = (RateLimitError, UnavailableError, TruncatedExportError)
# Seconds that nobody minds waiting for; beyond them, the error says when to come back.
LONGEST_RETRY_AFTER = 60.0


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential back-off with jitter.

    Attributes:
        attempts: How often a request is sent at most.
        first_wait: The longest wait in seconds after the first failure; it doubles with each further one.
        longest_wait: The longest wait at a time, in seconds.

    Example:
        >>> patient = RetryPolicy(attempts=10, longest_wait=60)
        >>> 30 <= patient.wait(failures=9) <= 60
        True
    """

    attempts: int = 6
    first_wait: float = 2.0
    longest_wait: float = 30.0

    def at_most(self, attempts: int) -> Self:
        """Return the same policy with fewer attempts.

        Returns:
            A policy of `attempts` at most.
        """
        return replace(self, attempts=min(attempts, self.attempts))

    def wait(self, failures: int) -> float:
        """Return how long to wait after so many failures: half of it fixed, half by chance.

        Returns:
            The time to wait, in seconds.
        """
        longest = min(self.longest_wait, self.first_wait * 2.0 ** (failures - 1))
        return longest * (1 + random.random()) / 2  # noqa: S311 - spreading, not secrecy

    def run(
        self,
        attempt: Callable[[], Result],
        request: Request,
        allow: Callable[[], None] = lambda: None,
        *,
        few: int | None = None,
    ) -> Result:
        """Call `attempt` until it succeeds, fails for good, or has failed too often.

        Args:
            attempt: Sends the request and reads the answer.
            request: Hears why and how long it waits, and waits.
            allow: Called before each attempt; what it raises ends everything.
            few: Attempts that suffice for a failure that may come from asking for too much, because less can be
                requested instead; None if it can't.

        Returns:
            What `attempt` returns.

        Raises:
            MixpanelExportError: What the last attempt raised.
        """
        failures = 0
        while True:
            allow()
            try:
                return attempt()
            except PASSING as error:
                failures += 1
                if (error.retry_after or 0.0) > LONGEST_RETRY_AFTER:
                    raise later(error) from None
                if failures >= self.limit(error, few) or request.tracker.stopped.is_set():
                    raise
                wait = self.wait(failures) if error.retry_after is None else error.retry_after
                request.retry(f"{error} Trying again in {wait:.0f} s ({failures + 1} of {self.attempts}).")
            request.tracker.wait(wait)

    def limit(self, error: MixpanelExportError, few: int | None) -> int:
        """Return the number of attempts for a request that fails like this.

        Args:
            error: The failure.
            few: Attempts that suffice because less can be requested instead; None if it can't.

        Returns:
            At least 1.
        """
        if few is None or not isinstance(error, UnavailableError) or error.attempts is None:
            return self.attempts
        return min(max(error.attempts, few), self.attempts)


def later(error: MixpanelExportError) -> RateLimitError:
    """Return an error that says when to come back, instead of waiting that long."""
    wait = error.retry_after or 0.0
    return RateLimitError(f"{error} Try again at {come_back(wait)}.", retry_after=wait)
