"""Keeps the history of users and companies in step with lists of them, and with what others change in their tables."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import orjson

from oseberg.usage_db._accounts.intervals import SEGMENT, Interval, begin, change, disable, stated
from oseberg.usage_db._postgres.connection import one
from oseberg.usage_db._zones import find_zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from oseberg.usage_db._accounts.intervals import Facts
    from oseberg.usage_db._identity.ids import AccountId
    from oseberg.usage_db._postgres.connection import Connection


@dataclass(frozen=True)
class Kind:
    """One of the two histories: its table, key and facts, and the query for what the account tables say now."""

    table: str
    key: str
    columns: tuple[str, ...]
    default: Facts
    outside: str


USERS = Kind(
    "user_history",
    "user_id",
    ("group_id", "enabled", "job_type", "products"),
    {"group_id": None, "enabled": True, "job_type": None, "products": None},
    """
    SELECT coalesce(p.user_id, h.user_id), p.group_id, p.user_id IS NOT NULL AND coalesce(p.enabled, true),
        p.job_type, p.products
    FROM usage.person AS p FULL JOIN (
        SELECT * FROM usage.user_history WHERE valid_from <= %(day)s AND coalesce(valid_to > %(day)s, true)
    ) AS h ON p.user_id = h.user_id
    WHERE (p.user_id IS NULL AND h.enabled) OR (p.user_id IS NOT NULL AND (
        h.user_id IS NULL OR (p.group_id, coalesce(p.enabled, true), p.job_type, p.products)
        IS DISTINCT FROM (h.group_id, h.enabled, h.job_type, h.products)
    ))
    """,
)
GROUPS = Kind(
    "group_history",
    "group_id",
    ("group_type", "account_size", "renewal_on", "arr", "currency", "owner"),
    dict.fromkeys(("group_type", "account_size", "renewal_on", "arr", "currency", "owner")),
    """
    SELECT c.group_id, c.group_type, c.account_size, c.renewal_on, c.arr, c.currency, c.owner
    FROM usage.company AS c LEFT JOIN (
        SELECT * FROM usage.group_history WHERE valid_from <= %(day)s AND coalesce(valid_to > %(day)s, true)
    ) AS h ON c.group_id = h.group_id
    WHERE h.group_id IS NULL OR (c.group_type, c.account_size, c.renewal_on, c.arr, c.currency, c.owner)
        IS DISTINCT FROM (h.group_type, h.account_size, h.renewal_on, h.arr, h.currency, h.owner)
    """,
)


@dataclass(frozen=True)
class Change:
    """What a list says of one user or company.

    Attributes:
        facts: The facts that it names.
        begin: The first day, where it is known for certain.
        disabled: The day of disabling, where it is known for certain.
    """

    facts: Facts
    begin: date | None = None
    disabled: date | None = None


class History:
    """The history of users or of companies in one database.

    Args:
        connection: The database.
        kind: `USERS` or `GROUPS`.
        zone: The zone in which the days of accounts begin.
    """

    def __init__(self, connection: Connection, kind: Kind, zone: str) -> None:
        self._connection = connection
        self._kind = kind
        self._zone = zone

    def record(self, changes: Mapping[AccountId, Change], day: date, today: date) -> set[AccountId]:
        """Record what a list of a day says.

        Args:
            changes: The list, by id.
            day: Its day.
            today: The present day in the accounts' zone.

        Returns:
            The ids of which its facts still hold today.
        """
        stored = self._read(changes)
        next_list = one(self._connection, "SELECT min(as_of) FROM usage.account_list WHERE as_of > %s", (day,))
        seen = self._first_events(stored, changes, day)
        new: dict[AccountId, list[Interval]] = {}
        holds: set[AccountId] = set()
        for key, said in changes.items():
            intervals = change(
                stored.get(key, []),
                day,
                said.facts,
                next_list=next_list,
                seen=seen.get(key),
                default=self._kind.default,
            )
            if any(part.covers(day) and part.covers(today) for part in intervals):
                holds.add(key)
            first = said.begin or min(intervals[0].start, said.disabled or date.max)
            intervals = begin(intervals, first)
            if said.disabled:
                intervals = disable(intervals, said.disabled)
            if intervals != stored.get(key):
                new[key] = intervals
        self._write(new)
        return holds

    def catch_up(self, today: date) -> None:
        """Record what others changed in the account tables since the last time."""
        names = self._kind.columns
        rows = self._connection.execute(self._kind.outside, {"day": today}).fetchall()
        self.record({row[0]: Change(dict(zip(names, row[1:], strict=True))) for row in rows}, today, today)

    def _read(self, keys: Iterable[AccountId]) -> dict[AccountId, list[Interval]]:
        kind = self._kind
        rows = self._connection.execute(
            f"SELECT {kind.key}, valid_from, valid_to, segments, {', '.join(kind.columns)} FROM usage.{kind.table} "  # noqa: S608 - constants
            f"WHERE {kind.key} = ANY(%s) ORDER BY {kind.key}, valid_from",
            (list(keys),),
        ).fetchall()
        found: defaultdict[AccountId, list[Interval]] = defaultdict(list)
        for key, start, end, segments, *values in rows:
            facts = dict(zip(kind.columns, values, strict=True))
            facts |= {f"{SEGMENT}{name}": value for name, value in segments.items()}
            found[key].append(Interval(start, end, facts))
        return dict(found)

    def _first_events(
        self, stored: Mapping[AccountId, list[Interval]], changes: Mapping[AccountId, Change], day: date
    ) -> dict[AccountId, date]:
        """Return the day of the first event of users whose first facts would be replaced on their very first day."""
        if self._kind is not USERS:
            return {}
        wanted = [
            key
            for key, parts in stored.items()
            if parts[0].start == day and stated({**parts[0].facts, **changes[key].facts}) != parts[0].facts
        ]
        if not wanted:
            return {}
        return dict(self._connection.execute(_FIRST_EVENTS, (self._zone, wanted)).fetchall())

    def _write(self, new: Mapping[AccountId, list[Interval]]) -> None:
        """Store the intervals of some ids, where they differ from what is stored."""
        if not new:
            return
        kind = self._kind
        names = (kind.key, "valid_from", "valid_to", *kind.columns, "segments")
        listed = ", ".join(names)
        with self._connection.transaction(), self._connection.cursor() as cursor:
            stage = f"SELECT {listed} FROM usage.{kind.table} LIMIT 0"  # noqa: S608 - constants
            cursor.execute(f"CREATE TEMPORARY TABLE staged_history ON COMMIT DROP AS {stage}")
            with cursor.copy(f"COPY staged_history ({listed}) FROM STDIN") as copy:
                for key, parts in new.items():
                    for part in parts:
                        copy.write_row(
                            (key, part.start, part.end, *(part.facts[name] for name in kind.columns), _segments(part))
                        )
            cursor.execute(
                f"DELETE FROM usage.{kind.table} AS h WHERE h.{kind.key} = ANY(%s) AND NOT EXISTS ("  # noqa: S608 - constants
                f"SELECT FROM staged_history AS s WHERE ROW({_prefixed('s', names)}) IS NOT DISTINCT FROM "
                f"ROW({_prefixed('h', names)}))",
                (list(new),),
            )
            cursor.execute(
                f"INSERT INTO usage.{kind.table} ({listed}) SELECT {listed} FROM staged_history ON CONFLICT DO NOTHING"  # noqa: S608 - constants
            )
            cursor.execute("DROP TABLE staged_history")


def day_of(zone: str) -> date:
    """Return the present day of a time zone."""
    return datetime.now(UTC).astimezone(find_zone(zone)).date()


def _segments(part: Interval) -> str:
    named = {name.removeprefix(SEGMENT): value for name, value in part.facts.items() if name.startswith(SEGMENT)}
    return orjson.dumps(named, option=orjson.OPT_SORT_KEYS).decode()


def _prefixed(alias: str, names: Iterable[str]) -> str:
    return ", ".join(f"{alias}.{name}" for name in names)


_FIRST_EVENTS = """
SELECT e.user_id, (e.first_at AT TIME ZONE %s)::date FROM usage.user_first_event AS e
LEFT JOIN usage.user_fact AS f ON e.user_id = f.user_id
WHERE e.user_id = ANY(%s) AND f.created_on IS NULL
"""
