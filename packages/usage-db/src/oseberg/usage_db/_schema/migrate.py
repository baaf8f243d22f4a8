"""Brings the schema up to date, or prints how."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg import errors

from oseberg.usage_db._accounts.settings import AccountSettings
from oseberg.usage_db._connection import connect, one
from oseberg.usage_db._schema.statements import account_statements, settings_statements, statements
from oseberg.usage_db.errors import BusyError, SchemaError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from alembic.config import Config

    from oseberg.usage_db._connection import Connection

    Execute = Callable[[str], Any]

HEAD = "0005"
LOCK_TIMEOUT_SECONDS = 2.0
LOCK_ATTEMPTS = 15
_VIEW = "CREATE OR REPLACE VIEW"


def version(connection: Connection) -> str | None:
    """Return the schema's version, None when there is no schema."""
    if one(connection, "SELECT to_regclass('usage.alembic_version')") is None:
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
        raise SchemaError("The database holds no usage schema. Create it: oseberg db upgrade.")
    if found < HEAD:
        raise SchemaError(f"The schema has version {found}, this program needs {HEAD}. Run: oseberg db upgrade.")
    if found > HEAD:
        raise SchemaError(
            f"The schema has version {found}, newer than this program's {HEAD}. Upgrade oseberg-usage-db."
        )


def stored_settings(connection: Connection) -> AccountSettings | None:
    """Return the settings of the accounts that the database stores; None before the first upgrade."""
    if one(connection, "SELECT to_regclass('usage.setting')") is None:
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
            f"The settings of the accounts say {'; '.join(differences)}. Nothing was changed. Remove the setting, "
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
    settings = stored_settings(connection) or accounts
    if version(connection) != HEAD:
        _run_alembic(url, settings)
    if settings != accounts:
        _apply(connection, accounts)


def _apply(connection: Connection, accounts: AccountSettings) -> None:
    """Change the settings of the accounts; job types, products and overrides go along, in one transaction."""
    script = account_statements(accounts)
    for statement in script:
        if _VIEW not in statement:  # nullable columns, which nobody reads yet
            patiently(statement, connection.execute)
    with connection.transaction():
        for statement in (*statements("carry_over_begin"), *(part for part in script if _VIEW in part)):
            connection.execute(statement)
        for statement in statements(f"carry_over_{accounts.mode}", accounts):
            connection.execute(statement)
        for statement in settings_statements(accounts):
            connection.execute(statement)


def patiently(statement: str, execute: Execute) -> None:
    """Execute one statement that takes a lock, with a short timeout and repeated attempts.

    Raises:
        BusyError: The lock was not to be had.
    """
    for attempt in range(LOCK_ATTEMPTS):
        execute(f"SET lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'")
        try:
            execute(statement)
        except errors.LockNotAvailable:
            time.sleep(min(0.1 * 2**attempt, LOCK_TIMEOUT_SECONDS))
        else:
            return
        finally:
            execute("RESET lock_timeout")
    first = statement.splitlines()[0]
    raise BusyError(
        f"The migration found a table locked {LOCK_ATTEMPTS} times ({first}). Nothing is lost; try again later."
    )


def migration_sql(accounts: AccountSettings | None = None, *, roles: bool = False) -> str:
    """Return the migrations as a script for psql, for a database administrator.

    Args:
        accounts: Where the tables of users and groups are.
        roles: Add the roles `usage_owner`, `usage_etl` and `usage_reader`, with their grants.

    Example:
        >>> "CREATE TABLE usage.product_event" in migration_sql()
        True
    """
    accounts = accounts or AccountSettings()
    from alembic import command  # noqa: PLC0415 - slow to import, rarely needed

    output = io.StringIO()

    def write(statement: str) -> None:
        output.write(f"{statement};\n\n")

    config = _config(accounts, write, lambda statement, execute: execute(statement))
    config.output_buffer = output
    command.upgrade(config, "head", sql=True)
    if roles:
        output.write("".join(f"{statement};\n\n" for statement in statements("roles", accounts)))
    return f"-- Apply with: psql -v ON_ERROR_STOP=1 -f FILE\n{output.getvalue()}"


def _run_alembic(url: str, accounts: AccountSettings, target: str = "head") -> None:
    from alembic import command  # noqa: PLC0415 - slow to import, rarely needed
    from sqlalchemy import NullPool, create_engine  # noqa: PLC0415

    def creator() -> Any:  # noqa: ANN401 - the driver's connection
        raw = connect(url, "oseberg upgrade")
        raw.autocommit = False
        return raw

    engine = create_engine("postgresql+psycopg://", creator=creator, poolclass=NullPool)
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        config = _config(accounts, raw.execute, patiently)  # type: ignore[union-attr] # psycopg's has it
        config.attributes["connection"] = connection
        command.upgrade(config, target)


def _config(accounts: AccountSettings, execute: Execute, patiently: Callable[[str, Execute], None]) -> Config:
    from alembic.config import Config  # noqa: PLC0415 - slow to import, rarely needed

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(accounts=accounts, execute=execute, patiently=patiently)
    return config
