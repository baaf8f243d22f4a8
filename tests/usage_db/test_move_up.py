"""Data of Postgres 16 are moved to 18 at the next start; whatever happens in between, nothing is lost."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from oseberg.usage_db import EmbeddedServerError, UsageDatabase
from oseberg.usage_db._server import embedded, move_up, programs
from oseberg.usage_db._server.embedded import EmbeddedServer
from tests import postgres
from tests.usage_db.helpers import DAY, lines

OLD = postgres.binaries("wheel16")


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EmbeddedServer.__init__.__kwdefaults__, "durable", False)


@pytest.fixture(scope="module")
def made_by_16() -> Iterator[Path]:
    """Return a folder with a database of Postgres 16, to be copied."""
    with postgres.open_folder() as folder:
        with UsageDatabase.embedded(folder / "pg", binaries=OLD) as db:
            db.upgrade()
            db.replace_day(DAY, lines(500))
            with psycopg.connect(db.url, autocommit=True) as connection:
                connection.execute('CREATE DATABASE "an other"')
        yield folder / "pg"


@pytest.fixture
def folder(made_by_16: Path) -> Iterator[Path]:
    with postgres.open_folder() as place:
        subprocess.run(["cp", "-a", made_by_16, place / "pg"], check=True)
        yield place / "pg"


def check(folder: Path) -> None:
    """Check that the data are there, unchanged, under Postgres 18."""
    with UsageDatabase.embedded(folder) as db:
        assert db.verify()["state"].tolist() == ["ok"]
        assert db.replace_day(DAY, lines(500)).unchanged == 500
        with psycopg.connect(db.url) as connection:
            assert connection.info.server_version // 10_000 == 18
            assert connection.execute("SELECT count(*) FROM pg_database WHERE datname = 'an other'").fetchone() == (1,)
    assert sorted(path.name for path in folder.iterdir() if path.name.startswith("data")) == ["data"]
    assert (folder / "data" / "PG_VERSION").read_text().strip() == "18"


def test_data_of_a_killed_server_are_moved(folder: Path) -> None:
    """Postgres 16 recovers them first."""
    with EmbeddedServer(folder, binaries=OLD) as server:
        with psycopg.connect(server.url) as connection:
            connection.execute("CHECKPOINT")
            connection.execute("INSERT INTO usage.setting VALUES ('late', '1')")
        file = folder / "data" / "postmaster.pid"
        embedded.os.kill(int(file.read_text().split()[0]), signal.SIGQUIT)
    check(folder)


def test_a_failure_leaves_the_old_data(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fails, the message says what, and the next start moves the data, with the wheel's own pg_upgrade."""
    run, count, seen = EmbeddedServer._run, move_up._count_rows, []

    def lose(url: str) -> object:
        counts = count(url)
        seen.append(1)
        return counts if len(seen) == 1 else {**counts, next(iter(counts)): -1}

    def refused(name: str, value: object, message: str, room: object = move_up) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(room, name, value)
            with pytest.raises(EmbeddedServerError, match=message):
                UsageDatabase.embedded(folder)
        assert (folder / "data" / "PG_VERSION").read_text().strip() == "16"

    def failing(program: str) -> Callable[..., object]:
        def fail(self: EmbeddedServer, binaries: Path, name: str, *arguments: str, **options: object) -> object:
            if name == program and "--help" not in arguments:
                return subprocess.CompletedProcess([], 1, "", "no luck today")
            return run(self, binaries, name, *arguments, **options)

        return fail

    for program in ("initdb", "pg_upgrade"):
        refused("_run", failing(program), "are unchanged: no luck today", EmbeddedServer)
        assert sorted(path.name for path in folder.iterdir() if path.name.startswith("data")) == ["data"]
    refused("_count_rows", lose, "does not hold the same rows")
    usage = shutil.disk_usage(folder)
    refused("disk_usage", lambda _: usage._replace(free=1000), r"the disk has 0\.0 GB left", move_up.shutil)
    check(folder)
    with pytest.raises(EmbeddedServerError, match="made by Postgres 18, but these programs are Postgres 16"):
        UsageDatabase.embedded(folder, binaries=OLD)


@pytest.mark.parametrize("renames", [1, 2])
def test_killed_while_switching(folder: Path, renames: int) -> None:
    """Killed between or after the two renames, the next start has all data."""
    program = f"""
import os, signal
from pathlib import Path
from oseberg.usage_db import UsageDatabase
rename, done = Path.rename, []
def counted(self, target):
    if "data" in self.name:
        if len(done) == {renames}:
            os.kill(os.getpid(), signal.SIGKILL)
        done.append(1)
    return rename(self, target)
Path.rename = counted
from oseberg.usage_db._server import embedded, move_up
embedded.EmbeddedServer.__init__.__kwdefaults__["durable"] = False
if {renames} == 2:
    move_up.finish_switch = lambda data: os.kill(os.getpid(), signal.SIGKILL) if done else None
UsageDatabase.embedded({str(folder)!r})
"""
    done = subprocess.run([sys.executable, "-c", program], check=False)
    assert done.returncode == -signal.SIGKILL
    check(folder)


@pytest.mark.parametrize("counts", [0, 1])
def test_killed_while_a_server_of_the_move_runs(folder: Path, counts: int) -> None:
    """The next start stops the server that the killed move left on the old or the new data, and begins again."""
    program = f"""
import os, signal
from oseberg.usage_db import UsageDatabase
from oseberg.usage_db._server import embedded, move_up
embedded.EmbeddedServer.__init__.__kwdefaults__["durable"] = False
count, done = move_up._count_rows, []
def killed(url):
    if len(done) == {counts}:
        os.kill(os.getpid(), signal.SIGKILL)
    done.append(1)
    return count(url)
move_up._count_rows = killed
UsageDatabase.embedded({str(folder)!r})
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -signal.SIGKILL
    check(folder)


def test_what_can_not_be_moved_is_reported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data in use, and data whose programs are not on this machine."""
    with EmbeddedServer(folder, binaries=OLD), pytest.raises(EmbeddedServerError, match="Postgres 16 is using"):
        UsageDatabase.embedded(folder)
    with monkeypatch.context() as patched:
        patched.setattr(embedded, "programs_of", lambda *_: None)
        with pytest.raises(EmbeddedServerError, match="Install Postgres 16 next to them"):
            UsageDatabase.embedded(folder)
    assert programs.programs_of("9", programs.wheel_binaries()) is None
