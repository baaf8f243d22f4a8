"""Mixpanel's limits on requests, kept on our side: 60 an hour and 3 a second for a project, across processes."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from filelock import FileLock

from oseberg.mixpanel_export._atomic import write_text
from oseberg.mixpanel_export._disk import named_when_full
from oseberg.mixpanel_export.errors import RateLimitError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PER_HOUR, HOUR = 60, 3600.0
PER_SECOND, SECOND = 3, 1.0
LONGEST_WAIT = 60.0


class RequestBudget:
    """Allows a request, makes it wait a little, or refuses it.

    Args:
        path: The file that all processes share; None counts in this object alone.
        per_hour: Requests in any 3,600 seconds.
    """

    def __init__(self, path: Path | None = None, per_hour: int = PER_HOUR) -> None:
        self.path = path
        self.per_hour = per_hour
        self._sent: list[float] = []

    def take(self, tell: Callable[[str], None] = lambda _: None) -> None:
        """Count one request, waiting up to a minute for its turn; `tell` hears of waits that a person would notice.

        Raises:
            RateLimitError: The hour's requests are spent; the message says when the next one may go.
        """
        while wait := self.try_take():
            if wait > LONGEST_WAIT:
                raise RateLimitError(
                    f"The {self.per_hour} requests an hour that Mixpanel allows a project are spent. "
                    f"Come back at {come_back(wait)}.",
                    retry_after=wait,
                )
            if wait > SECOND:
                tell(f"The {self.per_hour} requests of the hour are spent. The next one goes in {wait:.0f} s.")
            time.sleep(wait)

    def try_take(self) -> float:
        """Count one request and give 0, or give the seconds to wait."""
        if self.path is None:
            return self._count()
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with named_when_full(self.path), FileLock(f"{self.path}.lock", mode=0o600):
            self._sent = stamps(self.path.read_bytes() if self.path.exists() else b"")
            wait = self._count()
            write_text(self.path, json.dumps(self._sent), private=True)
        return wait

    def _count(self) -> float:
        """Apply both limits to the requests of the last hour; times after now come from a clock set back."""
        now = time.time()
        self._sent = sorted(sent for sent in self._sent if now - HOUR < sent <= now)
        for limit, span in ((self.per_hour, HOUR), (PER_SECOND, SECOND)):
            if len(self._sent) >= limit and self._sent[-limit] + span > now:
                return self._sent[-limit] + span - now
        self._sent.append(now)
        return 0.0


def stamps(content: bytes) -> list[float]:
    """Read the file's times; what a crash left unreadable counts as none."""
    try:
        return [float(sent) for sent in json.loads(content)] if content else []
    except (ValueError, TypeError):
        return []


def come_back(wait: float) -> str:
    """Say when `wait` seconds are over."""
    return f"{datetime.fromtimestamp(time.time() + wait, UTC):%Y-%m-%d %H:%M:%S} UTC"
