"""What goes wrong around a run: each fault is a context in which one run is started and ended."""

import os
import random
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from oseberg.cli.sample.server import Handler
from tests import postgres

COMMAND = [sys.executable, "-m", "oseberg.cli", "run", "daily", "--json"]
LONGEST = 20.0  # seconds: whoever still tries again then is killed
GENTLE = 600.0  # seconds for a run that nobody disturbs, on a machine that does other things as well


@dataclass
class Place:
    """Where the runs happen.

    Attributes:
        folder: Their working folder.
        server: The database server.
        database: The name of the database on it.
        environment: What all runs have in their environment, apart from the database's address.
        chance: Decides when things go wrong.
    """

    folder: Path
    server: postgres.Server
    database: str
    environment: dict[str, str]
    chance: random.Random = field(default_factory=lambda: random.Random(20))

    def start(self, **names: str) -> subprocess.Popen[str]:
        """Start a run; the server's address changes when it is started again."""
        url = self.server.url_of(self.database)
        # what measures coverage writes a file at the end, which is a fault of its own on a full disk
        own = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
        environment = own | self.environment | {"OSEBERG_DATABASE_URL": url} | names
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(COMMAND, cwd=self.folder, env=environment, **pipes)

    def begin(self, **names: str) -> subprocess.Popen[str]:
        """Start a run, and wait until it is at work: what goes wrong before that meets nothing but imports."""
        history = Path(self.environment["OSEBERG_HOME"]) / "runs.jsonl"
        before = stamp(history)
        run = self.start(**names)
        wait_until(lambda: stamp(history) != before or run.poll() is not None)
        return run

    def end(self, run: subprocess.Popen[str], seconds: float = LONGEST) -> tuple[int, str, str]:
        """Wait for a run, or kill it; return its status and what it printed."""
        try:
            printed, said = run.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            run.kill()
            printed, said = run.communicate()
        return run.returncode, printed, said


def stamp(path: Path) -> tuple[int, int]:
    """Return what changes when a file is written."""
    try:
        known = path.stat()
    except FileNotFoundError:
        return 0, 0
    return known.st_ino, known.st_size


def wait_until(happened: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until something has happened; a machine that does other things may take long."""
    until = time.monotonic() + seconds
    while not happened() and time.monotonic() < until:
        time.sleep(0.02)


Fault = Callable[[Place], tuple[int, str, str]]


def kill_process(place: Place) -> tuple[int, str, str]:
    """Kill the run, whatever it is doing."""
    return place.end(place.begin(), place.chance.uniform(0.0, 3.0))


def kill_postgres(place: Place) -> tuple[int, str, str]:
    """Kill the database server in the middle; it is started again after the run has seen it refuse."""
    run = place.begin()
    time.sleep(place.chance.uniform(0.0, 2.5))
    data = place.server._server._data()
    os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    ended = place.end(run)
    place.server.restart()
    return ended


def stop_postgres(place: Place) -> tuple[int, str, str]:
    """End every connection in the middle, as a server that is restarted in order does."""
    run = place.begin()
    time.sleep(place.chance.uniform(0.0, 2.5))
    place.server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = '{place.database}' AND pid <> pg_backend_pid()"
    )
    return place.end(run)


def fill_disk(place: Place) -> tuple[int, str, str]:
    """Let no file of the run grow beyond a few kilobytes, as on a full disk."""
    most = place.chance.choice([0, 1_000, 20_000, 60_000])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))  # a new process has the limits of its parent
    try:
        # its own output goes through pipes, which no limit of files holds up
        run = place.start()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    return place.end(run)


def break_mixpanel(place: Place) -> tuple[int, str, str]:
    """Let Mixpanel answer with an error, half an answer, or nothing."""
    kind = place.chance.choice(["error", "half", "nothing"])
    proper, asked = Handler.answer, threading.Event()

    def answer(request: Handler, status: int, body: bytes, *, compress: bool = False) -> None:
        asked.set()
        if kind == "error":
            proper(request, 503, b"upstream connect error")
        elif kind == "half":
            request.send_response(status)
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body[: len(body) // 2])
            request.close_connection = True
        else:
            request.connection.shutdown(socket.SHUT_RDWR)
            request.close_connection = True
        del compress

    Handler.answer = answer  # type: ignore[method-assign]
    try:
        run = place.start()
        wait_until(lambda: asked.is_set() or run.poll() is not None)
        return place.end(run, place.chance.uniform(0.5, 4.0))
    finally:
        Handler.answer = proper  # type: ignore[method-assign]


def break_s3(place: Place) -> tuple[int, str, str]:
    """Let the store of the deliveries answer with errors only, or refuse."""
    with faulty_store() as (url, asked):
        kind = place.chance.choice(["errors", "refuses"])
        run = place.begin(AWS_ENDPOINT_URL_S3=url if kind == "errors" else "http://127.0.0.1:9")
        if kind == "errors":
            wait_until(lambda: asked.is_set() or run.poll() is not None)
        return place.end(run, place.chance.uniform(1.0, 5.0))


class Errors(BaseHTTPRequestHandler):
    """Answers everything with 500."""

    asked = threading.Event()

    def answer(self) -> None:
        """Send the error."""
        self.asked.set()
        self.send_error(500)

    do_GET = do_HEAD = do_PUT = do_POST = answer  # noqa: N815 - the base class calls them so

    def log_message(self, *_: Any) -> None:
        """Log nothing."""


@contextmanager
def faulty_store() -> Iterator[tuple[str, threading.Event]]:
    """Yield the address of a server that answers with errors, and what is set once it has."""
    asked = Errors.asked = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Errors)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


FAULTS: list[Fault] = [kill_process, kill_postgres, stop_postgres, fill_disk, break_mixpanel, break_s3]
