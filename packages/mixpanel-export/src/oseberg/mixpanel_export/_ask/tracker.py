"""The running figures of one export, and the two callbacks that hear of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from oseberg.mixpanel_export._progress import Progress
from oseberg.mixpanel_export._report import Report

Notify = Callable[[str], object]
"""A callback that takes one sentence for people, such as why and how long an export waits."""

MEGABYTE = 1_000_000


@dataclass
class Tracker:
    """Counts what a running export has done, and reports it.

    Attributes:
        days: Days requested.
        done: Days that are complete.
        rows: Events read so far, without those of broken answers.
        seen: The most events of a broken answer to the present request.
        report: The figures of the export; bytes, requests and retries are counted there as they come.
        progress: Called with days done, days in all, and a label such as `days, 48,211 events, 3.4 MB`.
        notify: Called with sentences for people. Without it they are appended to the label of `progress`.
    """

    days: int = 0
    done: int = 0
    rows: int = 0
    seen: int = 0
    report: Report = field(default_factory=Report)
    progress: Progress | None = None
    notify: Notify | None = None
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def read(self, rows: int) -> None:
        """Count events; a negative number takes those of a broken answer back."""
        with self.lock:
            self.rows += rows
            self.show()

    def receive(self, length: int) -> None:
        """Count bytes as they arrive."""
        with self.lock:
            self.report.bytes += length

    def send(self) -> None:
        """Count a request."""
        with self.lock:
            self.report.requests += 1
            self.show()

    def retry(self, why: str) -> None:
        """Count a repeated request, and say why and when it is sent."""
        with self.lock:
            self.report.retries += 1
            self.say(why)

    def days_done(self, days: int) -> None:
        """Count complete days."""
        with self.lock:
            self.done += days
            self.show()

    def say(self, note: str) -> None:
        """Tell people something that they may want to know."""
        with self.lock:
            if self.notify:
                self.notify(note)
            else:
                self.show(note)

    def show(self, note: str = "") -> None:
        """Call the progress callback."""
        with self.lock:
            if self.progress:
                label = f"days, {self.rows:,} event{'' if self.rows == 1 else 's'}, "
                label += f"{self.report.bytes / MEGABYTE:.1f} MB" + (f": {note}" if note else "")
                self.progress(self.done, self.days, label)
