"""The records as they were given, to be read once more for the split."""

from __future__ import annotations

from dataclasses import dataclass
from stat import S_ISREG
from typing import TYPE_CHECKING

import pandas as pd

from oseberg.maze_authority._records.blocks import FIELDS, validated
from oseberg.maze_authority.errors import RecordsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from oseberg.maze_authority._records.record import IndexRecord


@dataclass(frozen=True)
class Origin:
    """Where records came from.

    Attributes:
        frame: Returns them as a DataFrame with IndexRecord's fields, in input order.
        lines: Yields them as the lines of their file, None where they were no file.
    """

    frame: Callable[[], pd.DataFrame]
    lines: Callable[[], Iterator[bytes]] | None = None


def of_file(path: Path) -> Origin:
    """Return a records.jsonl in its present state: later reads yield the same records, or an error.

    Raises:
        RecordsError: It can't be read, or not twice, as a pipe.
    """
    read = stamp(path)
    return Origin(lambda: frame_of(validated(unchanged(path, read), path)), lambda: records_in(unchanged(path, read)))


def stamp(path: Path) -> tuple[int, int, int]:
    """Return what identifies the state of a file, so that a later change is noticed.

    Raises:
        RecordsError: It can't be read, or not twice, as a pipe.
    """
    try:
        state = path.stat()
    except OSError as error:
        raise unreadable(path, error) from None
    if not S_ISREG(state.st_mode):
        raise RecordsError(
            f"{path} is not a regular file, and records are read twice. Pass the records.jsonl that was written."
        )
    return state.st_ino, state.st_size, state.st_mtime_ns


def unchanged(path: Path, read: tuple[int, int, int]) -> Iterator[bytes]:
    """Yield the lines of a records.jsonl again.

    Raises:
        RecordsError: It can't be read, or it is another than was read before.
    """
    if stamp(path) != read:
        raise RecordsError(f"{path} has changed since it was checked. Check it again.")
    with path.open("rb") as file:
        yield from file
    if stamp(path) != read:
        raise RecordsError(f"{path} changed while it was being read. Check it again.")


def records_in(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines that are a record, without blanks around them."""
    for line in lines:
        if record := line.strip():
            yield record


def frame_of(records: Iterable[IndexRecord]) -> pd.DataFrame:
    """Return records as one row each, lists as lists of mappings."""
    rows = [record.model_dump() for record in records]
    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in FIELDS})


def unreadable(path: Path, error: OSError) -> RecordsError:
    """Build the error for a file that can't be read."""
    return RecordsError(f"{path}: {error.strerror or error}. Pass the records.jsonl that the parser wrote.")
