"""One run at a time, each logged; whatever is killed, no day is left in part."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from oseberg.usage_db import (
    BusyError,
    ConnectionFailedError,
    LoadError,
    LoadSettings,
    UsageDatabase,
    UsageDatabaseError,
)
from tests import postgres
from tests.usage_db.helpers import DAY, NOON, NOON_MS, line, lines

LOADER = """
import sys, time
from oseberg.usage_db import UsageDatabase
from tests.usage_db.helpers import DAY, lines

def slowly():
    for number, text in enumerate(lines(10_000)):
        if number == int(sys.argv[2]):
            print("there", flush=True)
            time.sleep(60)
        yield text

class Lines:
    def __iter__(self):
        return slowly()

with UsageDatabase(sys.argv[1]) as db:
    db.replace_day(DAY, Lines())
    print("there", flush=True)
    time.sleep(60)
"""


def start_loader(url: str, stop_at: int) -> subprocess.Popen:
    command = [sys.executable, "-c", LOADER, url, str(stop_at)]
    loader = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path.cwd())
    assert loader.stdout is not None
    assert loader.stdout.readline() == b"there\n"
    return loader


def kill(loader: subprocess.Popen) -> None:
    loader.send_signal(signal.SIGKILL)
    loader.communicate()


def count(url: str, table: str = "usage.product_event") -> int:
    with psycopg.connect(url) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


@pytest.mark.parametrize("stop_at", [0, 9_000, 9_999])
def test_killed_client_leaves_nothing_in_part(url: str, stop_at: int) -> None:
    """Kill -9 of a load leaves the day as it was; the next load is not held up, and loads it whole."""
    loader = start_loader(url, stop_at)
    kill(loader)
    deadline = time.monotonic() + 10
    with UsageDatabase(url) as db:
        while True:
            try:
                assert db.replace_day(DAY, lines(10_000)).inserted == 10_000
                break
            except BusyError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
    with psycopg.connect(url) as connection:
        states = connection.execute("SELECT state FROM usage.etl_run ORDER BY run_id").fetchall()
    assert states == [("interrupted",), ("done",)]


def test_killed_client_loses_nothing_that_was_done(url: str) -> None:
    """What a load finished before it was killed stays."""
    kill(start_loader(url, 30_000))
    assert count(url) == 10_000


def test_second_run_says_who_holds_the_lock(url: str, db: UsageDatabase) -> None:
    """Two loads at once: one works, the other says which program to wait for, and to try again."""
    loader = start_loader(url, 9_000)
    try:
        with pytest.raises(BusyError, match=rf"oseberg replace_day on .*, pid {loader.pid} \(database user") as error:
            db.replace_day(DAY, [])
        assert error.value.try_again
        with pytest.raises(BusyError):
            db.upgrade()
    finally:
        kill(loader)


def kill_server(pid: int) -> None:
    """Kill a server, and wait until it has gone: in its last moment it still looks like one that takes connections."""
    os.kill(pid, signal.SIGKILL)
    with suppress(ProcessLookupError):
        for _ in range(1_000):  # ten seconds: where nobody collects dead processes it would be forever
            os.kill(pid, 0)
            time.sleep(0.01)


@pytest.mark.parametrize("stop_at", [9_000, 30_000])
def test_killed_server_leaves_nothing_in_part(stop_at: int) -> None:
    """Kill -9 of the server in the middle of a load: after recovery, the day is there whole or not at all."""
    with postgres.server("embedded") as server, server.database() as url:
        loader = start_loader(url, stop_at)
        data = server._server._data()
        kill_server(int((data / "postmaster.pid").read_text().split()[0]))
        kill(loader)
        server.restart()
        assert count(url) == (10_000 if stop_at == 30_000 else 0)
        with UsageDatabase(url) as db:
            db.replace_day(DAY, lines(10_000))
        assert count(url) == 10_000


def test_broken_source_changes_nothing(url: str, db: UsageDatabase) -> None:
    """An error of whoever gives the lines passes through, and the day stays as it was."""
    db.replace_day(DAY, lines(3))

    def broken() -> object:
        yield from lines(10_000)
        raise OSError("the network is gone")

    class Lines:
        def __iter__(self) -> object:
            return broken()

    with pytest.raises(OSError, match="the network is gone"):
        db.replace_day(DAY, Lines())
    assert count(url) == 3
    assert db.replace_day(DAY, lines(3)).unchanged == 3


def test_lost_server_is_a_sentence(server: postgres.Server) -> None:
    """A connection that the server cuts, and a server that isn't there, are reported without a password."""
    with server.database() as url, UsageDatabase(url) as db:
        db.users()
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'test_%'")
        with pytest.raises(ConnectionFailedError, match="The connection to the database broke"):
            db.users()
        assert db.users().empty
    with pytest.raises(ConnectionFailedError) as error:
        UsageDatabase("postgresql://ann:secret@127.0.0.1:1/nowhere").upgrade()
    assert "secret" not in str(error.value)
    assert "127.0.0.1, database nowhere" in str(error.value)
    with pytest.raises(ConnectionFailedError) as error:
        UsageDatabase("postgresql://ann:se cret@:x:y").upgrade()
    assert "cret" not in str(error.value)


def test_run_of_many_days_is_logged_once(url: str, db: UsageDatabase) -> None:
    """A run holds the lock for all its days, and its end is logged with the reason of a failure."""
    with db.load_run("load", project_id="42"):
        for number in range(3):
            day = DAY + timedelta(days=number)
            db.replace_day(day, [line(1, at=NOON_MS + number * 86_400_000)])
    with pytest.raises(RuntimeError), db.load_run("load", project_id="42"):
        raise RuntimeError("no disk")
    with psycopg.connect(url) as connection:
        runs = connection.execute("SELECT command, state, message FROM usage.etl_run ORDER BY run_id").fetchall()
        assert runs == [("load", "done", None), ("load", "failed", "RuntimeError: no disk")]
        assert connection.execute("SELECT count(DISTINCT run_id), count(*) FROM usage.etl_slice").fetchone() == (1, 3)


def test_another_project_is_refused(db: UsageDatabase) -> None:
    """One database holds one Mixpanel project."""
    with db.load_run(project_id="42"):
        pass
    with pytest.raises(LoadError, match="holds the Mixpanel project 42, not 43"), db.load_run(project_id="43"):
        pass


def test_days_to_load(url: str) -> None:
    """Missing, failed and unsettled days come again; all recent ones once a week; settled ones rest."""
    with UsageDatabase(url, load=LoadSettings(settle_days=5, recheck_days=30)) as db:
        with pytest.raises(LoadError, match="--since"):
            db.pending_days(DAY)
        first, until = date(2026, 10, 1), date(2026, 11, 20)
        db.replace_day(first, [])
        for number in range(1, 50):
            if number != 20:
                db.replace_day(first + timedelta(days=number), [])
        set_finished(url, datetime(2026, 11, 20, 6, tzinfo=UTC))
        now = datetime(2026, 11, 21, 6, tzinfo=UTC)
        missing, unsettled = [date(2026, 10, 21)], [date(2026, 11, day) for day in range(15, 21)]
        assert db.pending_days(until, now=now) == missing + unsettled
        later = db.pending_days(until, now=now + timedelta(days=7))
        assert later == [*missing, *(date(2026, 10, 22) + timedelta(days=number) for number in range(30))]
        with psycopg.connect(url) as connection:
            connection.execute("UPDATE usage.etl_slice SET state = 'refused' WHERE day = '2026-10-05'")
        assert db.pending_days(until, now=now)[0] == date(2026, 10, 5)
        status = db.status()
        assert (status.days_loaded, status.unsettled) == (48, 5)
        assert (status.gaps, status.failed) == ((date(2026, 10, 5), date(2026, 10, 21)), (date(2026, 10, 5),))


def test_a_wanted_first_day_is_remembered(db: UsageDatabase) -> None:
    """A long load that died goes on from the day that a person asked for, also if nothing was loaded."""
    with pytest.raises(OSError, match="network"), db.load_run(since=DAY):
        raise OSError("network")
    assert db.pending_days(DAY + timedelta(days=1)) == [DAY, DAY + timedelta(days=1)]
    with db.load_run(since=DAY + timedelta(days=1)):
        db.replace_day(DAY + timedelta(days=1), [])
    assert db.pending_days(DAY + timedelta(days=1))[0] == DAY


def set_finished(url: str, moment: datetime) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE usage.etl_slice SET finished_at = %s", (moment,))


def test_loaded_days_tell_when_events_changed(url: str, db: UsageDatabase) -> None:
    """loaded_at moves when events of the day change, and only then."""
    db.replace_day(DAY, lines(3))
    before = db.loaded_days()["loaded_at"][0]
    db.replace_day(DAY, lines(3))
    assert db.loaded_days()["loaded_at"][0] == before
    db.replace_day(DAY, lines(4))
    assert db.loaded_days()["loaded_at"][0] > before
    assert db.loaded_days()[["day", "events"]].to_numpy().tolist() == [[DAY, 4]]


def test_what_postgres_refuses_fails_the_day_alone(
    url: str, db: UsageDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should a line that Postgres refuses slip through, its day fails with the reason, and stays as it was."""
    db.replace_day(DAY, lines(3))
    monkeypatch.setattr("oseberg.usage_db._lines.rows.json_text", lambda *_: b"no json")
    with pytest.raises(LoadError, match="2026-11-02 can't be stored: invalid input syntax for type json"):
        db.replace_day(DAY, lines(4))
    monkeypatch.undo()
    assert count(url) == 3
    assert db.status().failed == (DAY,)
    assert db.replace_day(DAY, lines(4)).inserted == 1


def test_counts_that_do_not_add_up_change_nothing(url: str, db: UsageDatabase) -> None:
    """A trigger of somebody that swallows rows is noticed, of a first load and of a later one: the day stays."""
    with psycopg.connect(url) as connection:
        connection.execute("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
        connection.execute(
            "CREATE TRIGGER t BEFORE INSERT ON usage.product_event FOR EACH ROW "
            "WHEN (new.distinct_id = 'user2') EXECUTE FUNCTION f()"
        )
    for stored in (0, 1):
        with pytest.raises(LoadError, match="don't add up"):
            db.replace_day(DAY, [line(1), line(2)])
        assert count(url) == stored
        assert db.replace_day(DAY, [line(1)]).stored == 1


def test_missing_rights_are_reported(url: str) -> None:
    """A role without rights is told which command prints the grants."""
    with psycopg.connect(url) as connection:
        connection.execute("DROP ROLE IF EXISTS stranger")
        connection.execute("CREATE ROLE stranger")
        connection.execute("GRANT USAGE ON SCHEMA usage TO stranger")
        connection.execute("GRANT SELECT ON usage.alembic_version TO stranger")
    with (
        UsageDatabase(f"{url}&options=-c%20role%3Dstranger") as db,
        pytest.raises(UsageDatabaseError, match="oseberg db sql --roles"),
    ):
        db.users()
    with psycopg.connect(url) as connection:
        connection.execute("DROP OWNED BY stranger")
        connection.execute("DROP ROLE stranger")


def test_lock_of_a_table_means_try_again(url: str) -> None:
    """When somebody keeps a table locked, a session with a lock_timeout is told to come back."""
    with psycopg.connect(url) as other, UsageDatabase(f"{url}&options=-c%20lock_timeout%3D50ms") as db:
        other.execute("LOCK usage.user_score")
        with pytest.raises(BusyError, match="keeps a table locked"):
            db.scores()


def test_limits_of_time_do_not_end_a_load(url: str, db: UsageDatabase) -> None:
    """A day may take longer than what an administrator allows interactive work, and so may the lock of its run."""
    with psycopg.connect(url) as connection:
        known = connection.execute("SELECT name FROM pg_settings WHERE name LIKE '%timeout'").fetchall()
    limits = {"statement_timeout", "transaction_timeout", "idle_in_transaction_session_timeout"} & {n for (n,) in known}
    options = "%20".join(f"-c%20{name}%3D200ms" for name in limits)

    def slowly() -> Iterator[bytes]:
        for text in lines(3):
            time.sleep(0.2)
            yield text

    with UsageDatabase(f"{url}&options={options}") as limited:
        assert limited.replace_day(DAY, slowly()).inserted == 3
    assert db.replace_day(DAY, lines(3)).unchanged == 3


def test_what_postgres_gives_up_is_not_a_broken_connection(url: str) -> None:
    """A query that took longer than an administrator allows is reported as that, and the next one works."""
    with (
        UsageDatabase(f"{url}&options=-c%20statement_timeout%3D50ms") as db,
        psycopg.connect(url) as other,
    ):
        other.execute("LOCK usage.user_score")
        with pytest.raises(UsageDatabaseError, match="Postgres gave up: canceling statement due to statement timeout"):
            db.scores()
        other.rollback()
        assert db.scores().empty


def test_settings_of_a_login_change_nothing(url: str, tmp_path: Path) -> None:
    """Dates in another style, strings with escapes, another zone: whatever an administrator gave to a database."""
    odd = {
        "datestyle": "German",
        "standard_conforming_strings": "off",
        "timezone": "Asia/Tokyo",
        "default_transaction_isolation": "serializable",
        "bytea_output": "escape",
        "search_path": "nowhere",
    }
    with psycopg.connect(url, autocommit=True) as connection:
        for name, value in odd.items():
            connection.execute(f"ALTER DATABASE {connection.info.dbname} SET {name} = '{value}'")
    with UsageDatabase(url) as db:
        assert db.replace_day(DAY, [*lines(3), b"\\ no event"]).inserted == 3
        assert db.replace_day(DAY, lines(4)).inserted == 1
        assert db.status().newest_event == NOON + timedelta(seconds=3)
        assert db.events(NOON, NOON + timedelta(days=1))["time"].iloc[0] == NOON
        assert db.archive(DAY.replace(month=12, day=1), tmp_path)[0].events == 4
        assert db.restore("2026-11").events == 4
        assert db.verify()["state"].tolist() == ["ok"]
