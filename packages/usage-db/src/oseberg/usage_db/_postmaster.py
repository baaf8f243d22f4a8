"""Recognises and stops a Postgres server of ours, and never touches another process.

Run as a program (`python _postmaster.py LOCK WATCH_LOCK DATA`) it watches: users hold a shared lock on LOCK, which the
system takes back however they end, killed ones included; the watcher waits for an exclusive one and stops the server.
It uses the standard library alone, so that a watcher is small.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_READY_LINE = 8
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
        """Tell whether the server takes connections."""
        return len(self.lines) >= _READY_LINE and self.lines[_READY_LINE - 1].strip() == "ready"

    @property
    def socket_folder(self) -> str:
        """Give the folder of the server's socket, empty while it isn't open."""
        return self.lines[4].strip() if len(self.lines) > 4 else ""  # noqa: PLR2004 - the fifth line, by Postgres's rule


def command_of(pid: int) -> str:
    """Give the command line of a live process, empty when there is none."""
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
    """Tell whether a process is the Postgres server of this data folder: by its program and its `-D`."""
    program, option, _ = f"{command_of(pid).strip()} ".partition(f" -D {data} ")
    return bool(option) and Path(program).name == "postgres"


def is_alive(pid: int) -> bool:
    """Tell whether a process of this number exists, anybody's."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def running_server(data: Path) -> PidFile | None:
    """Give the live server of a data folder, if there is one."""
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
    """Send SIGINT (Postgres's fast shutdown) to exactly the process that was recognised, even if its pid is reused."""
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
    """Wait until nobody uses the server, and stop it; return at once when another process already watches."""
    with lock.open("w") as users, watch_lock.open("w") as alone:
        try:
            fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        fcntl.flock(users, fcntl.LOCK_EX)
        stop_server(data)


if __name__ == "__main__":
    watch(*(Path(argument) for argument in sys.argv[1:4]))
