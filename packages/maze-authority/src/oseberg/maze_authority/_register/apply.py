"""Applies a delivery to the register: closes and opens findings, and certifies the county anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from oseberg.maze_authority._delivery.delivery import Delivery
from oseberg.maze_authority._delivery.withdrawn import withdrawn_in_all
from oseberg.maze_authority._numbers.intervals import Intervals
from oseberg.maze_authority._numbers.series import find_restarts
from oseberg.maze_authority._records.read import Read, read_records
from oseberg.maze_authority._register.awaited import PROBABLY, awaited_number
from oseberg.maze_authority._register.known import Known, table
from oseberg.maze_authority._register.store import Store
from oseberg.maze_authority._register.tables import order_of
from oseberg.maze_authority._register.together import (
    WITH_PARTS,
    days_since_1970,
    finding_of,
    gap_findings,
    label,
    other_findings,
    overlaps,
    page_findings,
    withdrawn_findings,
)
from oseberg.maze_authority._registry import rules
from oseberg.maze_authority._waivers import Waivers

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

TOGETHER = "('MA201', 'MA203', 'MA304', 'MA701', 'MA703')"  # what only all deliveries together open and close
OPEN = "fips = ? AND closed_by IS NULL"


@dataclass(frozen=True)
class Version:
    """A version of a delivery that is applied.

    Attributes:
        id: Its row in the register.
        fips: The county.
        name: The delivery's name.
        delivered: Its day.
        window: Its first and last recorded day, None without days.
        facts: What the register keeps of it besides its documents.
    """

    id: int
    fips: str
    name: str
    delivered: str | None
    window: tuple[date, date] | None
    facts: dict[str, Any]


@dataclass(frozen=True)
class Applying:
    """Applies versions of one county, in the order of their arrival.

    Attributes:
        store: The register's file; a transaction is open.
        fips: The county.
        complete_series: Whether the vendor delivers every instrument.
        waivers: The waivers in force.
    """

    store: Store
    fips: str
    complete_series: bool
    waivers: Waivers

    def apply(self, version: Version) -> None:
        """Apply the version that arrived last."""
        # What is withdrawn is found before the numbers are added: afterwards the version itself would hide it.
        gone = self.find_withdrawn(version)
        settled = self.settled_by(version)
        mistyped = {document for _, rule, document in settled if rule == "MA202"}.union(self.void_corrected(version))
        if len(gone):  # a number that was corrected is not also withdrawn
            gone = gone.loc[~gone["text"].isin(list(mistyped))]
        self.hold(version)
        twins = self.twin_findings(version, mistyped.union(gone["text"]))
        self.close_superseded(version, {row["fingerprint"] for row in twins})
        for mark, _, _ in settled:
            self.close_one(version, mark)
        self.open_findings(version, [*self.withdrawn_findings(gone), *twins])
        self.open_findings(version, version.facts["findings"])
        self.judge_together(version)

    def find_withdrawn(self, version: Version) -> pd.DataFrame:
        """Return the documents that a version should repeat and does not."""
        anew = self.anew()
        rows = self.store.rows(
            "SELECT p.prefix, d.text, d.number, d.year, d.day, d.content FROM document d "
            "JOIN prefix p ON p.id = d.prefix WHERE d.version = ?",
            (version.id,),
        )
        present = {identity(anew, self.fips, row[0], row[1], row[3]) for row in rows}
        replaced = self.with_identity(self.earlier("v.name = ?", [version.name]), anew)
        elsewhere = self.earlier("v.name <> ? AND d.version <> ?", [version.name, version.id], replaced)
        alone = replaced.loc[~replaced["identity"].isin(self.with_identity(elsewhere, anew)["identity"])]
        between = None
        if version.window is not None:
            dated = self.earlier("d.day BETWEEN ? AND ?", map(days_since_1970, version.window))
            between = self.with_identity(dated, anew)
        gone_before = Known(self.store, [self.fips]).withdrawn.get(self.fips, ())
        return withdrawn_in_all(alone, present, between, gone_before)

    def with_identity(self, documents: pd.DataFrame, anew: set[tuple[str, str]]) -> pd.DataFrame:
        """Add what identifies each document."""
        rows = zip(documents["prefix"], documents["text"], documents["year"], strict=True)
        return documents.assign(identity=[identity(anew, self.fips, *row) for row in rows])

    def earlier(self, condition: str, values: Iterable[object], among: pd.DataFrame | None = None) -> pd.DataFrame:
        """Return the latest documents of the versions that are applied, under a condition."""
        query = (
            "SELECT p.prefix, d.text, d.number, d.year, d.day, d.content, d.version, d.place FROM document d "
            "JOIN prefix p ON p.id = d.prefix JOIN version v ON v.id = d.version JOIN certified c ON c.version = v.id "
            f"WHERE p.fips = ? AND {condition}"
        )
        order = " ORDER BY d.prefix, d.number, d.text, " + order_of("v")
        given = [self.fips, *values]
        if among is None:
            return table(self.store.rows(query + order, given))
        ids = self.store.prefix_ids(self.fips)
        rows = []
        for prefix, number, text in zip(among["prefix"], among["number"], among["text"], strict=True):
            exact = " AND d.prefix = ? AND d.number = ? AND d.text = ?"
            rows += self.store.rows(query + exact + order, [*given, ids[prefix], int(number), text])
        return table(rows)

    def void_corrected(self, version: Version) -> list[str]:
        """Drop mistyped numbers that this version delivers correctly, and return them as printed."""
        rows = self.store.rows(
            "SELECT p.id, f.first, f.key, f.document, f.message, f.year FROM finding f "
            "JOIN prefix p ON p.fips = f.fips AND p.prefix = f.prefix "
            "WHERE f.fips = ? AND f.closed_by IS NULL AND f.rule = 'MA202' AND f.first IS NOT NULL",
            (self.fips,),
        )
        found = []
        for prefix, number, text, document, message, year in rows:
            right = {document, awaited_number("MA202", message, year)} - {text}
            if any(self.delivers(version, one, year) for one in right if one):
                found.append(text)
                self.store.run("INSERT OR IGNORE INTO void VALUES (?, ?, ?)", (prefix, number, text))
                # A mistyped number is an interval of its own, so nothing else is dropped with it.
                self.store.run("DELETE FROM held WHERE prefix = ? AND first = ? AND last = ?", (prefix, number, number))
        return found

    def delivers(self, version: Version, text: str, year: int | None = None) -> bool:
        """Whether a version has a document of a number, of a year if that is known."""
        query = (
            "SELECT 1 FROM document d JOIN prefix p ON p.id = d.prefix WHERE p.fips = ? AND d.text = ? "
            "AND d.version = ? AND d.year = coalesce(?, d.year) LIMIT 1"
        )
        return bool(self.store.rows(query, (self.fips, text, version.id, year)))

    def hold(self, version: Version) -> None:
        """Add a version's numbers, days and rejected numbers to those that are known."""
        rows = self.store.rows(
            "SELECT prefix, year, number FROM document d WHERE version = ? AND number >= 0 AND NOT EXISTS "
            "(SELECT 1 FROM void v WHERE v.prefix = d.prefix AND v.number = d.number) ORDER BY prefix, year, number",
            (version.id,),
        )
        for (prefix, year), group in groupby(rows, key=lambda row: row[:2]):
            mine = Intervals.of([number for _, _, number in group])
            # Only intervals that the new numbers touch are read and written: others don't change.
            near = self.store.rows(
                "SELECT first, last FROM held WHERE prefix = ? AND year = ? AND last >= ? AND first <= ?",
                (prefix, year, mine.first - 1, mine.last + 1),
            )
            old = np.array(near, dtype=np.int64).reshape(-1, 2)
            both = mine | Intervals(old[:, 0], old[:, 1])
            self.store.run_many(
                "DELETE FROM held WHERE prefix = ? AND year = ? AND first = ?",
                [(prefix, year, first) for first, _ in near],
            )
            self.store.run_many(
                "INSERT INTO held VALUES (?, ?, ?, ?)", [(prefix, year, *ends) for ends in both.pairs()]
            )
        self.store.run(
            "INSERT OR IGNORE INTO day SELECT ?, day FROM version_day WHERE version = ?", (self.fips, version.id)
        )
        rejected = [(self.fips, text) for text in version.facts["rejected"]]
        self.store.run_many("INSERT OR IGNORE INTO rejected VALUES (?, ?)", rejected)
        # A version counts as applied from here on; what it is certified through is known at the end.
        self.store.run("INSERT INTO certified VALUES (?, NULL, NULL)", (version.id,))

    def twin_findings(self, version: Version, gone: set[str]) -> list[dict[str, Any]]:
        """Return a finding for each document of a version that is known under another number, not withdrawn by it."""
        rows = self.store.rows(
            "SELECT text, twin, year FROM document WHERE version = ? AND twin IS NOT NULL ORDER BY number, text",
            (version.id,),
        )
        marks = np.array([twin for _, twin, _ in rows], dtype=np.int64)
        known = Known(self.store, [self.fips]).twins(marks.view(np.uint64))
        others: dict[int, set[str]] = {}
        for text, twin in zip(known["text"], known["twin"].to_numpy().view(np.int64).tolist(), strict=True):
            others.setdefault(twin, set()).add(text)
        found, mine = [], {text for text, _, _ in rows}
        for text, twin, year in rows:
            # The version's own documents are known by now: a pair is this one and a single other, not among them.
            rest = others.get(twin, set()) - {text} - gone
            if len(rest) == 1 and not rest & mine:
                row = finding_of(self.fips, rules["MA112"], "", text, rest.pop(), "a document of its own")
                found.append({**row, "document": text, "year": year})
        return found

    def close_superseded(self, version: Version, twins: set[str]) -> None:
        """Close findings about documents that this version delivers again, and those of the version it replaces."""
        again = [*twins, *(row["fingerprint"] for row in version.facts["findings"])]
        # A table instead of parameters: a delivery may have more findings than a statement takes.
        self.store.run("CREATE TEMP TABLE IF NOT EXISTS kept (fingerprint TEXT)")
        self.store.run("DELETE FROM kept")
        self.store.run_many("INSERT INTO kept VALUES (?)", [(one,) for one in again])
        ran = version.facts["ran"]
        marks = ",".join("?" * len(ran))
        delivered = self.store.rows(
            "SELECT f.fingerprint, f.year, d.year, p.prefix FROM document d JOIN prefix p ON p.id = d.prefix "
            "JOIN finding f ON f.fips = p.fips AND f.document = d.text AND f.closed_by IS NULL "
            f"WHERE d.version = ? AND (f.rule IN ({marks}) OR f.rule IN ('MA112', 'MA701')) "
            "AND f.fingerprint NOT IN (SELECT fingerprint FROM kept)",
            (version.id, *ran),
        )
        anew = self.anew() if delivered else set()
        for mark, stated, year, prefix in delivered:
            # Where the count starts over, the same number of another year is another document.
            if stated is None or stated == year or (self.fips, prefix) not in anew:
                self.close_one(version, mark)
        self.store.run(
            f"UPDATE finding SET closed_by = ? WHERE {OPEN} AND rule NOT IN {TOGETHER} "
            f"AND NOT (rule = 'MA202' AND first IS NOT NULL) AND rule IN ({marks}) "
            "AND fingerprint NOT IN (SELECT fingerprint FROM kept) "
            "AND stated_by IN (SELECT id FROM version WHERE fips = ? AND name = ?)",
            (version.id, self.fips, *ran, self.fips, version.name),
        )

    def settled_by(self, version: Version) -> list[tuple[str, str, str]]:
        """Return the open findings that a version settles by a number it delivers: fingerprint, rule and document.

        A reference to an unknown number is right as soon as the number is delivered, and a number that two documents
        had as soon as the one it was mistyped for is.
        """
        waiting = self.store.rows(
            f"SELECT fingerprint, rule, document, message, year FROM finding WHERE {OPEN} "
            "AND (rule = 'MA603' OR rule = 'MA202' AND first IS NULL)",
            (self.fips,),
        )
        return [
            (mark, rule, document)
            for mark, rule, document, message, year in waiting
            if self.delivers(version, awaited_number(rule, message, year))
        ]

    def withdrawn_findings(self, gone: pd.DataFrame) -> list[dict[str, Any]]:
        """Return a finding for each withdrawn document."""
        if gone.empty:
            return []
        query = f"SELECT fingerprint, year FROM finding WHERE {OPEN} AND rule = 'MA701'"
        return withdrawn_findings(self.fips, gone, self.anew(), dict(self.store.rows(query, (self.fips,))))

    def open_findings(self, version: Version, found: Iterable[dict[str, Any]]) -> None:
        """Open findings that are new, and note that the others were seen again."""
        for row in found:
            self.open_one(version, row)

    def open_one(self, version: Version, row: dict[str, Any], inherited: tuple[Any, ...] = ()) -> None:
        """Open one finding, or note that it was seen again."""
        since, opened_by = inherited or (version.delivered, version.id)
        self.store.run(
            "INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?) "
            "ON CONFLICT (fips, fingerprint) WHERE closed_by IS NULL DO UPDATE SET seen_by = excluded.seen_by, "
            "severity = excluded.severity, message = excluded.message, stated_by = excluded.stated_by, "
            "first = coalesce(excluded.first, finding.first), last = coalesce(excluded.last, finding.last), "
            "prefix = coalesce(excluded.prefix, finding.prefix)",
            (
                self.fips,
                row["fingerprint"],
                row["rule"],
                row["severity"],
                row["series"],
                row["key"],
                row["message"],
                row["document"],
                *(row.get(name) for name in ("prefix", "year", "first", "last")),
                since,
                opened_by,
                version.id,
                version.id,
            ),
        )

    def anew(self) -> set[tuple[str, str]]:
        """Return the county's prefixes whose count starts anew each year, by all that is known."""
        return find_restarts(Known(self.store, [self.fips]).strata)

    def state(self) -> Delivery:
        """Return an empty delivery whose `before` is all that is known: the input of rules on all deliveries."""
        # Rules take a delivery; an empty one leaves them with what is known from before.
        read = without_records()
        return Delivery(
            documents=read.documents,
            lists=read.lists,
            order=read.order,
            as_of=date.max,
            waivers=self.waivers,
            register=Known(self.store, [self.fips]),
            complete_series=self.complete_series,
        )

    def judge_together(self, version: Version) -> None:
        """Open and close findings about all deliveries together, and certify the county."""
        state = self.state()
        # Pages are judged in the volumes of this version alone: in the others nothing can have changed.
        books = self.books_of(version)
        found = [
            *gap_findings(self.fips, state),
            *other_findings(self.fips, state),
            *page_findings(self.fips, state, books),
        ]
        gaps = [row for row in found if row["rule"] in WITH_PARTS]
        before = self.store.rows(
            "SELECT fingerprint, rule, prefix, year, first, last, since, opened_by, "
            "(SELECT placed FROM version WHERE id = opened_by), (SELECT arrived FROM version WHERE id = opened_by) "
            f"FROM finding WHERE {OPEN} AND (rule IN ('MA201', 'MA203', 'MA304', 'MA703') "
            "OR rule = 'MA202' AND first IS NOT NULL)",
            (self.fips,),
        )
        touched = {label(book, volume) for book, volume in books}
        before = [one for one in before if one[1] != "MA203" or one[2] in touched]
        prints = {row["fingerprint"] for row in found}
        for mark, rule, *place, _, _, _, _ in before:
            # Where a part of a gap was delivered, its rest is open under a key of its own, since the same day.
            rest = rule in WITH_PARTS and any(rule == row["rule"] and overlaps(place, row) for row in gaps)
            if mark not in prints and rest:
                self.store.run(f"DELETE FROM finding WHERE {OPEN} AND fingerprint = ?", (self.fips, mark))
            elif mark not in prints:
                self.close_one(version, mark)
        said = dict(
            self.store.rows(f"SELECT fingerprint, message FROM finding WHERE {OPEN} AND rule = 'MA202'", (self.fips,))
        )
        for row in found:
            # A delivery's pages may show what a number was meant to be, which all numbers together don't.
            if PROBABLY in said.get(row["fingerprint"], "") and PROBABLY not in row["message"]:
                row["message"] = said[row["fingerprint"]]
            parts = (one for one in before if row["rule"] in WITH_PARTS and one[1] == row["rule"])
            old = [one[6:] for one in parts if overlaps(one[2:6], row)]
            self.open_one(version, row, min(old, key=lambda one: one[2:], default=())[:2])
        self.certify(version.id, state)

    def certify(self, version: int, state: Delivery | None = None) -> None:
        """Record the day through which the county is certified with a version and today's waivers."""
        through, held = (state or self.state()).certify_county(self.fips)
        day = None if through is None else through.isoformat()
        self.store.run(
            "UPDATE certified SET through = ?, held_back_by = ? WHERE version = ? "
            "AND (coalesce(through, '') <> ? OR coalesce(held_back_by, '') <> ?)",
            (day, held, version, day or "", held or ""),
        )

    def books_of(self, version: Version) -> list[tuple[str, str]]:
        """Return the kinds and volumes of the books in which a version has pages."""
        query = "SELECT DISTINCT book, volume FROM page WHERE version = ? ORDER BY 1, 2"
        return [(book, volume) for book, volume in self.store.rows(query, (version.id,))]

    def close_one(self, version: Version, mark: str) -> None:
        """Close an open finding."""
        self.store.run(
            f"UPDATE finding SET closed_by = ? WHERE {OPEN} AND fingerprint = ?", (version.id, self.fips, mark)
        )


@cache
def without_records() -> Read:
    """Return the tables of no records; nobody changes them."""
    return read_records([])


def identity(anew: set[tuple[str, str]], fips: str, prefix: str, text: str, year: int) -> str:
    """Return what identifies a document: its number, with the year where the count starts over."""
    return f"{year}/{text}" if (fips, prefix) in anew else text
