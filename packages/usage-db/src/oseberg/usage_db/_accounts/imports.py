"""Imports lists of users and companies: finds every fault first, then stores all with its history, or nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import psycopg

from oseberg.usage_db._accounts.files import Table, fail, from_frame, group_fields, read_file, typed, user_fields
from oseberg.usage_db._accounts.history import GROUPS, USERS, Change, History, day_of
from oseberg.usage_db._accounts.intervals import SEGMENT
from oseberg.usage_db._accounts.store import Accounts
from oseberg.usage_db._identity.table import Identities
from oseberg.usage_db.errors import AccountFileError

if TYPE_CHECKING:
    import pandas as pd

    from oseberg.usage_db._accounts.settings import AccountSettings
    from oseberg.usage_db._identity.ids import AccountId
    from oseberg.usage_db._postgres.connection import Connection

    Row = dict[str, Any]

_USER_FACTS = ("created_on", "disabled_on")
_GROUP_FACTS = ("started_on", "cancelled_on", "renewal_on", "arr", "currency", "owner")


@dataclass(frozen=True)
class AccountCounts:
    """What an import did: rows of both files, rows written, users disabled because they are missing from the file."""

    users: int
    groups: int
    written: int
    disabled: int

    def as_dict(self) -> dict[str, int]:
        """Return the counts as a dictionary.

        Returns:
            Each count under its name.
        """
        return asdict(self)


def import_accounts(
    connection: Connection,
    settings: AccountSettings,
    users: pd.DataFrame | str | Path | None,
    groups: pd.DataFrame | str | Path | None,
    *,
    disable_missing: bool,
    as_of: date | None,
) -> AccountCounts:
    """Store users and companies from files or DataFrames with their history, and resolve the ids of events again.

    Args:
        connection: The database.
        settings: Where its tables of users and groups are, and the declared segments.
        users: A CSV file or a DataFrame.
        groups: A CSV file or a DataFrame.
        disable_missing: Whether to disable the users that `users` does not name.
        as_of: The day of the lists; None: today in the accounts' zone.

    Returns:
        How many rows were read and written.

    Raises:
        AccountFileError: Faults, each with its file and line.
    """
    today = day_of(settings.time_zone)
    day = as_of or today
    if day > today:
        raise AccountFileError(f"The day of the list, {day}, is in the future. Use {today} or an earlier day.")
    lists = _Lists(connection, settings, day, today)
    lists.read(_table(users, "users"), _table(groups, "groups"), disable_missing=disable_missing)
    try:
        with connection.transaction():
            counts = lists.store()
    except (psycopg.IntegrityError, psycopg.DataError, psycopg.errors.GeneratedAlways) as error:
        said = filter(None, (error.diag.message_primary, error.diag.message_detail))
        reason = ": ".join(text.rstrip(".") for text in said)
        raise AccountFileError(f"The account tables reject the rows: {reason}. Nothing was imported.") from error
    Identities(connection).refresh()
    return counts


def catch_up(connection: Connection, settings: AccountSettings) -> None:
    """Record what others changed in the tables of users and companies since the last time."""
    today = day_of(settings.time_zone)
    with connection.transaction():
        History(connection, GROUPS, settings.time_zone).catch_up(today)
        History(connection, USERS, settings.time_zone).catch_up(today)


def _table(source: pd.DataFrame | str | Path | None, name: str) -> Table | None:
    if source is None:
        return None
    return read_file(Path(source)) if isinstance(source, str | Path) else from_frame(source, name)


class _Lists:
    """The lists of one import."""

    def __init__(self, connection: Connection, settings: AccountSettings, day: date, today: date) -> None:
        self._connection = connection
        self._settings = settings
        self._day = day
        self._today = today
        self._users: list[Row] = []
        self._groups: list[Row] = []
        self._missing_are_disabled = False

    def read(self, users: Table | None, groups: Table | None, *, disable_missing: bool) -> None:
        """Read both lists, and raise every fault with its place.

        Args:
            users: The list of users.
            groups: The list of companies.
            disable_missing: Whether users that are not on the list are to be disabled.

        Raises:
            AccountFileError: The lists have faults.
        """
        faults: list[str] = []
        settings = self._settings
        group_rows = typed(groups, group_fields(settings), faults) if groups else []
        user_rows = typed(users, user_fields(settings), faults) if users else []
        self._groups = [row for _, row in group_rows]
        self._users = [row for _, row in user_rows]
        if groups:
            faults += _misplaced(groups, group_rows, "started_on", "cancelled_on")
        if users:
            faults += self._unknown_groups(users, user_rows)
            faults += _misplaced(users, user_rows, "created_on", "disabled_on")
            faults += self._contradictions(users, user_rows)
            if disable_missing and not users.rows:
                faults.append(f"{users.name}: no users, so everybody would be disabled")
        fail(faults)
        self._missing_are_disabled = disable_missing and users is not None

    def store(self) -> AccountCounts:
        """Store both lists and their history."""
        # What others changed before this list must not look like a part of it; what the list changes in ways of its own
        # (types by size, last days that have come) is recorded at the end.
        accounts, zone = Accounts(self._connection, self._settings), self._settings.time_zone
        catch_up(self._connection, self._settings)
        self._store_facts("group_fact", "group_id", _GROUP_FACTS, self._groups, self._settings.group_segments)
        said = self._group_changes()
        now = History(self._connection, GROUPS, zone).record(said, self._day, self._today)
        current = [row for row in self._groups if row["id"] in now]
        written = accounts.store_groups([_plain(row, _GROUP_FACTS, self._settings.group_segments) for row in current])
        changes = self._user_changes()
        missing = self._missing() if self._missing_are_disabled else []
        changes |= {user: Change({"enabled": False}) for user in missing}
        self._store_facts("user_fact", "user_id", _USER_FACTS, self._users, self._settings.user_segments)
        self._forget_old_ends()
        now = History(self._connection, USERS, zone).record(changes, self._day, self._today)
        current = [row for row in self._users if row["id"] in now]
        written += accounts.store_users([_plain(row, _USER_FACTS, self._settings.user_segments) for row in current])
        left = [row["id"] for row in current if (row.get("disabled_on") or date.max) <= self._today]
        accounts.disable_users(left)
        disabled = accounts.disable_users([user for user in missing if user in now])
        self._connection.execute(_LIST, (self._day, len(self._users), len(self._groups)))
        catch_up(self._connection, self._settings)
        return AccountCounts(len(self._users), len(self._groups), written, disabled)

    def _unknown_groups(self, users: Table, rows: list[tuple[int, Row]]) -> list[str]:
        stored = {group for (group,) in self._connection.execute("SELECT group_id FROM usage.account_group").fetchall()}
        known = stored | {row.get("id") for row in self._groups} | {None}
        return [
            f"{users.name}:{line}: group_id {row['group_id']} is neither in the file of groups nor in the database"
            for line, row in rows
            if row.get("group_id") not in known
        ]

    def _contradictions(self, users: Table, rows: list[tuple[int, Row]]) -> list[str]:
        """Complete what a blank `enabled` means, and return faults where it contradicts `disabled_on`."""
        faults = []
        for line, row in rows:
            gone = (row.get("disabled_on") or date.max) <= self._day
            if "enabled" in row and row["enabled"] is None:
                row["enabled"] = not gone
            if gone and row.get("enabled"):
                faults.append(f"{users.name}:{line}: enabled is yes, but disabled_on is {row['disabled_on']}")
        return faults

    def _missing(self) -> list[AccountId]:
        listed = {row["id"] for row in self._users}
        rows = self._connection.execute(_ENABLED, {"day": self._day}).fetchall()
        return [user for (user,) in rows if user not in listed]

    def _user_changes(self) -> dict[AccountId, Change]:
        """Return what the list of users says, with the days that are known for certain."""
        known: dict[AccountId, date] = dict(
            self._connection.execute("SELECT user_id, created_on FROM usage.user_fact").fetchall()
        )
        seen = {user for (user,) in self._connection.execute("SELECT user_id FROM usage.user_history")}
        cancelled: dict[AccountId, date] = dict(self._connection.execute(_CANCELLED, (self._day,)).fetchall())
        changes = {}
        for row in self._users:
            facts = {name: row[name] for name in USERS.columns if name in row}
            facts |= _segments(row, self._settings.user_segments)
            left = row.get("disabled_on")
            if left is None and row.get("enabled") is False and row["id"] not in seen:
                left = cancelled.get(row.get("group_id") or "")  # the company left, and its users were disabled with it
            if left and left <= self._day:
                facts["enabled"] = False
            changes[row["id"]] = Change(facts, row.get("created_on") or known.get(row["id"]), left)
        return changes

    def _group_changes(self) -> dict[AccountId, Change]:
        """Return what the list of companies says; the type is an override, else made of the size."""
        stored = {group: (override, size) for group, override, size in self._connection.execute(_GROUP_NOW).fetchall()}
        changes = {}
        for row in self._groups:
            facts = {name: row[name] for name in GROUPS.columns if name in row}
            override, size = stored.get(row["id"], (None, None))
            override, size = row.get("group_type", override), row.get("account_size", size)
            facts["group_type"] = override or self._type_of(row["id"], size)
            facts |= _segments(row, self._settings.group_segments)
            changes[row["id"]] = Change(facts, row.get("started_on"))
        return changes

    def _type_of(self, group: AccountId, size: Decimal | None) -> str | None:
        if str(group) == str(self._settings.own_group_id):
            return "Oseberg"
        if size is None:
            return None
        return "SMB" if size < Decimal(str(self._settings.smb_below)) else "Enterprise"

    def _store_facts(
        self, table: str, key: str, names: tuple[str, ...], rows: list[Row], segments: tuple[str, ...]
    ) -> None:
        """Store the facts that have no column in the account tables, as far as the list names them.

        An old list adds what is not known yet, and replaces nothing.
        """
        given = [name for name in names if rows and name in rows[0]]
        labels = [name for name in segments if rows and name in rows[0]]
        if not given and not labels:
            return
        merge = "coalesce(t.{0}, excluded.{0})" if self._later_lists() else "excluded.{0}"
        updates = [f"{name} = {merge.format(name)}" for name in given]
        updates.append(f"segments = {'excluded.segments || t.segments' if self._later_lists() else _NEW_SEGMENTS}")
        statement = (
            f"INSERT INTO usage.{table} AS t ({', '.join([key, *given, 'segments'])}) "  # noqa: S608 - our own names
            f"VALUES ({', '.join(['%s'] * (len(given) + 1))}, %s::jsonb) "
            f"ON CONFLICT ({key}) DO UPDATE SET {', '.join(updates)}"
        )
        values = [
            (row["id"], *(row[name] for name in given), orjson.dumps({name: row[name] for name in labels}).decode())
            for row in rows
        ]
        with self._connection.cursor() as cursor:
            cursor.executemany(statement, values)

    def _forget_old_ends(self) -> None:
        """Let a list that enables users, without dates, end what an earlier list said of their disabling."""
        again = [row["id"] for row in self._users if row.get("enabled") and "disabled_on" not in row]
        if again and not self._later_lists():
            self._connection.execute(_FORGET_ENDS, (again, self._day))

    def _later_lists(self) -> bool:
        row = self._connection.execute("SELECT max(as_of) > %s FROM usage.account_list", (self._day,)).fetchone()
        return bool(row and row[0])


def _misplaced(table: Table, rows: list[tuple[int, Row]], first: str, last: str) -> list[str]:
    """Return faults of rows whose last day is not after their first."""
    return [
        f"{table.name}:{line}: {last} {row[last]} is not after {first} {row[first]}"
        for line, row in rows
        if row.get(first) and row.get(last) and row[last] <= row[first]
    ]


def _plain(row: Row, facts: tuple[str, ...], segments: tuple[str, ...]) -> Row:
    """Return the part of a row that the account tables and the columns added to them hold."""
    return {name: value for name, value in row.items() if name not in facts and name not in segments}


def _segments(row: Row, names: tuple[str, ...]) -> Row:
    return {f"{SEGMENT}{name}": row[name] for name in names if name in row}


_NEW_SEGMENTS = "t.segments || excluded.segments"
_LIST = """
INSERT INTO usage.account_list (as_of, users, groups) VALUES (%s, %s, %s)
ON CONFLICT (as_of) DO UPDATE SET users = excluded.users, groups = excluded.groups, recorded_at = now()
"""
_CREATED = "SELECT user_id, created_on FROM usage.user_fact"
_ENABLED = """
SELECT user_id FROM usage.user_history
WHERE enabled AND valid_from <= %(day)s AND coalesce(valid_to > %(day)s, true)
"""
_CANCELLED = "SELECT group_id, cancelled_on FROM usage.group_fact WHERE cancelled_on <= %s"
_GROUP_NOW = """
SELECT g.group_id, t.name, g.account_size FROM usage.account_group AS g
LEFT JOIN usage.group_type AS t ON g.group_type_id = t.id
"""
_FORGET_ENDS = "UPDATE usage.user_fact SET disabled_on = NULL WHERE user_id = ANY(%s) AND disabled_on <= %s"
