"""The register in a real Postgres: the same as the one in a file, whatever happens."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from oseberg.cli import main
from oseberg.maze_authority import Register, check, sample_record
from oseberg.maze_authority._register import postgres
from oseberg.maze_authority.errors import RegisterError
from oseberg.usage_db._server.embedded import EmbeddedServer
from tests.maze_authority.helpers import fail_at_each_statement, story
from tests.postgres import open_folder

pytestmark = pytest.mark.unmeasured

SECRET = "hunter2"


@pytest.fixture(scope="module")
def server():
    with open_folder() as folder, EmbeddedServer(folder / "server", durable=False) as one:
        yield one


@pytest.fixture
def url(server) -> str:
    """A database of its own for each test."""
    name = f"register_{random.randrange(10**9)}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.url.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="module")
def in_a_file(tmp_path_factory):
    """The deliveries of a story, and the register in a file after they came one after the other."""
    folder = tmp_path_factory.mktemp("story")
    paths = story(folder)
    with Register(folder / "register.sqlite") as register:
        for path in paths:
            check(path, register=register)
        return paths, register.dump()


@settings(
    max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(order=st.permutations(range(7)))
def test_it_is_the_one_in_a_file(order: list[int], server, in_a_file, tmp_path_factory) -> None:
    """In any order of deliveries, text by text."""
    paths, whole = in_a_file
    name = tmp_path_factory.mktemp("any").name  # a random one would be the same for each example
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    with Register(server.url.replace("/postgres?", f"/{name}?")) as register:
        for place in order:
            check(paths[place], register=register)
        assert register.dump() == whole


def test_what_people_do_is_kept(url: str, tmp_path: Path) -> None:
    """Asked, noted, waived; a check by the address alone; the same again changes nothing."""
    paths = story(tmp_path)
    assert check(paths[0], register=url).exit_code == 3
    with Register(url) as register:
        before = register.dump()
        marks = register.findings("48003")["fingerprint"].tolist()
        assert register.mark_asked("48003", marks, register.last_day("48003")) == len(marks)
        assert register.mark_asked("48003", marks, register.last_day("48003")) == 0
        register.annotate("48003", marks[0], note="clerk was called \0")
        register.annotate("48003", marks[0], assignee="R. Cox")
        row = register.findings("48003").set_index("fingerprint").loc[marks[0]]
        assert (row["note"], row["assignee"]) == ("clerk was called \u2400", "R. Cox")
        assert check(paths[0], register=register).new.empty
        assert register.dump() == before


def test_every_statement_of_a_check_may_be_its_last(url: str, tmp_path: Path, monkeypatch) -> None:
    """A failure within the transaction, wherever it happens, leaves the register as it was."""
    paths = story(tmp_path)
    with Register(url) as register:
        check(paths[0], register=register)
        fail_at_each_statement(register, paths[1], monkeypatch, every=29)


CHECK = "import sys; from oseberg.maze_authority import check; check(sys.argv[1], register=sys.argv[2])"


def test_a_killed_check_leaves_it_before_or_after(url: str, tmp_path: Path) -> None:
    """Kill -9 while the check writes: the server takes everything back, or keeps everything."""
    paths = story(tmp_path)
    with Register(url) as register:
        check(paths[0], register=register)
        before = register.dump()
    process = subprocess.Popen([sys.executable, "-c", CHECK, paths[1], url])
    # Until it holds the lock of the register, which is when it writes.
    with psycopg.connect(url, autocommit=True) as connection:
        query = "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database WHERE locktype = 'advisory' "
        query += "AND d.datname = current_database()"
        while process.poll() is None and not connection.execute(query).fetchone()[0]:
            time.sleep(0.005)
    time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with Register(url) as register:
        seen = register.dump()
        check(paths[1], register=register)
        assert seen in {before, register.dump()}


def test_a_second_check_waits_and_then_says_so(url: str, monkeypatch) -> None:
    """Two checks never write at once."""
    monkeypatch.setattr(postgres, "PATIENCE", 0.2)
    with Register(url) as one, one.transaction(), pytest.raises(RegisterError, match="try again later") as caught:
        check([sample_record()], register=url)
    assert caught.value.try_again


def refused(url: str, **options: bool) -> RegisterError:
    with pytest.raises(RegisterError) as caught:
        Register(url, **options)
    assert "\n" not in str(caught.value)
    assert SECRET not in str(caught.value)
    return caught.value


def test_what_goes_wrong_is_one_sentence_without_a_password(url: str, server) -> None:
    """No register, no rights, a newer register, no server, no address."""
    assert "has no register" in str(refused(url, create=False))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE guest_{os.getpid()} LOGIN PASSWORD '{SECRET}'")
    guest = url.replace("oseberg@", f"guest_{os.getpid()}:{SECRET}@")
    assert "permission denied" in str(refused(guest))
    Register(url).close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE county_register.format SET version = 99")
    assert "a newer version" in str(refused(url))
    gone = refused(f"postgresql://somebody:{SECRET}@127.0.0.1:1/nowhere")
    assert "nowhere on 127.0.0.1 can't be reached" in str(gone)
    for wrong in (f"postgresql://u:{SECRET}%zz@host/x", f"postgresql://u:a@{SECRET}@host/x"):
        assert "percent-encoded" in str(refused(wrong))


def test_a_server_that_goes_away_is_reported_and_may_come_back(url: str) -> None:
    """The check fails as a whole; another time it is done."""
    with Register(url) as register:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        with pytest.raises(RegisterError, match="can't be reached") as caught:
            check([sample_record()], register=register)
    assert caught.value.try_again
    assert check([sample_record()], register=url).certified_through


def test_the_commands_take_the_address(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Checked, shown, asked for and waived, with the address in the settings."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "oseberg.toml").write_text(f'[county]\nregister = "{url}"\n')

    def said(*arguments: object, status: int = 0) -> str:
        done = CliRunner().invoke(main, ["county", *map(str, arguments)])
        assert done.exit_code == status, done.output
        return done.output

    paths = story(tmp_path)
    assert "New: " in said("check", paths[0], "--delivered", "2018-02-01", status=3)
    assert "18-0000041" in said("status", status=3)
    assert "18-0000041" in said("ask", "andrews", "--mark-asked")
    options = ("--reason", "voided", "--by", "Hale", "--expires", "2999-01-31")
    assert "is waived until" in said("waive", "andrews", "MA201", "18-0000041", *options)
    assert "18-0000041" not in said("ask", "andrews")
