"""Shows how far a call is: to a callback, or as a line on the terminal."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self, TypeAlias

from oseberg.s3utils._report import Progress

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

# A callback, True for a line on standard error, False for nothing, None for a line if that is a terminal.
ProgressChoice: TypeAlias = "Callable[[Progress], object] | bool | None"
_WIDTH = 30
_EVERY = 0.1  # seconds between two drawings


class Meter:
    """Counts finished files and shows them."""

    def __init__(self, choice: ProgressChoice, files: int, size: int) -> None:
        self._total_files, self._total_size = files, size
        self._files = self._size = 0
        self._drawn = 0.0
        self._call = choice if callable(choice) else None
        self._line = choice is True or (choice is None and sys.stderr is not None and sys.stderr.isatty())

    def step(self, size: int) -> None:
        """Count one more file."""
        self._files += 1
        self._size += size
        if self._call:
            self._call(Progress(self._files, self._size, self._total_files, self._total_size))
        if self._line and time.monotonic() - self._drawn > _EVERY:
            self._draw()

    def _draw(self) -> None:
        self._drawn = time.monotonic()
        share = self._files / self._total_files if self._total_files else 1.0
        bar = ("#" * round(share * _WIDTH)).ljust(_WIDTH, ".")
        mib = self._size / (1 << 20)
        sys.stderr.write(f"\r[{bar}] {self._files:,}/{self._total_files:,} files, {mib:,.1f} MiB")
        sys.stderr.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._line:
            self._draw()
            sys.stderr.write("\n")
