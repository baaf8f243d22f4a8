"""Opens connections, and turns their errors into sentences without secrets."""

from __future__ import annotations

import re
import select
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import psycopg
from psycopg import conninfo, errors
from psycopg.rows import TupleRow, tuple_row

from oseberg.usage_db._postgres.naming import DEFAULT, query_in_schema
from oseberg.usage_db.errors import BusyError, ConnectionFailedError, SchemaError, UsageDatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import sql

_PATTERN = "postgresql://user:password@host:5432/database, with %40 for @ and so on"
_CONNECTION_STATES = ("08", "57P")  # classes of SQLSTATE: connection exceptions, and servers that stop

# Limits that an administrator set for interactive work; not every version knows all of them.
_LIMITS = ("statement_timeout", "transaction_timeout", "idle_in_transaction_session_timeout")

# How dates are written, and texts of statements are read, whatever the login or the database prefers. PgBouncer keeps
# both for each of its clients, so that nothing is left on a pooled connection.
_READABLE = {"DateStyle": "ISO", "standard_conforming_strings": "on"}

_POOLER_SECONDS = 10.0  # a pool that is merely busy frees a connection within seconds; PgBouncer itself waits for 120


class Connection(psycopg.Connection[TupleRow]):
    """A connection whose statements, written for the schema `usage`, run in the schema that has our tables."""

    schema: str = DEFAULT
    named: bool = False
    """Whether somebody named the schema, so that none is looked for."""


class _Cursor(psycopg.Cursor[TupleRow]):
    """Executes statements in the schema of its connection."""

    def _named(self, query: Any) -> Any:  # noqa: ANN401 - what psycopg takes, and its own templates
        return query_in_schema(query, getattr(self.connection, "schema", DEFAULT))

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:  # noqa: ANN401 - as psycopg has it
        return super().execute(self._named(query), params, **options)

    def executemany(self, query: Any, params_seq: Any, **options: Any) -> None:  # noqa: ANN401 - as psycopg has it
        super().executemany(self._named(query), params_seq, **options)

    def copy(self, statement: Any, params: Any = None, **options: Any) -> Any:  # noqa: ANN401 - as psycopg has it
        return super().copy(self._named(statement), params, **options)


class _ServerCursor(psycopg.ServerCursor[TupleRow]):
    """Reads by a cursor of the server, in the schema of its connection."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:  # noqa: ANN401 - as psycopg has it
        schema = getattr(self.connection, "schema", DEFAULT)
        return super().execute(query_in_schema(query, schema), params, **options)


def connect(url: str, name: str = "oseberg", schema: str | None = None) -> Connection:
    """Open a connection that neither needs nor makes prepared statements (PgBouncer), and leaves no setting behind.

    Args:
        url: The database.
        name: What the server's lists call the connection.
        schema: The schema of our tables; None: nobody named one, so that it is `usage`.

    Returns:
        The connection.

    Raises:
        ConnectionFailedError: The server can't be reached or refuses; the message holds no password.
    """
    try:
        conninfo.conninfo_to_dict(url)
    except psycopg.Error:  # whose text may hold the password
        raise ConnectionFailedError(f"The database's URL can't be read. Write it like {_PATTERN}.") from None
    try:
        connection = Connection.connect(
            url,
            row_factory=tuple_row,
            prepare_threshold=None,
            autocommit=True,
            client_encoding="utf-8",
            application_name=name,
        )
    except psycopg.Error as error:
        raise ConnectionFailedError(f"The database at {described(url)} can't be used: {_reason(error)}") from None
    for setting, wanted in _READABLE.items():
        if not (connection.info.parameter_status(setting) or wanted).startswith(wanted):
            connection.execute(f"SET {setting} = {wanted}".encode())
    connection.schema, connection.named = schema or DEFAULT, schema is not None
    connection.cursor_factory, connection.server_cursor_factory = _Cursor, _ServerCursor
    return connection


def described(url: str) -> str:
    """Return where a URL leads, without user and password."""
    try:
        parts = conninfo.conninfo_to_dict(url)
    except psycopg.Error:
        return "the given URL"
    return f"{parts.get('host', 'the local socket')}, database {parts.get('dbname', '(default)')}"


def without_password(url: str) -> str:
    """Return the address of a database without its password, for people and logs.

    Args:
        url: A libpq URL or connection string.

    Returns:
        The address; a connection string if the password was part of one.

    Example:
        >>> without_password("postgresql://ann:secret@example.com/usage?sslmode=require")
        'postgresql://ann@example.com/usage?sslmode=require'
    """
    try:
        if not conninfo.conninfo_to_dict(url).get("password"):
            return url
    except psycopg.Error:
        return "(an address that can't be read)"
    if "://" not in url:
        given = conninfo.conninfo_to_dict(url).items()
        return conninfo.make_conninfo(**{name: str(value) for name, value in given if name != "password"})
    shown = re.sub(r"(://[^:@/?]*):[^@/?]*@", r"\1@", url)
    return re.sub(r"([?&])password=[^&]*(&|$)", lambda match: match[1] if match[2] else "", shown)


@contextmanager
def readable_errors() -> Iterator[None]:
    """Turn errors of Postgres into errors of this library; a context manager, and the decorator of the public methods.

    Raises:
        SchemaError: A table is missing.
        BusyError: A lock could not be acquired in time.
        ConnectionFailedError: The connection broke.
        UsageDatabaseError: A right is missing, Postgres refuses a value, or gave up (a full disk, a limit of time).
    """
    try:
        yield
    except (errors.UndefinedTable, errors.InvalidSchemaName, errors.UndefinedColumn) as error:
        raise SchemaError(f"{_reason(error)}. Bring the schema up to date: oseberg db upgrade.") from error
    except errors.LockNotAvailable as error:
        raise BusyError(f"Another session keeps a table locked ({_reason(error)}). Try again later.") from error
    except errors.InsufficientPrivilege as error:
        raise UsageDatabaseError(f"{_reason(error)}. `oseberg db sql --roles-only` prints the grants.") from error
    except errors.ReadOnlySqlTransaction as error:
        raise UsageDatabaseError(
            f"The database can only be read ({_reason(error)}): it is a replica, or set to read-only. "
            "Use the address of the primary server."
        ) from error
    except (errors.DependentObjectsStillExist, errors.FeatureNotSupported) as error:
        detail = " ".join((error.diag.message_detail or "").split())
        mend = f" ({detail}). Nothing was changed. Drop that object, repeat the command, and create it again."
        raise UsageDatabaseError(f"{_reason(error)}{mend if detail else '.'}") from error
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        detail = f" ({error.diag.message_detail})" if error.diag.message_detail else ""
        raise UsageDatabaseError(f"Postgres refuses this: {_reason(error)}{detail}") from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        if error.sqlstate and not error.sqlstate.startswith(_CONNECTION_STATES):
            raise UsageDatabaseError(f"Postgres gave up: {_reason(error)}. Nothing was changed in part.") from error
        raise ConnectionFailedError(f"The connection to the database broke: {_reason(error)}") from error
    except psycopg.Error as error:
        detail = f" ({error.diag.message_detail})" if error.diag.message_detail else ""
        raise UsageDatabaseError(f"Postgres reports an error: {_reason(error)}{detail}") from error


def check_second_connection(connection: Connection) -> None:
    """Raise an error if a pooler gives this program no second connection while the first one holds the lock.

    Raises:
        ConnectionFailedError: The connection didn't answer.
    """
    raw, end = connection.pgconn, time.monotonic() + _POOLER_SECONDS
    raw.send_query(b"SELECT 1")
    while raw.is_busy():
        select.select([raw.socket], [], [], 0.1)
        raw.consume_input()
        if time.monotonic() > end:
            connection.close()
            raise ConnectionFailedError(
                "The pooler gives this program only one connection at a time, and a run needs two. Raise "
                "default_pool_size to 2 or more, or name the server behind the pooler: OSEBERG_DATABASE_DIRECT_URL."
            )
    while raw.get_result():
        pass


def lift_time_limits(connection: Connection) -> None:
    """Lift the time limits of this transaction, but notice within seconds when its client is gone."""
    connection.execute("SELECT set_config(name, '0', true) FROM pg_settings WHERE name = ANY (%s)", (list(_LIMITS),))
    connection.execute("SET LOCAL client_connection_check_interval = '5s'")


def _reason(error: psycopg.Error) -> str:
    text = error.diag.message_primary or str(error) or type(error).__name__
    return " ".join(text.split())


def one(
    connection: Connection, query: str | sql.SQL | sql.Composed, parameters: tuple[Any, ...] | dict[str, Any] = ()
) -> Any:  # noqa: ANN401 - a database's value
    """Return the only value of a query."""
    row = connection.execute(query, parameters or None).fetchone()
    return row[0] if row else None
