"""What is known from earlier deliveries: one interface to an earlier file and to a register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from oseberg.maze_authority._numbers.series import Stratum, strata_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

Days = tuple[date, date]


class Before(Protocol):
    """What is known from earlier deliveries."""

    @property
    def strata(self) -> Iterable[Stratum]:
        """The numbers of earlier deliveries."""

    @property
    def days(self) -> Mapping[str, np.ndarray[Any, Any]]:
        """By county the days with records, ascending."""

    @property
    def windows(self) -> Mapping[str, list[Days]]:
        """By county the first and last recorded day of each earlier delivery."""

    @property
    def rejected(self) -> Iterable[str]:
        """What may be instrument numbers in rejected rows of earlier deliveries."""

    @property
    def withdrawn(self) -> Mapping[str, list[tuple[str, date]]]:
        """By county the documents that are withdrawn: their keys and days."""

    def day_of(self, fips: str, prefix: str, year: int | None, number: int) -> date | None:
        """Return the day on which the document of a number was recorded, None if unknown.

        Args:
            fips: The county.
            prefix: The number's prefix.
            year: The year of a count that starts over each year, else None.
            number: The number.

        Returns:
            The day.
        """

    def between(self, fips: str, first: date, last: date) -> pd.DataFrame:
        """Return the documents that were recorded from one day to another.

        Args:
            fips: The county.
            first: The first day.
            last: The last day.

        Returns:
            doc (its place in an earlier file, -1 in a register), prefix, text, number (-1 for a malformed one), year,
            day (datetime64[s]), content (a hash) and key.
        """

    def replaced(self, fips: str) -> pd.DataFrame:
        """Return the documents that only the delivery's own earlier versions have held, as `between` does.

        Args:
            fips: The county.

        Returns:
            The documents.
        """

    def pages(self, books: pd.DataFrame) -> pd.DataFrame:
        """Return the documents with a page in one of some volumes, see `placed_pages`; their doc is -1.

        Args:
            books: county_fips, book_type ("" for none), volume.

        Returns:
            The documents.
        """

    def twins(self, marks: np.ndarray[Any, Any]) -> pd.DataFrame:
        """Return the numbers of documents with one of some hashes; see `Delivery.twins`.

        Args:
            marks: The hashes.

        Returns:
            twin (a hash) and text (the number as printed).
        """

    def contents(self, fips: str, texts: pd.Series) -> pd.DataFrame:
        """Return the documents with one of some numbers, with the same columns as `between`.

        Args:
            fips: The county.
            texts: Instrument numbers as printed.

        Returns:
            The documents.
        """

    def fields(self, found: pd.DataFrame) -> list[dict[str, Any]]:
        """Return the fields of documents; see `Delivery.fields`.

        Args:
            found: Rows of what `contents` returned.

        Returns:
            The fields of each.
        """


class Told(Protocol):
    """What an earlier delivery says of its documents."""

    @property
    def identified(self) -> pd.DataFrame:
        """Every document with what identifies it."""

    @property
    def content(self) -> np.ndarray[Any, Any]:
        """A hash of each document's content."""

    @property
    def twins(self) -> np.ndarray[Any, Any]:
        """A hash of what makes each document the same under another number."""

    @property
    def placed(self) -> pd.DataFrame:
        """The documents with a volume and a page."""

    def fields(self, docs: np.ndarray[Any, Any]) -> list[dict[str, Any]]:
        """Return the fields of some documents; see `Delivery.fields`.

        Args:
            docs: Their positions.

        Returns:
            The fields of each.
        """


@dataclass(frozen=True)
class EarlierRecords:
    """An earlier delivery's records, behind the interface of `Before`.

    Attributes:
        documents: Its document table.
        numbers: Its instrument numbers, placed in their series.
        windows: By county its first and last recorded day.
        delivery: The delivery, for what else its documents say.
        rejected: What may be instrument numbers in its rejected rows.
    """

    documents: pd.DataFrame
    numbers: pd.DataFrame
    windows: Mapping[str, list[Days]]
    delivery: Told
    rejected: Iterable[str] = ()

    @property
    def withdrawn(self) -> dict[str, list[tuple[str, date]]]:
        """An empty mapping: an earlier file has no withdrawals."""
        return {}

    @cached_property
    def strata(self) -> list[Stratum]:
        """The numbers of the earlier delivery."""
        return strata_of(self.numbers)

    @cached_property
    def days(self) -> dict[str, np.ndarray[Any, Any]]:
        """By county the days with records, ascending."""
        groups = self.documents.groupby("county_fips", sort=True)["recorded_on"]
        return {str(fips): np.unique(days.dropna().to_numpy().astype("datetime64[D]")) for fips, days in groups}

    @cached_property
    def table(self) -> pd.DataFrame:
        """The documents; see `Before.between`."""
        known = self.delivery.identified
        docs = known["doc"].to_numpy()
        days = self.documents["recorded_on"].to_numpy()[docs]
        return known.assign(day=days, content=self.delivery.content[docs], key=known["text"])

    def day_of(self, fips: str, prefix: str, year: int | None, number: int) -> date | None:
        """Return the day on which the document of a number was recorded; see `Before.day_of`."""
        rows = self._by_number.get((fips, prefix, number), [])
        days = [day for one, day in rows if year in (None, one)]
        return min(days, default=None)

    @cached_property
    def _by_number(self) -> dict[tuple[str, str, int], list[tuple[int, date]]]:
        found: dict[tuple[str, str, int], list[tuple[int, date]]] = {}
        dated = self.table.loc[self.table["valid"] & self.table["day"].notna()]
        columns = (dated[name].tolist() for name in ("county_fips", "prefix", "number", "year", "day"))
        for fips, prefix, number, year, day in zip(*columns, strict=True):
            found.setdefault((fips, prefix, number), []).append((year, day.date()))
        return found

    def between(self, fips: str, first: date, last: date) -> pd.DataFrame:
        """Return the documents that were recorded from one day to another; see `Before.between`."""
        table = self.table
        days = table["day"].to_numpy()
        inside = (days >= np.datetime64(first)) & (days <= np.datetime64(last))
        return table.loc[inside & (table["county_fips"] == fips).to_numpy()]

    def replaced(self, fips: str) -> pd.DataFrame:
        """Return nothing: an earlier file has no versions."""
        return self.contents(fips, self.table["text"].iloc[:0])

    def pages(self, books: pd.DataFrame) -> pd.DataFrame:
        """Return the documents with a page in one of some volumes; see `Before.pages`."""
        return self.delivery.placed.assign(doc=-1).merge(books)

    def twins(self, marks: np.ndarray[Any, Any]) -> pd.DataFrame:
        """Return the numbers of documents with one of some hashes; see `Before.twins`."""
        found = self.documents[["instrument_number"]].rename(columns={"instrument_number": "text"})
        twins = self.delivery.twins
        found = found.assign(twin=twins).loc[
            np.isin(twins, marks, kind="sort") & found["text"].notna().to_numpy()  # hashes have no range to count in
        ]
        return found[["twin", "text"]]

    def contents(self, fips: str, texts: pd.Series) -> pd.DataFrame:
        """Return the documents with one of some numbers; see `Before.contents`."""
        table = self.table
        return table.loc[(table["county_fips"] == fips) & table["text"].isin(texts)]

    def fields(self, found: pd.DataFrame) -> list[dict[str, Any]]:
        """Return the fields of documents; see `Before.fields`."""
        return self.delivery.fields(found["doc"].to_numpy())
