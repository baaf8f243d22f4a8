"""Texts that repeat, as small codes and one list of distinct texts: a county's million volumes are a few thousand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

TEXT = pd.StringDtype("pyarrow", na_value=np.nan)


@dataclass(frozen=True)
class Coded:
    """Some texts of a column.

    Attributes:
        codes: For each value its place among the distinct ones, -1 for a missing one.
        distinct: The distinct texts.
    """

    codes: np.ndarray[Any, Any]
    distinct: pa.LargeStringArray


def encode(column: pa.Array | pa.ChunkedArray) -> Coded:
    """Encode texts.

    Args:
        column: The texts, as Arrow's.

    Returns:
        Codes and distinct texts, in the order of their first appearance.
    """
    if column.null_count == len(column):  # most fields of most tracts: nothing to look at
        return Coded(np.full(len(column), -1, dtype=np.int8), pa.array([], pa.large_string()))
    encoded = pc.dictionary_encode(column)
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return Coded(codes.astype(smallest(len(encoded.dictionary))), encoded.dictionary)


def smallest(count: int) -> type[np.signedinteger[Any]]:
    """Return the smallest type for the codes of so many texts."""
    return np.int8 if count < 1 << 7 else np.int16 if count < 1 << 15 else np.int32


def together(parts: Sequence[Coded]) -> Coded:
    """Join parts of a column.

    Args:
        parts: The parts, in their order.

    Returns:
        One part, its distinct texts in the order of their first appearance.
    """
    if len(parts) == 1:
        return parts[0]
    known = pc.unique(pa.chunked_array([part.distinct for part in parts], pa.large_string()))
    codes = np.empty(sum(len(part.codes) for part in parts), dtype=smallest(len(known)))
    start = 0
    for part in parts:
        codes[start : start + len(part.codes)] = recoded(part, known).astype(codes.dtype)[part.codes]
        start += len(part.codes)
    return Coded(codes, known)


def recoded(part: Coded, known: pa.LargeStringArray) -> np.ndarray[Any, Any]:
    """Return for each of a part's distinct texts its place among known ones; the last place is for missing values."""
    return np.append(pc.index_in(part.distinct, known).to_numpy(), -1)


def categories(column: Coded) -> Any:  # noqa: ANN401 - pandas' categories
    """Return a column as pandas' categories, in the order of the texts: what is grouped by them is sorted as they are.

    Args:
        column: The column.

    Returns:
        The categories.
    """
    order = pc.sort_indices(column.distinct)
    known = column.distinct.take(order)
    places = np.empty(len(known) + 1, dtype=column.codes.dtype)
    places[order.to_numpy()] = np.arange(len(known))
    places[-1] = -1
    return pd.Categorical.from_codes(
        places[column.codes], dtype=pd.CategoricalDtype(pd.array(known, dtype=TEXT)), validate=False
    )


def coded_texts(values: Any) -> Any:  # noqa: ANN401 - a column of texts in any form, and pandas' categories
    """Encode a column of texts that pandas holds.

    Args:
        values: The texts.

    Returns:
        Categories as `categories` returns them.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.array if isinstance(values, pd.Series) else values
    return categories(encode(pa.chunked_array(pa.array(values.astype(TEXT), pa.large_string()))))
