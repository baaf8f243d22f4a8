"""Moves the data of an older Postgres to a newer one with Postgres's own pg_upgrade.

The data are copied; the copy takes their place once it holds as many rows in every table, and only then the old ones
go. Killed anywhere, the next start finds either the old data or the complete new ones.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from psycopg import sql

from oseberg.usage_db._postgres.connection import connect
from oseberg.usage_db.errors import EmbeddedServerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from subprocess import CompletedProcess

    Counts = dict[tuple[str, str], int]

MOVING = "data.moving"
"""A file that is there while data are moved: a server on them then is one that a killed move left behind."""
_OLD, _PART, _VERIFIED = "data.old", "data.part", "oseberg-verified"
_SHOWN_LINES = 12


class Run(Protocol):
    """Runs a program of Postgres under the server's account."""

    def __call__(self, binaries: Path, program: str, *arguments: str, cwd: Path | None = None) -> CompletedProcess[str]:
        """Run it, and return what it printed."""


def finish_switch(data: Path) -> None:
    """Complete or take back a switch of old and new data that was killed between two renames.

    Args:
        data: The data folder; it is missing only then.
    """
    old, part = data.with_name(_OLD), data.with_name(_PART)
    if old.exists() and not data.exists():
        (part if (part / _VERIFIED).exists() else old).rename(data)
    if (data / _VERIFIED).exists():
        shutil.rmtree(old, ignore_errors=True)
        (data / _VERIFIED).unlink()


class Upgrade:
    """One move of a data folder from an older Postgres to a newer one.

    Args:
        run: Runs programs.
        data: The data folder, whose server must not run.
        old: The programs that made it.
        new: The programs to move it to.
        user: The server's superuser.
        socket_folder: A folder for the socket, whose path is short enough.
        durable: Wait for the disk.
    """

    def __init__(
        self, run: Run, data: Path, old: Path, new: Path, *, user: str, socket_folder: Path, durable: bool = True
    ) -> None:
        self._run = run
        self._data = data
        self._old = old
        self._new = new
        self._user = user
        self._socket_folder = socket_folder
        self._durable = durable

    def run(self, part: Path) -> None:
        """Fill an empty folder with the moved data, verify them, and put them in the place of the old ones.

        Args:
            part: The folder, which belongs to the server's account.

        Raises:
            EmbeddedServerError: It failed; the data are as they were.
        """
        self._check_room()
        moving = self._data.with_name(MOVING)
        try:
            moving.touch()
            with self._serving(self._old, self._data) as url:  # it also ends cleanly, which pg_upgrade requires
                before = _count_rows(url)
            self._move(part)
            with self._serving(self._new, part) as url:
                after = _count_rows(url)
            self._compare(before, after)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        finally:
            moving.unlink(missing_ok=True)
        (part / _VERIFIED).touch()
        self._data.rename(self._data.with_name(_OLD))
        part.rename(self._data)
        finish_switch(self._data)

    def _compare(self, before: Counts, after: Counts) -> None:
        if before != after:
            raise self._failure("the copy does not hold the same rows")

    def _check_room(self) -> None:
        size = sum(path.lstat().st_size for path in self._data.rglob("*") if path.is_file())
        free = shutil.disk_usage(self._data).free
        if free < size * 1.1:
            raise self._failure(f"a copy needs {size / 1e9:,.1f} GB, and the disk has {free / 1e9:,.1f} GB left")

    def _move(self, part: Path) -> None:
        no_sync = [] if self._durable else ["--no-sync"]
        options = ["--username", self._user, "--auth", "trust", "--no-instructions", "--locale", "C"]
        made = self._run(self._new, "initdb", "-D", str(part), *options, *self._checksums(), *no_sync)
        if made.returncode:
            raise self._failure(made.stderr)
        folders = ["-b", str(self._old), "-B", str(self._new), "-d", str(self._data), "-D", str(part)]
        others = ["-U", self._user, "-s", str(self._socket_folder), "-j", str(min(4, os.cpu_count() or 1))]
        done = self._run(self._new, "pg_upgrade", *folders, *others, *no_sync, cwd=part)
        if done.returncode:
            raise self._failure(done.stdout + done.stderr)
        for name in ("delete_old_cluster.sh", "delete_old_cluster.bat"):  # we do what it would do
            (part / name).unlink(missing_ok=True)

    def _checksums(self) -> list[str]:
        """Return the option for checksums like those of the old data: pg_upgrade keeps both alike."""
        shown = self._run(self._old, "pg_controldata", "-D", str(self._data)).stdout
        has = any(
            line.startswith("Data page checksum version:") and not line.endswith(" 0") for line in shown.split("\n")
        )
        if has:
            return ["--data-checksums"]
        knows = (
            "--no-data-checksums" in self._run(self._new, "initdb", "--help").stdout
        )  # since 18, where they are usual
        return ["--no-data-checksums"] if knows else []

    @contextmanager
    def _serving(self, binaries: Path, data: Path) -> Iterator[str]:
        """Run a server on a data folder while the block lasts."""
        log = data / "oseberg-upgrade.log"
        options = f"-c listen_addresses='' -c unix_socket_directories='{self._socket_folder}' -c autovacuum=off"
        options += "" if self._durable else " -c fsync=off"
        started = self._run(binaries, "pg_ctl", "start", "-w", "-s", "-D", str(data), "-l", str(log), "-o", options)
        if started.returncode:
            tail = log.read_text(encoding="utf-8", errors="replace") if log.exists() else started.stderr
            raise self._failure(tail)
        try:
            yield f"postgresql://{self._user}@/postgres?host={quote(str(self._socket_folder))}"
        finally:
            self._run(binaries, "pg_ctl", "stop", "-w", "-s", "-D", str(data), "-m", "fast")
            log.unlink(missing_ok=True)

    def _failure(self, reason: str) -> EmbeddedServerError:
        lines = [line for line in reason.splitlines() if line.strip()]
        shown = "\n".join(lines[-_SHOWN_LINES:])
        return EmbeddedServerError(
            f"The data in {self._data} could not be moved to the newer Postgres, and are unchanged: {shown}"
        )


def _count_rows(url: str) -> Counts:
    """Return the rows of every table of every database of a server."""
    counts: Counts = {}
    with connect(url, "oseberg upgrade") as connection:
        names = [name for (name,) in connection.execute(_DATABASES).fetchall()]
    for name in names:
        with connect(url.replace("/postgres?", f"/{quote(name, safe='')}?"), "oseberg upgrade") as connection:
            for schema, table in connection.execute(_TABLES).fetchall():
                query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
                row = connection.execute(query).fetchone()
                counts[name, f"{schema}.{table}"] = row[0] if row else 0
    return counts


_DATABASES = "SELECT datname FROM pg_database WHERE datallowconn ORDER BY 1"
_TABLES = """
SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
"""
