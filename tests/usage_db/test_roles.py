"""With the printed roles, each login can do its work, and nothing beyond it."""

import secrets
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import psycopg
import pytest

from oseberg.usage_db import AccountSettings, LoadError, UsageDatabase, UsageDatabaseError, migration_sql
from oseberg.usage_db._schema import migrate
from tests.usage_db.helpers import DAY, NOON_MS, line, lines, psql, psql_command

ROLES = {"etl1": "usage_etl", "etl2": "usage_etl", "accounts": "usage_accounts", "bi": "usage_reader"}


def make_accounts(url: str) -> None:
    """Make tables of another team, with a column that is nobody's business."""
    with psycopg.connect(url) as connection:
        connection.execute("CREATE SCHEMA account")
        connection.execute('CREATE TABLE account."group" (id int PRIMARY KEY, name text, account_size numeric)')
        connection.execute(
            'CREATE TABLE account."user" (id int PRIMARY KEY, email text, username text, name text, group_id int, '
            "enabled boolean DEFAULT true, password_hash text)"
        )


@pytest.fixture(params=["columns", "side"])
def logins(request: pytest.FixtureRequest, empty_url: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Apply the printed script, put logins into the roles, and return the URL of each login."""
    make_accounts(empty_url)
    script = migration_sql(AccountSettings(mode=request.param), roles=True)
    psql(empty_url, script, tmp_path)
    mark = secrets.token_hex(4)
    names = {name: f"{name}_{mark}" for name in ROLES}
    with psycopg.connect(empty_url, autocommit=True) as connection:
        for name, role in ROLES.items():
            connection.execute(f"CREATE ROLE {names[name]} LOGIN")
            connection.execute(f"GRANT {role} TO {names[name]}")
    yield {name: empty_url.replace("oseberg@", f"{login}@") for name, login in names.items()} | {"dba": empty_url}
    with psycopg.connect(empty_url, autocommit=True) as connection:
        for login in names.values():
            connection.execute(f"DROP OWNED BY {login}")
            connection.execute(f"DROP ROLE {login}")


def test_two_logins_load_and_archive(logins: dict[str, str], tmp_path: Path) -> None:
    """Partitions belong to the owner of the schema, not to the login that came first."""
    with UsageDatabase(logins["etl1"]) as db:
        db.replace_day(DAY, lines(5))
    with UsageDatabase(logins["etl2"]) as db:
        db.replace_day(DAY, lines(6))
        db.replace_day(date(2026, 12, 2), lines(5, at=NOON_MS + 30 * 86_400_000))
        assert set(db.verify()["state"]) == {"ok"}
        assert [one.events for one in db.archive(date(2026, 12, 1), tmp_path)] == [6]
    with UsageDatabase(logins["etl1"]) as db:
        assert db.restore("2026-11").events == 6
    with psycopg.connect(logins["dba"]) as connection:
        query = "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'usage'::regnamespace"
        assert connection.execute(query + " AND relkind IN ('r', 'p', 'v')").fetchall() == [("usage_owner",)]


def test_a_migration_by_a_second_login_belongs_to_the_owner(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second of two loaders upgrades what a database administrator created, and the first goes on loading."""
    run = migrate._run_alembic
    make_accounts(empty_url)
    with UsageDatabase(empty_url) as db, monkeypatch.context() as patched:
        patched.setattr("oseberg.usage_db._schema.migrate._run_alembic", lambda *a: run(*a, target="0004"))
        db.upgrade()
    psql(empty_url, migration_sql(roles_only=True), tmp_path)
    mark = secrets.token_hex(4)
    with psycopg.connect(empty_url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE one_{mark} LOGIN IN ROLE usage_etl")
        connection.execute(f"CREATE ROLE two_{mark} LOGIN IN ROLE usage_etl")
    try:
        with UsageDatabase(empty_url.replace("oseberg@", f"two_{mark}@")) as db:
            db.upgrade()
        psql(empty_url, migration_sql(roles_only=True), tmp_path)
        with UsageDatabase(empty_url.replace("oseberg@", f"one_{mark}@")) as db:
            assert db.replace_day(DAY, lines(3)).inserted == 3
    finally:
        with psycopg.connect(empty_url, autocommit=True) as connection:
            connection.execute(f"DROP OWNED BY one_{mark}, two_{mark}")
            connection.execute(f"DROP ROLE one_{mark}, two_{mark}")


def test_only_one_role_writes_accounts(logins: dict[str, str]) -> None:
    """The loader and the reader may not change users; the accounts' role imports them, and reads no passwords."""
    users = pd.DataFrame({"id": [1], "name": ["Ann"], "username": ["user1"], "job_type": ["Landman"]})
    groups = pd.DataFrame({"id": [7], "name": ["Seven"], "arr": [5]})
    with UsageDatabase(logins["accounts"]) as db:
        assert db.import_accounts(users, groups).users == 1
        assert db.import_accounts(users.assign(name="Anne"), groups).written == 1
    with UsageDatabase(logins["etl1"]) as db:
        db.replace_day(DAY, [line(1)])
        with pytest.raises(UsageDatabaseError, match="permission denied"):
            db.import_accounts(users.assign(name="Eve"), groups)
        assert db.users()[["name", "job_type"]].to_numpy().tolist() == [["Anne", "Landman"]]
    with UsageDatabase(logins["bi"]) as db:
        assert db.users()["name"].tolist() == ["Anne"]
        assert db.users(as_of=DAY)["user_id"].tolist() == [1]
        assert db.company_scores().empty
    for name in ("etl1", "accounts", "bi"):
        with psycopg.connect(logins[name]) as connection:
            for statement in (
                'SELECT password_hash FROM account."user"',
                "UPDATE account.\"user\" SET password_hash = 'x'",
                'SELECT * FROM account."user"',
                'DELETE FROM account."user"',
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement)
                connection.rollback()


def test_a_reader_sees_later_months(logins: dict[str, str]) -> None:
    """Partitions of coming months are readable without another grant, one by one too."""
    with UsageDatabase(logins["etl1"]) as db:
        db.replace_day(DAY, lines(5))
    with psycopg.connect(logins["bi"]) as connection:
        assert connection.execute("SELECT count(*) FROM usage.user_product_event").fetchone() == (5,)
        assert connection.execute("SELECT count(*) FROM usage.product_event_2026_11").fetchone() == (5,)


def test_roles_may_be_applied_again(logins: dict[str, str], tmp_path: Path) -> None:
    """The part with the roles is a script of its own, and repeating it changes nothing."""
    psql(logins["dba"], migration_sql(roles_only=True), tmp_path)
    with UsageDatabase(logins["bi"]) as db:
        assert db.users().empty


def test_a_script_continues_from_a_version(empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The missing steps alone are printed; a step that was applied already refuses, and changes nothing."""
    run = migrate._run_alembic
    with UsageDatabase(empty_url) as db, monkeypatch.context() as patched:
        patched.setattr("oseberg.usage_db._schema.migrate._run_alembic", lambda *a: run(*a, target="0003"))
        db.upgrade()
    script = migration_sql(since="0003")
    assert "CREATE TABLE usage.product_event " not in script
    psql(empty_url, script, tmp_path)
    with UsageDatabase(empty_url) as db:
        assert db.status().schema_version == migrate.HEAD
        assert db.replace_day(DAY, lines(3)).inserted == 3
    with pytest.raises(subprocess.CalledProcessError) as error:
        psql(empty_url, script, tmp_path)
    assert b"This step expects version 0003 of the schema, and changed nothing" in error.value.stderr
    assert "nothing to do" in migration_sql(since=migrate.HEAD)
    with pytest.raises(UsageDatabaseError, match="The version '0099' does not exist"):
        migration_sql(since="0099")


@pytest.mark.parametrize(
    ("there", "told"), [("", "is there already"), ("CREATE TABLE usage.t (a int)", "holds tables of something else")]
)
def test_a_script_refuses_a_schema_that_is_there(empty_url: str, tmp_path: Path, there: str, told: str) -> None:
    """The whole script, applied twice or to a schema of somebody else, changes nothing and says why."""
    with psycopg.connect(empty_url) as connection:
        connection.execute(f"CREATE SCHEMA usage; {there}" if there else "SELECT 1")
    if not there:
        psql(empty_url, migration_sql(), tmp_path)
    with pytest.raises(subprocess.CalledProcessError) as error:
        psql(empty_url, migration_sql(), tmp_path)
    assert f"{told}, and nothing was changed" in error.value.stderr.decode()


def test_the_script_waits_for_no_lock(empty_url: str, tmp_path: Path) -> None:
    """A long report on the users delays the script, and nobody else; the retries are in the script."""
    make_accounts(empty_url)
    file = tmp_path / "usage.sql"
    file.write_text(migration_sql())
    with psycopg.connect(empty_url) as reader, psycopg.connect(empty_url, autocommit=True) as other:
        reader.execute('SELECT * FROM account."user"')
        command = [*psql_command(), "-f", file, empty_url]
        script = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        other.execute("SET statement_timeout = '1s'")
        for _ in range(30):
            other.execute('SELECT * FROM account."user"')
            other.execute("SELECT pg_sleep(0.05)")
        assert script.poll() is None
        reader.rollback()
        assert script.wait(60) == 0


OTHERS = {
    "a detached month": (
        "ALTER TABLE usage.product_event DETACH PARTITION usage.product_event_2026_11",
        "The table usage.product_event_2026_11 exists, but is not a partition",
    ),
    "a default partition with rows": (
        (
            "ALTER TABLE usage.product_event DETACH PARTITION usage.product_event_2026_11; "
            "ALTER TABLE usage.product_event_2026_11 RENAME TO rest; "
            "ALTER TABLE usage.product_event ATTACH PARTITION usage.rest DEFAULT"
        ),
        "has rows in the DEFAULT partition",
    ),
    "another name": ("ALTER TABLE usage.product_event_2026_11 RENAME TO product_event_p20261101", None),
    "another schema": ("CREATE SCHEMA store; ALTER TABLE usage.product_event_2026_11 SET SCHEMA store", None),
    "a year": (
        (
            "DROP TABLE usage.product_event_2026_11; CREATE TABLE usage.y2026 PARTITION OF usage.product_event "
            "FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')"
        ),
        None,
    ),
    "open bounds": (
        (
            "DROP TABLE usage.product_event_2026_11; CREATE TABLE usage.rest PARTITION OF usage.product_event "
            "FOR VALUES FROM (MINVALUE) TO (MAXVALUE)"
        ),
        None,
    ),
    "weeks": (
        (
            "DROP TABLE usage.product_event_2026_11; CREATE TABLE usage.w45 PARTITION OF usage.product_event "
            "FOR VALUES FROM ('2026-11-03 00:00+00') TO ('2026-11-10 00:00+00')"
        ),
        None,
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_partitions_of_other_hands(url: str, db: UsageDatabase, name: str) -> None:
    """Partitions are found by their bounds: other names, lengths and schemas just work, or a sentence says why not."""
    db.replace_day(DAY, lines(5))
    statement, message = OTHERS[name]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
    following = date(2026, 11, 3)
    if message:
        with pytest.raises(LoadError, match=message):
            db.replace_day(DAY, lines(5))
        assert db.status().failed == (DAY,)
    else:
        db.replace_day(DAY, lines(6), allow_shrink=True)
        db.replace_day(following, lines(5, at=NOON_MS + 86_400_000))
        assert db.verify()["stored"].tolist() == [6, 5]


def test_a_view_of_somebody_is_named(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that would break somebody's view says which one, without a traceback."""
    run = migrate._run_alembic
    with UsageDatabase(empty_url) as db, monkeypatch.context() as patched:
        patched.setattr("oseberg.usage_db._schema.migrate._run_alembic", lambda *a: run(*a, target="0003"))
        db.upgrade()
    with psycopg.connect(empty_url) as connection:
        connection.execute("CREATE VIEW usage.my_report AS SELECT slice_digest FROM usage.etl_slice")
    with UsageDatabase(empty_url) as db, pytest.raises(UsageDatabaseError, match=r"view usage\.my_report depends"):
        db.upgrade()


def test_read_only_servers_and_strange_schemas(url: str, empty_url: str) -> None:
    """A replica and a schema of the same name are sentences, and nothing is changed."""
    with (
        UsageDatabase(f"{url}&options=-c%20default_transaction_read_only%3Don") as db,
        pytest.raises(UsageDatabaseError, match="can only be read"),
    ):
        db.replace_day(DAY, lines(5))
    with psycopg.connect(empty_url) as connection:
        connection.execute("CREATE SCHEMA usage CREATE TABLE product_event (id int)")
    with (
        UsageDatabase(empty_url) as db,
        pytest.raises(UsageDatabaseError, match="named usage already, which holds product_event"),
    ):
        db.upgrade()
