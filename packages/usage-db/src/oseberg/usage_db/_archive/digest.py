"""The digest of the rows of an archive: equal for equal rows in the same order, in whatever batches they come."""

from __future__ import annotations

from collections import defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa

_BY_COLUMN = "columns:"


class Content(NamedTuple):
    """What a file holds: the number of rows, and a digest over all their values in their order."""

    rows: int
    digest: str


class RowDigest:
    """A digest of rows.

    Arrow's own buffers are hashed, column by column: row by row, in Python, took as long as all the rest together.

    Args:
        like: A digest to compare with; those of the first archives were made row by row.
    """

    def __init__(self, *, like: str = "") -> None:
        self._by_row = bool(like) and not like.startswith(_BY_COLUMN)
        self._rows = 0
        self._hashes: defaultdict[str, Any] = defaultdict(sha256)

    def add(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        self._rows += batch.num_rows
        if self._by_row:
            self._add_row_by_row(batch)
            return
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            self._add_column(name, column)

    def content(self) -> Content:
        """Return the number of rows, and their digest."""
        if self._by_row:
            return Content(self._rows, self._hashes[""].hexdigest())
        whole = sha256()
        for name in sorted(self._hashes):
            whole.update(f"{name}={self._hashes[name].hexdigest()};".encode())
        return Content(self._rows, _BY_COLUMN + whole.hexdigest())

    def _add_column(self, name: str, column: Any) -> None:  # noqa: ANN401 - an array of any type
        import pyarrow as pa  # noqa: PLC0415 - an extra
        from pyarrow import compute  # noqa: PLC0415

        if pa.types.is_string(column.type):  # the lengths tell where each begins, and -1 what is missing
            lengths = compute.fill_null(compute.binary_length(column), -1)
            self._hashes[f"{name} lengths"].update(_values(lengths, 4))
            present = column.drop_null()
            offsets, content = present.buffers()[1:]
            ends = memoryview(offsets).cast("i") if offsets else (0,)
            first, last = (ends[present.offset], ends[present.offset + len(present)]) if len(present) else (0, 0)
            self._hashes[name].update(memoryview(content)[first:last] if last > first else b"")
        else:
            self._hashes[f"{name} present"].update(_values(column.is_valid().cast(pa.uint8()), 1))
            self._hashes[name].update(_values(column.drop_null().cast(pa.int64()), 8))

    def _add_row_by_row(self, batch: pa.RecordBatch) -> None:
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            text = "\x1f".join("" if value is None else str(value) for value in row)
            self._hashes[""].update(text.encode("utf-8", "surrogatepass") + b"\x1e")


def _values(numbers: Any, width: int) -> Any:  # noqa: ANN401 - an array, a buffer
    """Return the bytes of an array of numbers without missing ones."""
    buffer = numbers.buffers()[1]
    return memoryview(buffer)[numbers.offset * width : (numbers.offset + len(numbers)) * width] if buffer else b""
