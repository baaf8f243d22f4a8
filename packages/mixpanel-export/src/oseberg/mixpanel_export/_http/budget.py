"""The request budget: Mixpanel's limits of 60 an hour and 3 a second for a project, kept across processes."""

from __future__ import annotations

import json
import os
import stat
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock
from platformdirs import user_data_path

from oseberg.mixpanel_export._atomic import write_text
from oseberg.mixpanel_export._disk import named_when_full
from oseberg.mixpanel_export.errors import RateLimitError

if TYPE_CHECKING:
    from collections.abc import Callable

PER_HOUR, HOUR = 60, 3600.0
# Mixpanel counts arrivals, we count departures: a slow connection must not bring four of them into one second.
PER_SECOND, SECOND = 3, 1.4
LONGEST_WAIT = 60.0
# An administrator may open it to a group, so that all accounts of the machine share one count.
MACHINE = Path("/var/lib/oseberg/mixpanel")
MAY_SHARE = os.R_OK | os.W_OK | os.X_OK


class RequestBudget:
    """Allows a request, delays it briefly, or refuses it.

    Args:
        path: The file that all processes share; None counts in this object alone.
        per_hour: Requests in any 3,600 seconds.
    """

    def __init__(self, path: Path | None = None, per_hour: int = PER_HOUR) -> None:
        self.path = path
        self.per_hour = per_hour
        self._sent: list[float] = []
        self._lock = threading.Lock()

    def take(self, tell: Callable[[str], None] = lambda _: None, sleep: Callable[[float], None] | None = None) -> None:
        """Count one request, waiting up to a minute for its turn.

        Args:
            tell: Hears of waits that a person would notice.
            sleep: Waits some seconds; `time.sleep` if missing.

        Raises:
            RateLimitError: The hour's requests are spent; the message says when the next one may go.
        """
        while wait := self.try_take():
            if wait > LONGEST_WAIT:
                raise RateLimitError(
                    f"The {self.per_hour} requests an hour that Mixpanel allows a project are spent. "
                    f"Try again at {come_back(wait)}.",
                    retry_after=wait,
                )
            if wait > SECOND:
                tell(f"The {self.per_hour} requests of the hour are spent. The next one is sent in {wait:.0f} s.")
            (sleep or time.sleep)(wait)

    def try_take(self) -> float:
        """Count one request and return 0, or return the seconds to wait."""
        with self._lock:
            try:
                return self._shared(self.path) if self.path else self._count()
            except OSError:  # a container without a writable home, or a full disk: a count must not fail an export
                return self._count()

    def free_in(self) -> float:
        """Return the seconds until a request is free again, even by Mixpanel's own, higher count."""
        oldest = min(self._sent, default=time.time())
        return max(1.0, oldest + HOUR - time.time())

    def _shared(self, path: Path) -> float:
        """Count in the file."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        mode = mode_in(path.parent)
        with named_when_full(path), FileLock(f"{path}.lock", mode=mode):
            known = path.exists()
            if not known:
                remove_outdated(path.parent)
            self._sent = stamps(path.read_bytes() if known else b"")
            wait = self._count()
            write_text(path, json.dumps(self._sent), private=True)
            if not known:
                path.chmod(mode)
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


def remove_outdated(folder: Path) -> None:
    """Remove the counts of projects and addresses that were not asked for an hour: they no longer matter."""
    for path in folder.glob("mixpanel-requests-*.json"):
        with suppress(OSError):  # removed by another process
            if time.time() - path.stat().st_mtime > HOUR:
                path.unlink()


def default_folder(home: str | None = None) -> Path | None:
    """Return the folder in which processes share the count of requests.

    Args:
        home: The project's own folder for data, if the user has named one (`OSEBERG_HOME`).

    Returns:
        `mixpanel` in that folder; else the machine's folder, `/var/lib/oseberg/mixpanel`, if this account may write
        there; else the account's data folder. None where the account has no home.
    """
    if home:
        return Path(home) / "mixpanel"
    if (hasattr(os, "geteuid") and os.geteuid() == 0) or (MACHINE.is_dir() and os.access(MACHINE, MAY_SHARE)):
        return MACHINE
    try:
        return user_data_path("oseberg", appauthor=False) / "mixpanel"
    except RuntimeError:  # as in some containers
        return None


def mode_in(folder: Path) -> int:
    """Return the permissions of new files: a folder that a group may write into is shared by several accounts."""
    return 0o660 if folder.stat().st_mode & stat.S_IWGRP else 0o600


def stamps(content: bytes) -> list[float]:
    """Return the file's times; what a crash left unreadable counts as none."""
    try:
        return [float(sent) for sent in json.loads(content)] if content else []
    except (ValueError, TypeError):
        return []


def come_back(wait: float) -> str:
    """Return the moment in `wait` seconds as text."""
    return f"{datetime.fromtimestamp(time.time() + wait, UTC):%Y-%m-%d %H:%M:%S} UTC"
