"""The register of a place of work: remembers deliveries, versions, gaps and findings of every county."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import orjson
import pandas as pd

from oseberg.maze_authority._delivery.delivery import Delivery
from oseberg.maze_authority._findings import SEVERE, Outcome
from oseberg.maze_authority._register.apply import WITH_PARTS, Applying, Version, days_since_1970, overlaps
from oseberg.maze_authority._register.facts import Facts, facts_of
from oseberg.maze_authority._register.known import Known
from oseberg.maze_authority._register.store import DERIVED, Store
from oseberg.maze_authority._waivers import Waiver, Waivers
from oseberg.maze_authority.errors import RegisterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from os import PathLike

FOLDER_DAY = re.compile(r"(?:18|19|20)\d{6}")
FINDINGS = (
    "county_fips fingerprint rule severity series key message since opened_by seen_by prefix year first last".split()
)


@dataclass(frozen=True)
class Change:
    """What a check changed in the register.

    Attributes:
        new: The findings that this delivery opened; see `Register.findings` for the columns.
        still_open: Those that were open before and still are.
        closed: Those that this delivery closed.
        certified_through: By county the day through which it is certified, over all deliveries.
        held_back_by: By county what holds that day back; nothing for a county that is whole.
        overdue: The fingerprints of open findings that are older than the county's `lag_days`.
    """

    new: pd.DataFrame
    still_open: pd.DataFrame
    closed: pd.DataFrame
    certified_through: dict[str, date | None]
    held_back_by: dict[str, str]
    overdue: frozenset[str]

    def fails(self, tolerated: Iterable[str] = (), *, all_open: bool = False) -> bool:
        """Whether something needs attention: an error or worse that is not waived, and new or overdue.

        Args:
            tolerated: Rules whose findings are within their limits.
            all_open: Whether everything that is open counts.

        Returns:
            True if so.
        """
        old = self.still_open.loc[all_open | self.still_open["fingerprint"].isin(self.overdue)]
        parts = [part for part in (self.new, old) if len(part)]
        if not parts:
            return False
        rows = pd.concat(parts, ignore_index=True)
        severe = rows["severity"].isin(SEVERE) & rows["waived_by"].isna() & ~rows["rule"].isin(list(tolerated))
        return bool(severe.any())


class Register:
    """Remembers what was delivered, what is open and through which day each county is certified.

    The register is one private file. A check that uses it changes it in one transaction: if the process is killed, the
    register is as it was before the check, or as it is after it. The same delivery again changes nothing.

    Args:
        path: The file. It is made if it does not exist.
        create: Whether a missing file is made.

    Raises:
        RegisterError: The file is missing, is not a register, or can't be opened.

    Example:
        >>> import tempfile
        >>> from oseberg.maze_authority import Register, check, sample_record
        >>> register = Register(tempfile.mkdtemp() + "/register.sqlite")
        >>> april = [sample_record(instrument_number=f"18-000000{n}", volume=None) for n in (1, 2, 4)]
        >>> check(april, register=register).new.key.tolist()
        ['18-0000003']
        >>> late = check([sample_record(instrument_number="18-0000003", volume=None)], register=register)
        >>> late.closed.key.tolist(), late.exit_code
        (['18-0000003'], 0)
    """

    def __init__(self, path: str | PathLike[str], *, create: bool = True) -> None:
        self.path = Path(path)
        self.store = Store(path, create=create)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.store.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Read and change the register as one step that happens wholly or not at all.

        Yields:
            Nothing; other processes wait until the block ends.

        Raises:
            RegisterError: Another process kept the register for a minute.
        """
        with self.store.transaction():
            yield

    @property
    def counties(self) -> list[str]:
        """The codes of the counties with a delivery."""
        return [fips for (fips,) in self.store.rows("SELECT DISTINCT fips FROM version ORDER BY fips")]

    def known(self, counties: Iterable[str]) -> Known:
        """Return what is known of some counties, as the rules ask for it.

        Args:
            counties: Their codes.

        Returns:
            An object that answers from the register when it is asked.
        """
        return Known(self.store, counties)

    def record(
        self,
        delivery: Delivery,
        outcomes: Iterable[Outcome],
        *,
        name: str | None = None,
        delivered: date | None = None,
        arrived: int | None = None,
    ) -> Change:
        """Remember a delivery and what was found in it.

        Args:
            delivery: What was checked.
            outcomes: What the rules found in it alone.
            name: The delivery's name. A delivery of the same name replaces its earlier version, which is kept.
            delivered: The day that stands for it; by default its last recorded day.
            arrived: When it arrived, in nanoseconds since 1970; by default after all others.

        Returns:
            What changed.
        """
        with self.transaction():
            # Read before anything is written, to be compared with what is open afterwards.
            found = facts_of(delivery, outcomes, name, delivered, arrived or 0)
            counties = [one.fips for one in found]
            before = self.findings(*counties, waivers=delivery.waivers)
            for one in found:
                self._remember(one, delivery, exact=arrived is not None)
            now = self.findings(*counties, waivers=delivery.waivers)
            days = {fips: delivery.due or self.last_day(fips) for fips in counties}
            late = [is_overdue(row, days[row["county_fips"]], delivery.lag_days) for row in now.to_dict("records")]
            through = {fips: self.certified_through(fips) for fips in counties}
            return Change(
                *compare(before, now),
                certified_through={fips: day for fips, (day, _) in through.items()},
                held_back_by={fips: held for fips, (_, held) in through.items() if held},
                overdue=frozenset(now.loc[late, "fingerprint"]) if late else frozenset(),
            )

    def _remember(self, facts: Facts, delivery: Delivery, *, exact: bool) -> None:
        """Keep the facts of one county and apply them."""
        waivers = orjson.dumps([one.model_dump(mode="json") for one in delivery.waivers.items]).decode()
        setting = orjson.dumps({"complete_series": delivery.complete_series}).decode()
        for table, content in (("waiver", waivers), ("setting", setting)):
            # Nothing is written that is there already: the file of a delivery that is repeated stays the same.
            if self.store.rows(f"SELECT content FROM {table} WHERE fips = ?", (facts.fips,)) != [(content,)]:
                self.store.run(f"INSERT OR REPLACE INTO {table} VALUES (?, ?)", (facts.fips, content))
        # The same name and content are the same delivery, wherever its file is now.
        newest = self.store.row("SELECT max(arrived) FROM version WHERE fips = ?", (facts.fips,))[0]
        known = self.store.rows(
            "SELECT id, facts, arrived FROM version WHERE fips = ? AND name = ? AND digest = ?",
            (facts.fips, facts.name, facts.digest),
        )
        applying = Applying(self.store, facts.fips, delivery.complete_series, delivery.waivers)
        if known:
            self._remember_again(facts, known[0], applying)
            self._certify_newest(applying)  # the waivers may be others
            return
        arrived = facts.arrived if exact else max(time.time_ns(), (newest or 0) + 1)
        version = self._insert(facts, arrived)
        # A delivery that arrived before others changes what they closed and opened, so all of them are applied anew.
        if newest is None or arrived > newest:
            applying.apply(self._version(version))
        else:
            self._derive(applying)

    def _remember_again(self, facts: Facts, known: tuple[int, str, int], applying: Applying) -> None:
        """Update a version that is known, as when its images came later; the same content changes nothing."""
        version, old, _ = known
        merged = merged_facts(orjson.loads(old), orjson.loads(facts.content))
        if merged != orjson.loads(old):
            content = orjson.dumps(merged, option=orjson.OPT_SORT_KEYS).decode()
            self.store.run("UPDATE version SET facts = ? WHERE id = ?", (content, version))
            self._derive(applying)

    def _certify_newest(self, applying: Applying) -> None:
        query = "SELECT id FROM version WHERE fips = ? ORDER BY arrived DESC, name DESC, digest DESC LIMIT 1"
        for (version,) in self.store.rows(query, (applying.fips,)):
            applying.certify(version)

    def _insert(self, facts: Facts, arrived: int) -> int:
        """Insert a version with its documents and days."""
        ends = [None, None] if facts.window is None else [day.isoformat() for day in facts.window]
        delivered = None if facts.delivered is None else facts.delivered.isoformat()
        values = (facts.fips, facts.name, arrived, facts.digest, delivered, facts.records, *ends, facts.content)
        version = self.store.run(
            "INSERT INTO version (fips, name, arrived, digest, delivered, records, first_day, last_day, facts) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        widths = facts.documents.groupby("prefix")["width"].max()
        self.store.run_many(
            "INSERT INTO prefix (fips, prefix, width) VALUES (?, ?, ?) "
            "ON CONFLICT DO UPDATE SET width = max(width, excluded.width)",
            [(facts.fips, str(prefix), int(width)) for prefix, width in widths.items()],
        )
        # Prefixes are few and long, numbers many: documents refer to them by a small id.
        ids = self.store.prefix_ids(facts.fips)
        columns = (facts.documents[name].tolist() for name in facts.documents.columns[:-1])
        self.store.run_many(
            "INSERT OR IGNORE INTO document VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (ids[prefix], number, text, version, year, day, content, twin)
                for prefix, number, text, year, day, content, twin in zip(*columns, strict=True)
            ),
        )
        names = ["book_type", "volume", "page", "page_count", "instrument_number"]
        columns = (facts.pages[name].astype(object).where(facts.pages[name].notna(), None).tolist() for name in names)
        self.store.run_many(
            "INSERT INTO page VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((facts.fips, *row, version) for row in zip(*columns, strict=True)),
        )
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

    def _derive(self, applying: Applying) -> None:
        """Compute a county's open findings again from its deliveries, in the order of their arrival."""
        fips = applying.fips
        for table in DERIVED:
            inside = {
                **dict.fromkeys(("held", "void"), "prefix IN (SELECT id FROM prefix WHERE fips = ?)"),
                "certified": "version IN (SELECT id FROM version WHERE fips = ?)",
            }.get(table, "fips = ?")
            self.store.run(f"DELETE FROM {table} WHERE {inside}", (fips,))
        ordered = "SELECT id FROM version WHERE fips = ? ORDER BY arrived, name, digest"
        for (number,) in self.store.rows(ordered, (fips,)):
            applying.apply(self._version(number))

    def findings(self, *counties: str, waivers: Waivers | None = None) -> pd.DataFrame:
        """Return the open findings.

        Args:
            counties: The codes of counties; all by default.
            waivers: What is waived; by default the waivers of each county's last check, by today's date.

        Returns:
            county_fips, fingerprint, rule, severity, series, key, message, since (ISO day of the delivery that opened
            it), opened_by and seen_by (names of deliveries), prefix, year, first, last (of a gap), waived_by (None
            when not waived), asked (ISO days, ascending), note, assignee; in the order of county, rule and key.
        """
        wanted = counties or tuple(self.counties)
        rows = self.store.rows(
            f"SELECT f.fips, f.fingerprint, f.rule, f.severity, f.series, f.key, f.message, f.since, o.name, s.name, "
            f"f.prefix, f.year, f.first, f.last, (SELECT group_concat(day, ' ') FROM asked a WHERE a.fips = f.fips AND "
            f"a.fingerprint = f.fingerprint), n.text, n.assignee FROM finding f JOIN version o ON o.id = f.opened_by "
            f"JOIN version s ON s.id = f.seen_by LEFT JOIN note n ON n.fips = f.fips AND n.fingerprint = f.fingerprint "
            f"WHERE f.closed_by IS NULL AND f.fips IN ({','.join('?' * len(wanted))}) "
            "ORDER BY f.fips, f.rule, f.prefix, f.year, f.first, f.key",
            wanted,
        )
        frame = pd.DataFrame(rows, columns=[*FINDINGS, "asked", "note", "assignee"], dtype=object)
        held = {fips: waivers or self.waivers(fips) for fips in wanted}
        keys = list(zip(frame["county_fips"], frame["rule"], frame["key"], strict=True))
        waived = [waiver_of(held[fips], rule, fips, key) for fips, rule, key in keys]
        asked = [tuple(sorted(days.split())) if days else () for days in frame["asked"]]
        return frame.assign(waived_by=pd.Series(waived, dtype=object), asked=pd.Series(asked, dtype=object))

    def closed(self, fips: str) -> pd.DataFrame:
        """Return the findings of a county that are closed, in the order in which they were opened.

        Args:
            fips: The county's code.

        Returns:
            county_fips, fingerprint, rule, severity, series, key, message, since, opened_by, closed_by.
        """
        rows = self.store.rows(
            "SELECT f.fips, f.fingerprint, f.rule, f.severity, f.series, f.key, f.message, f.since, o.name, c.name "
            "FROM finding f JOIN version o ON o.id = f.opened_by JOIN version c ON c.id = f.closed_by "
            "WHERE f.fips = ? ORDER BY o.arrived, f.rule, f.key, c.arrived",
            (fips,),
        )
        return pd.DataFrame(rows, columns=[*FINDINGS[:9], "closed_by"], dtype=object)

    def deliveries(self, fips: str) -> pd.DataFrame:
        """Return every version of every delivery of a county, in the order of arrival.

        Args:
            fips: The county's code.

        Returns:
            name, delivered (ISO day), arrived (nanoseconds since 1970), digest, records, first_day, last_day,
            certified_through (ISO day or None), held_back_by, files, rejected_rows, incomplete, stated_differs, latest
            (whether no later version replaced it).
        """
        rows = self.store.rows(
            "SELECT name, delivered, arrived, digest, records, first_day, last_day, through, held_back_by, facts "
            "FROM version JOIN certified ON version = id WHERE fips = ? ORDER BY arrived, name, digest",
            (fips,),
        )
        columns = "name delivered arrived digest records first_day last_day certified_through held_back_by".split()
        frame = pd.DataFrame([row[:-1] for row in rows], columns=columns, dtype=object)
        facts = [orjson.loads(row[-1]) for row in rows]
        for name in ("files", "rejected_rows", "incomplete", "stated_differs"):
            frame[name] = pd.Series([one[name] for one in facts], dtype=object)
        frame["latest"] = ~frame.duplicated("name", keep="last")
        return frame

    def certified_through(self, fips: str) -> tuple[date | None, str | None]:
        """Return the day through which a county is certified, and what holds it back.

        Args:
            fips: The county's code.

        Returns:
            The day, None if there is none; and the first obstacle, None for a whole county.
        """
        rows = self.store.rows(
            "SELECT through, held_back_by FROM certified JOIN version ON version = id WHERE fips = ? "
            "ORDER BY arrived DESC, name DESC, digest DESC LIMIT 1",
            (fips,),
        )
        through, held = rows[0] if rows else (None, None)
        return (None if through is None else date.fromisoformat(through)), held

    def last_day(self, fips: str) -> date:
        """Return the last recorded day of a county; the first possible day if no document is dated.

        Args:
            fips: The county's code.

        Returns:
            The day.
        """
        (last,) = self.store.row("SELECT max(last_day) FROM version WHERE fips = ?", (fips,))
        return date.min if last is None else date.fromisoformat(last)

    def documents_by_day(self, fips: str, first: date, last: date) -> dict[date, int]:
        """Count the distinct documents of each day.

        Args:
            fips: The county's code.
            first: The first day.
            last: The last day.

        Returns:
            Counts by day; days without documents are left out.
        """
        rows = self.store.rows(
            "SELECT d.day, count(DISTINCT d.prefix || char(31) || d.text) FROM document d "
            "JOIN prefix p ON p.id = d.prefix WHERE p.fips = ? AND d.day BETWEEN ? AND ? GROUP BY d.day",
            (fips, days_since_1970(first), days_since_1970(last)),
        )
        return {np.datetime64(day, "D").item(): count for day, count in rows}

    def waivers(self, fips: str, today: date | None = None) -> Waivers:
        """Return the waivers of a county's last check.

        Args:
            fips: The county's code.
            today: The day by which they hold; by default today.

        Returns:
            The waivers.
        """
        rows = self.store.rows("SELECT content FROM waiver WHERE fips = ?", (fips,))
        items = tuple(Waiver.model_validate(one) for one in orjson.loads(rows[0][0])) if rows else ()
        return Waivers(items, today or datetime.now(tz=UTC).date())

    def waive(self, fips: str, waiver: Waiver) -> None:
        """Add a waiver to those of a county's last check, and certify the county anew.

        Args:
            fips: The county's code.
            waiver: The waiver; the file of waivers has to say the same, or the next check forgets it.
        """
        with self.transaction():
            held = self.waivers(fips)
            items = (*held.items, waiver)
            content = orjson.dumps([one.model_dump(mode="json") for one in items]).decode()
            self.store.run("INSERT OR REPLACE INTO waiver VALUES (?, ?)", (fips, content))
            rows = self.store.rows("SELECT content FROM setting WHERE fips = ?", (fips,))
            complete = not rows or bool(orjson.loads(rows[0][0])["complete_series"])
            self._certify_newest(Applying(self.store, fips, complete, Waivers(items, held.today)))

    def mark_asked(self, fips: str, fingerprints: Iterable[str], day: date) -> int:
        """Note that the vendor was asked about some findings.

        Args:
            fips: The county's code.
            fingerprints: The findings.
            day: The day of the request.

        Returns:
            How many findings were not yet marked with this day.
        """
        with self.transaction():
            before = self.store.database.total_changes
            rows = [(fips, mark, day.isoformat()) for mark in fingerprints]
            self.store.run_many("INSERT OR IGNORE INTO asked VALUES (?, ?, ?)", rows)
            return self.store.database.total_changes - before

    def annotate(self, fips: str, fingerprint: str, *, note: str | None = None, assignee: str | None = None) -> None:
        """Add a note to an open finding, or assign it to somebody; what is not given stays as it is.

        Args:
            fips: The county's code.
            fingerprint: The finding.
            note: What is known about it.
            assignee: Who looks after it.

        Raises:
            RegisterError: No open finding of the county has the fingerprint.
        """
        with self.transaction():
            # A mistyped fingerprint would keep a note that nobody ever sees.
            if fingerprint not in set(self.findings(fips)["fingerprint"]):
                raise RegisterError(f"{fips} has no open finding {fingerprint}. `oseberg county status` lists them.")
            self.store.run(
                "INSERT INTO note VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "text = coalesce(excluded.text, text), assignee = coalesce(excluded.assignee, assignee)",
                (fips, fingerprint, note, assignee),
            )

    def dump(self) -> str:
        """Return all that the register derives from deliveries as one text, equal for equal deliveries.

        Returns:
            JSON with deliveries, open and closed findings and held numbers of every county.
        """
        content = {}
        for fips in self.counties:
            open_ones = self.findings(fips).drop(columns=["asked", "note", "assignee"])
            held = self.store.rows(
                "SELECT p.prefix, h.year, h.first, h.last FROM held h JOIN prefix p ON p.id = h.prefix "
                "WHERE p.fips = ? ORDER BY 1, 2, 3",
                (fips,),
            )
            content[fips] = {
                "deliveries": self.deliveries(fips).to_dict("records"),
                "open": open_ones.to_dict("records"),
                "closed": self.closed(fips).to_dict("records"),
                "held": held,
            }
        return orjson.dumps(content, option=orjson.OPT_INDENT_2).decode()


def compare(before: pd.DataFrame, now: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Part findings into new ones, those that are still open, and those that were closed.

    A gap of which a part was delivered is still open, under the key of its rest.

    Args:
        before: The open findings before a check.
        now: Those after it.

    Returns:
        The three tables.
    """
    old = {(row["county_fips"], row["fingerprint"]): row for row in before.to_dict("records")}
    rows = now.to_dict("records")
    gaps = [row for row in old.values() if row["rule"] in WITH_PARTS]
    known = [(row["county_fips"], row["fingerprint"]) in old or any(is_part(row, gap) for gap in gaps) for row in rows]
    open_marks = {(row["county_fips"], row["fingerprint"]) for row in rows}
    open_gaps = [row for row in rows if row["rule"] in WITH_PARTS]
    gone = [mark not in open_marks and not any(is_part(gap, row) for gap in open_gaps) for mark, row in old.items()]
    flags, ended = np.array(known, dtype=bool), np.array(gone, dtype=bool)
    parts = (now.loc[~flags], now.loc[flags], before.loc[ended])
    new, still, closed = (part.reset_index(drop=True) for part in parts)
    return new, still, closed


def is_part(row: Mapping[Any, Any], gap: Mapping[Any, Any]) -> bool:
    """Whether an open finding is the rest of a gap that was open before."""
    same = row["rule"] == gap["rule"] and row["rule"] in WITH_PARTS and row["county_fips"] == gap["county_fips"]
    return same and overlaps((gap["prefix"], gap["year"], gap["first"], gap["last"]), row)


def is_overdue(row: Mapping[Any, Any], day: date, lag_days: int) -> bool:
    """Whether an open finding is older than a county's records may stay behind."""
    return row["since"] is not None and day > date.min and (day - date.fromisoformat(row["since"])).days > lag_days


def waiver_of(waivers: Waivers, rule: str, fips: str, key: str) -> str | None:
    """Return who waived a finding, None if nobody did."""
    place = waivers.find(rule, fips, key)
    return None if place is None else waivers.items[place].by


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


def name_of(path: Path) -> tuple[str | None, date | None]:
    """Return a delivery's name and day as the folders around its records say: FIPS/YYYYMMDD, or nothing."""
    for folder in path.absolute().parents:
        if FOLDER_DAY.fullmatch(folder.name):
            try:
                day = datetime.strptime(folder.name, "%Y%m%d").replace(tzinfo=UTC).date()
            except ValueError:
                continue
            return folder.name, day
    return None, None
