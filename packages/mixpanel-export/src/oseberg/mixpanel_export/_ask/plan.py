"""How many days one request asks for: a few at first, then as many as the answers so far allow."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

REQUESTS = 40
"""Into about so many requests a long range is cut, so that an hour's 60 suffice."""
BYTES = 100_000_000
"""Compressed bytes that one request aims at: what a failure costs."""
GROWTH = 4
MOST_DAYS = 31
"""So many days, or a fortieth of a longer range, are asked for at once at most."""


class Plan:
    """Groups days into requests: a few at first, then as many as the bytes seen so far allow."""

    def __init__(self, days: list[date]) -> None:
        self.rest = days
        self.size = self.least = max(1, -(-len(days) // REQUESTS))
        self.most = max(MOST_DAYS, self.least)

    def __iter__(self) -> Iterator[list[date]]:
        while self.rest:
            group = [
                day for number, day in enumerate(self.rest[: self.size]) if day - self.rest[0] == timedelta(number)
            ]
            self.rest = self.rest[len(group) :]
            yield group

    def learn(self, days: int, received: int) -> None:
        """Choose the next request's days by the bytes that the last one's took."""
        fitting = days * BYTES // max(received, 1)
        self.size = min(max(self.least, min(fitting, days * GROWTH)), self.most)

    def halve(self, days: list[date]) -> bool:
        """Put days back that did not come whole, to be asked for in halves; a single day can't be halved."""
        if len(days) == 1:
            return False
        self.size = self.most = len(days) // 2
        self.rest = days + self.rest
        return True
