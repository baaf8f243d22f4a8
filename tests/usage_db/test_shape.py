"""An accounts database of another shape works by its settings, or everything that doesn't fit is reported before anything is altered."""  # noqa: E501

from pathlib import Path

import pandas as pd
import psycopg
import pytest

from oseberg.usage_db import AccountFileError, AccountSettings, SettingsError, UsageDatabase, migration_sql
from tests.usage_db.helpers import DAY, line, psql

GROUPS = 'CREATE TABLE account."group" (id int PRIMARY KEY, name text, account_size numeric)'
SHAPES = {
    "dates": (
        (
            'CREATE TABLE account."user" (id date PRIMARY KEY, email text, username text, name text, group_id int, '
            "enabled boolean)"
        ),
        ["account.user.id has the type date; id must be one of smallint, integer, bigint, numeric, uuid, text"],
    ),
    "missing columns": (
        'CREATE TABLE account."user" (id int PRIMARY KEY, mail text, name text, group_id int)',
        [
            'account.user has no column email. Set [accounts.user_columns] email to its name, or email = ""',
            "account.user has no column username.",
            "account.user has no column enabled.",
        ],
    ),
    "a view": (
        (
            "CREATE TABLE account.u (id int PRIMARY KEY, email text, username text, name text, group_id int, "
            'enabled boolean); CREATE VIEW account."user" AS SELECT * FROM account.u'
        ),
        ['account.user is not a table, so no columns can be added to it. Set [accounts] mode = "side".'],
    ),
    "no key": (
        'CREATE TABLE account."user" (id int, email text, username text, name text, group_id text, enabled boolean)',
        [
            "account.user.group_id is text, but account.group.id, which it should name, is integer.",
            "account.user.id is neither a primary key nor unique",
        ],
    ),
}


SHAPES |= {
    "columns of ours that are not ours": (
        (
            'CREATE TABLE account."user" (id int PRIMARY KEY, email text, username text, name text, group_id int, '
            "enabled boolean, job_type_id text, products int)"
        ),
        [
            "account.user has a column job_type_id of the type text already, where ours is bigint. Set [accounts] mode",
            "account.user has a column products of the type integer already, where ours is text.",
        ],
    ),
    "no users": ("SELECT", ["account.user does not exist, though account.group does. Set [accounts] user_table"]),
}


def make(url: str, table: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE SCHEMA account")
        connection.execute(GROUPS)
        connection.execute(table)


@pytest.mark.parametrize("name", SHAPES)
def test_what_does_not_fit_is_reported_and_nothing_is_altered(empty_url: str, name: str) -> None:
    """Every fault at once, each with the setting that mends it."""
    table, faults = SHAPES[name]
    make(empty_url, table)
    with UsageDatabase(empty_url) as db, pytest.raises(SettingsError, match="nothing was altered") as error:
        db.upgrade()
    for fault in faults:
        assert fault in str(error.value)
    with psycopg.connect(empty_url) as connection:
        assert connection.execute("SELECT to_regnamespace('usage')").fetchone() == (None,)


ELSEWHERE = {
    "a schema with other tables": (
        {"schema": "crm"},
        "crm.user and crm.group do not exist, but the schema crm holds groups, users. Set [accounts] schema",
    ),
    "a misspelled schema": ({"schema": "crn"}, "The schema crn does not exist. Set [accounts] schema"),
    "names with a schema": ({"user_table": "crm.users", "group_table": "crm.groups"}, 'Write schema = "crm"'),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_no_tables_are_made_where_the_users_are_elsewhere(empty_url: str, name: str) -> None:
    """Only a database without accounts gets tables of its own; wrong names don't make a second set."""
    settings, told = ELSEWHERE[name]
    with psycopg.connect(empty_url) as connection:
        connection.execute("CREATE SCHEMA crm; CREATE TABLE crm.users (id int); CREATE TABLE crm.groups (id int)")
    accounts = AccountSettings.model_validate(settings)
    with UsageDatabase(empty_url, accounts=accounts) as db, pytest.raises(SettingsError) as error:
        db.upgrade()
    assert told in str(error.value)
    with psycopg.connect(empty_url) as connection:
        assert connection.execute("SELECT to_regnamespace('account'), to_regnamespace('crn')").fetchone() == (
            None,
            None,
        )


@pytest.mark.parametrize("view", ["CREATE MATERIALIZED VIEW", "CREATE VIEW"])
def test_nothing_is_imported_into_a_view(empty_url: str, caplog: pytest.LogCaptureFixture, view: str) -> None:
    """Users that the database gets from elsewhere are read; an import says so in one sentence, and writes nothing."""
    make(
        empty_url,
        "CREATE TABLE account.u (id int PRIMARY KEY, email text, username text, name text, group_id int, "
        f'enabled boolean); {view} account."user" AS SELECT DISTINCT * FROM account.u',
    )
    with UsageDatabase(empty_url, accounts=AccountSettings(mode="side")) as db:
        db.upgrade()
        with pytest.raises(AccountFileError, match=r"Nothing can be imported into account\.user: it is a view"):
            db.import_accounts(pd.DataFrame({"id": [1], "name": ["Ann"], "job_type": ["Landman"]}))
    assert not caplog.records
    with psycopg.connect(empty_url) as connection:
        assert connection.execute("SELECT count(*) FROM usage.user_job").fetchone() == (0,)


OTHER = AccountSettings.model_validate(
    {"user_columns": {"email": "e%mail", "username": "", "enabled": "deleted_at IS NULL"}}
)


def test_expressions_and_missing_columns(empty_url: str, tmp_path: Path) -> None:
    """Users count as enabled by an expression, have no username, and a column's name may hold a percent sign."""
    make(
        empty_url,
        'CREATE TABLE account."user" (id int PRIMARY KEY, "e%mail" text, name text, group_id int, deleted_at date)',
    )
    with UsageDatabase(empty_url, accounts=OTHER) as db:
        db.upgrade()
        users = pd.DataFrame(
            {"id": [1, 2], "name": ["Ann", "Bob"], "email": ["user1", "b@x.com"], "job_type": ["x", "y"]}
        )
        db.import_accounts(users)
        with psycopg.connect(empty_url) as connection:
            connection.execute("UPDATE account.\"user\" SET deleted_at = '2026-01-01' WHERE id = 2")
        db.replace_day(DAY, [line(1)])
        assert db.users()[["email", "enabled"]].to_numpy().tolist() == [["user1", True], ["b@x.com", False]]
        assert db.users()["username"].isna().all()
        assert db.users(as_of=DAY)["user_id"].tolist() == [1]
        with pytest.raises(AccountFileError, match="enabled can't be imported"):
            db.import_accounts(users.assign(enabled=True))
        with pytest.raises(AccountFileError, match="can't be disabled"):
            db.import_accounts(users[1:], disable_missing=True)
        db.upgrade(accounts_mode="side")
        assert db.users()["job_type"].tolist() == ["x", "y"]
    psql(empty_url, migration_sql(OTHER, roles_only=True), tmp_path)
    with psycopg.connect(empty_url) as connection:
        connection.execute("SET ROLE usage_reader")
        assert connection.execute("SELECT count(*) FROM usage.person WHERE enabled").fetchone() == (1,)


@pytest.mark.parametrize(("kind", "on", "off"), [("smallint", "1", "0"), ("text", "'yes'", "'no'")])
def test_truths_of_other_types(empty_url: str, kind: str, on: str, off: str) -> None:
    """Whether a user is enabled may be a number or a word; a view will do in the mode side."""
    make(
        empty_url,
        "CREATE TABLE account.u (id bigint PRIMARY KEY, email text, username text, name text, group_id int, "
        f"enabled {kind}); "
        f"INSERT INTO account.u VALUES (1, 'a', 'a', 'Ann', NULL, {on}), (2, 'b', 'b', 'Bob', NULL, {off}); "
        'CREATE VIEW account."user" AS SELECT * FROM account.u',
    )
    with UsageDatabase(empty_url, accounts=AccountSettings(mode="side")) as db:
        db.upgrade()
        assert db.users()["enabled"].tolist() == [True, False]


EXPRESSIONS = {
    "flags =": "Postgres can't read the expression flags =",
    "gone IS NULL": 'column "gone" does not exist',
    'true) AS x; DROP TABLE account."group"; --': "cannot insert multiple commands",
    "now() + interval '1 day'": "has the type timestamp with time zone; it must be one of boolean,",
}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_is_tried_before_anything_is_altered(empty_url: str, expression: str) -> None:
    """Syntax, columns and the type of its value are looked at, and it can't be more than an expression."""
    make(
        empty_url,
        'CREATE TABLE account."user" (id int PRIMARY KEY, email text, username text, name text, group_id int)',
    )
    settings = AccountSettings.model_validate({"user_columns": {"enabled": expression}})
    with UsageDatabase(empty_url, accounts=settings) as db, pytest.raises(SettingsError) as error:
        db.upgrade()
    assert "[accounts.user_columns] enabled: " in str(error.value)
    assert EXPRESSIONS[expression] in str(error.value)
    with psycopg.connect(empty_url) as connection:
        exist = "SELECT to_regnamespace('usage') IS NULL, to_regclass('account.\"group\"') IS NOT NULL"
        assert connection.execute(exist).fetchone() == (True, True)


STRANGE = {
    "schema": "Order%s",
    "user_table": "User's \"Tab\" 1",
    "group_table": "select",
    "user_columns": {
        "id": "ID", "email": "E-Mail", "username": "user", "name": '"Full ""legal"" name"', "group_id": "group",
        "enabled": '"is on (%)"',
    },
    "group_columns": {"id": "ID", "name": "n.{x}", "account_size": '"size $"'},
}  # fmt: skip
STRANGE_TABLES = """
CREATE SCHEMA "Order%s";
CREATE TABLE "Order%s"."select" ("ID" int PRIMARY KEY, "n.{x}" text, "size $" numeric);
CREATE TABLE "Order%s"."User's ""Tab"" 1" (
    "ID" int PRIMARY KEY, "E-Mail" text, "user" text, "Full ""legal"" name" text, "group" int, "is on (%)" text
)
"""


@pytest.mark.parametrize("mode", ["columns", "side"])
def test_names_of_every_kind(empty_url: str, tmp_path: Path, mode: str) -> None:
    """Reserved words, capitals, quotes, percent signs, blanks; also when the mode changes, and in the script."""
    with psycopg.connect(empty_url) as connection:
        connection.execute(STRANGE_TABLES)
    settings = AccountSettings.model_validate({**STRANGE, "mode": mode})
    users = pd.DataFrame(
        {"id": [1, 2], "name": ["Ann", "Bob"], "email": ["user1", "b@x.com"], "username": ["a", "b"],
         "group_id": [7, 7], "enabled": ["yes", "no"], "job_type": ["x", None]}
    )  # fmt: skip
    with UsageDatabase(empty_url, accounts=settings) as db:
        db.upgrade()
        db.import_accounts(users, pd.DataFrame({"id": [7], "name": ["Seven"], "account_size": [60_000]}))
        db.replace_day(DAY, [line(1)])
    for other in ("side", "columns"):
        with UsageDatabase(empty_url) as db:
            found = db.users()[["name", "group_name", "group_type", "enabled", "job_type"]].astype(object)
            assert found.where(found.notna(), None).to_numpy().tolist() == [
                ["Ann", "Seven", "Enterprise", True, "x"],
                ["Bob", "Seven", "Enterprise", False, None],
            ]
            db.upgrade(accounts_mode=other)  # type: ignore[arg-type]
            assert db.import_accounts(users[:1], disable_missing=True).written == 0
    for _ in range(2):
        psql(empty_url, migration_sql(settings, roles_only=True), tmp_path)
    with psycopg.connect(empty_url) as connection:
        connection.execute("SET ROLE usage_reader")
        assert connection.execute("SELECT count(user_id) FROM usage.user_product_event").fetchone() == (1,)


def test_the_script_takes_names_of_every_kind(empty_url: str, url: str, tmp_path: Path) -> None:
    """What a database administrator applies is what the upgrade makes."""
    settings = AccountSettings.model_validate(STRANGE)
    for place in (empty_url, url):
        with psycopg.connect(place) as connection:
            connection.execute("DROP SCHEMA IF EXISTS usage, account CASCADE")
            connection.execute(STRANGE_TABLES)
    psql(empty_url, migration_sql(settings, roles=True), tmp_path)
    with UsageDatabase(url, accounts=settings) as db:
        db.upgrade()
    described = "SELECT viewname, definition FROM pg_views WHERE schemaname = 'usage' ORDER BY 1"
    views = []
    for place in (empty_url, url):
        with psycopg.connect(place) as connection:
            views.append(connection.execute(described).fetchall())
    assert views[0] == views[1]


def test_an_expression_may_name_what_we_name_alike(empty_url: str) -> None:
    """In the mode side, a column `products` of theirs is theirs in an expression."""
    make(
        empty_url,
        'CREATE TABLE account."user" (id int PRIMARY KEY, email text, username text, name text, group_id int, '
        "products int); INSERT INTO account.\"user\" VALUES (1, 'a', 'a', 'Ann', NULL, 3), "
        "(2, 'b', 'b', 'Bob', NULL, 0)",
    )
    settings = AccountSettings.model_validate({"mode": "side", "user_columns": {"enabled": "products > 0"}})
    with UsageDatabase(empty_url, accounts=settings) as db:
        db.upgrade()
        assert db.users()["enabled"].tolist() == [True, False]
