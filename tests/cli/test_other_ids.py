"""Companies and users with UUIDs are scored, explained and reported as those with whole numbers are."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import orjson
import pandas as pd
import psycopg
import pytest
from click.testing import CliRunner

from oseberg.cli import main
from oseberg.health_model import HealthModel, Week
from oseberg.usage_db import UsageDatabase
from tests import postgres
from tests.health_model.helpers import packed

MODEL = HealthModel.load()
WEEK = Week.parse("2026-W40")
USERS = 6
MAKE = """
CREATE SCHEMA account;
CREATE TABLE account."group" (id uuid PRIMARY KEY, name text, account_size numeric);
CREATE TABLE account."user" (
    id uuid PRIMARY KEY, email text, username text, name text, group_id uuid REFERENCES account."group" (id),
    enabled boolean
);
"""


def user_id(number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"user{number}"))


def group_id(number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"company{number}"))


@pytest.fixture(scope="module")
def url(postgres_server: postgres.Server) -> Iterator[str]:
    with postgres_server.database("template1") as name:
        with psycopg.connect(name) as connection:
            connection.execute(MAKE)
        with UsageDatabase(name) as database:
            database.upgrade()
            fill(database)
        yield name


def fill(database: UsageDatabase) -> None:
    numbers = range(1, USERS + 1)
    users = pd.DataFrame(
        {
            "id": [user_id(n) for n in numbers],
            "name": [f"User {n}" for n in numbers],
            "group_id": [group_id(n % 2) for n in numbers],
            "enabled": "yes",
        }
    )
    database.import_accounts(users, pd.DataFrame({"id": [group_id(0), group_id(1)], "name": ["Even", "Odd"]}))
    for day in WEEK.days_touched(MODEL.time_zone, "UTC"):
        database.replace_day(day, [event(day, n) for n in numbers if n > 1])


def event(day: object, number: int) -> bytes:
    seconds = int(pd.Timestamp(str(day), tz="UTC").timestamp()) + 3600 * 15
    properties = {"time": seconds, "distinct_id": user_id(number), "$insert_id": f"{day}-{number}", "county": "Lea"}
    return orjson.dumps({"event": "Atla Query", "properties": properties})


def run(*arguments: str) -> str:
    done = CliRunner().invoke(main, list(arguments))
    assert done.exit_code == 0, done.output
    return done.stdout


def test_from_the_score_to_the_page(url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every command that shows scores takes and shows such ids."""
    monkeypatch.setenv("OSEBERG_DATABASE_URL", url)
    monkeypatch.chdir(tmp_path)
    run("score", "weekly", "--week", "2026-W40")
    companies = json.loads(run("score", "companies", "--json"))
    assert {row["group_id"] for row in companies} == {group_id(0), group_id(1)}
    assert {row["users"] for row in companies} == {3}
    explained = run("score", "explain", user_id(2))
    assert "User 2" in explained
    assert "Even" in run("score", "explain", group_id(0))
    run("score", "report", "-o", "health.html")
    assert set(packed(tmp_path / "health.html")["accounts"]["name"]) == {"Even", "Odd"}
    run("score", "digest")
    run("score", "statistics", "--week", "2026-W40", "-o", "all.csv")
    assert sorted(pd.read_csv("all.csv")["user_id"]) == sorted(user_id(n) for n in range(1, USERS + 1))
    cancelled = tmp_path / "cancelled.csv"
    cancelled.write_text(f"group_id,date\n{group_id(1)},2026-12-01\n")
    done = CliRunner().invoke(main, ["score", "threshold", "--cancellations", str(cancelled)])
    assert "Traceback" not in done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)
    statuses = json.loads(run("db", "status", "--json"))
    assert statuses["unresolved_ids"] == 0
