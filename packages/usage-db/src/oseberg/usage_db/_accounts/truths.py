"""How the accounts database writes that a user is enabled: as a boolean, a number or a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    from oseberg.usage_db._postgres.connection import Connection

TRUE_WORDS = ("true", "t", "1", "yes", "y")
"""What counts as enabled, whatever the column's type; the views say the same."""
_WORDS = (("true", "false"), ("t", "f"), ("yes", "no"), ("y", "n"), ("1", "0"))


def truths(connection: Connection, table: sql.Identifier, column: sql.Identifier) -> tuple[object, object]:
    """Return what a column holds for yes and for no.

    Args:
        connection: The database.
        table: The table.
        column: Its column, of a type that `check_shape` accepts.

    Returns:
        The two values, spelled as the column's other values are.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT {0} FROM {1} LIMIT 0").format(column, table))
        kind = cursor.description[0].type_code if cursor.description else 0
        if kind == _BOOLEAN:
            return True, False
        if kind in _NUMBERS:
            return 1, 0
        cursor.execute(sql.SQL("SELECT DISTINCT {0} FROM {1} WHERE {0} IS NOT NULL LIMIT 10").format(column, table))
        found = {str(value).strip() for (value,) in cursor.fetchall()}
    for pair in _WORDS:
        for spell in (str.lower, str.upper, str.title):
            yes, no = map(spell, pair)
            if found & {yes, no}:
                return yes, no
    return _WORDS[0]


# Postgres's numbers of the types: https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat
_BOOLEAN = 16
_NUMBERS = {20, 21, 23, 1700}
