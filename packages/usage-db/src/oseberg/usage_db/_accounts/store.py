"""Stores users and groups: all of a delivery or nothing of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
from psycopg import sql

from oseberg.usage_db._accounts.files import GROUP_FIELDS, USER_FIELDS, Table, fail, from_frame, read_file, typed
from oseberg.usage_db._identity import Identities
from oseberg.usage_db.errors import AccountFileError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from oseberg.usage_db._accounts.settings import AccountSettings
    from oseberg.usage_db._connection import Connection

Rows = list[tuple[int, dict[str, Any]]]


@dataclass(frozen=True)
class AccountCounts:
    """What an import did: rows of both files, rows written, users disabled because they are absent."""

    users: int
    groups: int
    written: int
    disabled: int

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)


def import_accounts(
    connection: Connection,
    settings: AccountSettings,
    users: pd.DataFrame | str | Path | None,
    groups: pd.DataFrame | str | Path | None,
    *,
    disable_missing: bool,
) -> AccountCounts:
    """Store users and companies from files or DataFrames, and resolve the ids of events again.

    Args:
        connection: The database.
        settings: Where its tables of users and groups are.
        users: A CSV file or a DataFrame.
        groups: A CSV file or a DataFrame.
        disable_missing: Whether to disable the users that `users` does not name.

    Returns:
        How many rows were read and written.

    Raises:
        AccountFileError: Faults, each with its file and line.
    """
    tables = [_table(users, "users"), _table(groups, "groups")]
    counts = Accounts(connection, settings).store(*tables, disable_missing=disable_missing)
    Identities(connection).refresh()
    return counts


def _table(source: pd.DataFrame | str | Path | None, name: str) -> Table | None:
    if source is None:
        return None
    return read_file(Path(source)) if isinstance(source, str | Path) else from_frame(source, name)


class _Extra(NamedTuple):
    """The side table with the columns that we add, and its key."""

    table: str
    key: str
    columns: set[str]


@dataclass(frozen=True)
class Accounts:
    """The account side of a database."""

    connection: Connection
    settings: AccountSettings

    def store(self, users: Table | None, groups: Table | None, *, disable_missing: bool) -> AccountCounts:
        """Insert or update users; users missing from the file are kept, or disabled if asked.

        Raises:
            AccountFileError: Faults, each with its file and line.
        """
        faults: list[str] = []
        group_rows = typed(groups, GROUP_FIELDS, faults) if groups else []
        user_rows = typed(users, USER_FIELDS, faults) if users else []
        if users:
            faults += self._unknown_groups(users, user_rows, {row.get("id") for _, row in group_rows})
            if disable_missing and not users.rows:
                faults.append(f"{users.name}: no users, so that everybody would be disabled")
        fail(faults)
        try:
            with self.connection.transaction():
                written = self._store_groups(group_rows) + self._store_users(user_rows)
                disabled = self._disable_others(user_rows) if users and disable_missing else 0
        except (psycopg.IntegrityError, psycopg.DataError) as error:
            reason = error.diag.message_detail or error.diag.message_primary
            raise AccountFileError(f"The account tables refuse the rows: {reason}. Nothing was imported.") from error
        return AccountCounts(len(user_rows), len(group_rows), written, disabled)

    def _unknown_groups(self, users: Table, rows: Rows, given: set[int | None]) -> list[str]:
        stored = {group for (group,) in self.connection.execute("SELECT group_id FROM usage.account_group").fetchall()}
        known = stored | given | {None}
        return [
            f"{users.name}:{line}: group_id {row['group_id']} is neither in the file of groups nor in the database"
            for line, row in rows
            if row.get("group_id") not in known
        ]

    def _store_groups(self, rows: Rows) -> int:
        if not rows:
            return 0
        types: dict[str, int] = dict(self.connection.execute("SELECT name, id FROM usage.group_type").fetchall())
        values = [_replaced(row, "group_type", "group_type_id", types) for _, row in rows]
        names = self.settings.group_columns.model_dump()
        extra = _Extra("group_class", "group_id", {"group_type_id", "salesforce_id"})
        return self._store(values, self.settings.group_table, names, extra)

    def _store_users(self, rows: Rows) -> int:
        if not rows:
            return 0
        wanted = sorted({row["job_type"] for _, row in rows if row.get("job_type")})
        self.connection.execute(
            "INSERT INTO usage.job_type (name) SELECT n FROM unnest(%s::text[]) AS n "
            "WHERE NOT EXISTS (SELECT FROM usage.job_type AS j WHERE j.name = n)",
            (wanted,),
        )
        types: dict[str, int] = dict(self.connection.execute("SELECT name, id FROM usage.job_type").fetchall())
        values = [_replaced(row, "job_type", "job_type_id", types) for _, row in rows]
        for row in values:
            if "enabled" in row and row["enabled"] is None:
                row["enabled"] = True
        names = self.settings.user_columns.model_dump()
        extra = _Extra("user_job", "user_id", {"job_type_id", "products"})
        return self._store(values, self.settings.user_table, names, extra)

    def _store(self, rows: list[dict[str, Any]], table: str, names: dict[str, str], extra: _Extra) -> int:
        """Store rows in the account table, and the added columns where the mode keeps them."""
        target = sql.Identifier(self.settings.schema_name, table)
        added = {name: name for name in rows[0] if name in extra.columns}
        own = {name: names[name] for name in rows[0] if name not in extra.columns}
        if self.settings.mode == "columns":
            return self._upsert(target, own | added, "id", rows)
        written = self._upsert(target, own, "id", rows)
        side = {"id": extra.key, **added}
        return written + (self._upsert(sql.Identifier("usage", extra.table), side, "id", rows) if added else 0)

    def _upsert(self, target: sql.Identifier, columns: dict[str, str], key: str, rows: list[dict[str, Any]]) -> int:
        others = [column for name, column in columns.items() if name != key]
        statement = sql.SQL(
            "INSERT INTO {target} AS t ({columns}) VALUES ({values}) ON CONFLICT ({key}) DO UPDATE SET {changes} "
            "WHERE ({old}) IS DISTINCT FROM ({new})"
        ).format(
            target=target,
            columns=_list(sql.Identifier(column) for column in columns.values()),
            values=_list(sql.Placeholder(name) for name in columns),
            key=sql.Identifier(columns[key]),
            changes=_list(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column)) for column in others),
            old=_list(sql.Identifier("t", column) for column in others),
            new=_list(sql.Identifier("excluded", column) for column in others),
        )
        with self.connection.cursor() as cursor:
            cursor.executemany(statement, [{name: row.get(name) for name in columns} for row in rows])
            return cursor.rowcount

    def _disable_others(self, rows: Rows) -> int:
        columns = self.settings.user_columns
        statement = sql.SQL("UPDATE {target} SET {enabled} = false WHERE {enabled} AND {id} <> ALL(%s)").format(
            target=sql.Identifier(self.settings.schema_name, self.settings.user_table),
            enabled=sql.Identifier(columns.enabled),
            id=sql.Identifier(columns.id),
        )
        return self.connection.execute(statement, ([row["id"] for _, row in rows],)).rowcount


def _replaced(row: dict[str, Any], name: str, column: str, ids: dict[str, int]) -> dict[str, Any]:
    """Return the row with a name replaced by the id that the database has for it."""
    rest = {key: value for key, value in row.items() if key != name}
    return {**rest, column: ids.get(row[name])} if name in row else rest


def _list(parts: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(parts)
