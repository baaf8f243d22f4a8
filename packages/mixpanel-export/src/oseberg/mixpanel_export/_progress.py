"""Progress: what a callback is told, and one that writes to standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from oseberg.mixpanel_export._report import Report

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Progress:
    """How far an export is.

    Attributes:
        done: Days that are complete.
        days: Days asked for.
        rows: Events read so far.
        bytes: Bytes received so far.
        note: Something that a person may want to know, such as why and how long it waits.
    """

    done: int
    days: int
    rows: int
    bytes: int
    note: str = ""


Listener = Callable[[Progress], None]


@dataclass
class Tracker:
    """Keeps the figures of a running export and tells a listener.

    Attributes:
        days: Days asked for.
        done: Days that are complete.
        rows: Events read so far, without those of broken answers.
        seen: The most events of a broken answer to the present request.
        report: What the export will report; bytes, requests and retries are counted there as they come.
        listener: Hears how far it is.
    """

    days: int = 0
    done: int = 0
    rows: int = 0
    seen: int = 0
    report: Report = field(default_factory=Report)
    listener: Listener | None = None

    def read(self, rows: int) -> None:
        """Count events."""
        self.rows += rows
        self.tell()

    def days_done(self, days: int) -> None:
        """Count complete days."""
        self.done += days
        self.tell()

    def tell(self, note: str = "") -> None:
        """Tell the listener how far it is."""
        if self.listener:
            self.listener(Progress(self.done, self.days, self.rows, self.report.bytes, note))


def to_stderr(progress: Progress) -> None:
    """Show progress as one line on standard error that renews itself; it ends with the last day.

    Works in terminals and in notebooks: pass it as `progress=to_stderr`.
    """
    line = f"{progress.done}/{progress.days} days, {progress.rows:,} events, {progress.bytes / MEGABYTE:.1f} MB"
    ending = "\n" if progress.note or progress.done == progress.days else ""
    sys.stderr.write(f"\r{line}{': ' if progress.note else ''}{progress.note}".ljust(72) + ending)
    sys.stderr.flush()
