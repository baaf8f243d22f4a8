"""An embedded Postgres: a server of our own on a folder, shared by all its users and stopped by the last one."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any, Self
from urllib.parse import quote

from filelock import FileLock

from oseberg.usage_db._data_folder import SYSTEM_FOLDER, data_folder
from oseberg.usage_db._server import watcher
from oseberg.usage_db._server.move_up import MOVING, Upgrade, finish_switch
from oseberg.usage_db._server.programs import copied, find_binaries, programs_of, release
from oseberg.usage_db._server.unix_account import server_account
from oseberg.usage_db._server.watcher import (
    PidFile,
    is_alive,
    is_last_user,
    is_server_of,
    running_server,
    share,
    stop_lost_server,
    stop_server,
    try_lock,
)
from oseberg.usage_db.errors import EmbeddedServerError

USER = "oseberg"
RUNS_HERE = os.name != "nt"  # sharing a server needs flock and Unix sockets
_SOCKET_PATH_LIMIT = 90  # the system's is 103 bytes on macOS, 107 on Linux; the socket's own name takes 13
_START_SECONDS = 60.0
_TORN_FILE_SECONDS = 2.0
_OPTIONS = {"listen_addresses": "", "unix_socket_permissions": "0700", "shared_buffers": "128MB", "max_wal_size": "4GB"}


class EmbeddedServer:
    """A Postgres server on a folder, running while anybody uses it.

    Args:
        folder: The folder of the server; made when missing.
        binaries: The folder of `initdb`, `pg_ctl`, `postgres`; default: those of the `embedded` extra.
        durable: Wait for the disk; without, a crash of the machine (not of the server) loses data. For tests.

    The server listens on a Unix socket alone, in a folder that only its account (and root) can enter.

    Example:
        >>> with EmbeddedServer(Path("/tmp/pg")) as server:  # doctest: +SKIP
        ...     server.url
        'postgresql://oseberg@/postgres?host=/tmp/pg/run'
    """

    def __init__(self, folder: Path | None = None, *, binaries: Path | None = None, durable: bool = True) -> None:
        self.folder = (folder or data_folder() / "postgres").absolute()
        self._binaries = binaries
        self._durable = durable
        self._account = server_account()
        self._users: IO[str] | None = None
        self._log = self.folder / "data" / "oseberg.log"
        self._log_start = 0
        self.user = USER
        self.url = ""
        self.socket_path = ""

    def __enter__(self) -> Self:
        """Start using the server."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop using the server."""
        self.close()

    def start(self) -> None:
        """Join the users of the server, and start it if it isn't running.

        Raises:
            EmbeddedServerError: The server can't be made or started; the message ends with its log.
        """
        if not RUNS_HERE:
            raise EmbeddedServerError(
                "The embedded Postgres runs on Linux and macOS. On Windows, install Postgres and name it by its URL."
            )
        self._make_folder()
        with FileLock(self.folder / "start.lock"):
            users = share(self.folder / "use.lock")
            try:
                data = self._data()
                binaries = self._reachable_binaries(data)
                self._make_cluster(binaries, data)
                self._watch(data)
                file = self._ensure_running(binaries, data)
            except BaseException:
                users.close()
                raise
        if self._users is not None:  # started again, after the server was killed
            self._users.close()
        self._users = users
        self.socket_path = f"{file.socket_folder}/.s.PGSQL.5432"
        self.url = f"postgresql://{USER}@/postgres?host={quote(file.socket_folder)}"

    def close(self) -> None:
        """Release the server; the last process to release it stops it and waits until it is down."""
        if self._users is None:
            return
        try:
            if is_last_user(self._users):
                stop_server(self._data())
        finally:
            self._users.close()
            self._users = None

    def _make_folder(self) -> None:
        """Create the folder and its missing parents; existing ones keep their permissions."""
        try:
            self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        except OSError as error:
            raise EmbeddedServerError(f"The folder {self.folder} can't be created: {error.strerror}.") from error
        if not os.access(self.folder, os.R_OK | os.W_OK | os.X_OK):
            raise EmbeddedServerError(f"The folder {self.folder} belongs to another account; choose another folder.")

    def _data(self) -> Path:
        """Return the data folder, with links resolved.

        It is `data` in the server's folder. Where root's unprivileged account can't come (root's home), `data` is a
        link to a folder in /var/lib/oseberg, so that no folder's permissions need to change.
        """
        data = self.folder / "data"
        if self._account and not data.exists() and not data.is_symlink() and not self._account.can_enter(self.folder):
            SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
            place = Path(tempfile.mkdtemp(prefix="postgres-", dir=SYSTEM_FOLDER))
            place.chmod(0o711)
            data.symlink_to(place / "data")
        return data.resolve()

    def _reachable_binaries(self, data: Path) -> Path:
        return self._within_reach(self._binaries or find_binaries(), data)

    def _within_reach(self, binaries: Path, data: Path) -> Path:
        """Return programs that the server's account can run: the given ones, or a copy."""
        if self._account is None or self._account.can_enter(binaries):
            return binaries
        return copied(binaries, data.parent)

    def _make_cluster(self, binaries: Path, data: Path) -> None:
        """Create the data folder next to its place, and move it there when it is complete."""
        finish_switch(data)
        if (data / "PG_VERSION").exists():
            self._check_version(binaries, data)
            return
        part = self._make_part(data)
        options = ["--username", USER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-instructions"]
        if not self._durable:
            options.append("--no-sync")
        made = self._run(binaries, "initdb", "-D", str(part), *options)
        if made.returncode:
            raise EmbeddedServerError(f"initdb failed in {part}:\n{made.stderr.strip()}")
        part.rename(data)

    def _make_part(self, data: Path) -> Path:
        """Return a new empty folder next to the data, which the server's account owns."""
        part = data.with_name("data.part")
        stop_server(part)  # of a move that was killed
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700, parents=True)
        if self._account:
            os.chown(part, self._account.uid, self._account.gid)
        return part

    def _check_version(self, binaries: Path, data: Path) -> None:
        """Move data of an older Postgres to these programs.

        Raises:
            EmbeddedServerError: The data are newer, in use, or can't be moved.
        """
        holds = (data / "PG_VERSION").read_text(encoding="ascii").strip()
        program = release(binaries).split(".")[0]
        if holds == program:
            return
        old = None if int(holds) > int(program) else programs_of(holds, binaries)
        if old is None:
            raise EmbeddedServerError(
                f"{data} was made by Postgres {holds}, but these programs are Postgres {program}. "
                f"Install Postgres {holds} next to them, so that the data can be moved, or name another folder."
            )
        if data.with_name(MOVING).exists():
            stop_server(data)
        if running_server(data):
            raise EmbeddedServerError(
                f"A server of Postgres {holds} is using {data}. Close the programs that use it, and start again: "
                f"then the data are moved to Postgres {program}."
            )
        old = self._within_reach(old, data)
        socket_folder = self._socket_folder(data)
        Upgrade(self._run, data, old, binaries, user=USER, socket_folder=socket_folder, durable=self._durable).run(
            self._make_part(data)
        )

    def _ensure_running(self, binaries: Path, data: Path) -> PidFile:
        """Share the running server or start one; repeats while a killed server's last children go away."""
        end = time.monotonic() + _START_SECONDS
        while True:
            if not self._is_running(data):
                self._launch(binaries, data)
            file = self._await_ready(data, end)
            if file:
                return file
            if time.monotonic() > end or not self._is_transient():
                raise EmbeddedServerError(f"Postgres didn't start on {data}. Its log ends:\n{self._log_tail()}")
            time.sleep(0.1)

    def _is_running(self, data: Path) -> bool:
        """Whether the server lives; a pid file that is torn, or names a living stranger, is removed.

        Postgres itself would refuse to start beside such a file. An empty one is given time first: a server that
        is just starting writes it. One that names a dead process is left to Postgres, which looks for orphans by it.
        """
        end = time.monotonic() + _TORN_FILE_SECONDS
        path = data / "postmaster.pid"
        while path.exists() and PidFile.read(data) is None and time.monotonic() < end:
            time.sleep(0.02)
        if running_server(data):
            return True
        file = PidFile.read(data)
        if file is None:
            stop_lost_server(data)
        if file is None or is_alive(file.pid):
            path.unlink(missing_ok=True)
        return False

    def _launch(self, binaries: Path, data: Path) -> None:
        folder = self._socket_folder(data)
        for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):  # a killed server's, whose number may be a stranger's now
            (folder / name).unlink(missing_ok=True)
        settings = {**_OPTIONS, "unix_socket_directories": str(folder)}
        if not self._durable:
            settings["fsync"] = "off"
        options = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in settings.items())
        self._log = log = data / "oseberg.log"
        self._log_start = log.stat().st_size if log.exists() else 0
        self._run(binaries, "pg_ctl", "start", "-W", "-s", "-D", str(data), "-l", str(log), "-o", options)

    def _socket_folder(self, data: Path) -> Path:
        """Return a private folder for the socket: next to the data; where that path is too long, a temporary one."""
        folder = data.parent / "run"
        if len(os.fsencode(folder)) > _SOCKET_PATH_LIMIT:
            digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
            folder = Path(tempfile.gettempdir()) / f"oseberg-{digest}"
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if self._account and status.st_uid == 0:
            os.chown(folder, self._account.uid, self._account.gid)
        elif status.st_uid != (self._account.uid if self._account else os.geteuid()):
            raise EmbeddedServerError(f"The folder {folder} belongs to another account. Remove it.")
        return folder

    def _await_ready(self, data: Path, end: float) -> PidFile | None:
        """Wait until the server takes connections; None when it ended instead."""
        seen = False
        patience = time.monotonic() + _TORN_FILE_SECONDS
        while time.monotonic() < end:
            file = PidFile.read(data)
            if file and file.is_ready and is_server_of(file.pid, data):
                return file
            alive = bool(file and is_server_of(file.pid, data))
            if (seen or time.monotonic() > patience) and not alive:
                return None
            seen = seen or alive
            time.sleep(0.005)
        return None

    def _is_transient(self) -> bool:
        tail = self._log_tail()
        return "shared memory block" in tail or "lock file" in tail

    def _log_tail(self) -> str:
        if not self._log.exists():
            return "(no log)"
        with self._log.open("rb") as file:
            file.seek(self._log_start)
            return "\n".join(file.read().decode(errors="replace").splitlines()[-10:])

    def _watch(self, data: Path) -> None:
        """Start a small process that stops the server when all its users are gone, even killed ones."""
        with try_lock(self.folder / "watch.lock") as unwatched:
            if not unwatched:
                return
        locks = [str(self.folder / "use.lock"), str(self.folder / "watch.lock")]
        program = [sys.executable, "-I", "-S", watcher.__file__, *locks, str(data)]
        quiet: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
        }
        # A shell starts it in the background and ends, so that it isn't our child.
        subprocess.run(  # noqa: S603 - our own program
            ["/bin/sh", "-c", '"$@" &', "sh", *program], **quiet, cwd="/", start_new_session=True, check=True
        )

    def _run(
        self, binaries: Path, program: str, *arguments: str, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        account = self._account.popen_options() if self._account else {}
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))}
        return subprocess.run(  # noqa: S603 - Postgres's own programs
            [str(binaries / program), *arguments],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            cwd=cwd or "/",
            env=environment,
            check=False,
            **account,
        )
