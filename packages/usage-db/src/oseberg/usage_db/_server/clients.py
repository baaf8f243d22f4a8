"""Postgres's own client programs: psql, pg_dump and pg_restore, of the wheel or of the system."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import IO, Any

from psycopg import conninfo

from oseberg.usage_db._atomic import replacing
from oseberg.usage_db._server.programs import wheel_binaries
from oseberg.usage_db.errors import EmbeddedServerError, UsageDatabaseError

_WHEELS_OLDER = 16  # the other version that the wheel carries
_INTERRUPTED = 130  # what shells give for Ctrl-C


def run_psql(url: str, statement: str | None) -> int:
    """Run psql on a database, with this process's terminal.

    Args:
        url: The database.
        statement: What to execute; None: ask the person.

    Returns:
        psql's exit status.
    """
    options = [] if statement is None else ["-c", statement]
    try:
        return subprocess.run([_program("psql"), *options], env=_environment(url), check=False).returncode  # noqa: S603 - Postgres's own program
    except KeyboardInterrupt:
        return _INTERRUPTED


def dump(url: str, path: Path, major: int) -> None:
    """Write a database to a file in pg_dump's custom format, whole or not at all; the file is private.

    Args:
        url: The database.
        path: The file.
        major: The server's version; programs of the same one are taken where there are such.

    Raises:
        UsageDatabaseError: pg_dump failed.
    """
    try:
        with replacing(path, private=True) as file:
            _run("pg_dump", url, major, "--format=custom", "--no-owner", output=file)
    except OSError as error:
        raise UsageDatabaseError(f"{path} can't be written: {error.strerror}.") from error


def load_dump(url: str, path: Path, major: int) -> None:
    """Bring a dump into an empty database, whole or not at all.

    Args:
        url: The database.
        path: The file.
        major: The server's version: newer programs set what an older server doesn't know.

    Raises:
        UsageDatabaseError: pg_restore failed.
    """
    if not path.is_file():
        raise UsageDatabaseError(f"The file {path} does not exist.")
    database = conninfo.conninfo_to_dict(url).get("dbname") or "postgres"
    options = ("--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={database}", str(path))
    _run("pg_restore", url, major, *options)


def _run(program: str, url: str, major: int, *options: str, output: IO[Any] | None = None) -> None:
    done = subprocess.run(  # noqa: S603 - Postgres's own programs
        [_program(program, major), *options],
        env=_environment(url),
        stdin=subprocess.DEVNULL,
        stdout=output or subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise UsageDatabaseError(f"{program} failed, and nothing was changed: {' '.join(said[-3:])}")


def _program(name: str, major: int | None = None) -> str:
    """Return the path of a program: that of the server's version, else the wheel's newest, else the system's."""
    try:
        same = Path(f"/usr/lib/postgresql/{major}/bin") / name  # where Debian and Ubuntu have each version
        if major == _WHEELS_OLDER:
            same = wheel_binaries().parents[1] / "pginstall" / "bin" / name
        if same.exists():
            return str(same)
        return str(wheel_binaries() / name)
    except EmbeddedServerError:
        found = shutil.which(name)
        if found is None:
            raise UsageDatabaseError(
                f"{name} is neither installed on this system nor part of the extra: "
                "python3 -m pip install 'oseberg-usage-db[embedded]'."
            ) from None
        return found


def _environment(url: str) -> dict[str, str]:
    """Return the environment that names the database: other users can see a command line, and a password in it."""
    names = {"dbname": "PGDATABASE", "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    more = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "options": "PGOPTIONS", "hostaddr": "PGHOSTADDR"}
    given = conninfo.conninfo_to_dict(url)
    variables = {variable: str(given[name]) for name, variable in (names | more).items() if given.get(name)}
    return {**os.environ, **variables}
