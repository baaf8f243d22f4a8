"""Numbers that two documents share: which of the two is mistyped, and what it probably should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from oseberg.maze_authority._numbers.book_pages import placed_pages
from oseberg.maze_authority._numbers.outliers import Neighbors, mistypings
from oseberg.maze_authority._numbers.series import Series, Stratum, build_series, strata_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    Books = np.ndarray[Any, Any]

MOST = 200  # doubled numbers that are looked at; of more, most are not mistyped


class Double(NamedTuple):
    """A document whose number belongs to another document.

    Attributes:
        doc: The document.
        probable: The number it probably has, with the year of a count that starts over.
        printed: The same as the clerk prints it.
        reason: Why, as the rest of a sentence that begins with the number.
    """

    doc: int
    probable: str
    printed: str
    reason: str


def shared_numbers(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of numbers that share their number with another of the same series.

    Args:
        numbers: As `parse_numbers` returns them.

    Returns:
        The rows, in their order.
    """
    code, number = numbers["code"].to_numpy(), numbers["number"].to_numpy()
    # Where numbers rise, as in nearly every file, none is there twice, which is seen without a look at the texts.
    if (np.diff(code) == 0).all() and (np.diff(number) > 0).all():
        return numbers.iloc[:0]
    close = numbers.loc[numbers.duplicated(["code", "number"], keep=False)]
    return close.loc[close.duplicated(["code", "text"], keep=False)]


def find_doubles(documents: pd.DataFrame, numbers: pd.DataFrame, before: Iterable[Stratum]) -> dict[int, Double]:
    """Find the documents whose mistyped number belongs to another document; see `Doubles.find`.

    Args:
        documents: The document table.
        numbers: Its numbers; see `parse_numbers`.
        before: The numbers of earlier deliveries.

    Returns:
        What was found, by document.
    """
    if shared_numbers(numbers).empty:
        return {}
    recorded = documents["recorded_on"]
    placed = placed_pages(documents)
    books, pages = (np.full(len(documents), -1, dtype=np.int64) for _ in range(2))
    books[placed["doc"]] = placed.groupby(["county_fips", "book_type", "volume"], sort=True).ngroup()
    pages[placed["doc"]] = placed["page"]
    series = build_series(numbers, recorded, strata_of(numbers), before)
    return Doubles(numbers, recorded.to_numpy(), books, pages).find(series)


def as_malformed(numbers: pd.DataFrame, doubles: Iterable[int]) -> pd.DataFrame:
    """Return the numbers with those of some documents marked malformed: they belong to others."""
    wrong = numbers["doc"].isin(list(doubles)).to_numpy()
    return numbers.assign(valid=numbers["valid"] & ~wrong, number=np.where(wrong, -1, numbers["number"]))


@dataclass(frozen=True)
class Doubles:
    """Looks for the right number of documents that share theirs with another.

    Attributes:
        numbers: All numbers of the delivery; see `parse_numbers`.
        recorded: The day of each document.
        books: The code of the volume that each document is in, -1 for none.
        pages: Its page there, -1 for none.
    """

    numbers: pd.DataFrame
    recorded: np.ndarray[Any, Any]
    books: Books
    pages: Books

    def find(self, series: Iterable[Series]) -> dict[int, Double]:
        """Find the documents whose mistyped number belongs to another document.

        One of those that share a number is mistyped if one slip of the keyboard away there is a hole where its day
        belongs; if the days of several belong there, the one whose page does. Where that settles nothing, nothing is
        found: nobody can say which of them is right.

        Args:
            series: The delivery's series.

        Returns:
            What was found, by document.
        """
        shared = shared_numbers(self.numbers)
        shared = shared.loc[shared["valid"].to_numpy()]
        groups = shared.groupby(["code", "text"], sort=True)
        if groups.ngroups > MOST:
            return {}
        named = {(one.county_fips, one.shown): one for one in series}
        found: dict[int, Double] = {}
        for _, group in groups:
            home = named.get((str(group["county_fips"].iloc[0]), str(group["shown"].iloc[0])))
            if home is not None:
                found |= self.of_group(home, group)
        return found

    def of_group(self, home: Series, group: pd.DataFrame) -> dict[int, Double]:
        """Return the mistyped one of the documents with one number, if any is."""
        code = int(group["code"].iloc[0])
        offers = [
            (doc, place, around)
            for doc, text in zip(group["doc"].tolist(), group["text"].tolist(), strict=True)
            for place, around in self.holes(home, str(text), doc)
        ]
        if len({doc for doc, _, _ in offers}) > 1:
            offers = [offer for offer in offers if self.is_between(code, offer[0], offer[2])]
        if len({doc for doc, _, _ in offers}) != 1:
            return {}
        # The smallest hole is the likeliest: one mistyped number leaves a hole of one.
        doc, place, around = min(offers, key=lambda offer: (offer[2][1] - offer[2][0], offer[1]))
        probable = home.spell(place)
        look = Neighbors(lambda one, number: one.day_of(number))
        return {
            doc: Double(doc, probable, home.printed(place), f"is probably {probable}: {look.sentence(home, around)}")
        }

    def holes(self, home: Series, text: str, doc: int) -> Iterator[tuple[int, tuple[int, int]]]:
        """Yield the holes that a document's number may belong in: the place, and the numbers around the hole."""
        day = self.recorded[doc].astype("datetime64[D]").item()
        look = Neighbors(lambda one, number: one.day_of(number))
        printed = text.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        for other in mistypings(printed, padded=bool(home.width)):
            place = home.place(other)
            around = None if place is None else look.fits(home, place, day)
            if place is not None and around is not None:
                yield place, around

    def is_between(self, code: int, doc: int, around: tuple[int, int]) -> bool:
        """Whether a document's page is between those of two numbers of its series, in the same volume."""
        mine = self.numbers.loc[(self.numbers["code"] == code) & self.numbers["number"].isin(around)]
        # The hole may be next to the number that both have: then the other one is its neighbor.
        mine = mine.loc[mine["doc"] != doc]
        ordered = mine.sort_values("number")["doc"].to_numpy()
        placed = self.pages[ordered]
        same = len(ordered) == len(around) and (self.books[ordered] == self.books[doc]).all() and self.books[doc] >= 0
        return bool(same and placed[0] <= self.pages[doc] <= placed[1])
