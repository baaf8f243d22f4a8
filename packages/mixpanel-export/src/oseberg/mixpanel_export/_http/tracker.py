"""The running figures of one export, and the two callbacks that they are reported to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from oseberg.mixpanel_export._progress import Progress
from oseberg.mixpanel_export._report import Report

if TYPE_CHECKING:
    from collections.abc import Iterator

# A callback that takes one sentence for people, such as why and how long an export waits.
Notify = Callable[[str], object]

MEGABYTE = 1_000_000
# Seconds after which a waiting request looks whether the export was given up.
NAP = 0.5


@dataclass
class Tracker:
    """Counts what a running export has done, and reports it. Requests in several threads share one.

    Attributes:
        days: Days requested; None while the number is unknown.
        done: Days that are complete.
        rows: Events read so far, without those of broken answers.
        report: The figures of the export; bytes, requests and retries are counted there as they come.
        progress: Called with days done, days in all, and a label such as `days, 48,211 events, 3.4 MB`.
        unit: What `days` and `done` count: `days`, or `pages` of profiles.
        notify: Called with sentences for people. Without it they are appended to the label of `progress`.
    """

    days: int | None = 0
    done: int = 0
    rows: int = 0
    report: Report = field(default_factory=Report)
    progress: Progress | None = None
    notify: Notify | None = None
    unit: str = "days"
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    stopped: threading.Event = field(default_factory=threading.Event, repr=False)
    answers: set[Any] = field(default_factory=set, repr=False)

    def count_rows(self, rows: int) -> None:
        """Count events; a negative number takes those of a broken answer back."""
        with self.lock:
            self.rows += rows
            self.show()

    def days_done(self, days: int) -> None:
        """Count complete days."""
        with self.lock:
            self.done += days
            self.show()

    def say(self, note: str) -> None:
        """Report a sentence to the user's callback."""
        with self.lock:
            if self.notify:
                self.notify(note)
            else:
                self.show(note)

    def show(self, note: str = "") -> None:
        """Call the progress callback."""
        with self.lock:
            if self.progress and not self.stopped.is_set():
                counted = "event" if self.unit == "days" else "profile"
                label = f"{self.unit}, {self.rows:,} {counted}{'' if self.rows == 1 else 's'}, "
                label += f"{self.report.bytes / MEGABYTE:.1f} MB" + (f": {note}" if note else "")
                self.progress(self.done, self.days, label)

    def wait(self, seconds: float) -> None:
        """Sleep, but not longer than the export lasts."""
        while seconds > 0 and not self.stopped.is_set():
            time.sleep(min(seconds, NAP))
            seconds -= NAP

    @contextmanager
    def receiving(self, answer: Any) -> Iterator[None]:  # noqa: ANN401 - a requests.Response
        """Note an answer that is being received, so that `stop` can end it."""
        with self.lock:
            self.answers.add(answer)
        try:
            yield
        finally:
            with self.lock:
                self.answers.discard(answer)

    def stop(self) -> None:
        """Stop the export: end waits, and cut off answers that are being received."""
        self.stopped.set()
        with self.lock:
            for answer in self.answers:
                with suppress(Exception):  # the connection may have ended meanwhile
                    answer.raw.shutdown()


@dataclass
class Request:
    """The figures of one request and its repetitions.

    Attributes:
        tracker: That of the export.
        rows: Events of the present answer.
        seen: The most events of a broken answer: a complete one can't have fewer.
        received: Bytes of all its answers.
    """

    tracker: Tracker
    rows: int = 0
    seen: int = 0
    received: int = 0

    def send(self) -> None:
        """Count a request as sent."""
        with self.tracker.lock:
            self.tracker.report.requests += 1
            self.tracker.show()

    def receive(self, length: int) -> None:
        """Count bytes as they arrive."""
        self.received += length
        with self.tracker.lock:
            self.tracker.report.bytes += length

    def read(self, rows: int) -> None:
        """Count events as they are read."""
        self.rows += rows
        self.tracker.count_rows(rows)

    def finish(self) -> None:
        """Begin the next answer after a complete one."""
        self.rows = 0

    def fail(self) -> None:
        """Subtract the events of a broken answer."""
        self.seen = max(self.seen, self.rows)
        self.tracker.count_rows(-self.rows)
        self.rows = 0

    def retry(self, why: str) -> None:
        """Count a repetition, and say why and when it is sent."""
        with self.tracker.lock:
            self.tracker.report.retries += 1
            self.tracker.say(why)
