"""Helpers for writing to a disk: flushing files, and naming a full disk."""

from __future__ import annotations

import os
from contextlib import contextmanager
from errno import EDQUOT, ENOSPC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def to_disk(path: Path) -> None:
    """Make sure that a file outlives a loss of power: else it might come back empty, and be taken for whole."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


@contextmanager
def named_when_full(path: Path) -> Iterator[None]:
    """Make the error of a full disk name the path: neither Python nor Arrow does when a write fails.

    Raises:
        OSError: The same error, with the path.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in {ENOSPC, EDQUOT} or error.filename:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from None
