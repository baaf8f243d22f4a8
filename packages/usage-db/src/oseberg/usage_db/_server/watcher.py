"""Recognizes and stops our own Postgres server, and never touches another process.

Run as a program (`python _postmaster.py LOCK WATCH_LOCK DATA`) it watches: users hold a shared lock on LOCK, which the
system takes back however they end, killed ones included; the watcher waits for an exclusive one and stops the server.
It uses the standard library alone, so that a watcher is small.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

try:
    import fcntl
except ImportError:  # Windows, where the embedded server doesn't run
    fcntl = None  # type: ignore[assignment]

_READY_LINE = 8  # of postmaster.pid, by Postgres's own src/include/utils/pidfile.h
_STOP_SECONDS = 60.0


@dataclass(frozen=True)
class PidFile:
    """What `postmaster.pid` says, a line each: pid, folder, start, port, socket folder, ..., status."""

    pid: int
    lines: tuple[str, ...]

    @classmethod
    def read(cls, data: Path) -> PidFile | None:
        """Read the file of a data folder; None when it is missing, empty or torn."""
        try:
            lines = (data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
            return cls(abs(int(lines[0])), tuple(lines))
        except (FileNotFoundError, IndexError, ValueError):
            return None

    @property
    def is_ready(self) -> bool:
        """Whether the server takes connections."""
        return len(self.lines) >= _READY_LINE and self.lines[_READY_LINE - 1].strip() == "ready"

    @property
    def socket_folder(self) -> str:
        """Return the folder of the server's socket, empty while it isn't open."""
        return self.lines[4].strip() if len(self.lines) > 4 else ""  # noqa: PLR2004 - the fifth line, by Postgres's rule


def share(path: Path) -> IO[str]:
    """Return an open file with a shared lock, which the system takes back however this process ends."""
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_SH)
    except BaseException:
        file.close()
        raise
    return file


def is_last_user(file: IO[str]) -> bool:
    """Whether nobody else shares the lock of this file; it becomes exclusive then."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def try_lock(path: Path) -> Iterator[bool]:
    """Lock a file exclusively, if nobody else has locked it.

    Yields:
        Whether it is locked now.
    """
    with path.open("w") as file:
        yield is_last_user(file)


def command_of(pid: int) -> str:
    """Return the command line of a live process, empty when there is none."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    # S603, S607: the program is the system's own, its argument a number.
    shown = subprocess.run(  # noqa: S603
        ["ps", "-ww", "-o", "command=", "-p", str(pid)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return shown.stdout


def is_server_of(pid: int, data: Path) -> bool:
    """Whether a process is the Postgres server of this data folder: by its program and its `-D`."""
    program, option, _ = f"{command_of(pid).strip()} ".partition(f" -D {data} ")
    return bool(option) and Path(program).name == "postgres"


def is_alive(pid: int) -> bool:
    """Whether any process has this number, whoever owns it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def running_server(data: Path) -> PidFile | None:
    """Return the live server of a data folder, if there is one."""
    file = PidFile.read(data)
    return file if file and is_server_of(file.pid, data) else None


def stop_server(data: Path) -> bool:
    """Ask the server of a data folder to shut down (clients are cut off) and wait for it; False when it doesn't."""
    file = running_server(data)
    return file is None or _stop(file.pid, data)


def stop_lost_server(data: Path) -> None:
    """Stop a server of the data folder whose pid file no longer names it (where the system lists processes)."""
    for entry in Path("/proc").glob("[0-9]*"):
        if is_server_of(int(entry.name), data):
            _stop(int(entry.name), data)


def _stop(pid: int, data: Path) -> bool:
    _interrupt(pid, data)
    end = time.monotonic() + _STOP_SECONDS
    while is_server_of(pid, data):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def _interrupt(pid: int, data: Path) -> None:
    """Send SIGINT (Postgres's fast shutdown) to exactly the process that was recognized, even if its pid is reused."""
    try:
        if not hasattr(os, "pidfd_open"):
            os.kill(pid, signal.SIGINT)
            return
        handle = os.pidfd_open(pid)
        try:
            if is_server_of(pid, data):
                signal.pidfd_send_signal(handle, signal.SIGINT)
        finally:
            os.close(handle)
    except ProcessLookupError:
        return


def watch(lock: Path, watch_lock: Path, data: Path) -> None:
    """Wait until nobody uses the server, and stop it; return at once when another process already watches.

    Args:
        lock: The file that every user of the server locks.
        watch_lock: The file that the watcher locks.
        data: The server's data folder.
    """
    with try_lock(watch_lock) as alone:
        if not alone:
            return
        with lock.open("w") as users:
            fcntl.flock(users, fcntl.LOCK_EX)
            stop_server(data)


if __name__ == "__main__":
    watch(*(Path(argument) for argument in sys.argv[1:4]))
