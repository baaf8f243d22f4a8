"""Our tables can be in any schema, next to a schema `usage` that belongs to somebody else and is left alone."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import psycopg
import pytest

from oseberg.usage_db import BusyError, SchemaError, SettingsError, UsageDatabase, migration_sql
from tests.usage_db.helpers import DAY, NOON_MS, line, lines, psql

FOREIGN = """
CREATE SCHEMA usage;
CREATE TABLE usage.product_event (event text, "time" timestamptz, distinct_id text, insert_id text, county text);
CREATE VIEW usage.setting AS SELECT 'theirs' AS value;
CREATE TABLE usage.alembic_version (version_num text);
INSERT INTO usage.alembic_version VALUES ('abc');
INSERT INTO usage.product_event VALUES ('Login', '2026-11-01 12:00+00', 'user1', 'old1', 'usage.x');
"""
OURS = """
SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = 'usage' AND c.relkind IN ('r', 'p', 'v')
"""


@pytest.fixture
def foreign(empty_url: str) -> Iterator[str]:
    with psycopg.connect(empty_url) as connection:
        connection.execute(FOREIGN)
    yield empty_url
    with psycopg.connect(empty_url) as connection:
        assert connection.execute(OURS).fetchone() == (3,)
        assert connection.execute("SELECT * FROM usage.setting").fetchall() == [("theirs",)]


def test_a_foreign_schema_is_named(foreign: str) -> None:
    """The upgrade says what is there and both ways out."""
    with (
        UsageDatabase(foreign) as db,
        pytest.raises(SchemaError, match=r"holds alembic_version, product_event, setting.*schema = ") as error,
    ):
        db.upgrade()
    assert "oseberg db import-events usage.TABLE" in str(error.value)


def test_load_score_archive_and_restore(foreign: str, tmp_path: Path) -> None:
    """Everything happens in the schema that was named, and what the old one holds is adopted."""
    with UsageDatabase(foreign, schema="analytics_2") as db:
        db.upgrade()
        assert db.schema == "analytics_2"
        users = pd.DataFrame(
            {"id": [1, 2], "name": ["Ann", "Bob"], "email": ["user1", "user2"], "job_type": ["x", "y"]}
        )
        db.import_accounts(users, pd.DataFrame({"id": [1], "name": ["Acme"]}))
        done = db.import_events("usage.product_event")
        assert done[["day", "state", "inserted"]].to_numpy().tolist() == [[date(2026, 11, 1), "loaded", 1]]
        db.replace_day(DAY, [*lines(5), line(9, county="usage.product_event")])
        assert db.add_alias("user3", 2, note="usage.note") == 1
        stored = db.events(pd.Timestamp("2026-11-01", tz="UTC"), pd.Timestamp("2026-11-03", tz="UTC"), ["county"])
        assert stored["county"].dropna().tolist() == ["usage.x", "usage.product_event"]
        db.save_model("m", {}, "sha")
        db.save_reference("r", "m", [DAY], {}, 2)
        scores = pd.DataFrame({"user_id": [1], "group_id": 1, "score": [5.0], "active": True, "passive_only": False})
        parts = pd.DataFrame(
            {"user_id": [1], "metric": "a", "value": 1.0, "points": 0.5, "weight": 1.0, "contribution": 5.0}
        )
        db.save_scores(DAY, scores, parts, model_version="m", reference_id="r")
        assert db.company_scores()["group_name"].tolist() == ["Acme"]
        db.archive(date(2027, 1, 1), tmp_path)
        assert db.verify()["state"].tolist() == ["archived", "archived"]
        assert db.restore("2026-11").events == 7
        assert db.erase("user2").events == 2  # the alias too
        assert db.verify()["state"].tolist() == ["ok", "ok"]
        assert db.unresolved()["distinct_id"].tolist() == ["user0", "user4", "user9"]
        db.upgrade(accounts_mode="side")
        assert db.users()["job_type"].tolist() == ["x", "y"]
        assert {found.state for found in db.diagnose()} <= {"ok"}
        assert db.status().events == 5
    with psycopg.connect(foreign) as connection:
        comment = (
            "SELECT obj_description('analytics_2.etl_run'::regclass), "
            "col_description('analytics_2.product_event'::regclass, 7)"
        )
        assert connection.execute(comment).fetchone() == (
            "Every run of a command that changes events",
            "The run of analytics_2.etl_run that wrote the event last",
        )


def test_a_backup_brings_the_schema_back(empty_url: str, url: str, tmp_path: Path) -> None:
    """A backup holds the schema by its name; restoring it asks for the same name."""
    with UsageDatabase(url, schema="other") as db:
        db.upgrade()
        db.replace_day(DAY, lines(3))
        db.backup(tmp_path / "all.dump")
    with UsageDatabase(empty_url, schema="other") as db:
        db.restore_backup(tmp_path / "all.dump")
        assert db.verify()["state"].tolist() == ["ok"]


def test_the_script_and_the_roles(foreign: str, tmp_path: Path) -> None:
    """A DBA's script makes the same schema; its roles are named after it, and read nothing of the foreign one."""
    psql(foreign, migration_sql(roles=True, schema="sky"), tmp_path)
    try:
        with UsageDatabase(foreign, schema="sky") as db:
            db.replace_day(DAY, lines(2))
        with psycopg.connect(foreign) as connection:
            connection.execute("SET ROLE sky_reader")
            assert connection.execute("SELECT count(*) FROM sky.user_product_event").fetchone() == (2,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("SELECT * FROM usage.product_event")
    finally:
        with psycopg.connect(foreign) as connection:
            connection.execute("DROP SCHEMA sky CASCADE; DROP SCHEMA account CASCADE")
            connection.execute("DROP OWNED BY sky_owner, sky_etl, sky_accounts, sky_reader")
            connection.execute("DROP ROLE sky_owner, sky_etl, sky_accounts, sky_reader")


def test_a_folder_without_the_setting_starts_no_second_schema(empty_url: str) -> None:
    """Whoever forgot the setting is told where the tables are, and nothing is made."""
    with UsageDatabase(empty_url, schema="analytics") as db:
        db.upgrade()
    with UsageDatabase(empty_url) as db:
        for call in (db.upgrade, db.users, db.status):
            with pytest.raises(SchemaError, match=r'in the schema analytics, and none in usage.*schema = "analytics"'):
                call()
        assert [found.message for found in db.diagnose() if found.name == "schema"] == [
            "the tables are not in the schema usage"
        ]
    with UsageDatabase(empty_url, schema="usage") as db:  # on purpose
        db.upgrade()
        db.replace_day(DAY, lines(1))
    with UsageDatabase(empty_url, schema="analytics") as db:
        assert db.status().events == 0


def test_two_schemas_do_not_lock_each_other(url: str) -> None:
    """A load into one schema doesn't keep the other's from running."""
    with UsageDatabase(url) as first, UsageDatabase(url, schema="second") as second, UsageDatabase(url) as third:
        second.upgrade()
        with first.load_run():
            second.replace_day(DAY, lines(2, at=NOON_MS))
            with pytest.raises(BusyError):
                third.replace_day(DAY, lines(2))


@pytest.mark.parametrize("name", ["Usage", "user", "pg_usage", "a-b", "", 'a"b', "x" * 51, "1a", "usage; DROP"])
def test_names_that_can_not_be(name: str) -> None:
    """A name that would need quotes, or belongs to SQL or Postgres, is refused before anything is done."""
    with pytest.raises(SettingsError, match="can't be the schema"):
        UsageDatabase("postgresql://nowhere", schema=name)
    with pytest.raises(SettingsError, match="can't be the schema"):
        migration_sql(schema=name)
