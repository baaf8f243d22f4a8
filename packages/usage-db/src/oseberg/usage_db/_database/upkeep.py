"""Set up, maintain and back up the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from oseberg.usage_db import _diagnosis
from oseberg.usage_db._archive.restore import renew_marks
from oseberg.usage_db._command_runs import read_runs, save_run
from oseberg.usage_db._database.opened import Opened
from oseberg.usage_db._diagnosis import Diagnosis
from oseberg.usage_db._load.stored_settings import apply_load
from oseberg.usage_db._postgres.connection import described, readable_errors
from oseberg.usage_db._postgres.lock import exclusive
from oseberg.usage_db._schema import migrate
from oseberg.usage_db._schema.migrate import agreed, stored_settings
from oseberg.usage_db._server.clients import dump, load_dump, run_psql
from oseberg.usage_db._server.doorway import Doorway
from oseberg.usage_db._status import Status, read_status
from oseberg.usage_db.errors import UsageDatabaseError

if TYPE_CHECKING:
    from collections.abc import Mapping


def psql(self: Opened, statement: str | None = None) -> int:
    """Run psql on the database, with this process's terminal.

    Args:
        statement: What to execute; None: let the person type.

    Returns:
        psql's exit status.
    """
    self._connection  # noqa: B018 - starts the embedded server, and names a server that can't be reached
    return run_psql(self._url, statement)


def doorway(self: Opened, password: str, *, port: int = 0, write: bool = False) -> Doorway:
    """Return a door on loopback TCP to the embedded server; open while its `with` block lasts.

    Args:
        password: What clients must send.
        port: The port on 127.0.0.1; 0: any free one.
        write: Whether clients may change data; otherwise their transactions are read-only by default.

    Returns:
        The door; `port` is its port. The database is `postgres`, any user name will do.

    Raises:
        UsageDatabaseError: The database is not embedded, or the port is taken.
    """
    if self._server is None:
        raise UsageDatabaseError(f"The database at {described(self._url)} is a server already: use its own address.")
    self._connection  # noqa: B018 - starts the server
    try:
        return Doorway(self._server.socket_path, self._server.user, password, port=port, write=write)
    except OSError as error:
        raise UsageDatabaseError(f"Port {port} can't be used: {error.strerror}. Choose another.") from error


@readable_errors()
def save_command_run(self: Opened, run: Mapping[str, Any]) -> None:
    """Record a run of the command: at its start, and again at its end.

    Args:
        run: run_id, command, state, started_at, and what else is known of status, finished_at, seconds, host,
            process and steps (a list of mappings).
    """
    save_run(self._ready(), run)


@readable_errors()
def command_runs(self: Opened, limit: int = 1_000) -> list[dict[str, Any]]:
    """Return the latest runs of the command, from every machine, the oldest of them first.

    Args:
        limit: How many.

    Returns:
        For each: run_id, command, state, status, started_at, finished_at, seconds, host, process, steps.
    """
    return read_runs(self._ready(), limit)


@readable_errors()
def backup(self: Opened, path: str | Path) -> None:
    """Write the whole database to a file in pg_dump's custom format, whole or not at all; the file is private.

    Args:
        path: The file.

    Raises:
        UsageDatabaseError: The file can't be written, or pg_dump failed.
    """
    major = self._ready().info.server_version // 10_000
    dump(self._url, Path(path), major)


@readable_errors()
def restore_backup(self: Opened, path: str | Path) -> None:
    """Bring a backup into an empty database, whole or not at all.

    Args:
        path: The file that `backup` wrote.

    Raises:
        UsageDatabaseError: The database is not empty, or pg_restore failed.
    """
    if status(self).schema_version is not None:
        raise UsageDatabaseError(
            f"The database already holds a schema {self.schema}. Restore into an empty one: name another database, "
            "or another folder in OSEBERG_HOME."
        )
    load_dump(self._url, Path(path), self._connection.info.server_version // 10_000)
    self._checked = False
    renew_marks(self._ready())


@readable_errors()
def upgrade(
    self: Opened, *, accounts_mode: Literal["columns", "side"] | None = None, apply_settings: bool = False
) -> None:
    """Create the schema or bring it up to date; safe to repeat.

    The settings of the accounts that the database stores hold. Job types, products and overrides of types are
    carried over when the settings change.

    Args:
        accounts_mode: Change where the facts that we add to accounts are kept.
        apply_settings: Apply the settings of the accounts and of the load where they differ from the stored ones.

    Raises:
        BusyError: Another run holds the lock, or a table of another team stayed locked.
        SchemaError: The schema is newer than this library.
        SettingsError: The settings differ from the stored ones, and `apply_settings` is false.
    """
    mode = {"mode": accounts_mode} if accounts_mode else {}
    given = self._given.model_copy(update=mode)
    with exclusive(self._direct_url, "db upgrade", self._connection):
        found = stored_settings(self._connection)
        stored = found and found.model_copy(update=mode)
        wanted = given.over(stored) if stored and apply_settings else agreed(stored, given)
        migrate.upgrade(self._connection, self._direct_url, wanted)
        if apply_settings:
            apply_load(self._connection, self._load)
    self._checked = False


@readable_errors()
def status(self: Opened) -> Status:
    """Return what the database holds and what needs attention; works before `upgrade` too.

    Returns:
        The state of the database.
    """
    return read_status(self._connection, self._load.settle_days)


@readable_errors()
def diagnose(self: Opened) -> list[Diagnosis]:
    """Check the server, pooler, clock, schema, settings and rights without changing anything.

    Returns:
        What was found, each with how to fix it; works before `upgrade` too.

    Raises:
        ConnectionFailedError: The server can't be reached.
    """
    return list(_diagnosis.diagnose(self._connection, self._url, self._direct_url, self._given))
