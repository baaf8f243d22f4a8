"""Tries the SQL expressions of the settings before a view is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from oseberg.usage_db._postgres.connection import one

if TYPE_CHECKING:
    from oseberg.usage_db._postgres.connection import Connection


def expression_fault(
    connection: Connection, table: tuple[str, str], expression: str, wanted: tuple[str, ...] | None
) -> str | None:
    """Return what is wrong with an expression of a table's columns; None if a view can read it.

    Args:
        connection: The database.
        table: The schema and the name of the table.
        expression: The expression.
        wanted: The types that its value may have; None: any.
    """
    query = sql.SQL("SELECT ({expression}) FROM {table} AS u LIMIT 0").format(
        expression=sql.SQL(expression),  # SQL is what the setting is
        table=sql.Identifier(*table),
    )
    try:
        # In binary, Postgres takes one statement and not several.
        with connection.transaction(force_rollback=True), psycopg.Cursor(connection) as cursor:
            cursor.execute(query, binary=True)
            oid = cursor.description[0].type_code if cursor.description else 0
    except psycopg.ProgrammingError as error:
        said = " ".join((error.diag.message_primary or str(error)).split())
        return f"Postgres can't read the expression {expression} ({said})."
    kind: str = one(connection, "SELECT format_type(%s::oid, NULL)", (oid,))
    if wanted and kind not in wanted:
        return f"the expression {expression} has the type {kind}; it must be one of {', '.join(wanted)}."
    return None
