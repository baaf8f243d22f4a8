"""Checks the tables of users and companies before anything is altered, and names what doesn't fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from oseberg.usage_db._accounts.expressions import expression_fault
from oseberg.usage_db._accounts.settings import column_name, is_expression
from oseberg.usage_db._postgres.connection import one
from oseberg.usage_db.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

    from oseberg.usage_db._accounts.settings import AccountSettings
    from oseberg.usage_db._identity.ids import IdKind
    from oseberg.usage_db._postgres.connection import Connection

_WHOLE = ("smallint", "integer", "bigint", "numeric")
_TEXTS = ("text", "character varying", "character", "citext", "name")
_IDS: dict[str, IdKind] = {**dict.fromkeys(_WHOLE, "integer"), "uuid": "uuid", **dict.fromkeys(_TEXTS, "text")}
_NUMBERS = (*_WHOLE, "money", "real", "double precision")
_TRUTHS = ("boolean", *_WHOLE, "text", "character varying", "character")
_WANTED = {"id": tuple(_IDS), "group_id": tuple(_IDS), "account_size": _NUMBERS, "enabled": _TRUTHS}
_ADDED = {
    "user_columns": {"job_type_id": _WHOLE[1:3], "products": _TEXTS[::-1]},
    "group_columns": {"group_type_id": _WHOLE[1:3], "salesforce_id": _TEXTS[::-1]},
}
_QUOTES = "A column's name with blanks or parentheses is written in double quotes: '\"Full name\"'."
_OPTIONAL = {"email", "username", "name", "enabled", "account_size"}


class _Table(NamedTuple):
    """One of the two tables as it is: its name as people write it and in parts, its kind, the types of its columns."""

    name: str
    place: tuple[str, str]
    kind: str
    types: dict[str, str]
    keys: list[str]


def check_shape(connection: Connection, settings: AccountSettings) -> AccountSettings:
    """Raise an error that names everything that doesn't fit the settings; nothing was altered yet.

    Args:
        connection: The database.
        settings: The settings of the accounts.

    Returns:
        The settings, with the kinds of ids that the tables have where the settings don't name them.

    Raises:
        SettingsError: A table or a column is missing, or can't be used.
    """
    users = _look(connection, settings, settings.user_table)
    groups = _look(connection, settings, settings.group_table)
    user_group = column_name(settings.user_columns.group_id)
    user_id, group_id = column_name(settings.user_columns.id), column_name(settings.group_columns.id)
    # All at once: setting up an unknown database should not take a try for each fault.
    faults = [
        *_missing(connection, settings, users, groups),
        *_faults(connection, users, settings.user_columns, "user_columns", settings.mode),
        *_faults(connection, groups, settings.group_columns, "group_columns", settings.mode),
    ]
    found = {
        "user_ids": _kind(users, user_id),
        "group_ids": _kind(groups, group_id) or _kind(users, user_group),
    }
    faults += _kind_faults(settings, found)
    theirs, ours = _kind(users, user_group), _kind(groups, group_id)
    if theirs and ours and theirs != ours:
        faults.append(
            f"{_title(users)}.{user_group} is {theirs}, but {_title(groups)}.{group_id}, which it should name, "
            f"is {ours}."
        )
    if faults:
        listed = "\n".join(f"- {fault}" for fault in faults)
        raise SettingsError(f"The tables of the accounts don't fit, and nothing was altered:\n{listed}")
    known = {name: kind for name, kind in found.items() if kind and name not in settings.model_fields_set}
    return settings.model_copy(update=known)


def _kind(table: _Table | None, column: str) -> IdKind | None:
    """Return what the ids of a column are; None where the table or the column is missing."""
    return _IDS.get(table.types.get(column, "")) if table else None


def _kind_faults(settings: AccountSettings, found: dict[str, IdKind | None]) -> Iterator[str]:
    """Yield each kind of ids that the settings name and the table doesn't have; text fits any kind."""
    for name, kind in found.items():
        named = getattr(settings, name)
        if kind and name in settings.model_fields_set and named not in {kind, "text"}:
            yield f'[accounts] {name} = "{named}", but the table has the kind "{kind}". Remove the setting.'


def _title(table: _Table | None) -> str:
    return table.name if table else ""


def _look(connection: Connection, settings: AccountSettings, table: str) -> _Table | None:
    """Return a table as it is; None if it doesn't exist and will be created."""
    where = (settings.schema_name, table)
    kind = one(connection, _KIND, where)
    if kind is None:
        return None
    types: dict[str, str] = dict(connection.execute(_TYPES, where).fetchall())
    keys = [key for (key,) in connection.execute(_KEYS, where).fetchall()]
    return _Table(f"{settings.schema_name}.{table}", where, kind, types, keys)


def _missing(
    connection: Connection, settings: AccountSettings, users: _Table | None, groups: _Table | None
) -> Iterator[str]:
    """Yield a fault for a missing table: only a database without accounts gets new tables."""
    names = {"user_table": settings.user_table, "group_table": settings.group_table}
    if users is None and groups is None:
        yield from _both_missing(connection, settings)
    elif users is None or groups is None:
        lost, there = names if users is None else reversed(names)
        yield (
            f"{settings.schema_name}.{names[lost]} does not exist, though {settings.schema_name}.{names[there]} does. "
            f"Set [accounts] {lost} to its name, or create it."
        )


def _both_missing(connection: Connection, settings: AccountSettings) -> Iterator[str]:
    """Yield why no tables are created: those that the settings name are elsewhere, or have other names."""
    schema, user, group = settings.schema_name, settings.user_table, settings.group_table
    there = [name for (name,) in connection.execute(_NEIGHBORS, (schema,)).fetchall()]
    if there:
        listed = ", ".join(there[:_NAMED]) + (", ..." if len(there) > _NAMED else "")
        yield (
            f"{schema}.{user} and {schema}.{group} do not exist, but the schema {schema} holds {listed}. "
            "Set [accounts] schema, user_table and group_table to where the users and the companies are."
        )
    elif "." in user + group:
        first, _, last = (user if "." in user else group).partition(".")
        yield (
            f'[accounts] user_table = "{user}" and group_table = "{group}": a name is without its schema. Write '
            f'schema = "{first}" and, for example, "{last}".'
        )
    elif "schema_name" in settings.model_fields_set and one(connection, _OTHERS, (schema, connection.schema)):
        yield f"The schema {schema} does not exist. Set [accounts] schema to the one of the users, or create it."


def _faults(connection: Connection, table: _Table | None, columns: BaseModel, section: str, mode: str) -> Iterator[str]:
    if table is None:
        return
    if table.kind not in {"r", "p"} and mode == "columns":
        yield f'{table.name} is not a table, so no columns can be added to it. Set [accounts] mode = "side".'
    if mode == "columns":
        yield from _added_faults(table, section)
    for key, setting in columns:
        yield from _column_faults(connection, table, section, key, setting)
    key = column_name(getattr(columns, "id", ""))
    if table.kind in {"r", "p"} and key in table.types and key not in table.keys:
        yield f"{table.name}.{key} is neither a primary key nor unique, so it can't tell users apart."


def _column_faults(connection: Connection, table: _Table, section: str, key: str, setting: str) -> Iterator[str]:
    column = column_name(setting)
    if not column.strip():
        if key not in _OPTIONAL:
            yield f"[accounts.{section}] {key} is empty, but required."
    elif is_expression(setting):
        if key not in _OPTIONAL:
            yield f"[accounts.{section}] {key} must be a column, not the expression {column}. {_QUOTES}"
        elif fault := expression_fault(connection, table.place, column, _WANTED.get(key)):
            yield f"[accounts.{section}] {key}: {fault} {_QUOTES}"
    elif column not in table.types:
        none = f', or {key} = "" if there is none' if key in _OPTIONAL else ""
        yield f"{table.name} has no column {column}. Set [accounts.{section}] {key} to its name{none}."
    else:
        yield from _type_faults(table, key, column)


def _added_faults(table: _Table, section: str) -> Iterator[str]:
    """Yield each column that we would add but that the table already has with another type."""
    for name, wanted in _ADDED[section].items():
        if (found := table.types.get(name)) and found not in wanted:
            yield (
                f"{table.name} has a column {name} of the type {found} already, where ours is {wanted[-1]}. "
                'Set [accounts] mode = "side".'
            )


def _type_faults(table: _Table, key: str, column: str) -> Iterator[str]:
    wanted = _WANTED.get(key)
    found = table.types[column]
    if wanted and found not in wanted:
        yield f"{table.name}.{column} has the type {found}; {key} must be one of {', '.join(wanted)}."


_NAMED = 5
_NEIGHBORS = """
SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1
"""
_OTHERS = """
SELECT to_regnamespace(quote_ident(%s)) IS NULL AND EXISTS (
    SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', %s)
    AND n.nspname NOT LIKE 'pg\\_%%'
)
"""
_KIND = """
SELECT c.relkind FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relname = %s
"""
_TYPES = """
SELECT a.attname, split_part(format_type(t.oid, NULL), '(', 1) FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_type AS d ON d.oid = a.atttypid
JOIN pg_type AS t ON t.oid = CASE d.typtype WHEN 'd' THEN d.typbasetype ELSE d.oid END
WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped
"""
# The import inserts or updates by id, which needs a unique index on exactly this column.
_KEYS = """
SELECT a.attname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
WHERE n.nspname = %s AND c.relname = %s AND i.indisunique AND i.indnkeyatts = 1 AND i.indpred IS NULL
"""
