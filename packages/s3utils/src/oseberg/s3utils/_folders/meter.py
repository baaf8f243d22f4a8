"""Progress of a call on many files: to a callback, or as a line on the terminal."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Self, TypeAlias

from oseberg.s3utils._progress import Progress
from oseberg.s3utils._verify.digest import MIB

if TYPE_CHECKING:
    from types import TracebackType

# A callback, True for a line on standard error, False for nothing, None for a line if that is a terminal.
ProgressChoice: TypeAlias = Progress | bool | None
_WIDTH = 30
_EVERY = 0.1  # seconds between two updates within a file: more often than that nobody can read


class Meter:
    """Counts finished files and their bytes, and reports them.

    Args:
        choice: Where to.
        files: Number of files in all.
        size: Bytes in all.
    """

    def __init__(self, choice: ProgressChoice, files: int, size: int) -> None:
        self._files_in_all, self._size_in_all = files, size
        self._files = self._size = 0
        self._shown = 0.0
        self._turn = threading.Lock()  # large files report their parts from worker threads
        self._call = choice if callable(choice) else None
        self._line = choice is True or (choice is None and sys.stderr is not None and sys.stderr.isatty())

    @property
    def is_watched(self) -> bool:
        """Whether progress is shown to anybody."""
        return self._call is not None or self._line

    def flow(self, size: int) -> None:
        """Count bytes of a file that isn't finished yet."""
        with self._turn:
            self._size += size
            if time.monotonic() - self._shown > _EVERY:
                self._show()

    def step(self, size: int = 0) -> None:
        """Count a finished file, and its bytes that `flow` has not counted yet."""
        with self._turn:
            self._files += 1
            self._size += size
            if self._call or time.monotonic() - self._shown > _EVERY:
                self._show()

    @property
    def label(self) -> str:
        """The text next to the number of files: `files, 12.3 MiB of 40.0 MiB`."""
        done, total = f"{self._size / MIB:,.1f} MiB", f"{self._size_in_all / MIB:,.1f} MiB"
        return f"files, {done} of {total}" if self._size_in_all else f"files, {done}"

    def _show(self) -> None:
        self._shown = time.monotonic()
        if self._call:
            self._call(self._files, self._files_in_all, self.label)
        if self._line:
            share = self._files / self._files_in_all if self._files_in_all else 1.0
            bar = ("#" * round(share * _WIDTH)).ljust(_WIDTH, ".")
            # Spaces at the end: the label may have been longer the last time.
            sys.stderr.write(f"\r[{bar}] {self._files:,}/{self._files_in_all:,} {self.label}  ")
            sys.stderr.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._line:
            self._call = None  # it has seen the last file already
            self._show()
            sys.stderr.write("\n")
