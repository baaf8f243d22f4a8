"""Moves rows between Postgres and Arrow as CSV, which both read and write natively.

Text is always quoted and a missing value never is, so that an empty text and a missing one stay what they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oseberg.usage_db._archive.parquet import COLUMNS, pyarrow, schema
from oseberg.usage_db.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

_BLOCK_BYTES = 16 * 1024 * 1024
_NAMES = ", ".join(f'"{name}"' for name in COLUMNS)
# In the order of time: a restored month then finds a day by its BRIN index as before, and so do readers of the file.
COPY_OUT = (
    "COPY (SELECT "  # noqa: S608 - names of our own columns
    + _NAMES
    + ' FROM {table} ORDER BY "time", distinct_id, event, insert_id) TO STDOUT '
    "(FORMAT csv, ENCODING 'UTF8', FORCE_QUOTE (distinct_id, event, insert_id, properties))"
)
COPY_IN = "COPY {table} (" + _NAMES + ") FROM STDIN (FORMAT csv, ENCODING 'UTF8')"


def read_copy(rows: Any) -> Iterator[pa.RecordBatch]:  # noqa: ANN401 - psycopg's copy: each message is a row
    """Yield the rows that Postgres copies out; its time zone must be UTC and its DateStyle ISO.

    Raises:
        ArchiveError: A value has no place in the file, such as a time of infinity.
    """
    block = bytearray()
    for row in rows:
        block += row
        if len(block) >= _BLOCK_BYTES:
            yield from _parsed(block)
            block = bytearray()
    if block:
        yield from _parsed(block)


def _parsed(block: bytearray) -> list[pa.RecordBatch]:
    arrow, _ = pyarrow()
    from pyarrow import csv  # noqa: PLC0415 - an extra

    wanted = schema()
    try:
        table = csv.read_csv(
            arrow.BufferReader(block),
            # One block, since a row may be longer than any block that one could choose.
            csv.ReadOptions(column_names=list(COLUMNS), block_size=len(block) + 1, use_threads=False),
            csv.ParseOptions(newlines_in_values=True),
            csv.ConvertOptions(
                column_types=wanted,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                timestamp_parsers=[csv.ISO8601],
            ),
        )
    except arrow.ArrowInvalid as error:
        raise ArchiveError(f"An event can't be archived: {error}. Nothing was dropped.") from error
    batches: list[pa.RecordBatch] = table.combine_chunks().to_batches()
    return batches


def write_copy(batch: pa.RecordBatch) -> memoryview:
    """Return rows as Postgres copies them in."""
    arrow, _ = pyarrow()
    from pyarrow import csv  # noqa: PLC0415 - an extra

    sink = arrow.BufferOutputStream()
    csv.write_csv(batch, sink, csv.WriteOptions(include_header=False, quoting_style="all_valid"))
    return memoryview(sink.getvalue())
