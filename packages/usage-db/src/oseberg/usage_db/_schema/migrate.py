"""Brings the schema up to date."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors, sql

from oseberg.usage_db._accounts.settings import AccountSettings
from oseberg.usage_db._accounts.shape import check_shape
from oseberg.usage_db._postgres.connection import connect, one
from oseberg.usage_db._schema.statements import account_statements, settings_statements, statements
from oseberg.usage_db.errors import BusyError, SchemaError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from alembic.config import Config

    from oseberg.usage_db._postgres.connection import Connection

    Execute = Callable[[str], Any]

HEAD = "0011"
LOCK_TIMEOUT_MS = 150  # readers who come after the waiting statement wait as long
LOCK_ATTEMPTS = 30
LOCK_PAUSE_SECONDS = 2.0
_VIEW = "CREATE OR REPLACE VIEW"


def version(connection: Connection) -> str | None:
    """Return the schema's version, None without a schema."""
    if not one(connection, _IS_OURS):
        return None
    found: str | None = one(connection, "SELECT version_num FROM usage.alembic_version")
    return found


def check_version(connection: Connection) -> None:
    """Raise an error for a schema that this library doesn't know.

    Raises:
        SchemaError: It is missing, older or newer.
    """
    found = version(connection)
    if found is None:
        check_elsewhere(connection)
        raise SchemaError(f"The database holds no {connection.schema} schema. Create it: oseberg db upgrade.")
    if found < HEAD:
        raise SchemaError(f"The schema has version {found}, this program needs {HEAD}. Run: oseberg db upgrade.")
    if found > HEAD:
        raise SchemaError(
            f"The schema has version {found}, newer than this program's {HEAD}. Upgrade oseberg-usage-db."
        )


def stored_settings(connection: Connection) -> AccountSettings | None:
    """Return the settings of the accounts that the database stores; None before the first upgrade."""
    if not one(connection, _IS_OURS):
        return None
    text = one(connection, "SELECT value FROM usage.setting WHERE name = 'accounts'")
    return AccountSettings.model_validate_json(text) if text else None


def agreed(stored: AccountSettings | None, given: AccountSettings) -> AccountSettings:
    """Return the settings that hold: those that the database stores.

    Args:
        stored: The stored settings; None before the first upgrade.
        given: The settings that the program names.

    Returns:
        The stored settings; before the first upgrade, the given ones.

    Raises:
        SettingsError: The program names a setting otherwise.
    """
    if stored is None:
        return given
    if differences := given.differences(stored):
        raise SettingsError(
            f"The account settings say {'; '.join(differences)}. Nothing was changed. Remove the setting, "
            "or apply it to the database: oseberg db upgrade --apply-settings."
        )
    return stored


def upgrade(connection: Connection, url: str, accounts: AccountSettings) -> None:
    """Run the missing migrations, and bring the account side to its settings.

    Tables of another team are altered with a short `lock_timeout` and repeated attempts: a reader in a long
    transaction delays the migration, and the migration never makes other readers queue for long.

    Args:
        connection: The database.
        url: Its URL without a pooler.
        accounts: The settings to apply.

    Raises:
        BusyError: A table of another team stayed locked.
        SchemaError: The schema is newer than this program.
    """
    if (version(connection) or "") > HEAD:
        check_version(connection)
    if version(connection) is None:
        check_elsewhere(connection)
        check_free(connection)
    stored = stored_settings(connection)
    if stored and (changed := [name for name in _FIXED if getattr(stored, name) != getattr(accounts, name)]):
        raise SettingsError(
            f"[accounts] {', '.join(changed)} can't change after the first upgrade: all tables use ids of this kind. "
            "Use a new database."
        )
    if stored is None or stored != accounts:
        looked = check_shape(connection, accounts)
        accounts = accounts if stored else looked
    settings = stored or accounts
    if version(connection) != HEAD:
        _run_patiently(url, settings, connection.schema)
    if settings != accounts:
        _apply(connection, accounts)


def check_elsewhere(connection: Connection) -> None:
    """Raise an error if no schema was named and another schema than `usage` already has the tables.

    Raises:
        SchemaError: They are.
    """
    if connection.named or not (others := one(connection, _ELSEWHERE, (connection.schema,))):
        return
    first = others.split(", ")[0]
    raise SchemaError(
        f"This database has the tables in the schema {others}, and none in {connection.schema}. Nothing was changed. "
        f'Name the schema: [database] schema = "{first}", or OSEBERG_DATABASE_SCHEMA.'
    )


def check_free(connection: Connection) -> None:
    """Raise an error if the schema holds tables of somebody else.

    Raises:
        SchemaError: It does.
    """
    # An upgrade that was killed at its very beginning leaves an empty table of versions.
    begun = one(connection, "SELECT to_regclass('usage.alembic_version')") is not None and not one(connection, _BEGUN)
    if strangers := one(connection, _STRANGERS, ("alembic_version" if begun else "",)):
        name = connection.schema
        raise SchemaError(
            f"The database has a schema named {name} already, which holds {strangers}. Nothing was changed. Use "
            f'another schema: [database] schema = "oseberg_usage" (`oseberg db import-events {name}.TABLE` adopts its '
            f"events), or rename that schema: ALTER SCHEMA {name} RENAME TO {name}_before."
        )


def _apply(connection: Connection, accounts: AccountSettings) -> None:
    """Change the settings of the accounts; job types, products and overrides move along, in one transaction."""
    script = account_statements(accounts)
    for statement in script:
        if _VIEW not in statement:  # nullable columns, which nobody reads yet
            patiently(statement, connection)
    with connection.transaction():
        for statement in (*statements("carry_over_begin"), *(part for part in script if _VIEW in part)):
            connection.execute(statement)
        for statement in statements(f"carry_over_{accounts.mode}", accounts):
            connection.execute(statement)
        for statement in settings_statements(accounts):
            connection.execute(statement)


def patiently(statement: str, connection: Connection) -> None:
    """Execute one statement that takes a lock, in a transaction of its own, with a short timeout and many attempts.

    While it waits for a lock, everybody who comes after it waits too, so that it never waits for long. The timeout is
    local to the transaction: a pooled connection must not keep it.

    Raises:
        BusyError: The lock could not be acquired.
    """
    for attempt in range(LOCK_ATTEMPTS):
        try:
            with connection.transaction():
                connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_MS}ms'")
                connection.execute(statement)
        except errors.LockNotAvailable:
            time.sleep(min(0.1 * 2**attempt, LOCK_PAUSE_SECONDS))
        else:
            return
    first = next(line for line in statement.splitlines() if not line.startswith("--") and line.strip())
    raise BusyError(
        f"The migration found a table locked {LOCK_ATTEMPTS} times ({first}). Nothing is lost; try again later."
    )


def _run_patiently(url: str, accounts: AccountSettings, schema: str) -> None:
    """Run the migrations; one that finds a table or view in use is rolled back, and tried again.

    Raises:
        BusyError: Something stayed in use.
    """
    for attempt in range(LOCK_ATTEMPTS):
        try:
            return _run_alembic(url, accounts, schema)
        except errors.LockNotAvailable:
            time.sleep(min(0.1 * 2**attempt, LOCK_PAUSE_SECONDS))
    raise BusyError(
        f"The migration found a table or view in use {LOCK_ATTEMPTS} times, and was rolled back. Nothing is lost; try "
        "again later."
    )


def _run_alembic(url: str, accounts: AccountSettings, schema: str, target: str = "head") -> None:
    from alembic import command  # noqa: PLC0415 - slow to import, rarely needed
    from sqlalchemy import NullPool, create_engine, exc  # noqa: PLC0415

    def creator() -> Any:  # noqa: ANN401 - the driver's connection
        raw = connect(url, "oseberg upgrade", schema)
        raw.autocommit = False
        return raw

    engine = create_engine("postgresql+psycopg://", creator=creator, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            raw: Any = connection.connection.dbapi_connection
            config = alembic_config(
                accounts, schema, raw.execute, lambda statement: patiently(statement, raw), lambda _: _begin(raw)
            )
            config.attributes["connection"] = connection
            command.upgrade(config, target)
    except exc.DBAPIError as error:  # SQLAlchemy's text around the driver's error says nothing to a person
        if isinstance(error.orig, psycopg.Error):
            raise error.orig from None
        raise


def _begin(connection: Connection) -> None:
    """Begin a migration: never wait long for a lock, and act as the owner of the schema's tables.

    New tables get the same owner. Both hold until the transaction ends.
    """
    connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_MS}ms'")
    if owner := one(connection, _OWNER):
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(owner)))


def alembic_config(
    accounts: AccountSettings, schema: str, execute: Execute, patiently: Execute, expect: Callable[[str | None], None]
) -> Config:
    """Return alembic's configuration, with what the migrations need to run.

    Args:
        accounts: The settings of the accounts.
        schema: The schema of the tables.
        execute: Executes or prints a statement.
        patiently: The same, in a transaction of its own, for statements that lock tables that people use.
        expect: Called with the version that a migration expects.
    """
    from alembic.config import Config  # noqa: PLC0415 - slow to import, rarely needed

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(accounts=accounts, schema=schema, execute=execute, patiently=patiently, expect=expect)
    return config


_FIXED = ("user_ids", "group_ids")
_OWNER = """
SELECT r.rolname FROM pg_class AS c JOIN pg_roles AS r ON r.oid = c.relowner
WHERE c.oid = to_regclass('usage.alembic_version') AND r.rolname <> current_user AND pg_has_role(r.oid, 'MEMBER')
"""
_ELSEWHERE = """
SELECT string_agg(n.nspname, ', ' ORDER BY n.nspname) FROM pg_namespace AS n WHERE n.nspname <> %s AND 4 = (
    SELECT count(*) FROM pg_class AS c WHERE c.relnamespace = n.oid
    AND c.relname IN ('alembic_version', 'setting', 'etl_slice', 'product_event')
)
"""
# Other programs use Alembic too, and other schemas have a table of settings.
_IS_OURS = """
SELECT to_regclass('usage.alembic_version') IS NOT NULL AND to_regclass('usage.etl_slice') IS NOT NULL
AND to_regclass('usage.setting') IS NOT NULL
"""
_BEGUN = "SELECT count(*) FROM usage.alembic_version"
_STRANGERS = """
SELECT string_agg(c.relname, ', ' ORDER BY c.relname) FROM pg_class AS c
WHERE c.relnamespace = to_regnamespace('usage') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
AND c.relname <> %s
"""
