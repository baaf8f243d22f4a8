"""Checks a database without changing it: server, pooler, schema, settings, rights and clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from oseberg.usage_db._postgres.connection import Connection, described, one
from oseberg.usage_db._schema.migrate import HEAD, agreed, check_elsewhere, stored_settings, version
from oseberg.usage_db._server.programs import NEWEST, OLDEST
from oseberg.usage_db.errors import SchemaError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oseberg.usage_db._accounts.settings import AccountSettings

LARGEST_DRIFT = 60.0  # seconds: a clock that is further off stores days as settled too early or too late

_RIGHTS = """
    SELECT format('%I.%I', n.nspname, c.relname), r.name
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN (VALUES (1, 'SELECT'), (2, 'INSERT'), (3, 'UPDATE'), (4, 'DELETE')) AS r (place, name)
    WHERE c.relnamespace = 'usage'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND c.relname <> 'alembic_version' AND NOT has_table_privilege(c.oid, r.name)
    ORDER BY 1, r.place
"""
_OWNER = """
    SELECT quote_ident(pg_get_userbyid(relowner)) FROM pg_class
    WHERE oid = to_regclass('usage.product_event') AND NOT pg_has_role(relowner, 'USAGE')
"""


@dataclass(frozen=True)
class Diagnosis:
    """The result of one check.

    Attributes:
        name: What was checked, such as `server`.
        state: `ok`, `warning` or `fault`.
        message: What was found.
        fix: How to fix it; empty when nothing is wrong.
    """

    name: str
    state: Literal["ok", "warning", "fault"]
    message: str
    fix: str = ""


def diagnose(connection: Connection, url: str, direct_url: str, accounts: AccountSettings) -> Iterator[Diagnosis]:
    """Check everything that a load or a score relies on.

    Args:
        connection: An open connection to `url`.
        url: The address that is used.
        direct_url: The address without a pooler; the same one if none is known.
        accounts: The settings of the accounts that the program has.

    Yields:
        What was found, one thing after the other.
    """
    yield _server(connection, url)
    yield _pooler(connection, has_direct=direct_url != url)
    yield _clock(connection)
    found = version(connection)
    yield _schema(connection, found)
    if found == HEAD:
        yield _settings(connection, accounts)
        yield _rights(connection)


def _server(connection: Connection, url: str) -> Diagnosis:
    major, minor = divmod(connection.info.server_version, 10_000)
    text = f"Postgres {major}.{minor} at {described(url)}"
    if major < OLDEST:
        return Diagnosis("server", "fault", text, f"Upgrade the server: Postgres {OLDEST} to {NEWEST} is supported.")
    if major > NEWEST:
        return Diagnosis(
            "server", "warning", text, f"This version is newer than the tested ones ({OLDEST} to {NEWEST})."
        )
    return Diagnosis("server", "ok", text)


def _pooler(connection: Connection, *, has_direct: bool) -> Diagnosis:
    """Check whether a pooler is in between, and whether a direct address is known."""
    # A pooler answers with a process id of its own when a client connects, not with that of the server's process.
    pid = one(connection, "SELECT pg_backend_pid()")
    if pid == connection.info.backend_pid:
        return Diagnosis("pooler", "ok", "no pooler between this program and the server")
    if has_direct:
        return Diagnosis("pooler", "ok", "a pooler; locks and migrations use the direct address")
    return Diagnosis(
        "pooler",
        "warning",
        "a pooler, and no direct address: locks that live as long as a session need one",
        "Set OSEBERG_DATABASE_DIRECT_URL, or [database] direct_url, to the server's own address.",
    )


def _clock(connection: Connection) -> Diagnosis:
    before = datetime.now(UTC)
    theirs: datetime = one(connection, "SELECT clock_timestamp()")
    middle = before + (datetime.now(UTC) - before) / 2  # the answer was made about halfway through the round trip
    drift = (theirs - middle).total_seconds()
    if abs(drift) <= LARGEST_DRIFT:
        return Diagnosis("clock", "ok", f"the server's clock differs by {abs(drift):.1f} s")
    way = "ahead of" if drift > 0 else "behind"
    text = f"the server's clock is {abs(drift):,.0f} s {way} this machine's"
    return Diagnosis("clock", "warning", text, "Synchronize both clocks (NTP).")


def _schema(connection: Connection, found: str | None) -> Diagnosis:
    if found is None:
        try:
            check_elsewhere(connection)
        except SchemaError as error:
            return Diagnosis("schema", "fault", f"the tables are not in the schema {connection.schema}", str(error))
        return Diagnosis("schema", "fault", f"the database has no schema {connection.schema}", "oseberg db upgrade")
    if found < HEAD:
        return Diagnosis("schema", "fault", f"version {found}; version {HEAD} is needed", "oseberg db upgrade")
    if found > HEAD:
        text = f"version {found} is newer than this program, which knows {HEAD}"
        return Diagnosis("schema", "fault", text, "Upgrade oseberg: python3 -m pip install --upgrade oseberg")
    return Diagnosis("schema", "ok", f"version {found}")


def _settings(connection: Connection, accounts: AccountSettings) -> Diagnosis:
    try:
        agreed(stored_settings(connection), accounts)
    except SettingsError as error:
        text = "the account settings differ from those that the database stores"
        return Diagnosis("settings", "fault", text, str(error))
    return Diagnosis("settings", "ok", "the account settings are those that the database stores")


def _rights(connection: Connection) -> Diagnosis:
    """Check the rights that loads and scores need: on every table, and ownership of the partitioned one."""
    user = one(connection, "SELECT quote_ident(current_user)")
    grants: list[str] = []
    if not one(connection, "SELECT has_schema_privilege('usage'::regnamespace::oid, 'USAGE')"):
        grants.append(f"GRANT USAGE ON SCHEMA {connection.schema} TO {user};")
    missing: dict[str, list[str]] = {}
    for table, right in connection.execute(_RIGHTS).fetchall():
        missing.setdefault(table, []).append(right)
    grants += [f"GRANT {', '.join(rights)} ON {table} TO {user};" for table, rights in missing.items()]
    if owner := one(connection, _OWNER):
        grants.append(f"GRANT {owner} TO {user};")  # only the owner of a table may attach partitions to it
    if grants:
        return Diagnosis("rights", "fault", f"{user} lacks rights that loads need", " ".join(grants))
    return Diagnosis("rights", "ok", f"{user} may do what loads and scores need")
