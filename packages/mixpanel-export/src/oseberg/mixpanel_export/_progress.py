"""Progress: what a callback is told, and one that writes to standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

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

    Example:
        >>> print(Progress(done=2, days=7, rows=48_211, bytes=3_400_000))
        2/7 days, 48,211 events, 3.4 MB
    """

    done: int
    days: int
    rows: int
    bytes: int
    note: str = ""

    def __str__(self) -> str:
        figures = f"{self.done}/{self.days} days, {self.rows:,} events, {self.bytes / MEGABYTE:.1f} MB"
        return f"{figures}: {self.note}" if self.note else figures


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

    For terminals: pass it as `progress=to_stderr`. In notebooks `to_notebook` looks better.
    """
    ending = "\n" if progress.note or progress.done == progress.days else ""
    sys.stderr.write(f"\r{progress}".ljust(72) + ending)
    sys.stderr.flush()


def to_notebook(progress: Progress) -> None:
    """Show progress as one line below the cell that renews itself, of which the saved notebook keeps the last state.

    For Jupyter and other frontends of an IPython kernel: pass it as `progress=to_notebook`. Elsewhere it does as
    `to_stderr`.
    """
    ipython: Any = sys.modules.get("IPython")  # a notebook has it loaded
    shell = ipython and ipython.get_ipython()
    if hasattr(shell, "kernel"):  # IPython in a terminal can't renew a line
        line_below(ipython, shell.execution_count).update({"text/plain": str(progress)}, raw=True)
    else:
        to_stderr(progress)


@lru_cache(maxsize=1)
def line_below(ipython: Any, cell: int) -> Any:  # noqa: ANN401, ARG001 - a module; the cell only tells calls apart
    """Show a line below the cell that runs, and give the handle that renews it: the same one until another runs."""
    return ipython.display.display({"text/plain": ""}, raw=True, display_id=True)
