"""Hashes of documents, equal for documents with the same content wherever they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.maze_authority._records.columns import factorized

if TYPE_CHECKING:
    from collections.abc import Iterable

    Hashes = np.ndarray[Any, np.dtype[np.uint64]]

CONTENT = [
    "county_fips",
    "instrument_number",
    "book_type",
    "volume",
    "page",
    "document_type",
    "document_type_text",
    "partial",
    "correction",
    "recorded_on",
    "recorded_time",
    "instrument_date",
    "page_count",
    "extra",
]
"""What makes two documents the same: everything but where they are in the delivery."""
TWIN = ["county_fips", "document_type", "recorded_on", "instrument_date", "page_count"]
MISSING = np.uint64(0x9E3779B97F4A7C15)  # the hash of a missing text
MIX = np.uint64(0xBF58476D1CE4E5B9)


def hash_documents(documents: pd.DataFrame, tables: Iterable[pd.DataFrame]) -> Hashes:
    """Return a hash of each document's values and of its rows in some tables, in their order.

    Args:
        documents: The values, one row for each document.
        tables: Tables with a column `doc`, ascending.

    Returns:
        The hashes, the same on every machine.
    """
    total = hash_rows(documents)
    for weight, table in enumerate(tables, start=3):
        if table.empty:
            continue
        docs = table["doc"].to_numpy()
        starts = np.flatnonzero(np.append(True, docs[1:] != docs[:-1]))
        place = np.arange(len(docs)) - np.repeat(starts, np.diff(np.append(starts, len(docs))))
        # Odd factors by place and table: the same parties in another order, or on the other side, are another document.
        factor = (place.astype(np.uint64) * np.uint64(2) + np.uint64(weight)) * np.uint64(2) + np.uint64(1)
        np.add.at(total, docs, hash_rows(table.drop(columns="doc")) * factor)
    return total


def hash_rows(table: pd.DataFrame) -> Hashes:
    """Return a hash of each row of a table."""
    total = np.full(len(table), MISSING, dtype=np.uint64)
    for name in table:
        total = (total ^ hash_column(table[name])) * MIX
        total ^= total >> np.uint64(31)
    return total


def hash_column(column: pd.Series) -> Hashes:
    """Return a hash of each value; texts are hashed once each."""
    if isinstance(column.dtype, pd.CategoricalDtype) or column.dtype == "str":
        codes, distinct = factorized(column)
        hashes = pd.util.hash_array(np.array([*distinct, ""], dtype=object), categorize=False)
        # The last place is for missing texts, whose code is -1.
        hashes[-1] = MISSING
        return np.asarray(hashes[codes], dtype=np.uint64)
    values = column.to_numpy()
    # Days are counted in the same unit, whatever the table holds them in.
    plain = values.astype("datetime64[s]").view(np.int64) if values.dtype.kind == "M" else values.astype(np.float64)
    return np.asarray(pd.util.hash_array(plain, categorize=False))
