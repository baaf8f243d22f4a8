"""What a register knows of one or more counties, in the form that the rules need."""

from __future__ import annotations

import zlib
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pandas as pd

from oseberg.maze_authority._delivery.identity import UNNUMBERED
from oseberg.maze_authority._numbers.intervals import Intervals
from oseberg.maze_authority._numbers.series import Stratum
from oseberg.maze_authority._register.facts import PART
from oseberg.maze_authority._register.store import Store
from oseberg.maze_authority._register.tables import order_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COLUMNS = ["doc", "prefix", "text", "number", "year", "day", "content", "key", "version", "place"]
LATEST = """
SELECT p.prefix, d.text, d.number, d.year, d.day, d.content, d.version, d.place
FROM document d JOIN prefix p ON p.id = d.prefix JOIN version v ON v.id = d.version
WHERE p.fips = ? AND {condition}
ORDER BY d.prefix, d.number, d.text, {order}
"""


class Known:
    """A register's knowledge of some counties, behind the interface of `Before`.

    Args:
        store: The register's file.
        counties: The counties that are asked about.
        name: The name of the delivery that is checked, if it has one.
    """

    def __init__(self, store: Store, counties: Iterable[str], name: str | None = None) -> None:
        self.store, self.name = store, name
        self.counties = sorted(counties)

    @cached_property
    def strata(self) -> list[Stratum]:
        """The numbers that were delivered."""
        found = []
        for fips in self.counties:
            rows = self.store.rows(
                "SELECT p.prefix, h.year, p.width, h.first, h.last FROM held h JOIN prefix p ON p.id = h.prefix "
                "WHERE p.fips = ? ORDER BY p.prefix, h.year, h.first",
                (fips,),
            )
            for key, parts in groupby(rows, key=lambda row: row[:3]):
                ends = np.array([row[3:] for row in parts], dtype=np.int64)
                prefix, year, width = key
                found.append(Stratum(fips, prefix, year, width, Intervals(ends[:, 0], ends[:, 1])))
        return found

    @cached_property
    def days(self) -> dict[str, np.ndarray[Any, Any]]:
        """By county the days with records, ascending."""
        found = {}
        for fips in self.counties:
            rows = self.store.rows("SELECT day FROM day WHERE fips = ? ORDER BY day", (fips,))
            if rows:
                found[fips] = np.array([day for (day,) in rows], dtype="datetime64[D]")
        return found

    @cached_property
    def windows(self) -> dict[str, list[tuple[date, date]]]:
        """By county the first and last recorded day of each delivery."""
        found: dict[str, list[tuple[date, date]]] = {}
        for fips in self.counties:
            rows = self.store.rows(
                "SELECT DISTINCT first_day, last_day FROM version JOIN certified ON version = id "
                "WHERE fips = ? AND first_day IS NOT NULL ORDER BY first_day, last_day",
                (fips,),
            )
            if rows:
                found[fips] = [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in rows]
        return found

    @cached_property
    def rejected(self) -> list[str]:
        """What may be instrument numbers in rejected rows."""
        query = "SELECT text FROM rejected WHERE fips = ?"
        return [text for fips in self.counties for (text,) in self.store.rows(query, (fips,))]

    @cached_property
    def withdrawn(self) -> dict[str, list[tuple[str, date]]]:
        """By county the documents that are withdrawn: their keys and days."""
        rows = self.store.rows(
            "SELECT fips, key, first FROM finding WHERE rule = 'MA701' AND closed_by IS NULL AND first IS NOT NULL"
        )
        found: dict[str, list[tuple[str, date]]] = {}
        for fips, key, day in rows:
            found.setdefault(fips, []).append((key, np.datetime64(day, "D").item()))
        return found

    def day_of(self, fips: str, prefix: str, year: int | None, number: int) -> date | None:
        """Return the day on which the document of a number was recorded; see `Before.day_of`."""
        row = self.store.row(
            "SELECT min(d.day) FROM document d JOIN prefix p ON p.id = d.prefix "
            "WHERE p.fips = ? AND p.prefix = ? AND d.number = ? AND (? IS NULL OR d.year = ?)",
            (fips, prefix, number, year, year),
        )
        return None if row[0] is None else np.datetime64(row[0], "D").item()

    def between(self, fips: str, first: date, last: date) -> pd.DataFrame:
        """Return the documents that were recorded from one day to another; see `Before.between`."""
        ends = [int(np.datetime64(day, "D").astype(np.int64)) for day in (first, last)]
        return table(
            self.store.rows(LATEST.format(order=order_of("v"), condition="d.day BETWEEN ? AND ?"), (fips, *ends))
        )

    def replaced(self, fips: str) -> pd.DataFrame:
        """Return the documents that only earlier versions of the delivery have held; see `Before.replaced`."""
        alone = (
            "v.name = ? AND NOT EXISTS (SELECT 1 FROM document o JOIN version w ON w.id = o.version WHERE o.prefix = "
            "d.prefix AND o.number = d.number AND o.text = d.text AND o.year = d.year AND w.name <> v.name)"
        )
        return table(self.store.rows(LATEST.format(order=order_of("v"), condition=alone), (fips, self.name)))

    def pages(self, books: pd.DataFrame) -> pd.DataFrame:
        """Return the documents with a page in one of some volumes; see `Before.pages`."""
        query = (
            "SELECT g.fips, g.book, g.volume, g.page, g.pages, g.text FROM page g JOIN version v ON v.id = g.version "
            "JOIN certified c ON c.version = v.id WHERE g.fips = ? AND g.book = ? AND g.volume = ? "
            f"ORDER BY {order_of('v', newest_first=True)}, g.page"
        )
        keys = books[["county_fips", "book_type", "volume"]].itertuples(index=False)
        rows = [row for key in keys if key[0] in self.counties for row in self.store.rows(query, tuple(key))]
        names = ["county_fips", "book_type", "volume", "page", "page_count", "instrument_number"]
        types = dict.fromkeys(("county_fips", "book_type", "volume", "instrument_number"), "str")
        frame = pd.DataFrame(rows, columns=names).astype({**types, "page": "int64", "page_count": "float64"})
        return frame.assign(doc=-1)

    def twins(self, marks: np.ndarray[Any, Any]) -> pd.DataFrame:
        """Return the numbers of documents with one of some hashes; see `Before.twins`."""
        query = (
            "SELECT DISTINCT d.twin, d.text FROM document d JOIN prefix p ON p.id = d.prefix "
            "JOIN certified c ON c.version = d.version WHERE d.twin = ? AND p.fips = ? AND NOT EXISTS "
            "(SELECT 1 FROM void v WHERE v.prefix = d.prefix AND v.number = d.number) AND NOT EXISTS (SELECT 1 FROM "
            "finding f WHERE f.fips = p.fips AND f.rule = 'MA701' AND f.closed_by IS NULL AND f.document = d.text)"
        )
        wanted = sorted(set(marks.astype(np.uint64).view(np.int64).tolist()))
        rows = [row for mark in wanted for fips in self.counties for row in self.store.rows(query, (mark, fips))]
        frame = pd.DataFrame(rows, columns=["twin", "text"])
        return frame.assign(twin=frame["twin"].to_numpy(dtype=np.int64).view(np.uint64))

    def contents(self, fips: str, texts: pd.Series) -> pd.DataFrame:
        """Return the documents with one of some numbers; see `Before.contents`."""
        wanted = sorted(set(texts.dropna()))
        by_number = "(d.prefix, d.number, d.text) IN (SELECT prefix, number, text FROM wanted)"
        # Joined instead of asked for one by one: a delivery of a year has a hundred thousand numbers.
        with self.store.transaction():
            return self._contents(fips, wanted, by_number)

    def _contents(self, fips: str, wanted: list[str], by_number: str) -> pd.DataFrame:
        self.store.run("CREATE TEMP TABLE IF NOT EXISTS wanted (prefix INTEGER, number INTEGER, text TEXT)")
        self.store.run("DELETE FROM wanted")
        ids = self.store.prefix_ids(fips)
        places = [(ids[prefix], number, text) for prefix, number, text in located(wanted, ids)]
        self.store.run_many("INSERT INTO wanted VALUES (?, ?, ?)", places)
        return table(self.store.rows(LATEST.format(order=order_of("v"), condition=by_number), (fips,)))

    def fields(self, found: pd.DataFrame) -> list[dict[str, Any]]:
        """Return the fields of documents; see `Before.fields`."""
        parts: dict[tuple[int, int], list[dict[str, Any]]] = {}
        rows = []
        for version, place in zip(found["version"].tolist(), found["place"].tolist(), strict=True):
            part = (int(version), int(place) // PART)
            if part not in parts:
                query = "SELECT content FROM detail WHERE version = ? AND part = ?"
                parts[part] = orjson.loads(zlib.decompress(self.store.row(query, part)[0]))
            rows.append(parts[part][int(place) % PART])
        return rows


def located(texts: Sequence[str], prefixes: Iterable[str]) -> list[tuple[str, int, str]]:
    """Return where some numbers may be in the register: under each prefix that they begin with."""
    known = sorted(prefixes)
    found = []
    for text in texts:
        found += [(UNNUMBERED, -1, text)] * (UNNUMBERED in known)
        for prefix in known:
            rest = text[len(prefix) :]
            # A prefix may begin another one, so a number is looked for under each that fits.
            if text.startswith(prefix):
                digits = rest[:-1] if rest[-1:].isalpha() else rest
                number = int(digits) if digits.isascii() and digits.isdigit() else -1
                found += [(prefix, number, text), *([(prefix, -1, text)] if number >= 0 else [])]
    return found


def table(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Return documents as `Before.between` describes them; of several versions of one the latest."""
    # The rows are in the order of arrival, so the last one of a document stays.
    latest = {(row[0], row[1], row[3]): row for row in rows}
    names = ["prefix", "text", "number", "year", "day", "content", "version", "place"]
    frame = pd.DataFrame(list(latest.values()), columns=names)
    days = frame["day"].to_numpy(dtype=np.float64, na_value=np.nan)
    known = ~np.isnan(days)
    stamps = np.full(len(frame), np.datetime64("NaT", "s"))
    stamps[known] = days[known].astype(np.int64).astype("datetime64[D]")
    contents = frame["content"].to_numpy(dtype=np.int64).view(np.uint64)
    return frame.assign(doc=-1, day=stamps, content=contents, key=frame["text"])[COLUMNS]
