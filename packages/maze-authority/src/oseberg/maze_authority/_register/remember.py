"""Stores a delivery in the register, and applies it in its order among the county's deliveries."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import orjson

from oseberg.maze_authority._register.apply import Applying, Version
from oseberg.maze_authority._register.facts import Facts
from oseberg.maze_authority._register.store import Store
from oseberg.maze_authority._register.tables import DERIVED, ORDER, order_of
from oseberg.maze_authority._waivers import Waiver

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BILLION = 1_000_000_000


@dataclass(frozen=True)
class Remembering:
    """Keeps the deliveries of one county.

    Attributes:
        store: The register's database; a transaction is open.
        applying: Applies them.
    """

    store: Store
    applying: Applying

    def remember(self, facts: Facts, *, exact: bool) -> str | None:
        """Keep a delivery and apply it.

        Args:
            facts: What is known of it.
            exact: Whether it is known when its file was written; otherwise it arrives now.

        Returns:
            Why its place among the county's deliveries is uncertain, None where it is certain or alone.
        """
        # The same name and content are the same delivery, wherever its file is now.
        known = self.store.rows(
            "SELECT id, facts FROM version WHERE fips = ? AND name = ? AND digest = ?",
            (facts.fips, facts.name, facts.digest),
        )
        if known:
            self._remember_again(facts, *known[0])
            self.certify_newest()  # the waivers may differ
            return None
        newest: Sequence[tuple[Any, ...]] = self.store.rows(
            f"SELECT {ORDER} FROM version WHERE fips = ? ORDER BY {order_of('version', newest_first=True)} LIMIT 1",
            (facts.fips,),
        )
        latest = self.store.row("SELECT coalesce(max(arrived), 0) FROM version WHERE fips = ?", (facts.fips,))[0]
        arrived = facts.arrived if exact else max(time.time_ns(), latest + 1)
        placed = (facts.dated or datetime.fromtimestamp(arrived // BILLION, tz=UTC).date()).isoformat()
        doubt = self._doubt(facts, placed)
        version = self._insert(facts, placed, arrived)
        # A delivery that belongs before others changes what they closed and opened, so all of them are applied anew.
        if not newest or (placed, arrived, facts.name, facts.digest) > newest[0]:
            self.applying.apply(self._version(version))
        else:
            self.derive()
        return doubt

    def _doubt(self, facts: Facts, placed: str) -> str | None:
        """Return why a delivery's place is uncertain."""
        others = self.store.rows("SELECT name, placed FROM version WHERE fips = ?", (facts.fips,))
        if others and facts.dated is None:
            return (
                f"The delivery {facts.name} states no day of its own, so its order among the others is only inferred "
                "from the time of its file. Put it into a folder YYYYMMDD, or pass --delivered."
            )
        alike = sorted({name for name, day in others if day == placed})
        if alike:
            return (
                f"The delivery {facts.name} has the same day as {', '.join(alike)}; which of them came first is only "
                "inferred from the times of their files."
            )
        return None

    def _remember_again(self, facts: Facts, version: int, old: str) -> None:
        """Update a version that is known, as when its images came later; the same content changes nothing."""
        merged = merged_facts(orjson.loads(old), orjson.loads(facts.content))
        if merged != orjson.loads(old):
            content = orjson.dumps(merged, option=orjson.OPT_SORT_KEYS).decode()
            self.store.run("UPDATE version SET facts = ? WHERE id = ?", (content, version))
            self.derive()

    def certify_newest(self) -> None:
        """Certify the county with its last delivery, by the waivers of now."""
        order = order_of("version", newest_first=True)
        query = f"SELECT id FROM version WHERE fips = ? ORDER BY {order} LIMIT 1"
        for (version,) in self.store.rows(query, (self.applying.fips,)):
            self.applying.certify(version)

    def _insert(self, facts: Facts, placed: str, arrived: int) -> int:
        """Insert a version with its documents and days."""
        ends = [None, None] if facts.window is None else [day.isoformat() for day in facts.window]
        delivered = facts.dated or (facts.window[1] if facts.window else None)
        values = (facts.fips, facts.name, placed, arrived, facts.digest, delivered and delivered.isoformat())
        version = self.store.insert(
            "INSERT INTO version (fips, name, placed, arrived, digest, delivered, records, first_day, last_day, facts) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, facts.records, *ends, facts.content),
        )
        widths = facts.documents.groupby("prefix")["width"].max()
        self.store.run_many(
            "INSERT INTO prefix (fips, prefix, width) VALUES (?, ?, ?) ON CONFLICT (fips, prefix) DO UPDATE SET "
            "width = CASE WHEN excluded.width > prefix.width THEN excluded.width ELSE prefix.width END",
            [(facts.fips, str(prefix), int(width)) for prefix, width in widths.items()],
        )
        # Prefixes are few and long, numbers many: documents refer to them by a small id.
        ids = self.store.prefix_ids(facts.fips)
        columns = (facts.documents[name].tolist() for name in facts.documents.columns[:-1])
        self.store.run_many(
            "INSERT OR IGNORE INTO document VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (ids[prefix], number, text, version, year, day, content, twin, place)
                for prefix, number, text, year, day, content, twin, place in zip(*columns, strict=True)
            ),
        )
        self.store.run_many(
            "INSERT INTO detail VALUES (?, ?, ?)",
            [(version, part, content) for part, content in enumerate(facts.details)],
        )
        self.store.run_many("INSERT INTO page VALUES (?, ?, ?, ?, ?, ?, ?)", page_rows(facts, version))
        self.store.run_many(
            "INSERT INTO version_day VALUES (?, ?, ?)", [(version, *counted) for counted in facts.days.items()]
        )
        return version

    def _version(self, number: int) -> Version:
        fips, name, delivered, first, last, facts = self.store.row(
            "SELECT fips, name, delivered, first_day, last_day, facts FROM version WHERE id = ?", (number,)
        )
        window = None if first is None else (date.fromisoformat(first), date.fromisoformat(last))
        return Version(number, fips, name, delivered, window, orjson.loads(facts))

    def derive(self) -> None:
        """Compute the county's open findings again from its deliveries, in their order."""
        fips = self.applying.fips
        for table in DERIVED:
            inside = {
                **dict.fromkeys(("held", "void"), "prefix IN (SELECT id FROM prefix WHERE fips = ?)"),
                "certified": "version IN (SELECT id FROM version WHERE fips = ?)",
            }.get(table, "fips = ?")
            self.store.run(f"DELETE FROM {table} WHERE {inside}", (fips,))
        query = f"SELECT id FROM version WHERE fips = ? ORDER BY {order_of('version')}"
        for (number,) in self.store.rows(query, (fips,)):
            self.applying.apply(self._version(number))


def page_rows(facts: Facts, version: int) -> Iterable[tuple[Any, ...]]:
    """Return the rows of a delivery's pages."""
    names = ["book_type", "volume", "page", "page_count", "instrument_number"]
    columns = (facts.pages[name].astype(object).where(facts.pages[name].notna(), None).tolist() for name in names)
    for book, volume, page, count, text in zip(*columns, strict=True):
        yield facts.fips, book, volume, page, None if count is None else int(count), text, version


def merged_facts(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Join what a delivery's checks found: a rule that was not run this time keeps what it found before.

    Args:
        old: The facts of the earlier check.
        new: Those of this one.

    Returns:
        The facts to keep.
    """
    rest = [row for row in old["findings"] if row["rule"] not in new["ran"]]
    findings = sorted([*rest, *new["findings"]], key=lambda row: (row["rule"], row["key"], row["message"]))
    return {**new, "findings": findings, "ran": sorted({*old["ran"], *new["ran"]})}


def keep_waivers(store: Store, fips: str, items: Iterable[Waiver]) -> None:
    """Keep the waivers of a county's last check."""
    _keep(store, "waiver", fips, [one.model_dump(mode="json") for one in items])


def keep_setting(store: Store, fips: str, *, complete_series: bool) -> None:
    """Keep the settings of a county's last check."""
    _keep(store, "setting", fips, {"complete_series": complete_series})


def _keep(store: Store, table: str, fips: str, value: object) -> None:
    content = orjson.dumps(value).decode()
    # Nothing that is stored already is written again: repeating a delivery leaves the file unchanged.
    if store.rows(f"SELECT content FROM {table} WHERE fips = ?", (fips,)) != [(content,)]:
        store.run(
            f"INSERT INTO {table} VALUES (?, ?) ON CONFLICT (fips) DO UPDATE SET content = excluded.content",
            (fips, content),
        )
