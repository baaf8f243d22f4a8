"""Opens and closes the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from oseberg.usage_db._accounts.settings import AccountSettings
from oseberg.usage_db._lines.settings import LoadSettings
from oseberg.usage_db._load.runs import LoadRun
from oseberg.usage_db._postgres.connection import Connection, connect, described, readable_errors
from oseberg.usage_db._postgres.naming import DEFAULT, check_name
from oseberg.usage_db._schema.migrate import agreed, check_version, stored_settings
from oseberg.usage_db.errors import ConnectionFailedError

if TYPE_CHECKING:
    from oseberg.usage_db._server.embedded import EmbeddedServer


class Opened:
    """A database, connected when it is first used."""

    def __init__(
        self,
        url: str,
        *,
        direct_url: str | None = None,
        accounts: AccountSettings | None = None,
        load: LoadSettings | None = None,
        schema: str | None = None,
    ) -> None:
        self._url = url
        self._direct_url = direct_url or url
        self._given = accounts or AccountSettings()
        self._accounts = self._given
        self._load = load or LoadSettings()
        self._schema = None if schema is None else check_name(schema)
        self._server: EmbeddedServer | None = None
        self._open: Connection | None = None
        self._checked = False
        self._run: LoadRun | None = None

    @classmethod
    def embedded(
        cls,
        path: str | Path | None = None,
        *,
        binaries: Path | None = None,
        accounts: AccountSettings | None = None,
        load: LoadSettings | None = None,
        schema: str | None = None,
    ) -> Self:
        """Return a database on a Postgres server of our own, which runs while any process uses it.

        Args:
            path: The server's folder; default: `postgres` in `data_folder()`.
            binaries: The folder of `initdb`, `pg_ctl` and `postgres`; default: those of the extra `embedded`.
            accounts: Where the tables of users and groups are.
            load: What a load leaves out or changes.
            schema: The schema of the tables; default: `usage`.

        Returns:
            The database; close it, or use it as a context manager, so that the server stops.

        Raises:
            EmbeddedServerError: The server can't be started.
        """
        from oseberg.usage_db._server.embedded import EmbeddedServer  # noqa: PLC0415 - most servers are somebody else's

        server = EmbeddedServer(Path(path) if path is not None else None, binaries=binaries)
        server.start()
        database = cls(server.url, accounts=accounts, load=load, schema=schema)
        database._server = server
        return database

    def __repr__(self) -> str:
        return f"<UsageDatabase {described(self._url)}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the last user of an embedded server stops it."""
        if self._open is not None:
            self._open.close()
            self._open = None
        if self._server is not None:
            self._server.close()

    @property
    def url(self) -> str:
        """The URL of the database, for other programs; it may hold a password."""
        return self._url

    @property
    def schema(self) -> str:
        """The schema of the tables."""
        return self._schema or DEFAULT

    @property
    def _connection(self) -> Connection:
        if self._open is None or self._open.closed:
            self._open = self._connect()
        return self._open

    def _connect(self) -> Connection:
        if self._server is None:
            return connect(self._url, schema=self._schema)
        self._server.start()  # again, in case it was killed
        try:
            return connect(self._url, schema=self._schema)
        except ConnectionFailedError:
            # A server that is killed just now still looks alive for a moment, and accepts a connection that it drops.
            self._server.start()
            return connect(self._url, schema=self._schema)

    @readable_errors()
    def _ready(self) -> Connection:
        """Return the connection to a schema of the right version."""
        if not self._checked:
            check_version(self._connection)
            self._accounts = agreed(stored_settings(self._connection), self._given)
            self._checked = True
        return self._connection
