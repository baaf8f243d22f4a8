"""The file of an archive: the table's own columns, and a digest of its rows that the database gives as well."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

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
BATCH_ROWS = 20_000  # some 20 MB of events

Row = tuple[Any, ...]


class Content(NamedTuple):
    """What a file holds: the number of rows, and a digest over all their values in their order."""

    rows: int
    digest: str


def write_file(path: Path, batches: Iterable[list[Row]]) -> Content:
    """Write batches of rows to a Parquet file, whole or not at all; it holds people's data and is private.

    Args:
        path: The file.
        batches: Rows with the values of `COLUMNS`.

    Returns:
        The number and the digest of the rows.
    """
    arrow, parquet = _pyarrow()
    schema = _schema(arrow)
    count, digest = 0, sha256()
    with replacing(path, private=True) as file, parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for rows in batches:
            count += len(rows)
            _add(digest, rows)
            columns = [
                arrow.array(values, field.type) for values, field in zip(zip(*rows, strict=True), schema, strict=True)
            ]
            writer.write_batch(arrow.record_batch(columns, schema=schema))
    return Content(count, digest.hexdigest())


def read_batches(path: Path) -> Iterator[list[Row]]:
    """Yield the rows of a file in batches.

    Raises:
        ArchiveError: The file can't be read, or holds other columns.
    """
    arrow, parquet = _pyarrow()
    try:
        with parquet.ParquetFile(path) as file:
            if tuple(file.schema_arrow.names) != COLUMNS:
                raise ArchiveError(f"{path} is not an archive of events: its columns are {file.schema_arrow.names}.")
            for batch in file.iter_batches(BATCH_ROWS):
                yield list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
    except (OSError, arrow.ArrowException) as error:
        raise ArchiveError(f"{path} can't be read: {error}") from error


def read_content(path: Path) -> Content:
    """Read a whole file back, and return the number and the digest of its rows."""
    count, digest = 0, sha256()
    for rows in read_batches(path):
        count += len(rows)
        _add(digest, rows)
    return Content(count, digest.hexdigest())


def _add(digest: Any, rows: list[Row]) -> None:  # noqa: ANN401 - hashlib's type has no public name
    for row in rows:
        digest.update(
            "\x1f".join("" if value is None else str(value) for value in row).encode("utf-8", "surrogatepass")
        )
        digest.update(b"\x1e")


def _schema(arrow: Any) -> pa.Schema:  # noqa: ANN401 - the module
    moment, text = arrow.timestamp("us", tz="UTC"), arrow.string()
    types = {"time": moment, "processed_at": moment, "loaded_at": moment, "run_id": arrow.int64()}
    return arrow.schema([(name, types.get(name, text)) for name in COLUMNS])


def _pyarrow() -> tuple[Any, Any]:
    """Import pyarrow, which only archives need."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise ArchiveError("Archives need pyarrow: python3 -m pip install 'oseberg-usage-db[archive]'.") from None
    return pa, parquet
