"""Books and pages: which pages of a volume the documents before a document cover."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    columns = ["county_fips", "book_type", "volume", "page_count", "instrument_number"]
    # Nothing is copied where every document has its page.
    frame = documents[columns] if len(rows) == len(documents) else documents[columns].iloc[rows]
    return frame.assign(doc=rows.astype(np.int32), page=pages[rows], book_type=with_empty(frame["book_type"]))


def with_empty(column: pd.Series) -> pd.Series:
    """Return categories with "" for what is missing, in the order of the texts."""
    if "" in column.cat.categories:
        return column.fillna("")
    return column.cat.set_categories(["", *column.cat.categories]).fillna("")


def book_pages(placed: pd.DataFrame, *, repeats: bool = True) -> pd.DataFrame:
    """Return documents ordered by page; of two documents with one number in a volume, the first counts.

    Args:
        placed: As `placed_pages` returns them; documents of earlier deliveries have the doc -1.
        repeats: Whether a number may occur twice; to look for that takes long where there are millions.

    Returns:
        doc, county_fips, book_type, volume, page, page_count, book (a code of county, kind and volume), reach: the last
        page that the documents before one cover (NaN for the first), sure: whether the one before it states its page
        count.
    """
    book = placed.groupby(["county_fips", "book_type", "volume"], sort=True).ngroup().to_numpy().astype(np.int32)
    frame = placed.assign(book=book)
    if repeats:
        named = frame["instrument_number"].notna()
        frame = frame.loc[~(named & frame.duplicated(["book", "instrument_number"]))]
    frame = frame.drop(columns="instrument_number")
    keys = [frame[name].to_numpy() for name in ("doc", "page", "book")]
    frame = frame if rising(keys) else frame.iloc[np.lexsort(keys)]
    frame = frame.reset_index(drop=True)
    end = (frame["page"] + frame["page_count"].fillna(1).clip(lower=1) - 1).groupby(frame["book"]).cummax()
    first = np.append(True, np.diff(frame["book"]) != 0)[: len(frame)]
    reach = np.append(np.nan, end.to_numpy()[:-1])[: len(frame)]
    known = np.append(False, frame["page_count"].notna().to_numpy()[:-1])[: len(frame)]
    return frame.assign(reach=np.where(first, np.nan, reach), sure=known & ~first)


def rising(keys: list[np.ndarray[Any, Any]]) -> bool:
    """Whether rows are in the order of some keys, the last one first, as in a volume that was read from its file."""
    *finer, key = keys
    steps = np.diff(key)
    if (steps < 0).any():
        return False
    # Where a key does not rise, the finer ones decide.
    same = steps == 0
    for other in reversed(finer):
        steps = np.diff(other)
        if (same & (steps < 0)).any():
            return False
        same &= steps == 0
    return True


def page_numbers(texts: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Read page numbers, each distinct text once; -1 for a page that is not a plain number."""
    # Pages repeat from volume to volume, so each distinct text is read once.
    codes, distinct = factorized(texts)
    plain = [len(text) <= LONGEST and text.isascii() and text.isdigit() for text in distinct]
    numbers = [int(text) if good else -1 for text, good in zip(distinct, plain, strict=True)]
    return np.asarray(np.array([*numbers, -1], dtype=np.int64)[codes])
