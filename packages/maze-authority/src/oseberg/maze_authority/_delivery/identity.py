"""Identifies documents across deliveries: by number, or else by book and page or content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

UNNUMBERED = "(unnumbered)"
"""In place of a prefix, for documents that are known by book and page, or else by what they say."""


def identified_documents(
    documents: pd.DataFrame, numbers: pd.DataFrame, keys: Callable[[np.ndarray[Any, Any]], list[str]]
) -> pd.DataFrame:
    """Return every document with what identifies it.

    Args:
        documents: The document table.
        numbers: The numbers of those that have one, placed in their series.
        keys: Names documents by their positions.

    Returns:
        doc, county_fips, prefix, shown, text, number (-1 for a malformed one, or none), valid, year; first those with a
        number, then the others.
    """
    columns = ["doc", "county_fips", "prefix", "shown", "text", "number", "valid", "year"]
    texts = ["county_fips", "prefix", "shown", "text"]
    mine = numbers[columns].astype(dict.fromkeys(texts, object))
    others = np.flatnonzero(documents["instrument_number"].isna().to_numpy())
    if not len(others):
        return mine
    rest = {
        "doc": others,
        "county_fips": documents["county_fips"].iloc[others].to_numpy(dtype=object),
        "prefix": UNNUMBERED,
        "shown": UNNUMBERED,
        "text": keys(others),
        "number": -1,
        "valid": False,
        "year": documents["recorded_on"].iloc[others].dt.year.fillna(0).to_numpy(dtype=np.int64),
    }
    return pd.concat([mine, pd.DataFrame(rest).astype(dict.fromkeys(texts, object))], ignore_index=True)


def identities(identified: pd.DataFrame) -> np.ndarray[Any, Any]:
    """Return one identifying text for each document, with the year where a count starts over.

    Args:
        identified: As `identified_documents` returns them.

    Returns:
        The texts.
    """
    shown, texts = (identified[name].to_numpy(dtype=object) for name in ("shown", "text"))
    return np.asarray(shown + "\x1f" + texts if len(identified) else shown)
