"""The register: keeps deliveries, versions, gaps and findings of every county over time."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Self

import numpy as np
import orjson
import pandas as pd

from oseberg.maze_authority._delivery.delivery import Delivery
from oseberg.maze_authority._findings import Outcome
from oseberg.maze_authority._register.apply import Applying
from oseberg.maze_authority._register.changes import Change, compare, is_overdue, waiver_of
from oseberg.maze_authority._register.facts import Facts, facts_of
from oseberg.maze_authority._register.known import Known
from oseberg.maze_authority._register.postgres import PostgresStore, is_postgres
from oseberg.maze_authority._register.remember import Remembering, keep_setting, keep_waivers
from oseberg.maze_authority._register.store import FileStore, Store
from oseberg.maze_authority._register.tables import order_of
from oseberg.maze_authority._register.together import days_since_1970
from oseberg.maze_authority._waivers import Waiver, Waivers
from oseberg.maze_authority.errors import RegisterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from os import PathLike
    from pathlib import Path

FINDINGS = (
    "county_fips fingerprint rule severity series key message since opened_by seen_by prefix year first last".split()
)


class Register:
    """Remembers what was delivered, what is open and through which day each county is certified.

    The register is one private file, or a schema of its own in a Postgres database. A check that uses it changes it in
    one transaction: if the process is killed, the register is as it was before the check, or as it is after it. The
    same delivery again changes nothing.

    Args:
        path: The file, or the database as postgresql://USER@HOST/DATABASE (extra `postgres`; the password is better
            kept in libpq's password file). The register is made if it does not exist.
        create: Whether a missing register is made.

    Raises:
        RegisterError: The register is missing, is not one, or can't be opened.

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
        self.store: Store = (
            PostgresStore(path, create=create)
            if isinstance(path, str) and is_postgres(path)
            else FileStore(path, create=create)
        )

    @property
    def path(self) -> Path:
        """The file of a register in a file.

        Raises:
            RegisterError: The register is in a database.
        """
        if isinstance(self.store, FileStore):
            return self.store.path
        raise RegisterError("A register in a database has no file.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file or the connection."""
        self.store.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Read and change the register in one transaction, all or nothing.

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

    def known(self, counties: Iterable[str], name: str | None = None) -> Known:
        """Return what is known of some counties, in the form that the rules need.

        Args:
            counties: Their codes.
            name: The name of the delivery that is checked, if it has one.

        Returns:
            An object that answers from the register when it is asked.
        """
        return Known(self.store, counties, name)

    def record(
        self,
        delivery: Delivery,
        outcomes: Iterable[Outcome],
        *,
        name: str | None = None,
        delivered: date | None = None,
        arrived: int | None = None,
    ) -> Change:
        """Record a delivery and its findings.

        Args:
            delivery: What was checked.
            outcomes: What the rules found in it alone.
            name: The delivery's name. A delivery of the same name replaces its earlier version, which is kept.
            delivered: The day of the delivery, by which it has its place among the others; by default that of its
                name YYYYMMDD, else the day on which it arrived.
            arrived: When its file was written, in nanoseconds since 1970; by default after all others.

        Returns:
            The findings that are new, still open and closed.
        """
        with self.transaction():
            # Read before anything is written, to be compared with what is open afterwards.
            found = facts_of(delivery, outcomes, name, delivered, arrived or 0)
            counties = [one.fips for one in found]
            before = self.findings(*counties, waivers=delivery.waivers)
            doubts = [self._remember(one, delivery, exact=arrived is not None) for one in found]
            now = self.findings(*counties, waivers=delivery.waivers)
            days = {fips: delivery.due or self.last_day(fips) for fips in counties}
            late = [is_overdue(row, days[row["county_fips"]], delivery.lag_days) for row in now.to_dict("records")]
            through = {fips: self.certified_through(fips) for fips in counties}
            return Change(
                *compare(before, now),
                certified_through={fips: day for fips, (day, _) in through.items()},
                held_back_by={fips: held for fips, (_, held) in through.items() if held},
                overdue=frozenset(now.loc[late, "fingerprint"]) if late else frozenset(),
                doubts=tuple(one for one in doubts if one),
            )

    def _remember(self, facts: Facts, delivery: Delivery, *, exact: bool) -> str | None:
        """Keep the facts of one county and apply them; return why their place in time is uncertain."""
        keep_waivers(self.store, facts.fips, delivery.waivers.items)
        keep_setting(self.store, facts.fips, complete_series=delivery.complete_series)
        applying = Applying(self.store, facts.fips, delivery.complete_series, delivery.waivers)
        return Remembering(self.store, applying).remember(facts, exact=exact)

    def findings(self, *counties: str, waivers: Waivers | None = None) -> pd.DataFrame:
        """Return the open findings.

        Args:
            counties: The codes of counties; all by default.
            waivers: The waivers; by default those of each county's last check, by today's date.

        Returns:
            A row for each finding, in the order of county, rule and key, all columns `object`. Texts: county_fips,
            fingerprint, rule, severity, series, key, message, since (ISO day of the delivery that opened it), opened_by
            and seen_by (names of deliveries), prefix, waived_by (None if not waived), note, assignee. Integers: year,
            first and last (of a gap). asked: a tuple of ISO days, ascending.
        """
        wanted = counties or tuple(self.counties)
        rows = self.store.rows(
            f"SELECT f.fips, f.fingerprint, f.rule, f.severity, f.series, f.key, f.message, f.since, o.name, s.name, "
            f"f.prefix, f.year, f.first, f.last, (SELECT group_concat(day, ' ') FROM asked a WHERE a.fips = f.fips AND "
            f"a.fingerprint = f.fingerprint), n.text, n.assignee FROM finding f JOIN version o ON o.id = f.opened_by "
            f"JOIN version s ON s.id = f.seen_by LEFT JOIN note n ON n.fips = f.fips AND n.fingerprint = f.fingerprint "
            f"WHERE f.closed_by IS NULL AND f.fips IN ({','.join('?' * len(wanted))}) "
            "ORDER BY f.fips, f.rule, f.prefix NULLS FIRST, f.year NULLS FIRST, f.first NULLS FIRST, f.key",
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
            A row for each finding, all columns texts: county_fips, fingerprint, rule, severity, series, key, message,
            since (ISO day), opened_by and closed_by (names of deliveries).
        """
        rows = self.store.rows(
            "SELECT f.fips, f.fingerprint, f.rule, f.severity, f.series, f.key, f.message, f.since, o.name, c.name "
            "FROM finding f JOIN version o ON o.id = f.opened_by JOIN version c ON c.id = f.closed_by "
            f"WHERE f.fips = ? ORDER BY {order_of('o')}, f.rule, f.key, {order_of('c')}",
            (fips,),
        )
        return pd.DataFrame(rows, columns=[*FINDINGS[:9], "closed_by"], dtype=object)

    def deliveries(self, fips: str) -> pd.DataFrame:
        """Return every version of every delivery of a county, in the order of arrival.

        Args:
            fips: The county's code.

        Returns:
            A row for each version, all columns `object` but the last. Texts: name, digest, held_back_by, files, and as
            ISO days or None delivered, first_day, last_day and certified_through. Integers: arrived (nanoseconds since
            1970), records, rejected_rows and incomplete (records). stated_differs: whether the delivery's own totals
            differ. latest (bool): whether no later version replaced it.
        """
        rows = self.store.rows(
            "SELECT name, delivered, arrived, digest, records, first_day, last_day, through, held_back_by, facts "
            f"FROM version JOIN certified ON version = id WHERE fips = ? ORDER BY {order_of('version')}",
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
            f"ORDER BY {order_of('version', newest_first=True)} LIMIT 1",
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
            The waivers as they were passed to it, expired ones included.
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
            keep_waivers(self.store, fips, items)
            applying = self._applying(fips, Waivers(items, held.today))
            Remembering(self.store, applying).certify_newest()

    def _applying(self, fips: str, waivers: Waivers) -> Applying:
        """Return the object that applies a county's deliveries with the settings of its last check."""
        rows = self.store.rows("SELECT content FROM setting WHERE fips = ?", (fips,))
        complete = not rows or bool(orjson.loads(rows[0][0])["complete_series"])
        return Applying(self.store, fips, complete, waivers)

    def state(self, fips: str, waivers: Waivers) -> Delivery:
        """Return all deliveries of a county together, as an empty delivery after them.

        Args:
            fips: The county's code.
            waivers: The waivers in force.

        Returns:
            A delivery whose series and gaps are those of the register.
        """
        return self._applying(fips, waivers).state()

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
            rows = [(fips, mark, day.isoformat()) for mark in fingerprints]
            return self.store.run_many("INSERT OR IGNORE INTO asked VALUES (?, ?, ?)", rows)

    def annotate(self, fips: str, fingerprint: str, *, note: str | None = None, assignee: str | None = None) -> None:
        """Add a note to an open finding, or assign it to somebody; omitted values are kept.

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
                "INSERT INTO note VALUES (?, ?, ?, ?) ON CONFLICT (fips, fingerprint) DO UPDATE SET "
                "text = coalesce(excluded.text, note.text), assignee = coalesce(excluded.assignee, note.assignee)",
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
