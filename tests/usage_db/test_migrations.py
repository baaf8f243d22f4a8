"""The schema is made the same way on a server, by hand, and in steps; another team's tables stay readable."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.types.json import Jsonb

from oseberg.usage_db import AccountSettings, BusyError, SchemaError, UsageDatabase, migration_sql
from oseberg.usage_db._schema import migrate
from tests.usage_db.helpers import DAY, NOON, NOON_MS, line, lines, psql

DESCRIPTION = """
SELECT c.table_name, c.column_name, c.data_type, c.collation_name, c.is_nullable, c.column_default
FROM information_schema.columns AS c WHERE c.table_schema IN ('usage', 'account') ORDER BY 1, 2
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace IN ('usage'::regnamespace, 'account'::regnamespace) ORDER BY 1, 2
"""
VIEWS = "SELECT viewname, definition FROM pg_views WHERE schemaname = 'usage' ORDER BY 1"
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'usage' ORDER BY 1"
SETTINGS = "SELECT name, value FROM usage.setting ORDER BY 1"


PARTITION = """
CREATE TABLE usage.product_event_2026_11 PARTITION OF usage.product_event
FOR VALUES FROM ('2026-11-01 00:00+00') TO ('2026-12-01 00:00+00')
"""


def description(url: str) -> list:
    with psycopg.connect(url) as connection:
        return [connection.execute(query).fetchall() for query in (DESCRIPTION, CONSTRAINTS, VIEWS, INDEXES, SETTINGS)]


def test_printed_sql_gives_the_same_schema(url: str, empty_url: str, tmp_path: Path) -> None:
    """What a database administrator applies with psql is what `upgrade` makes."""
    psql(empty_url, migration_sql(), tmp_path)
    assert description(empty_url) == description(url)
    with UsageDatabase(empty_url) as db:
        db.upgrade()
        assert db.replace_day(DAY, lines(5)).inserted == 5


@pytest.mark.parametrize("revision", ["0001", "0002", "0003", "0004"])
def test_upgrade_in_steps_keeps_the_data(
    url: str, empty_url: str, monkeypatch: pytest.MonkeyPatch, revision: str
) -> None:
    """A database that stopped at an earlier revision, with data in it, keeps it and ends with the same schema."""
    run = migrate._run_alembic
    with UsageDatabase(empty_url) as db:
        monkeypatch.setattr("oseberg.usage_db._schema.migrate._run_alembic", lambda *a: run(*a, target=revision))
        db.upgrade()
        with psycopg.connect(empty_url) as connection:
            connection.execute(PARTITION)
            connection.execute(
                "INSERT INTO usage.product_event VALUES ('user1', %s, 'Login', 'insert1', %s, %s, 1)",
                (
                    NOON + timedelta(seconds=1),
                    Jsonb({"mp_processing_time_ms": NOON_MS + 1500}),
                    NOON + timedelta(seconds=1.5),
                ),
            )
        with pytest.raises(SchemaError, match=f"The schema has version {revision}"):
            db.users()
        monkeypatch.undo()
        db.upgrade()
        with psycopg.connect(url) as connection:
            connection.execute(PARTITION)
        assert description(empty_url) == description(url)
        assert db.replace_day(DAY, [line(1)]).unchanged == 1


def test_wrong_versions_are_reported(url: str, empty_url: str) -> None:
    """A missing schema and a newer one are errors that say what to do."""
    with UsageDatabase(empty_url) as db:
        assert db.status().schema_version is None
        with pytest.raises(SchemaError, match="oseberg db upgrade"):
            db.scores()
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE usage.alembic_version SET version_num = '9999'")
    with UsageDatabase(url) as db:
        for method in (db.upgrade, db.users):
            with pytest.raises(SchemaError, match="newer"):
                method()


def make_accounts(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE SCHEMA account")
        connection.execute('CREATE TABLE account."group" (id int PRIMARY KEY, name varchar(80), account_size money)')
        connection.execute(
            'CREATE TABLE account."user" (id int PRIMARY KEY, email varchar(200), username text, name text, '
            "group_id int, enabled boolean)"
        )
        connection.execute("INSERT INTO account.\"user\" VALUES (1, 'ann@x.com', 'ann', 'Ann', NULL, true)")


def test_existing_accounts_get_nullable_columns(empty_url: str) -> None:
    """Tables of another team keep their rows and types; the new columns are nullable and without default."""
    make_accounts(empty_url)
    with UsageDatabase(empty_url) as db:
        db.upgrade()
        assert db.users()["username"].tolist() == ["ann"]
    with psycopg.connect(empty_url) as connection:
        valid = connection.execute("SELECT bool_and(convalidated) FROM pg_constraint WHERE contype = 'f'").fetchone()
        assert valid == (True,)


def test_reader_in_a_long_transaction_blocks_nobody_else(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the migration waits for a reader, others go on reading; when the reader is done, it ends."""
    monkeypatch.setattr("oseberg.usage_db._schema.migrate.LOCK_PAUSE_SECONDS", 0.1)
    make_accounts(empty_url)
    longest = 0.0
    with psycopg.connect(empty_url) as reader, psycopg.connect(empty_url, autocommit=True) as other:
        reader.execute('SELECT * FROM account."user"')
        with UsageDatabase(empty_url) as db:
            migration = threading.Thread(target=db.upgrade)
            migration.start()
            for _ in range(20):
                began = time.monotonic()
                other.execute('SELECT * FROM account."user"')
                longest = max(longest, time.monotonic() - began)
                time.sleep(0.05)
            assert migration.is_alive()
            reader.rollback()
            migration.join()
            assert db.status().schema_version == migrate.HEAD
    assert longest < 1


def test_table_that_stays_locked_means_try_again(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration gives up after its attempts, says so, and a later one goes on from there."""
    monkeypatch.setattr("oseberg.usage_db._schema.migrate.LOCK_ATTEMPTS", 2)
    make_accounts(empty_url)
    with psycopg.connect(empty_url) as reader, UsageDatabase(empty_url) as db:
        reader.execute('SELECT * FROM account."user"')
        with pytest.raises(BusyError, match="found a table locked 2 times"):
            db.upgrade()
        reader.rollback()
        db.upgrade()
        assert db.users()["username"].tolist() == ["ann"]


def test_primary_key_suits_distribution(url: str) -> None:
    """The key holds the partition column and distinct_id, so that the table can be distributed by it."""
    query = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'product_event_pkey'"
    with psycopg.connect(url) as connection:
        key = connection.execute(query).fetchone()
    assert key == ('PRIMARY KEY (distinct_id, "time", event, insert_id)',)


def test_hostile_names_are_quoted(empty_url: str) -> None:
    """Names of schema, tables and columns may hold quotes, percent signs and colons."""
    with psycopg.connect(empty_url) as connection:
        connection.execute('CREATE SCHEMA "a%s""; :b"')
        connection.execute(
            'CREATE TABLE "a%s""; :b"."user" (id int PRIMARY KEY, "e%""m:x" text, username text, name text, '
            "group_id int, enabled boolean)"
        )
        connection.execute('CREATE TABLE "a%s""; :b"."group" (id int PRIMARY KEY, name text, account_size numeric)')
    settings = AccountSettings.model_validate({"schema": 'a%s"; :b', "user_columns": {"email": 'e%"m:x'}})
    with UsageDatabase(empty_url, accounts=settings) as db:
        db.upgrade()
        assert db.users().empty


def test_a_view_in_use_delays_the_migration_and_nobody_else(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a report reads our own view, the migration tries again, and other readers of the view go on."""
    run = migrate._run_alembic
    with monkeypatch.context() as patched, UsageDatabase(empty_url) as db:
        patched.setattr("oseberg.usage_db._schema.migrate._run_alembic", lambda *a: run(*a, target="0005"))
        db.upgrade()
    monkeypatch.setattr("oseberg.usage_db._schema.migrate.LOCK_PAUSE_SECONDS", 0.1)
    longest = 0.0
    with psycopg.connect(empty_url) as report, psycopg.connect(empty_url, autocommit=True) as other:
        report.execute("SELECT * FROM usage.identity_unresolved, usage.user_product_event")
        with UsageDatabase(empty_url) as db, ThreadPoolExecutor() as pool:
            done = pool.submit(db.upgrade)
            for _ in range(15):
                began = time.monotonic()
                other.execute("SELECT * FROM usage.identity_unresolved")
                longest = max(longest, time.monotonic() - began)
                time.sleep(0.05)
            assert not done.done()
            report.rollback()
            done.result(timeout=60)
            assert db.status().schema_version == migrate.HEAD
    assert longest < 1.5


def test_a_view_that_stays_in_use_means_try_again(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its attempts the migration says so, and the schema has the version from before."""
    run = migrate._run_alembic
    with monkeypatch.context() as patched, UsageDatabase(empty_url) as db:
        patched.setattr("oseberg.usage_db._schema.migrate._run_alembic", lambda *a: run(*a, target="0005"))
        db.upgrade()
    monkeypatch.setattr("oseberg.usage_db._schema.migrate.LOCK_ATTEMPTS", 2)
    with psycopg.connect(empty_url) as report, UsageDatabase(empty_url) as db:
        report.execute("SELECT * FROM usage.identity_unresolved")
        with pytest.raises(BusyError, match="view in use 2 times"):
            db.upgrade()
        assert db.status().schema_version == "0005"
        report.rollback()
        db.upgrade()
