"""Joins the blocks of a records.jsonl into a delivery's tables; repeated texts are held once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from oseberg.maze_authority._records.coded import TEXT, Coded, categories, encode, smallest, together
from oseberg.maze_authority._records.tables import (
    ARROW,
    LISTS,
    SCALARS,
    document_table,
    entry_table,
    first_lines,
    repeats,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

TOGETHER = 128  # blocks after which the parts of a column become one


class Parts:
    """The parts of each column of a table."""

    def __init__(self) -> None:
        self.large: dict[str, list[Any]] = {}
        self.small: dict[str, list[Any]] = {}

    def add(self, name: str, part: Any) -> None:  # noqa: ANN401 - codes, or an array of Arrow's or numpy's
        """Add a part to a column."""
        small = self.small.setdefault(name, [])
        small.append(part)
        # Each block has its own list of distinct texts, and many small arrays leave holes in memory that nothing fills.
        if len(small) == TOGETHER:
            self.large.setdefault(name, []).append(joined(self.small.pop(name)))

    def join(self, name: str) -> pd.Series:
        """Return a column and free its parts: memory holds one column twice, not all of them."""
        column = joined([*self.large.pop(name, ()), *self.small.pop(name, ())])
        if isinstance(column, Coded):
            return pd.Series(categories(column))
        if isinstance(column, np.ndarray):
            return pd.Series(column)
        if pa.types.is_large_string(column.type):
            return pd.Series(pd.array(column, dtype=TEXT))
        plain: pd.Series = column.to_pandas()
        return plain


def joined(parts: list[Any]) -> Any:  # noqa: ANN401 - what the parts are
    """Return parts of a column as one; they are freed on the way."""
    if all(isinstance(part, Coded) for part in parts):
        return together(parts)
    # Some blocks have nothing in the column, which is coded, and others have texts that don't repeat.
    held = [nulls_of(part) if isinstance(part, Coded) else part for part in parts]
    parts.clear()
    return np.concatenate(held) if isinstance(held[0], np.ndarray) else pa.concat_arrays(held)


def tables_of(blocks: Iterable[pa.Table]) -> dict[str, pd.DataFrame]:
    """Return the documents and the lists' tables of records in Arrow's types.

    Args:
        blocks: The records, some at a time, as `read_blocks` yields them.

    Returns:
        The tables by name.

    Raises:
        RecordsError: A value is not what the standard record holds.
    """
    columns = {name: Parts() for name in ("documents", *LISTS)}
    empty = pa.schema((ARROW | {"extra": pa.large_string()}).items()).empty_table()
    for block in chained(empty, blocks):
        take_apart(block, columns)
    documents = columns.pop("documents")
    lines = documents.join("lines").to_numpy()
    tables = {"documents": document_table(documents.join, documents.join("file"), lines)}
    for name in LISTS:
        parts = columns.pop(name)
        tables[name] = entry_table(name, parts.join, parts.join("lengths").to_numpy())
    # Arrow keeps what blocks and parts took for later use; the rules use numpy's memory.
    pa.default_memory_pool().release_unused()
    return tables


def chained(first: pa.Table, rest: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Yield a table before others: without any record, columns still have their types."""
    yield first
    yield from rest


def take_apart(block: pa.Table, columns: Mapping[str, Parts]) -> None:
    """Add a block's values to the columns of the documents and of their lists."""
    documents = columns["documents"]
    for name in SCALARS:
        documents.add(name, part_of(name, pc.cast(block[name], kept_type(name))))
    source = block["source"].combine_chunks()
    documents.add("file", encode(source.field("file")))
    documents.add("lines", first_lines(source.field("lines")))
    for name in LISTS:
        lists = block[name].combine_chunks()
        lengths = lists.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
        columns[name].add("lengths", lengths.astype(smallest(int(lengths.max(initial=0)))))
        entries = lists.flatten()
        for field in LISTS[name].model_fields:
            columns[name].add(field, part_of(field, entries.field(field)))


def kept_type(name: str) -> pa.DataType:
    """Return the type of a scalar field; `extra` is a text by now."""
    return pa.large_string() if name == "extra" else ARROW[name]


def part_of(name: str, values: pa.Array | pa.ChunkedArray) -> Any:  # noqa: ANN401 - codes or an array
    """Return values as a part of a column: texts that repeat as codes."""
    if repeats(name, values.type) or (name == "extra" and values.null_count == len(values)):
        return encode(values)
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def nulls_of(part: Coded) -> pa.LargeStringArray:
    """Return a part of a column without any text as an array."""
    return pa.nulls(len(part.codes), pa.large_string())
