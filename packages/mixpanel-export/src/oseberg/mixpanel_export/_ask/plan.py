"""Plans how many days one request covers: a few at first, then as many as the answers so far allow."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING

from oseberg.mixpanel_export._atomic import write_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A long range is cut into about so many requests, so that an hour's 60 suffice.
REQUESTS = 40
# Compressed bytes that one request aims at: what a failure costs.
BYTES = 100_000_000
# A next request asks for so many times the days of the last one at most.
GROWTH = 7
# So many days, or a fortieth of a longer range, are requested at once at most.
MOST_DAYS = 20
# Seconds after which an answer is slow enough to share the remaining days among parallel requests.
SLOW = 2.0
# Seconds within which a failure is cheap enough to try sizes between those that worked and failed.
QUICK = 60.0
# Seconds for which a working size is taken from an earlier export: Mixpanel's load changes.
REMEMBERED = 7 * 24 * 3600.0


class Plan:
    """Groups days into requests.

    Args:
        days: The days, in order.
        fixed: Days of each request, if the user named a number.
        known: The most days that worked in an earlier export, if some did not.
    """

    def __init__(self, days: list[date], fixed: int | None = None, known: int | None = None) -> None:
        self.rest, self.total = days, len(days)
        self.least = max(1, -(-len(days) // REQUESTS))
        self.most = fixed or known or max(MOST_DAYS, self.least)
        self.size = fixed or known or self.least
        self.fixed = fixed is not None
        self.learned = self.fixed or known is not None
        self.broken = self.cautious = False
        self.too_many: int | None = None

    def __iter__(self) -> Iterator[list[date]]:
        while self.rest:
            yield self.take()

    def take(self) -> list[date]:
        """Remove the days of the next request from the rest, and return them: consecutive days."""
        group = [day for number, day in enumerate(self.rest[: self.size]) if day - self.rest[0] == timedelta(number)]
        self.rest = self.rest[len(group) :]
        return group

    @property
    def probing(self) -> bool:
        """Whether an answer should come before more is requested: after a failure, and in short ranges."""
        return self.cautious or (not self.learned and self.least == 1)

    def learn(self, days: int, received: int, seconds: float = 0.0, parallel: int = 1) -> None:
        """Choose the number of days of the next request by the last answer.

        Args:
            days: The days of the answer.
            received: Its bytes.
            seconds: How long it took.
            parallel: How many requests may run at once.
        """
        self.learned, self.cautious = True, False
        if self.too_many:  # in the middle between what works and what doesn't
            self.most = max(self.most, min(self.too_many - 1, (days + self.too_many) // 2))
        if self.fixed and not self.broken:
            return
        fitting = days * BYTES // max(received, 1)
        self.size = min(max(self.least, min(fitting, days * GROWTH)), self.most)
        if seconds > SLOW and parallel > 1:
            self.size = min(self.size, max(1, -(-self.total // parallel)))

    def halve(self, days: list[date], seconds: float = QUICK) -> bool:
        """Put days back that could not be delivered together, to be requested in halves.

        Args:
            days: The days.
            seconds: How long it took to fail: sizes between are tried only where that costs little.

        Returns:
            Whether they can be halved: a single day can't.
        """
        if len(days) == 1:
            return False
        self.broken = self.cautious = True
        self.most = min(self.most, len(days) // 2)
        if seconds < QUICK:
            self.too_many = min(self.too_many or len(days), len(days))
        self.size, self.least = self.most, min(self.least, self.most)
        self.rest = sorted(days + self.rest)
        return True


class Sizes:
    """Remembers how many days worked in an export whose larger requests did not, in a small file.

    Args:
        path: The file; None remembers nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path

    def read(self) -> int | None:
        """Return the days that worked in the last week, or None."""
        with suppress(OSError, ValueError, TypeError):  # missing or damaged: found out again
            if self.path and time.time() - self.path.stat().st_mtime < REMEMBERED:
                return max(1, int(json.loads(self.path.read_bytes())))
        return None

    def write(self, days: int) -> None:
        """Remember the days that worked."""
        with suppress(OSError):  # a full disk must not fail the export for a hint
            if self.path:
                write_text(self.path, json.dumps(days), private=True)
