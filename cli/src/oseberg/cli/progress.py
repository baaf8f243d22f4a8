"""Show how far a long operation is: a bar on a terminal, a plain line now and then in a log."""

from __future__ import annotations

import sys
import threading
import time
from contextvars import copy_context
from typing import TYPE_CHECKING, Self

from oseberg.cli.journal import current_log
from oseberg.cli.output import is_plain, live_consoles, say

if TYPE_CHECKING:
    from types import TracebackType

    from rich.progress import Progress

INTERVAL = 30.0  # seconds between two lines of a log: often enough to see life, rare enough to keep it readable


class ProgressDisplay:
    """Draw progress on standard error while its `with` block lasts; call it as the libraries' progress callback.

    Args:
        title: What is being done, as in `Exporting`.
        total: How many units there are, if that is known.
    """

    def __init__(self, title: str, total: int | None = None) -> None:
        self._title, self._total, self._done, self._offset, self._label = title, total, 0, 0, ""
        self._began = time.monotonic()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        log = current_log()
        if is_plain(sys.stderr) or (log and log.quiet):
            # a thread starts with an empty context; this one's lines belong to the command's log
            self._thread = threading.Thread(target=copy_context().run, args=(self._report,), daemon=True)
            self._thread.start()
        else:
            from oseberg.cli.drawing import make_bar  # rich, which a log does not wait for

            self._bar = make_bar(sys.stderr)
            self._task = self._bar.add_task(self._title, total=self._total, text="")
            self._bar.start()
            live_consoles.append(self._bar.console)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()  # wakes the thread, so that a short command doesn't wait for its interval
        if self._thread:
            self._thread.join()
        if self._bar:
            live_consoles.remove(self._bar.console)
            self._bar.stop()

    def start_from(self, done: int) -> None:
        """Count on from units that are done, when one operation is several calls of a library."""
        self._offset = done

    def __call__(self, done: int, total: int | None, label: str, /) -> None:
        """Show how far the operation is.

        Args:
            done: Units finished so far.
            total: Units in all, or None while that is unknown.
            label: What the units are, and what else is worth showing.
        """
        self._done = self._offset + done
        self._total = self._total if self._total is not None else total
        self._label = label
        if self._bar:
            self._bar.update(self._task, completed=self._done, total=self._total, text=self._text())

    def _text(self) -> str:
        """Return the figures, as in `2 of 7 days, 48,211 events`."""
        of = "" if self._total is None else f" of {self._total:,}"
        return f"{self._done:,}{of} {self._label}".rstrip()

    def _report(self) -> None:
        """Print a line at each interval until the operation is over."""
        while not self._over.wait(INTERVAL):
            minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
            say(f"{self._title}: {self._text()} ({minutes}:{seconds:02})")
