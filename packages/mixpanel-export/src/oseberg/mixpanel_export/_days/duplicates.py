"""Removes duplicates: Mixpanel's key is (event, distinct_id, time, $insert_id), and the latest one wins."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from oseberg.mixpanel_export._columns.batch import PROCESSED, Batch, stamps
from oseberg.mixpanel_export._columns.widen import as_strings
from oseberg.mixpanel_export._read.zone import DAY, Mask

if TYPE_CHECKING:
    from collections.abc import Iterator

Rows = np.ndarray[Any, Any]

# What tells duplicates apart: exported time, hash of the other key parts, processing time, whether there is an
# `$insert_id` at all, and the line's checksum, which makes every choice independent of the order of arrival.
ROW = np.dtype([("time", "i8"), ("key", "i8"), ("processed", "i8"), ("keyed", "?"), ("line", "u4")])

# An odd number whose bits are spread: 2**64 divided by the golden ratio.
MIXED = np.uint64(0x9E3779B97F4A7C15)
# Rows that are compared in memory at a time.
AT_ONCE = 250_000
# Rows that are read at a time.
READ = 65_536
# Bytes of a day that stay in memory: a range of small days needs no file for each.
IN_MEMORY = 1 << 20


def winners(rows: Rows) -> Mask:
    """Mark the rows to keep: of each set of duplicates, the one processed last."""
    keep = np.ones(len(rows), dtype=np.bool_)
    keyed = np.flatnonzero(rows["keyed"])
    keys = rows["key"][keyed]
    ordered = np.sort(keys)
    repeated = ordered[1:][ordered[1:] == ordered[:-1]]
    if len(repeated):
        suspects = keyed[np.isin(keys, repeated, kind="sort")]
        keep[suspects[losers(rows[suspects])]] = False
    return keep


def losers(rows: Rows) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the positions of all rows except the last processed one of each key."""
    order: np.ndarray[Any, np.dtype[np.int64]] = np.lexsort(
        (rows["line"], rows["processed"], rows["key"], rows["time"])
    )
    found = rows[order]
    same = (found["key"][1:] == found["key"][:-1]) & (found["time"][1:] == found["time"][:-1])
    return np.asarray(order[:-1][same], dtype=np.int64)


def count_same_day_ids(rows: Rows) -> int:
    """Count rows that Mixpanel's compaction may yet remove: same event, user and id as another row of the day.

    Its key when it compacts a day (documentation, Event Deduplication) has the day in place of the time.
    """
    keyed = rows[rows["keyed"]]
    ordered = np.sort(keyed["key"])
    repeated = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(repeated):
        return 0
    suspects = keyed[np.isin(keyed["key"], repeated, kind="sort")]
    pairs = np.stack([suspects["key"], suspects["time"] // DAY])
    return len(suspects) - int(np.unique(pairs, axis=1).shape[1])


def row_numbers(batch: Batch) -> np.ndarray[Any, Any]:
    """Return the numbers that find duplicates in a file, whose events are not in memory together.

    Two events are taken for the same if their exported times are equal to the millisecond and a 64-bit hash of event,
    distinct_id and $insert_id is: a chance meeting needs both.
    """
    rows = np.empty(len(batch), dtype=ROW)
    rows["time"], rows["processed"] = batch.wall, stamps(batch.properties, PROCESSED, len(batch))
    inserts = ids(batch, "$insert_id")
    rows["keyed"] = np.fromiter(map(bool, inserts), np.bool_, len(rows))
    key = np.fromiter(map(hash, inserts), np.int64, len(rows)).view(np.uint64)
    for column in (batch.event, pa.array(ids(batch, "distinct_id"), pa.string())):
        key = key * MIXED + hashes(column)
    rows["key"] = key.view(np.int64)
    rows["line"] = 0 if batch.checksums is None else batch.checksums
    return rows


def hashes(texts: pa.Array) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """Return a hash of each text; texts that occur often are hashed once."""
    coded = texts.dictionary_encode()
    known = np.array([*map(hash, coded.dictionary.to_pylist()), hash(None)], dtype=np.int64).view(np.uint64)
    found: np.ndarray[Any, np.dtype[np.uint64]] = known[np.asarray(coded.indices.fill_null(len(known) - 1))]
    return found


def ids(batch: Batch, name: str) -> list[str | None]:
    """Return an id of each event as a string, whatever its JSON type was."""
    part = batch.properties.get(name)
    if part is None or not part.kinds:
        return [None] * len(batch)
    values: list[str | None] = as_strings(part).to_pylist()
    if part.rows is None:
        return values
    every: list[str | None] = [None] * len(batch)
    for row, value in zip(part.rows.tolist(), values, strict=True):
        every[row] = value
    return every


class Ledger:
    """Keeps the rows of a day on disk, and compares a part of the keys at a time: a day of any size fits in memory."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed by winners or close
        self._count = 0
        self.same_day_ids = 0

    def add(self, rows: Rows) -> None:
        """Note the rows of a batch."""
        self._file.write(rows.tobytes())
        self._count += len(rows)

    def close(self) -> None:
        """Drop the rows, as those of an answer that broke off."""
        self._file.close()

    def winners(self) -> Mask:
        """Mark the rows to keep, in the order in which they were added, and close the ledger."""
        keep = np.ones(self._count, dtype=np.bool_)
        self.same_day_ids = 0
        parts = self._count // AT_ONCE + 1
        with self._file:
            for part in range(parts):
                places, rows = (np.concatenate(found) for found in zip(*self._of(part, parts), strict=True))
                keep[places] = winners(rows)
                self.same_day_ids += count_same_day_ids(rows[keep[places]])
        return keep

    def _of(self, part: int, parts: int) -> Iterator[tuple[np.ndarray[Any, np.dtype[np.int64]], Rows]]:
        """Return the rows of one part of the keys, and their places."""
        self._file.seek(0)
        yield np.empty(0, dtype=np.int64), np.empty(0, dtype=ROW)
        for start in range(0, self._count, READ):
            rows = np.frombuffer(self._file.read(READ * ROW.itemsize), dtype=ROW)
            places = np.flatnonzero(rows["key"] % parts == part)
            yield start + places, rows[places]
