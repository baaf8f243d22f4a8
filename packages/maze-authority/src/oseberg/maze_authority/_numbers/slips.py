"""Documents on a mistyped page: corrected by the room between their neighbors by number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from oseberg.maze_authority._numbers.book_pages import book_pages
from oseberg.maze_authority._numbers.page_counts import Miscounted, find_miscounted, recounted
from oseberg.maze_authority._records.instrument_number import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterable


class Slip(NamedTuple):
    """A document whose kind of book, volume or page is mistyped.

    Attributes:
        row: Its row among the placed documents.
        neighbor: The row of the document before it, which is in the right volume.
        printed: Where it is, as printed.
        probable: Where it probably is.
        page: The page there.
        left: The pages that its neighbors leave.
        overlaps: Whether its pages as printed are those of another document.
    """

    row: int
    neighbor: int
    printed: str
    probable: str
    page: int
    left: str
    overlaps: bool

    @property
    def reason(self) -> str:
        """The rest of a sentence about the document: where it probably belongs, and why."""
        return f"probably {self.probable}: the documents before and after it leave room for {self.left}"


@dataclass(frozen=True)
class Places:
    """Where documents are in the books.

    Attributes:
        stated: The documents with a volume and a page, as they state them; see `placed_pages`.
        numbers: Their numbers; see `parse_numbers`.
        repeats: Whether a number may occur twice.
        images: How many single-page images each document has; see `count_images`.
    """

    stated: pd.DataFrame
    numbers: pd.DataFrame
    repeats: bool
    images: np.ndarray[Any, np.dtype[np.float64]]

    @cached_property
    def miscounted(self) -> dict[int, Miscounted]:
        """By document its probable number of pages, where the stated one is mistyped."""
        return find_miscounted(self.pages_as_stated, self.images)

    @cached_property
    def pages_as_stated(self) -> pd.DataFrame:
        """The documents as they state them, ordered by page; see `book_pages`."""
        return book_pages(self.stated, repeats=self.repeats)

    @cached_property
    def printed(self) -> pd.DataFrame:
        """The documents on their printed pages, with the number of pages that they probably have."""
        return recounted(self.stated, self.miscounted) if self.miscounted else self.stated

    @cached_property
    def slips(self) -> dict[int, Slip]:
        """By document where it is and where it belongs, if its kind of book, volume or page is mistyped."""
        return find_slips(self.printed, self.pages_as_printed, self.numbers)

    @property
    def pages_as_printed(self) -> pd.DataFrame:
        """The documents on their printed pages, ordered by page."""
        return book_pages(self.printed, repeats=self.repeats) if self.miscounted else self.pages_as_stated

    @property
    def pages(self) -> pd.DataFrame:
        """The documents ordered by page, those with a mistyped place where they probably belong."""
        # Nearly no delivery has a mistyped place, and to order millions of pages again takes a second.
        return book_pages(self.placed, repeats=self.repeats) if self.slips else self.pages_as_printed

    def forget_pages(self) -> None:
        """Drop the ordered pages to free memory; they are computed again when needed."""
        self.__dict__.pop("pages_as_stated", None)

    @cached_property
    def placed(self) -> pd.DataFrame:
        """The documents, those with a mistyped place where they probably belong."""
        return corrected(self.printed, self.slips.values()) if self.slips else self.printed


def find_slips(placed: pd.DataFrame, pages: pd.DataFrame, numbers: pd.DataFrame) -> dict[int, Slip]:
    """Find the documents whose place in the books is mistyped.

    The documents with the numbers before and after it are in one volume and leave exactly as many pages as it has, and
    it is elsewhere.

    Args:
        placed: The documents with a volume and a page; see `placed_pages`.
        pages: The same, ordered by page; see `book_pages`.
        numbers: Their numbers; see `parse_numbers`.

    Returns:
        The slips by document.
    """
    holes = pages.loc[(pages["page"] > pages["reach"] + 1).to_numpy()]
    # A document that is elsewhere leaves a hole where it belongs: without a hole there is nothing to look for.
    if holes.empty:
        return {}
    rows = with_numbers(placed, around(numbers, holes["doc"].to_numpy()))
    keys = ["code", "number"]
    # What follows a hole is a neighbor of the one that left it, or is that one, a few pages off.
    after = rows.loc[rows["doc"].isin(holes["doc"]), keys]
    suspects = pd.concat([after, after.assign(number=after["number"] - 1)]).drop_duplicates().merge(rows, on=keys)
    for side, step in (("before", 1), ("after", -1)):
        others = rows.assign(number=rows["number"] + step).drop(columns="doc")
        suspects = suspects.merge(others, on=keys, suffixes=("", f"_{side}"))
    start = suspects["page_before"] + suspects["page_count_before"].clip(lower=1)
    fits = suspects["book_before"] == suspects["book_after"]
    fits &= (suspects["page_count"] > 0) & (suspects["page_after"] - start == suspects["page_count"])
    fits &= (suspects["book"] != suspects["book_before"]) | (suspects["page"] != start)
    found = suspects.assign(start=start).loc[fits.to_numpy()]
    over = (pages["page"] <= pages["reach"]).to_numpy()
    overlapping = pages["doc"].to_numpy()[over | np.append(over[1:], False)]
    found = found.assign(overlaps=found["doc"].isin(overlapping))
    return {int(one["doc"]): slip_of(placed, one) for one in found.to_dict("records")}


def around(numbers: pd.DataFrame, docs: np.ndarray[Any, Any]) -> pd.DataFrame:
    """Return the valid numbers up to two before and one after those of some documents.

    Args:
        numbers: All numbers; see `parse_numbers`.
        docs: The documents.

    Returns:
        Their rows: of millions of numbers the few that can be a neighbor.
    """
    valid = numbers["valid"].to_numpy()
    marks = numbers["code"].to_numpy() * np.int64(10**LONGEST) + numbers["number"].to_numpy()
    mine = marks[valid & np.isin(numbers["doc"].to_numpy(), docs)]
    wanted = np.unique(np.concatenate([mine + step for step in (-2, -1, 0, 1)]))
    place = np.minimum(np.searchsorted(wanted, marks), len(wanted) - 1)
    return numbers.loc[valid & (wanted[place] == marks if len(wanted) else False), ["doc", "code", "number"]]


def with_numbers(placed: pd.DataFrame, numbers: pd.DataFrame) -> pd.DataFrame:
    """Return row, doc, code, number, book, page and page_count of placed documents with a number of their own.

    Args:
        placed: The documents with a volume and a page.
        numbers: Numbers: doc, code and number.
    """
    own = numbers.drop_duplicates(["code", "number"], keep=False)
    row = np.flatnonzero(np.isin(placed["doc"].to_numpy(), own["doc"].to_numpy()))
    mine = placed.iloc[row]
    frame = pd.DataFrame(
        {
            "row": row,
            "doc": mine["doc"].to_numpy(),
            "book": mine.groupby(["county_fips", "book_type", "volume"], sort=True).ngroup().to_numpy(),
            "page": mine["page"].to_numpy(),
            "page_count": mine["page_count"].to_numpy(),
        }
    )
    return frame.merge(own, on="doc")


def slip_of(placed: pd.DataFrame, found: dict[Any, Any]) -> Slip:
    """Describe a slip by where its document is, and where it probably belongs."""
    row, neighbor = int(found["row"]), int(found["row_before"])
    page, end = int(found["start"]), int(found["page_after"]) - 1
    left = f"page {page}" if page == end else f"pages {page} to {end}"
    places = place_of(placed, row), place_of(placed, neighbor, page)
    return Slip(row, neighbor, *places, page, left, bool(found["overlaps"]))


def place_of(placed: pd.DataFrame, row: int, page: int | None = None) -> str:
    """Format a place in the books: kind of book, volume and page."""
    one = placed.iloc[row]
    parts = (str(one["book_type"]), str(one["volume"]), str(one["page"] if page is None else page))
    return "/".join(part for part in parts if part)


def corrected(placed: pd.DataFrame, slips: Iterable[Slip]) -> pd.DataFrame:
    """Return placed documents with those that are mistyped where they probably belong."""
    listed = list(slips)
    rows, neighbors = [one.row for one in listed], [one.neighbor for one in listed]
    pages = placed["page"].to_numpy().copy()
    pages[rows] = [one.page for one in listed]
    frame = placed.assign(page=pages)
    for name in ("book_type", "volume"):
        codes = frame[name].cat.codes.to_numpy().copy()
        codes[rows] = codes[neighbors]
        frame[name] = pd.Categorical.from_codes(codes, categories=frame[name].cat.categories)
    return frame
