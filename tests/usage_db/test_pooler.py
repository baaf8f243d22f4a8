"""Behind a pooler that shares connections between transactions, everything works, and nothing is left behind."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import psycopg
import pytest

from oseberg.usage_db import AccountSettings, ConnectionFailedError, UsageDatabase
from oseberg.usage_db._server.unix_account import server_account
from tests import postgres
from tests.parts import missing
from tests.usage_db.helpers import DAY, free_port, lines

Pooler = Callable[[str, int], str]


@pytest.fixture
def pooler() -> Iterator[Pooler]:
    """Return a function that starts PgBouncer before a database, and returns the URL through it."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        missing("PgBouncer is not installed")
    started: list[subprocess.Popen] = []

    def start(url: str, size: int) -> str:
        parts, port = urlsplit(url), free_port()
        settings = (
            f"[databases]\n* = host={parse_qs(parts.query)['host'][0]} user=oseberg\n[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
            f"pool_mode = transaction\ndefault_pool_size = {size}\nmax_client_conn = 20\nquery_wait_timeout = 60\n"
        )
        (folder / "pgbouncer.ini").write_text(settings)
        account = server_account()
        options = account.popen_options() if account else {}
        started.append(
            subprocess.Popen(
                [program, "-q", folder / "pgbouncer.ini"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                **options,
            )
        )
        through = f"postgresql://oseberg@127.0.0.1:{port}{parts.path}"
        for _ in range(100):
            try:
                psycopg.connect(through).close()
                break
            except psycopg.OperationalError:
                time.sleep(0.05)
        return through

    with postgres.open_folder() as folder:
        yield start
        for process in started:
            process.terminate()
            process.wait()


@contextmanager
def shared_settings(url: str) -> Iterator[list]:
    """Yield a list that holds the settings of the pooled connections after the block, where they differ from before."""
    own = "('application_name', 'client_encoding')"  # which PgBouncer itself gives each client anew
    query = f"SELECT name, setting FROM pg_settings WHERE source = 'session' AND name NOT IN {own} ORDER BY 1"

    def read() -> list:
        found: list = []
        connections = [psycopg.connect(url, prepare_threshold=None) for _ in range(3)]
        for connection in connections:
            found += connection.execute(query).fetchall()  # each in a transaction, so that each has a server of its own
        tables = connections[0].execute("SELECT relname FROM pg_class WHERE relpersistence = 't'").fetchall()
        for connection in connections:
            connection.rollback()
            connection.close()
        return [*sorted(set(found)), *tables]

    before, changed = read(), []
    yield changed
    changed += [item for item in read() if item not in before]


def test_nothing_is_left_on_a_pooled_connection(empty_url: str, pooler: Pooler) -> None:
    """Migrations, imports and loads leave no timeout, role or temporary table to the next user of a connection."""
    url = pooler(empty_url, 3)
    with psycopg.connect(empty_url) as connection:
        connection.execute("CREATE SCHEMA account")
    with shared_settings(url) as changed, UsageDatabase(url) as db:
        db.upgrade()
        db.import_accounts(pd.DataFrame({"id": [1], "name": ["Ann"]}))
        db.replace_day(DAY, lines(50))
        db.replace_day(DAY, lines(51))
        assert db.verify()["state"].tolist() == ["ok"]
        assert len(db.events(*day_span())) == 51
    with UsageDatabase(url, accounts=AccountSettings(mode="side")) as db:
        db.upgrade(apply_settings=True)
    assert changed == []


def test_a_pool_of_one_is_a_sentence(url: str, pooler: Pooler, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the pooler has one connection for everybody, a run says so within seconds instead of hanging."""
    monkeypatch.setattr("oseberg.usage_db._postgres.connection._POOLER_SECONDS", 0.5)
    through = pooler(url, 1)
    with UsageDatabase(through) as db:
        assert db.users().empty
        with pytest.raises(ConnectionFailedError, match="default_pool_size"):
            db.replace_day(DAY, lines(5))
        assert db.users().empty
    with UsageDatabase(through, direct_url=url) as db:
        assert db.replace_day(DAY, lines(5)).inserted == 5


def day_span() -> tuple[pd.Timestamp, pd.Timestamp]:
    start = pd.Timestamp(DAY, tz="UTC")
    return start, start + pd.Timedelta(days=1)
