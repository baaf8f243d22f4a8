"""A delivery as the rules see it: a table of documents, one for each list in them, and what lies beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.maze_authority._county import County, facts
from oseberg.maze_authority._coverage import all_gaps, certified_through, empty_days, windows
from oseberg.maze_authority._pages import book_pages
from oseberg.maze_authority._series import Series, build_series, numbers_in, parse_numbers
from oseberg.maze_authority._tables import Lazily

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from oseberg.maze_authority._images import Images
    from oseberg.maze_authority._waivers import Waivers

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
]
"""What makes two documents the same: everything but where they stand in the delivery."""


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
        """Give for each document what is known of its county; each county is asked for once."""
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
        """For each document a hash of its content, the same wherever the document stands."""
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
        return windows(self)

    @cached_property
    def gaps(self) -> list[tuple[Series, list[tuple[int, int]], set[int]]]:
        """For each series its missing intervals, and the numbers that are known from elsewhere."""
        return all_gaps(self)

    @cached_property
    def empty_days(self) -> dict[str, list[tuple[date, date]]]:
        """By county the business days without records, as intervals."""
        return empty_days(self)

    @cached_property
    def certified_through(self) -> dict[str, date | None]:
        """By county the day through which it is known whole."""
        return certified_through(self)

    def series_of(self, docs: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Give the series labels of some documents."""
        labels: np.ndarray[Any, Any] = self.labels[docs]
        return labels

    def keys(self, docs: np.ndarray[Any, Any]) -> list[str]:
        """Name documents by what survives a redelivery: number, else book and page, else their content."""
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
        """Say why an input that a rule needs is missing; None when it is there."""
        there, otherwise = {
            "images": (self.delivered is not None, "the delivery's images were not given"),
            "digests": (
                self.delivered is not None and self.delivered.has_digests,
                "no images with digests of their bytes were given",
            ),
            "history": (self.history is not None, "no earlier records were given"),
            "summary": (self.summary is not None, "no summary.json lies beside the records"),
            "waivers": (bool(self.waivers.items), "no waivers were given"),
            "complete_series": (self.complete_series, "the vendor does not deliver every instrument"),
        }[need]
        return None if there else otherwise

    def only(self, keep: np.ndarray[Any, np.dtype[np.bool_]]) -> Delivery:
        """Give the delivery with some of its documents."""
        place = np.cumsum(keep) - 1

        def table(name: str) -> pd.DataFrame:
            frame = self.lists[name]
            kept: pd.DataFrame = frame.loc[keep[frame["doc"].to_numpy()]].reset_index(drop=True)
            return kept.assign(doc=place[kept["doc"].to_numpy()])

        documents = self.documents.loc[keep].reset_index(drop=True)
        return replace(self, documents=documents, lists=Lazily(table), order=self.order[keep])
