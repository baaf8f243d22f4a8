"""The inputs of a check: a delivery's documents and lists, and what came with them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.maze_authority._delivery.before import Before
from oseberg.maze_authority._delivery.content import CONTENT, TWIN, hash_documents
from oseberg.maze_authority._delivery.county import County, facts
from oseberg.maze_authority._delivery.fields import fields_of
from oseberg.maze_authority._delivery.foreign import Foreign, find_foreign
from oseberg.maze_authority._delivery.images import Images
from oseberg.maze_authority._records.instrument_number import numbers_in
from oseberg.maze_authority._records.tables import LISTS, Lazily
from oseberg.maze_authority._waivers import Waivers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date


@dataclass(frozen=True)
class Inputs:
    """What is checked.

    Attributes:
        documents: One row for each record, in the order of file and line: the scalar fields of `IndexRecord`
            (recorded_on and instrument_date as datetime64, page_count as float, absent texts None), source_file and
            source_line (the first line, -1 without lines).
        lists: The tables of the lists by name, built when first asked for: see the properties `grantors`,
            `grantees`, `legals`, `references` and `images`.
        order: For each document its place in the input.
        delivered: The image files, where they were given.
        register: What a register knows of earlier deliveries, where one was given.
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
    register: Before | None = None
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
        """Return the facts of each document's county; each county is looked up once.

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
    def first_days(self) -> np.ndarray[Any, Any]:
        """For each document the first day on which its county can have recorded anything."""
        return self.by_county(lambda fips: self.counties[fips].first_day, "datetime64[s]")

    @cached_property
    def impossible(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """For each document whether it is recorded in the future, or before its county was created."""
        recorded = self.documents["recorded_on"].to_numpy()
        return np.asarray((recorded > np.datetime64(self.as_of)) | (recorded < self.first_days))

    @cached_property
    def foreign(self) -> dict[int, Foreign]:
        """The records of another county than the delivery's, or their file's."""
        return find_foreign(self.documents, self.county)

    @cached_property
    def rejected_numbers(self) -> set[str]:
        """What may be instrument numbers in the rejected rows."""
        return numbers_in(self.rejects)

    @cached_property
    def content(self) -> np.ndarray[Any, Any]:
        """For each document a hash of its content, the same wherever the document is."""
        tables = (self.grantors, self.grantees, self.legals, self.references, self.images)
        return hash_documents(self.documents[CONTENT], tables)

    @cached_property
    def twins(self) -> np.ndarray[Any, Any]:
        """For each document a hash of what makes it the same document under another number; 0 if too little is stated.

        These are its type, days, number of pages, parties and land.
        """
        parties = (self.grantors[["doc", "name"]], self.grantees[["doc", "name"]])
        tables = (*parties, self.legals[["doc", "text"]])
        known = self.documents[TWIN].notna().all(axis=1).to_numpy()
        for table in tables:
            known = known & (np.bincount(table["doc"].to_numpy(), minlength=len(self)) > 0)
        return np.where(known, hash_documents(self.documents[TWIN], tables), np.uint64(0))

    def fields(self, docs: np.ndarray[Any, np.dtype[np.integer[Any]]]) -> list[dict[str, Any]]:
        """Return the fields of some documents as JSON values.

        Args:
            docs: Their positions.

        Returns:
            For each its fields by name; what is absent is left out.
        """
        return fields_of(self.documents, {name: self.lists[name] for name in LISTS}, docs)

    def keys(self, docs: np.ndarray[Any, Any]) -> list[str]:
        """Return keys that survive a redelivery: number, else book and page, else content.

        Args:
            docs: Their positions.

        Returns:
            One key for each.
        """
        columns = ("instrument_number", "book_type", "volume", "page")
        rows = self.documents[[*columns]].iloc[docs].astype(object).fillna("").itertuples(index=False)
        return [self._key(doc, *row) for doc, row in zip(docs, rows, strict=True)]

    def _key(self, doc: int, number: str, book: str, volume: str, page: str) -> str:
        if number:
            return number
        if volume and page:
            return "/".join(part for part in (book, volume, page) if part)
        return f"unnumbered-{sha256(int(self.content[doc]).to_bytes(8, 'big')).hexdigest()[:10]}"
