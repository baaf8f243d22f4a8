"""An accounts database whose ids are UUIDs or text works from the load to the score, the erasure and the archive."""

import subprocess
from datetime import date
from pathlib import Path

import pandas as pd
import psycopg
import pytest

from oseberg.usage_db import AccountFileError, AccountSettings, SettingsError, UsageDatabase, migration_sql
from tests.usage_db.helpers import DAY, line, psql

ANN, BOB = "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "6fa459ea-ee8a-3ca4-894e-db77e160355e"
ACME = "16fd2706-8baf-433b-82eb-8c7fada847da"
MAKE = """
CREATE SCHEMA account;
CREATE TABLE account."group" (id {group}, name text, account_size numeric, PRIMARY KEY (id));
CREATE TABLE account."user" (
    id {user}, email text, username text, name text, group_id {group} REFERENCES account."group" (id),
    enabled {enabled}, PRIMARY KEY (id)
);
INSERT INTO account."group" VALUES ('{acme}', 'Acme', 60000);
INSERT INTO account."user" VALUES
    ('{ann}', 'ann@acme.com', 'ann', 'Ann', '{acme}', '{yes}'),
    ('{bob}', 'bob@acme.com', 'bob', 'Bob', '{acme}', '{yes}');
"""
NAMES = ("user", "group", "enabled", "yes", "ann", "bob", "acme")
SHAPES = {
    "uuid": dict(zip(NAMES, ("uuid", "uuid", "boolean", "true", ANN, BOB, ACME), strict=True)),
    "text": dict(zip(NAMES, ("varchar(40)", "text", "char(1)", "Y", "u-ann", "u\tb", "A/1"), strict=True)),
    "mixed": dict(zip(NAMES, ("uuid", "int", "smallint", "1", ANN, BOB, "7"), strict=True)),
}


@pytest.fixture(params=SHAPES)
def shape(request: pytest.FixtureRequest, empty_url: str) -> dict[str, str]:
    found: dict[str, str] = SHAPES[request.param]
    with psycopg.connect(empty_url) as connection:
        connection.execute(MAKE.format(**found))
    return found


def fill(db: UsageDatabase, shape: dict[str, str]) -> None:
    events = [
        line(1, distinct_id=shape["ann"].upper() if shape["user"] == "uuid" else shape["ann"]),
        line(2, distinct_id="bob@acme.com"),
        line(3, distinct_id="$device:1", **{"$user_id": shape["bob"]}),
        line(4, distinct_id="stranger"),
    ]
    db.replace_day(DAY, events)


@pytest.mark.parametrize("mode", ["columns", "side"])
def test_events_find_their_users(empty_url: str, shape: dict[str, str], mode: str, tmp_path: Path) -> None:
    """Without a setting, the first upgrade sees what the ids are; events, history, scores and aliases carry them."""
    ann, bob, acme = shape["ann"], shape["bob"], int(shape["acme"]) if shape["group"] == "int" else shape["acme"]
    with UsageDatabase(empty_url, accounts=AccountSettings.model_validate({"mode": mode, "own_group_id": acme})) as db:
        db.upgrade()
        fill(db, shape)
        events = db.events(pd.Timestamp("2026-11-02", tz="UTC"), pd.Timestamp("2026-11-03", tz="UTC"))
        assert [None if pd.isna(user) else user for user in events["user_id"]] == [ann, bob, bob, None]
        assert db.users()[["user_id", "group_id", "group_type"]].astype(object).to_numpy().tolist() == sorted(
            [[ann, acme, "Oseberg"], [bob, acme, "Oseberg"]]
        )
        db.import_accounts(
            pd.DataFrame(
                {"id": [ann, bob], "name": ["Ann", "Bob"], "group_id": [acme, acme], "job_type": ["Landman", None],
                 "enabled": ["yes", "yes"]}
            ),
            pd.DataFrame({"id": [acme], "name": ["Acme"], "arr": [9.5]}),
        )  # fmt: skip
        assert db.users().set_index("user_id").loc[ann, "job_type"] == "Landman"
        assert db.group_history()["group_id"].tolist() == [acme]
        assert sorted(db.user_history(DAY, date(2026, 11, 9))["user_id"]) == sorted([ann, bob])
        assert db.find_user(ann).user_id == ann
        assert db.add_alias("stranger", ann) == 1
        assert db.unresolved()["distinct_id"].tolist() == []
        score(db, [ann, bob], acme)
        db.archive(date(2027, 1, 1), tmp_path)
        assert db.restore("2026-11").events == 4
        done = db.erase("bob@acme.com")
        assert (done.events, done.score_details) == (2, 1)
        assert db.verify()["state"].tolist() == ["ok"]
    with UsageDatabase(empty_url) as db:
        db.upgrade(accounts_mode="side" if mode == "columns" else "columns")
        assert db.users().set_index("user_id").loc[ann, "job_type"] == "Landman"
    psql(empty_url, migration_sql(AccountSettings(), roles_only=True), tmp_path)


def score(db: UsageDatabase, users: list, group: object) -> None:
    week = date(2026, 11, 2)
    db.save_model("m", {}, "sha")
    db.save_reference("r", "m", [week], {}, 2)
    scores = pd.DataFrame(
        {"user_id": users, "group_id": group, "score": [12.5, 0.0], "active": True, "passive_only": False}
    )
    parts = pd.DataFrame(
        {"user_id": users, "metric": "logins", "value": 1.0, "points": 0.5, "weight": 1.0, "contribution": 1.0}
    )
    assert db.save_scores(week, scores, parts, model_version="m", reference_id="r") == 4
    assert db.save_scores(week, scores, parts, model_version="m", reference_id="r") == 0
    assert sorted(db.scores()["user_id"]) == sorted(users)
    assert db.contributions(week, users[0])["user_id"].tolist() == [users[0]]
    assert db.company_scores()[["group_id", "users", "group_name"]].to_numpy().tolist() == [[group, 2, "Acme"]]


def test_missing_users_are_disabled(empty_url: str, shape: dict[str, str]) -> None:
    """Whatever type `enabled` has, it is written as the column's other values are spelled."""
    with UsageDatabase(empty_url) as db:
        db.upgrade()
        counts = db.import_accounts(pd.DataFrame({"id": [shape["ann"]], "name": ["Ann"]}), disable_missing=True)
        assert counts.disabled == 1
        users = db.users().set_index("user_id")["enabled"]
        assert (users[shape["ann"]], users[shape["bob"]]) == (True, False)


def test_our_own_tables_can_have_such_ids(empty_url: str, tmp_path: Path) -> None:
    """In an empty database the setting says what the ids are; it can't change later, and files are read by it."""
    accounts = AccountSettings(user_ids="uuid", group_ids="text")
    users, groups = tmp_path / "users.csv", tmp_path / "groups.csv"
    users.write_text(f"id,name,group_id\n{ANN.upper()},Ann,acme\n")
    groups.write_text("id,name\nacme,Acme\n")
    with UsageDatabase(empty_url, accounts=accounts) as db:
        db.upgrade()
        db.import_accounts(users, groups)
        assert db.users()[["user_id", "group_id"]].to_numpy().tolist() == [[ANN, "acme"]]
        users.write_text("id,name\n17,Ann\n")
        with pytest.raises(AccountFileError, match="'17' is not a UUID"):
            db.import_accounts(users)
    with UsageDatabase(empty_url) as db:
        assert db.users()["user_id"].tolist() == [ANN]
    with UsageDatabase(empty_url, accounts=AccountSettings(user_ids="integer")) as db:
        with pytest.raises(SettingsError, match=r"user_ids = \"integer\""):
            db.users()
        with pytest.raises(SettingsError, match="can't change after the first upgrade"):
            db.upgrade(apply_settings=True)


def test_a_script_has_the_types_of_the_settings(empty_url: str, tmp_path: Path) -> None:
    """What a DBA applies by hand is what the upgrade would have made."""
    psql(empty_url, migration_sql(AccountSettings(user_ids="text", group_ids="uuid")), tmp_path)
    with psycopg.connect(empty_url) as connection:
        found = connection.execute(
            "SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = 'usage' "
            "AND column_name IN ('user_id', 'group_id') AND data_type <> 'text'"
        ).fetchall()
    assert found == []


def test_a_script_for_other_ids_changes_nothing(empty_url: str, shape: dict[str, str], tmp_path: Path) -> None:
    """Whoever prints the script without the setting is told which one is missing, before anything is made."""
    with pytest.raises(subprocess.CalledProcessError) as error:
        psql(empty_url, migration_sql(), tmp_path)
    assert b"are not whole numbers" in error.value.stderr
    assert b'user_ids = "uuid"' in error.value.stderr
    with psycopg.connect(empty_url) as connection:
        assert connection.execute("SELECT to_regnamespace('usage')").fetchone() == (None,)
    kinds = {"user_ids": "text", "group_ids": "integer" if shape["group"] == "int" else "text"}
    psql(empty_url, migration_sql(AccountSettings.model_validate(kinds)), tmp_path)
    with UsageDatabase(empty_url) as db:
        assert sorted(db.users()["user_id"]) == sorted([shape["ann"], shape["bob"]])


def test_whole_numbers_in_the_settings_and_other_ids_in_the_table(empty_url: str) -> None:
    """The contradiction is named before anything is altered; so are users who name companies by another kind of id."""
    with psycopg.connect(empty_url) as connection:
        connection.execute(
            "CREATE SCHEMA account; "
            'CREATE TABLE account."group" (id int PRIMARY KEY, name text, account_size numeric); '
            'CREATE TABLE account."user" (id uuid PRIMARY KEY, email text, username text, name text, group_id uuid, '
            "enabled boolean)"
        )
    settings = AccountSettings(user_ids="integer")
    with UsageDatabase(empty_url, accounts=settings) as db, pytest.raises(SettingsError) as error:
        db.upgrade()
    assert 'user_ids = "integer", but the table has the kind "uuid"' in str(error.value)
    assert "account.user.group_id is uuid, but account.group.id, which it should name, is integer" in str(error.value)
