"""Mistyped page counts: corrected by a document's images, or by the room before the next document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    Counts = np.ndarray[Any, np.dtype[np.float64]]


class Miscounted(NamedTuple):
    """A document whose number of pages is mistyped.

    Attributes:
        page: Its first page.
        stated: How many pages it states.
        right: How many it probably has.
        shown: Whether its images say so as well, which is a finding of its own.
    """

    page: int
    stated: int
    right: int
    shown: bool

    @property
    def reason(self) -> str:
        """The rest of a sentence about the document: what is wrong."""
        return f"and states {self.stated:,} pages, but the documents after it leave room for {self.right}"


def count_images(images: pd.DataFrame, count: int) -> Counts:
    """Return the number of single-page images of each document, NaN where it has none or others; empty without any.

    Args:
        images: The images that records name: doc, page.
        count: How many documents there are.
    """
    whole = images["page"].isna().to_numpy()
    if whole.all():
        return np.empty(0)
    docs = images["doc"].to_numpy()
    single = np.bincount(docs[~whole], minlength=count).astype(np.float64)
    single[(single == 0) | (np.bincount(docs[whole], minlength=count) > 0)] = np.nan
    return single


def find_miscounted(pages: pd.DataFrame, images: Counts) -> dict[int, Miscounted]:
    """Find the documents whose number of pages is mistyped.

    A document that begins directly after the one before it, and whose images are as many as the next one leaves, has
    that many pages. So has one that would cover several of the documents after it.

    Args:
        pages: The documents ordered by page; see `book_pages`.
        images: How many single-page images each document has.

    Returns:
        What was found, by document.
    """
    page, count, docs, reach = (pages[name].to_numpy() for name in ("page", "page_count", "doc", "reach"))
    second, third = (begins_after(pages, step) for step in (1, 2))
    left = second - page
    shown = images[docs] if len(images) else np.full(len(docs), np.nan)
    # One that begins in the midst of others is rather on a mistyped page.
    follows = (np.isnan(reach) | (page == reach + 1)) & (left > 0) & (count > 0)
    wrong = follows & (((count != left) & (shown == left)) | ((third > second) & (page + count > third)))
    return {
        int(docs[row]): Miscounted(
            int(page[row]), int(count[row]), int(left[row]), not np.isnan(shown[row]) and shown[row] != count[row]
        )
        for row in np.flatnonzero(wrong)
    }


def begins_after(pages: pd.DataFrame, step: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the first page of the document so many places after each one in its volume, -1 where there is none."""
    page, book = pages["page"].to_numpy(), pages["book"].to_numpy()
    found = np.full(len(pages), -1, dtype=np.int64)
    found[:-step] = np.where(book[step:] == book[:-step], page[step:], -1)
    return found


def recounted(placed: pd.DataFrame, found: Mapping[int, Miscounted]) -> pd.DataFrame:
    """Return documents with the number of pages that they probably have."""
    right = placed["doc"].map({doc: float(one.right) for doc, one in found.items()})
    return placed.assign(page_count=right.fillna(placed["page_count"]))
