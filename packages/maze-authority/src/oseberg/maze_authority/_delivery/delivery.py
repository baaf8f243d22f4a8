"""A delivery as the rules see it: a table of documents, one for each list in them, and what was delivered with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.maze_authority._delivery.book_pages import book_pages
from oseberg.maze_authority._delivery.county import County, facts
from oseberg.maze_authority._delivery.coverage import (
    SeriesCoverage,
    certify,
    cover_series,
    coverage_table,
    find_empty_days,
    find_obstacles,
    find_windows,
    outside_windows,
)
from oseberg.maze_authority._delivery.images import Images
from oseberg.maze_authority._delivery.series import Series, build_series, parse_numbers
from oseberg.maze_authority._records.instrument_number import numbers_in
from oseberg.maze_authority._records.tables import Lazily
from oseberg.maze_authority._waivers import Waivers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date


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


@dataclass(frozen=True)
class Delivery:
    """What is checked.

    Attributes:
        documents: One row for each record, in the order of file and line: the scalar fields of `IndexRecord`
            (recorded_on and instrument_date as datetime64, page_count as float, absent texts None), source_file and
            source_line (the first line, -1 without lines).
        lists: The tables of the lists by name, built when first asked for: see the properties `grantors`,
            `grantees`, `legals`, `references` and `images`.
        order: For each document its place in the input.
        delivered: The image files, where they were given.
        history: The earlier delivery, where it was given.
        rejects: The texts of rejected rows.
        summary: The parser's account of the rows.
        county: The county the records should be of, where it was given.
        waivers: The waivers, without effect on rules.
        complete_series: Whether the vendor delivers every instrument.
        as_of: The day of the check.
        due: The day the delivery is judged for being late by, where it was given.
        lag_days: How many days certification may stay behind.
    """

    documents: pd.DataFrame
    lists: Lazily
    order: np.ndarray[Any, np.dtype[np.int64]]
    as_of: date
    waivers: Waivers
    delivered: Images | None = None
    history: Delivery | None = None
    rejects: tuple[str, ...] = ()
    summary: Mapping[str, Any] | None = None
    county: County | None = None
    complete_series: bool = True
    due: date | None = None
    lag_days: int = 30

    def __len__(self) -> int:
        return len(self.documents)

    @property
    def grantors(self) -> pd.DataFrame:
        """Those who give: doc (position in `documents`) and the fields of `Party`."""
        return self.lists["grantors"]

    @property
    def grantees(self) -> pd.DataFrame:
        """Those who receive: doc and the fields of `Party`."""
        return self.lists["grantees"]

    @property
    def legals(self) -> pd.DataFrame:
        """Tracts: doc and the fields of `Legal`."""
        return self.lists["legals"]

    @property
    def references(self) -> pd.DataFrame:
        """Prior documents: doc and the fields of `Reference`."""
        return self.lists["references"]

    @property
    def images(self) -> pd.DataFrame:
        """Images that records name: doc, path, page (NaN for a whole-document file)."""
        return self.lists["images"]

    @cached_property
    def counties(self) -> dict[str, County]:
        """The facts of every county in the records, by code."""
        found = {fips: facts(fips) for fips in sorted(self.documents["county_fips"].unique())}
        if self.county is not None:
            found[self.county.fips] = self.county
        return found

    def by_county(self, answer: Callable[[str], Any], dtype: str = "object") -> np.ndarray[Any, Any]:
        """Return for each document what is known of its county; each county is looked up once.

        Args:
            answer: Takes the code of a county and returns what is known of it.
            dtype: The type of the array.

        Returns:
            An array with one entry for each document.
        """
        codes, counties = pd.factorize(self.documents["county_fips"])
        answers = np.array([answer(str(county)) for county in counties], dtype=dtype)
        spread: np.ndarray[Any, Any] = answers[codes]
        return spread

    @cached_property
    def numbers(self) -> pd.DataFrame:
        """The instrument numbers, placed in their series (see `parse_numbers`)."""
        return parse_numbers(self.documents)

    @cached_property
    def series(self) -> list[Series]:
        """The series of instrument numbers, by county and label."""
        return build_series(self.numbers, self.documents["recorded_on"])

    @cached_property
    def labels(self) -> np.ndarray[Any, Any]:
        """For each document the label of its series, "" without one."""
        labels = np.full(len(self), "", dtype=object)
        labels[self.numbers["doc"].to_numpy()] = self.numbers["label"].to_numpy()
        return labels

    @cached_property
    def rejected_numbers(self) -> set[str]:
        """What may be instrument numbers in the rejected rows."""
        return numbers_in(self.rejects)

    @cached_property
    def content(self) -> np.ndarray[Any, Any]:
        """For each document a hash of its content, the same wherever the document is."""
        total = pd.util.hash_pandas_object(self.documents[CONTENT].astype(object), index=False).to_numpy().copy()
        tables = (self.grantors, self.grantees, self.legals, self.references, self.images)
        for weight, table in enumerate(tables, start=3):
            if table.empty:
                continue
            place = table.groupby("doc").cumcount().to_numpy().astype(np.uint64) * np.uint64(2) + np.uint64(weight)
            rows = pd.util.hash_pandas_object(table.drop(columns="doc").astype(object), index=False).to_numpy()
            np.add.at(total, table["doc"].to_numpy(), rows * (place * np.uint64(2) + np.uint64(1)))
        return total

    @cached_property
    def book_pages(self) -> pd.DataFrame:
        """The documents with a volume and a page, in the order of their pages (see `_pages.book_pages`)."""
        return book_pages(self.documents)

    @cached_property
    def windows(self) -> dict[str, tuple[date, date]]:
        """By county the first and last recorded day, typing errors left out; nothing for a county without days."""
        return find_windows(self.documents, self.as_of)

    @cached_property
    def gaps(self) -> list[SeriesCoverage]:
        """For each series its missing intervals, and the numbers that are known from elsewhere."""
        undated = self.numbers.loc[self.numbers["label"] == "undated"]
        return cover_series(self.series, self.rejected_numbers, undated, self._earlier_numbers)

    @property
    def _earlier_numbers(self) -> pd.DataFrame:
        if self.history is None:
            return self.numbers.head(0)
        return outside_windows(self.history.numbers, self.history.documents["recorded_on"], self.windows)

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """One row for each series of instrument numbers; see `Result.coverage`."""
        return coverage_table(self.gaps if self.complete_series else [], self.certified_through, self.waivers)

    @cached_property
    def empty_days(self) -> dict[str, list[tuple[date, date]]]:
        """By county the business days without records, as intervals."""
        return find_empty_days(self.documents, self.windows)

    @cached_property
    def _certified(self) -> dict[str, tuple[date | None, str | None]]:
        covered = self.gaps if self.complete_series else []
        return {
            fips: certify(ends, find_obstacles(fips, self.empty_days[fips], covered, self.waivers))
            for fips, ends in self.windows.items()
        }

    @cached_property
    def certified_through(self) -> dict[str, date | None]:
        """By county the day through which it is known whole."""
        counties = sorted(self.documents["county_fips"].unique())
        return {fips: self._certified.get(fips, (None, None))[0] for fips in counties}

    @property
    def held_back_by(self) -> dict[str, str]:
        """By county what its certified-through date would have to pass first; nothing for a county that is whole."""
        return {fips: what for fips, (_, what) in self._certified.items() if what}

    def series_of(self, docs: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return the series labels of some documents.

        Args:
            docs: Their positions.

        Returns:
            One label for each, "" without a series.
        """
        labels: np.ndarray[Any, Any] = self.labels[docs]
        return labels

    def keys(self, docs: np.ndarray[Any, Any]) -> list[str]:
        """Name documents by what survives a redelivery: number, else book and page, else their content.

        Args:
            docs: Their positions.

        Returns:
            One key for each.
        """
        columns = ("instrument_number", "book_type", "volume", "page")
        rows = self.documents[[*columns]].iloc[docs].fillna("").itertuples(index=False)
        return [self._key(doc, *row) for doc, row in zip(docs, rows, strict=True)]

    def _key(self, doc: int, number: str, book: str, volume: str, page: str) -> str:
        if number:
            return number
        if volume and page:
            return "/".join(part for part in (book, volume, page) if part)
        return f"unnumbered-{sha256(int(self.content[doc]).to_bytes(8, 'big')).hexdigest()[:10]}"

    def has(self, need: str) -> str | None:
        """Return why an input that a rule needs is missing, or None when it is there.

        Args:
            need: images, digests, history, summary, waivers or complete_series.

        Returns:
            The reason.
        """
        there, otherwise = {
            "images": (self.delivered is not None, "the delivery's images were not given"),
            "digests": (
                self.delivered is not None and self.delivered.has_digests,
                "no images with digests of their bytes were given",
            ),
            "history": (self.history is not None, "no earlier records were given"),
            "summary": (self.summary is not None, "there is no summary.json next to the records"),
            "waivers": (bool(self.waivers.items), "no waivers were given"),
            "complete_series": (self.complete_series, "the vendor does not deliver every instrument"),
        }[need]
        return None if there else otherwise

    def only(self, keep: np.ndarray[Any, np.dtype[np.bool_]]) -> Delivery:
        """Return the delivery with some of its documents.

        Args:
            keep: For each document whether it stays.

        Returns:
            A delivery whose tables hold those documents alone.
        """
        place = np.cumsum(keep) - 1

        def table(name: str) -> pd.DataFrame:
            frame = self.lists[name]
            kept: pd.DataFrame = frame.loc[keep[frame["doc"].to_numpy()]].reset_index(drop=True)
            return kept.assign(doc=place[kept["doc"].to_numpy()])

        documents = self.documents.loc[keep].reset_index(drop=True)
        return replace(self, documents=documents, lists=Lazily(table), order=self.order[keep])
