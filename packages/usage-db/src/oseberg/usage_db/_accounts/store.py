"""Writes the tables of users and companies, and the columns that we add to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg import errors, sql

from oseberg.usage_db._accounts.settings import column_name, is_expression
from oseberg.usage_db._accounts.truths import TRUE_WORDS, truths
from oseberg.usage_db.errors import AccountFileError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oseberg.usage_db._accounts.settings import AccountSettings
    from oseberg.usage_db._identity.ids import AccountId
    from oseberg.usage_db._postgres.connection import Connection


class _Extra(NamedTuple):
    """The side table with the columns that we add, and its key."""

    table: str
    key: str
    columns: set[str]


_STAGE = sql.SQL("CREATE TEMPORARY TABLE staged_account ON COMMIT DROP AS SELECT {columns} FROM {target} LIMIT 0")
_NOT_A_TABLE = (errors.InvalidColumnReference, errors.ObjectNotInPrerequisiteState, errors.WrongObjectType)


@dataclass(frozen=True)
class Accounts:
    """The tables of users and companies in one database."""

    connection: Connection
    settings: AccountSettings

    def store_groups(self, rows: list[dict[str, Any]]) -> int:
        """Insert or update companies, and return the number of rows written."""
        if not rows:
            return 0
        types: dict[str, int] = dict(self.connection.execute("SELECT name, id FROM usage.group_type").fetchall())
        values = [_replaced(row, "group_type", "group_type_id", types) for row in rows]
        names = self.settings.group_columns.model_dump()
        extra = _Extra("group_class", "group_id", {"group_type_id", "salesforce_id"})
        return self._store(values, self.settings.group_table, names, extra)

    def store_users(self, rows: list[dict[str, Any]]) -> int:
        """Insert or update users, and return the number of rows written."""
        if not rows:
            return 0
        wanted = sorted({row["job_type"] for row in rows if row.get("job_type")})
        self.connection.execute(
            "INSERT INTO usage.job_type (name) SELECT n FROM unnest(%s::text[]) AS n "
            "WHERE NOT EXISTS (SELECT FROM usage.job_type AS j WHERE j.name = n)",
            (wanted,),
        )
        types: dict[str, int] = dict(self.connection.execute("SELECT name, id FROM usage.job_type").fetchall())
        values = self._spelled([_replaced(row, "job_type", "job_type_id", types) for row in rows])
        names = self.settings.user_columns.model_dump()
        extra = _Extra("user_job", "user_id", {"job_type_id", "products"})
        return self._store(values, self.settings.user_table, names, extra)

    def _store(self, rows: list[dict[str, Any]], table: str, names: dict[str, str], extra: _Extra) -> int:
        """Store rows in the account table, and the added columns where the mode keeps them."""
        target = sql.Identifier(self.settings.schema_name, table)
        added = {name: name for name in rows[0] if name in extra.columns}
        own = {name: column_name(names[name]) for name in rows[0] if name not in extra.columns}
        if wrong := [name for name in own if not names[name].strip() or is_expression(names[name])]:
            raise AccountFileError(
                f"{', '.join(wrong)} can't be imported: the accounts database has no writable column "
                "for it ([accounts] in oseberg.toml). Leave the column out of the file."
            )
        if self.settings.mode == "columns":
            return self._upsert(target, own | added, "id", rows)
        written = self._upsert(target, own, "id", rows)
        side = {"id": extra.key, **added}
        return written + (
            self._upsert(sql.Identifier(self.connection.schema, extra.table), side, "id", rows) if added else 0
        )

    def _upsert(self, target: sql.Identifier, columns: dict[str, str], key: str, rows: list[dict[str, Any]]) -> int:
        others = [column for name, column in columns.items() if name != key]
        listed = _list(sql.Identifier(column) for column in columns.values())
        # Rows that are equal already are not written: in another team's table, each write would wake their triggers.
        statement = sql.SQL(
            "INSERT INTO {target} AS t ({columns}) SELECT {columns} FROM staged_account "
            "ON CONFLICT ({key}) DO UPDATE SET {changes} WHERE ({old}) IS DISTINCT FROM ({new})"
        ).format(
            target=target,
            columns=listed,
            key=sql.Identifier(columns[key]),
            changes=_list(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column)) for column in others),
            old=_list(sql.Identifier("t", column) for column in others),
            new=_list(sql.Identifier("excluded", column) for column in others),
        )
        self.connection.execute(_STAGE.format(columns=listed, target=target))
        with self.connection.cursor() as cursor:
            with cursor.copy("COPY staged_account FROM STDIN") as copy:
                for row in rows:
                    copy.write_row([row.get(name) for name in columns])
            try:
                written = cursor.execute(statement).rowcount
            except _NOT_A_TABLE as error:
                raise AccountFileError(
                    f"Nothing can be imported into {target.as_string().replace(chr(34), '')}: it is a view, or its "
                    f"{columns[key]} is not unique. Users and companies are only read from it; change them in "
                    "its source."
                ) from error
            cursor.execute("DROP TABLE staged_account")
        return written

    def disable_users(self, ids: list[AccountId]) -> int:
        """Disable users, and return the number of those who were not disabled before."""
        columns = self.settings.user_columns
        if not ids:
            return 0
        if not columns.enabled.strip() or is_expression(columns.enabled):
            raise AccountFileError(
                f"Users can't be disabled: the accounts database has no column for it ({columns.enabled or 'none'}). "
                "Disable them there."
            )
        _, off = self._truths()
        # A UUID is compared as text, which the ids are here.
        key = sql.SQL("{}::text" if self.settings.user_ids != "integer" else "{}").format(
            _name(column_name(columns.id))
        )
        statement = sql.SQL(
            "UPDATE {target} SET {enabled} = %s WHERE lower({enabled}::text) = ANY(%s) AND {key} = ANY(%s)"
        ).format(
            target=_name(self.settings.schema_name, self.settings.user_table),
            enabled=_name(column_name(columns.enabled)),
            key=key,
        )
        return self.connection.execute(statement, (off, list(TRUE_WORDS), ids)).rowcount

    def _spelled(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the rows with `enabled` as the column of the account table spells it."""
        column = self.settings.user_columns.enabled
        if "enabled" not in rows[0] or not column.strip() or is_expression(column):
            return rows
        yes, no = self._truths()
        spelled = {True: yes, False: no, None: None}
        return [{**row, "enabled": spelled[row["enabled"]]} for row in rows]

    def _truths(self) -> tuple[object, object]:
        table = sql.Identifier(self.settings.schema_name, self.settings.user_table)
        return truths(self.connection, table, sql.Identifier(column_name(self.settings.user_columns.enabled)))


def _replaced(row: dict[str, Any], name: str, column: str, ids: dict[str, int]) -> dict[str, Any]:
    """Return the row with a name replaced by the id that the database has for it."""
    rest = {key: value for key, value in row.items() if key != name}
    return {**rest, column: ids.get(row[name])} if name in row else rest


def _name(*parts: str) -> sql.Identifier:
    """Return a quoted name for a statement with parameters, in which a percent sign counts double."""
    return sql.Identifier(*(part.replace("%", "%%") for part in parts))


def _list(parts: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(parts)
