"""Books and pages: which pages of a volume the documents before a document cover."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from oseberg.maze_authority._records.columns import factorized

if TYPE_CHECKING:
    import pandas as pd

LONGEST = 9  # more digits than this are not a page number


def placed_pages(documents: pd.DataFrame) -> pd.DataFrame:
    """Return the documents with a volume and a page.

    Args:
        documents: The document table.

    Returns:
        doc, county_fips, book_type and volume (texts, "" for none), page, page_count (NaN where unknown),
        instrument_number.
    """
    pages = page_numbers(documents["page"])
    rows = np.flatnonzero(documents["volume"].notna().to_numpy() & (pages >= 0))
    frame = documents.iloc[rows][["county_fips", "book_type", "volume", "page_count", "instrument_number"]]
    return frame.assign(doc=rows, page=pages[rows], book_type=frame["book_type"].fillna(""))


def book_pages(placed: pd.DataFrame) -> pd.DataFrame:
    """Return documents ordered by page; of a number that occurs twice in a volume the first one counts.

    Args:
        placed: As `placed_pages` returns them; documents of earlier deliveries have the doc -1.

    Returns:
        The documents with book (a code of county, kind and volume), reach: the last page that the documents before one
        cover (NaN for the first), sure: whether the one before it states its page count.
    """
    frame = placed.copy()
    frame["book"] = frame.groupby(["county_fips", "book_type", "volume"], sort=True).ngroup()
    named = frame["instrument_number"].notna()
    frame = frame.loc[~(named & frame.duplicated(["book", "instrument_number"]))]
    frame = frame.iloc[np.lexsort((frame["doc"], frame["page"], frame["book"]))].reset_index(drop=True)
    frame["end"] = frame["page"] + frame["page_count"].fillna(1).clip(lower=1) - 1
    by_book = frame.groupby("book", sort=False)
    frame["reach"] = by_book["end"].cummax().groupby(frame["book"]).shift()
    frame["sure"] = by_book["page_count"].shift().notna()
    return frame


def page_numbers(texts: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Read page numbers, each distinct text once; -1 for a page that is not a plain number."""
    # Pages repeat from volume to volume, so each distinct text is read once.
    codes, distinct = factorized(texts)
    plain = [len(text) <= LONGEST and text.isascii() and text.isdigit() for text in distinct]
    numbers = [int(text) if good else -1 for text, good in zip(distinct, plain, strict=True)]
    return np.asarray(np.array([*numbers, -1], dtype=np.int64)[codes])
