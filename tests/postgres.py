# ruff: noqa: PLC0415 - tests of other packages import this without the library
"""Real Postgres servers for tests: of the embedded wheel (18 and 16), the system's, and those that a variable names.

`OSEBERG_TEST_POSTGRES` names the folders of further servers' programs, separated like those of `PATH`.
"""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.parts import missing

FURTHER = [folder for folder in os.environ.get("OSEBERG_TEST_POSTGRES", "").split(os.pathsep) if folder]
KINDS = ["embedded", "wheel16", "system", *FURTHER]


def binaries(kind: str) -> Path | None:
    """Give the folder of a kind's programs; None for the embedded ones."""
    from oseberg.usage_db._server.programs import wheel_binaries

    if kind == "embedded":
        return None
    if kind == "wheel16":
        return wheel_binaries().parents[1] / "pginstall" / "bin"
    if kind in FURTHER:
        return Path(kind)
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return system[-1].parent if system else missing("no Postgres is installed on this system")


@contextmanager
def open_folder() -> Iterator[Path]:
    """Give a temporary folder that the server's account can enter, also when root runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="oseberg-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Server:
    """A server with a template database that holds the schema, so that each test gets a database of its own fast."""

    def __init__(self, folder: Path, kind: str) -> None:
        from oseberg.usage_db import UsageDatabase
        from oseberg.usage_db._server.embedded import EmbeddedServer

        self.kind = kind
        self._server = EmbeddedServer(folder, binaries=binaries(kind), durable=False)
        self._server.start()
        self.execute("CREATE DATABASE pattern")
        with UsageDatabase(self.url_of("pattern")) as database:
            database.upgrade()

    def url_of(self, name: str) -> str:
        return self._server.url.replace("/postgres?", f"/{name}?")

    def execute(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self._server.url, autocommit=True) as connection:
            connection.execute(statement)

    @contextmanager
    def database(self, template: str = "pattern") -> Iterator[str]:
        """Give the URL of a new database."""
        name = f"test_{uuid.uuid4().hex}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        try:
            yield self.url_of(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def restart(self) -> None:
        """Start the server again after it was killed."""
        self._server.start()

    def close(self) -> None:
        self._server.close()


@contextmanager
def server(kind: str) -> Iterator[Server]:
    """Run a server of a kind."""
    with open_folder() as folder:
        running = Server(folder / "pg", kind)
        try:
            yield running
        finally:
            running.close()
