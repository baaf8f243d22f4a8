"""The lock of a database: one run changes it at a time."""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from datetime import UTC
from typing import TYPE_CHECKING
from zlib import crc32

from oseberg.usage_db._postgres.connection import Connection, check_second_connection, connect, lift_time_limits, one
from oseberg.usage_db._postgres.naming import DEFAULT
from oseberg.usage_db.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Any number that no other program of the database uses for its own advisory locks; it must never change, or an old and
# a new version of this library would load at the same time.
_LOCK = 7_305_810_264_190_517_569


@contextmanager
def exclusive(url: str, command: str, work: Connection) -> Iterator[None]:
    """Keep the lock of the database on a connection of its own, in a transaction (PgBouncer keeps those together).

    Args:
        url: The database without a pooler, if it has one.
        command: The name under which other runs see this one.
        work: The connection that the command works on.

    Raises:
        ConnectionFailedError: A pooler gives no second connection.
        BusyError: Another run holds it; the message says who.
    """
    name = f"oseberg {command} on {socket.gethostname()}, pid {os.getpid()}"[:63]
    # Two schemas of one database count as two databases.
    lock = _LOCK if work.schema == DEFAULT else _LOCK + crc32(work.schema.encode())
    with connect(url, name) as connection, connection.transaction():
        lift_time_limits(connection)
        if not one(connection, "SELECT pg_try_advisory_xact_lock(%s)", (lock,)):
            raise BusyError(f"Another run holds the lock: {_holder(connection, lock)}. Try again when it is done.")
        check_second_connection(work)
        yield


def _holder(connection: Connection, lock: int) -> str:
    row = connection.execute(_HOLDER, (lock >> 32, lock & 0xFFFFFFFF)).fetchone()
    if row is None:
        return "it has just ended"
    name, user, since = row
    return f"{name or 'an unnamed program'} (database user {user}, since {since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC)"


_HOLDER = """
SELECT a.application_name, a.usename, a.xact_start FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = %s AND l.objid::bigint = %s AND l.objsubid = 1
AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
"""
