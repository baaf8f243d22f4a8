"""Strays: documents whose number says nothing about their place, and the hole that each probably fills.

Their number is missing, has another form than the others, or is out of place; or their county is mistyped. One cause is
one finding, so the hole that such a document leaves is not reported as a gap.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from oseberg.maze_authority._numbers.outliers import FEWEST, Neighbors, Outlier, is_among, mistypings
from oseberg.maze_authority._numbers.series import Series

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import pandas as pd

MOST = 200  # documents without a place that are looked at; of more, most are of another kind than is known


class Stray(NamedTuple):
    """A document and the place among the numbers that it probably has.

    Attributes:
        home: The series that it probably belongs to.
        place: Its probable number there.
        reason: Why, as the rest of a sentence that begins with what is printed.
    """

    home: Series
    place: int
    reason: str

    @property
    def probable(self) -> str:
        """The number it probably has, with the year of a count that starts over."""
        return self.home.spell(self.place)

    @property
    def printed(self) -> str:
        """The probable number as the clerk would print it."""
        return self.home.printed(self.place)


@dataclass(frozen=True)
class Strays:
    """Looks for the places of documents without one.

    Attributes:
        series: The delivery's series.
        numbers: The numbers that are in their place; see `parse_numbers`.
        placed: The documents with a volume and a page; see `placed_pages`.
        recorded: The day of each document.
        look: Looks for holes in the series.
    """

    series: Sequence[Series]
    numbers: pd.DataFrame
    placed: pd.DataFrame
    recorded: np.ndarray[Any, Any]
    look: Neighbors

    def find(self, homes: Mapping[int, str], texts: Mapping[int, str]) -> dict[int, Stray]:
        """Return the documents that probably fill a hole.

        Args:
            homes: For each document without a place the county it belongs to.
            texts: What is printed as their numbers, for those that have one.

        Returns:
            What was found, by document; no hole is given to two of them.
        """
        if len(homes) > MOST:
            return {}
        found = {doc: stray for doc, fips in homes.items() if (stray := self.of_one(doc, fips, texts.get(doc)))}
        rest = {doc: fips for doc, fips in homes.items() if doc not in found}
        found |= self.by_day(rest, {self.key(one) for one in found.values()})
        often = Counter(map(self.key, found.values()))
        return {doc: one for doc, one in found.items() if often[self.key(one)] == 1}

    @staticmethod
    def key(one: Stray) -> tuple[str, str, int]:
        """Return the key of a hole."""
        return one.home.county_fips, one.home.shown, one.place

    def of_one(self, doc: int, fips: str, text: str | None) -> Stray | None:
        """Return the place of one document by what is printed, or by its page."""
        homes = [one for one in self.series if one.county_fips == fips and len(one.held) >= FEWEST]
        return self.as_printed(doc, homes, text) or self.by_page(doc, fips, homes) or self.by_slip(doc, homes, text)

    def day(self, doc: int) -> Any:  # noqa: ANN401 - a date, or None
        """Return the day of a document."""
        return self.recorded[doc].astype("datetime64[D]").item()

    def as_printed(self, doc: int, homes: Sequence[Series], text: str | None) -> Stray | None:
        """Return the hole that is printed, for a document of a mistyped county."""
        for home in homes:
            place = None if text is None else home.place(text)
            around = None if place is None else self.look.fits(home, place, self.day(doc))
            if place is not None and around:
                return Stray(home, place, f"is probably of its series: {self.look.sentence(home, around)}")
        return None

    def by_slip(self, doc: int, homes: Sequence[Series], text: str | None) -> Stray | None:
        """Return the smallest hole that one slip of the keyboard explains, and the document's day."""
        offers = [
            (around[1] - around[0], place, home, around)
            for home in homes
            for other in mistypings(text or "", padded=False)
            if (place := home.place(other)) is not None and (around := self.look.fits(home, place, self.day(doc)))
        ]
        if not offers:
            return None
        _, place, home, around = min(offers, key=lambda offer: offer[:2])
        return Stray(home, place, f"is probably {home.spell(place)}: {self.look.sentence(home, around)}")

    def by_page(self, doc: int, fips: str, homes: Sequence[Series]) -> Stray | None:
        """Return the hole between the documents on the pages directly before and after a document."""
        before, after = self.beside(doc, fips)
        for home in homes:
            near = [self.number_in(home, one) for one in (before, after)]
            place = near[0] + 1 if near[0] is not None else near[1] - 1 if near[1] is not None else None
            if place is None or place in home.held or place < 1 or (near[1] is not None and near[1] != place + 1):
                continue
            names = " and ".join(home.spell(one) for one in near if one is not None)
            verb = "include" if None in near else "are"
            return Stray(home, place, f"is probably {home.spell(place)}: its neighbors in the book {verb} {names}")
        return None

    def beside(self, doc: int, fips: str) -> tuple[int | None, int | None]:
        """Return the documents that end directly before a document's page, and begin directly after its pages."""
        mine = self.placed.loc[self.placed["doc"].to_numpy() == doc]
        if mine.empty or not mine["page_count"].iloc[0] > 0:
            return None, None
        one = mine.iloc[0]
        book = self.in_volume(fips, str(one["book_type"]), str(one["volume"]))
        page, count = book["page"].to_numpy(), book["page_count"].to_numpy()
        ends = book["doc"].to_numpy()[page + count == one["page"]]
        starts = book["doc"].to_numpy()[page == one["page"] + one["page_count"]]
        return (int(ends[0]) if len(ends) == 1 else None), (int(starts[0]) if len(starts) == 1 else None)

    def in_volume(self, fips: str, kind: str, volume: str) -> pd.DataFrame:
        """Return the documents of one volume."""
        placed = self.placed
        mine = (placed["volume"] == volume) & (placed["book_type"] == kind) & (placed["county_fips"] == fips)
        return placed.loc[mine.to_numpy()]

    def number_in(self, home: Series, doc: int | None) -> int | None:
        """Return the number of a document in a series, None where it has none."""
        row = 0 if doc is None else int(np.searchsorted(self.numbers["doc"].to_numpy(), doc))
        if doc is None or row == len(self.numbers) or self.numbers["doc"].iloc[row] != doc:
            return None
        one = self.numbers.iloc[row]
        same = (str(one["county_fips"]), str(one["shown"])) == (home.county_fips, home.shown)
        return int(str(one["number"])) if same and one["valid"] else None

    def by_day(self, homes: Mapping[int, str], taken: set[tuple[str, str, int]]) -> dict[int, Stray]:
        """Return the documents for whose day there is one hole of one number, and that are alone in asking for it."""
        offers = {doc: self.holes(fips, self.day(doc)) for doc, fips in homes.items()}
        asked = Counter(hole for holes in offers.values() for hole in {(one[0].shown, one[1]) for one in holes})
        found = {}
        for doc, holes in offers.items():
            if len(holes) == 1 and asked[holes[0][0].shown, holes[0][1]] == 1:
                home, place = holes[0]
                around = self.look.bracket(home, place)
                reason = f"is probably {home.spell(place)}: {self.look.sentence(home, around)}" if around else ""
                stray = Stray(home, place, reason)
                if self.key(stray) not in taken:
                    found[doc] = stray
        return found

    def holes(self, fips: str, day: Any) -> list[tuple[Series, int]]:  # noqa: ANN401 - a date, or None
        """Return the holes of one number in a county's series that a document of a day fits into."""
        return [
            (one, number)
            for one, number, before, after in self.single_holes
            if one.county_fips == fips and day is not None and before <= day <= after
        ]

    @cached_property
    def single_holes(self) -> list[tuple[Series, int, Any, Any]]:
        """The holes of one number, with the days of the numbers before and after each."""
        found = []
        for one in self.series:
            alone = [first for first, last in one.held.gaps() if first == last] if len(one.held) >= FEWEST else []
            # Of many holes nobody can say which one a document left.
            for number in alone if len(alone) <= MOST else []:
                before, after = (self.look.day_of(one, near) for near in (number - 1, number + 1))
                if before and after:
                    found.append((one, number, before, after))
        return found


class AtHome(Protocol):
    """A document of another county."""

    @property
    def home(self) -> str:
        """The county that it belongs to."""


@dataclass(frozen=True)
class Unplaced:
    """The documents of a delivery that may fill a hole.

    Attributes:
        documents: The document table.
        numbers: Its numbers; see `parse_numbers`.
        odd: Which rows of them are malformed, or of another form than the others.
        outliers: The numbers that are out of place.
        foreign: The documents of another county, with the one that they belong to as `home`.
        doubles: The documents that have another one's number, whose place is known.
    """

    documents: pd.DataFrame
    numbers: pd.DataFrame
    odd: np.ndarray[Any, np.dtype[np.bool_]]
    outliers: Sequence[Outlier]
    foreign: Mapping[int, AtHome]
    doubles: Collection[int]

    @property
    def homes(self) -> dict[int, str]:
        """By document the county it belongs to."""
        lost = is_among(self.numbers, [one for one in self.outliers if one.probable is None])
        known = is_among(self.numbers, [one for one in self.outliers if one.probable is not None])
        unnumbered = np.flatnonzero(self.documents["instrument_number"].isna().to_numpy())
        docs = [*self.numbers["doc"].to_numpy()[(self.odd | lost) & ~known].tolist(), *unnumbered.tolist()]
        counties = self.documents["county_fips"]
        homes = {doc: str(counties.iloc[doc]) for doc in docs if doc not in self.doubles}
        return homes | {doc: one.home for doc, one in self.foreign.items()}

    def find(self, series: Sequence[Series], placed: pd.DataFrame, look: Neighbors) -> dict[int, Stray]:
        """Return the documents that probably fill a hole; see `Strays`."""
        homes = self.homes
        printed = self.documents["instrument_number"].iloc[list(homes)].dropna()
        texts = dict(zip(printed.index.tolist(), printed.astype(str).tolist(), strict=True))
        recorded = self.documents["recorded_on"].to_numpy()
        return Strays(series, self.numbers, placed, recorded, look).find(homes, texts)
