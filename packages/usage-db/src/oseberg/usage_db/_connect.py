"""Opens connections, and turns what goes wrong with them into sentences without secrets."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import conninfo, errors
from psycopg.rows import TupleRow, tuple_row

from oseberg.usage_db.errors import BusyError, ConnectionFailedError, SchemaError, UsageDatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATTERN = "postgresql://user:password@host:5432/database, with %40 for @ and so on"
Connection = psycopg.Connection[TupleRow]


def connect(url: str, name: str = "oseberg") -> Connection:
    """Open a connection that neither needs nor makes prepared statements (PgBouncer), and leaves no setting behind.

    Raises:
        ConnectionFailedError: The server can't be reached or refuses; the message holds no password.
    """
    try:
        conninfo.conninfo_to_dict(url)
    except psycopg.Error:  # whose text may hold the password
        raise ConnectionFailedError(f"The database's URL can't be read. Write it like {_PATTERN}.") from None
    try:
        connection = psycopg.connect(
            url,
            row_factory=tuple_row,
            prepare_threshold=None,
            autocommit=True,
            client_encoding="utf-8",
            application_name=name,
        )
    except psycopg.Error as error:
        raise ConnectionFailedError(f"The database at {described(url)} can't be used: {_reason(error)}") from None
    return connection


def described(url: str) -> str:
    """Say where a URL leads, without user and password."""
    try:
        parts = conninfo.conninfo_to_dict(url)
    except psycopg.Error:
        return "the given URL"
    return f"{parts.get('host', 'the local socket')}, database {parts.get('dbname', '(default)')}"


@contextmanager
def sentences() -> Iterator[None]:
    """Turn the errors of Postgres that a person can mend into errors of this library.

    Raises:
        SchemaError: A table is missing.
        BusyError: A lock was not to be had in time.
        ConnectionFailedError: The connection broke.
        UsageDatabaseError: A right is missing.
    """
    try:
        yield
    except (errors.UndefinedTable, errors.InvalidSchemaName, errors.UndefinedColumn) as error:
        raise SchemaError(f"{_reason(error)}. Bring the schema up to date: oseberg db upgrade.") from error
    except errors.LockNotAvailable as error:
        raise BusyError(f"Another session keeps a table locked ({_reason(error)}). Try again later.") from error
    except errors.InsufficientPrivilege as error:
        raise UsageDatabaseError(f"{_reason(error)}. `oseberg db sql --roles` prints the grants.") from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise ConnectionFailedError(f"The connection to the database broke: {_reason(error)}") from error


def _reason(error: psycopg.Error) -> str:
    text = error.diag.message_primary or str(error) or type(error).__name__
    return " ".join(text.split())


def one(connection: Connection, query: str, parameters: tuple[Any, ...] | dict[str, Any] = ()) -> Any:  # noqa: ANN401 - a database's value
    """Give the only value of a query."""
    row = connection.execute(query, parameters or None).fetchone()
    return row[0] if row else None
