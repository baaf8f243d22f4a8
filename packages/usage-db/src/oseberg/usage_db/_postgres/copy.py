"""Copies rows in binary form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.copy import LibpqWriter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oseberg.usage_db._postgres.connection import Connection

# Rows that may wait for the server: neither side waits for the other's short pauses, and memory stays bounded.
_BYTES_AHEAD = 16 * 1024 * 1024


def copy_rows(connection: Connection, target: str, pieces: Iterable[bytes]) -> int:
    """Copy rows into a table.

    Args:
        connection: The database.
        target: The table, with columns where not all are copied; a constant of the caller.
        pieces: The rows as binary COPY.

    Returns:
        The number of rows.
    """
    with connection.cursor() as cursor:
        writer = LibpqWriter(cursor, flush_threshold=_BYTES_AHEAD)
        with cursor.copy(f"COPY {target} FROM STDIN (FORMAT binary)", writer=writer) as copy:
            for piece in pieces:
                copy.write(piece)
        return cursor.rowcount
