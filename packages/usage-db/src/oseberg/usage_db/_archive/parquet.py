"""The file of an archive: the table's own columns, written and read back in batches of Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oseberg.usage_db._archive.digest import Content, RowDigest
from oseberg.usage_db._atomic import replacing
from oseberg.usage_db.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa

COLUMNS = (
    "distinct_id",
    "time",
    "event",
    "insert_id",
    "properties",
    "processed_at",
    "run_id",
    "loaded_at",
    "line_digest",
)
"""Of `usage.product_event`, in the order of the file; `properties` is JSON text, `line_digest` the text of a UUID."""


def write_file(path: Path, batches: Iterable[pa.RecordBatch]) -> Content:
    """Write batches of rows to a Parquet file, whole or not at all; it holds people's data and is private.

    Args:
        path: The file.
        batches: Rows with the columns of `schema`.

    Returns:
        The number and the digest of the rows.
    """
    _, parquet = pyarrow()
    digest = RowDigest()
    with replacing(path, private=True) as file, parquet.ParquetWriter(file, schema(), compression="zstd") as writer:
        for batch in batches:
            digest.add(batch)
            writer.write_batch(batch)  # each a row group, so that reading needs no more memory than writing
    return digest.content()


def read_batches(path: Path) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a file in the batches in which they were written.

    Raises:
        ArchiveError: The file can't be read, or holds other columns.
    """
    arrow, parquet = pyarrow()
    try:
        with parquet.ParquetFile(path) as file:
            if tuple(file.schema_arrow.names) != COLUMNS:
                raise ArchiveError(f"{path} is not an archive of events: its columns are {file.schema_arrow.names}.")
            for group in range(file.num_row_groups):
                yield from file.read_row_group(group, use_threads=False).to_batches()
    except (OSError, arrow.ArrowException) as error:
        raise ArchiveError(f"{path} can't be read: {error}") from error


def read_content(path: Path, known: str = "") -> Content:
    """Read a whole file back, and return the number and the digest of its rows.

    Args:
        path: The file.
        known: The digest that it should have; archives of before have digests of another kind.
    """
    digest = RowDigest(like=known)
    for batch in read_batches(path):
        digest.add(batch)
    return digest.content()


def schema() -> pa.Schema:
    """Return the columns of a file with their types."""
    arrow, _ = pyarrow()
    moment, text = arrow.timestamp("us", tz="UTC"), arrow.string()
    types = {"time": moment, "processed_at": moment, "loaded_at": moment, "run_id": arrow.int64()}
    return arrow.schema([(name, types.get(name, text)) for name in COLUMNS])


def pyarrow() -> tuple[Any, Any]:
    """Import pyarrow, which only archives need.

    Raises:
        ArchiveError: It isn't installed.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise ArchiveError("Archives need pyarrow: python3 -m pip install 'oseberg-usage-db[archive]'.") from None
    return pa, parquet
