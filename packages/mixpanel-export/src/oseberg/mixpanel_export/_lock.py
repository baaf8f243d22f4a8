"""A file that one process at a time may hold."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _lock(file: IO[bytes], *, wait: bool) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes], *, wait: bool) -> None:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[IO[bytes]]:
    """Open a file for reading and writing while holding it; closing lets it go, as does the end of the process.

    Raises:
        OSError: Another process holds it (only without `wait`).
    """
    path.touch()
    with path.open("r+b") as file:
        _lock(file, wait=wait)
        yield file
