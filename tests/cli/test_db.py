"""`oseberg db` on a real database."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from oseberg.cli import main
from oseberg.usage_db import Status, UsageDatabase
from tests import postgres
from tests.usage_db.helpers import DAY, line

HEAD = Status(None).needed_version


@pytest.fixture
def url(postgres_server: postgres.Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    monkeypatch.chdir(tmp_path)
    with postgres_server.database("template1") as name:
        monkeypatch.setenv("OSEBERG_DATABASE_URL", name)
        yield name


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_upgrade_and_status(url: str) -> None:
    """The status says what to do before the schema is there, and one screen of facts after."""
    assert "no schema yet" in run("db", "status").stdout
    assert f"The schema now has version {HEAD}" in run("db", "upgrade").stderr
    assert "already" in run("db", "upgrade").stderr
    shown = run("db", "status").stdout
    for name in (
        "schema",
        "days loaded",
        "unsettled",
        "failed",
        "gaps",
        "rejected lines",
        "unresolved ids",
        "last run",
    ):
        assert name in shown
    assert len(shown.splitlines()) < 24
    found = json.loads(run("db", "status", "--json").stdout)
    assert (found["schema_version"], found["gaps"], found["rejects"]) == (HEAD, [], 0)


def test_accounts(url: str, tmp_path: Path) -> None:
    """Files are imported; a fault ends with status 1, its place, and nothing imported."""
    run("db", "upgrade")
    (tmp_path / "users.csv").write_text("id,name,group_id\n1,Ann,7\n")
    (tmp_path / "groups.csv").write_text("id,name\n7,Seven\n")
    done = run("db", "accounts", "users.csv", "groups.csv")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "1 user and 1 company read, 2 rows written." in done.stderr
    again = run("db", "accounts", "users.csv", "groups.csv", "--disable-missing", "--json")
    assert json.loads(again.stdout) == {"users": 1, "groups": 1, "written": 0, "disabled": 0}
    assert "0 users disabled" in run("db", "accounts", "users.csv", "groups.csv", "--disable-missing").stderr
    (tmp_path / "users.csv").write_text("id,name\nx,Ann\n")
    failed = run("db", "accounts", "users.csv", "groups.csv")
    assert failed.exit_code == 1
    assert "users.csv:2: id: 'x' is not a whole number" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_lists_of_a_day(url: str, tmp_path: Path) -> None:
    """An old list is the facts of its day; a declared segment is a column of its own."""
    (tmp_path / "oseberg.toml").write_text('[accounts]\nuser_segments = ["region"]\n')
    run("db", "upgrade")
    (tmp_path / "users.csv").write_text("id,name,region,created_on\n1,Ann,West,2026-01-15\n")
    (tmp_path / "groups.csv").write_text("id,name,arr,owner\n7,Seven,1000,Kim\n")
    done = run("db", "accounts", "users.csv", "groups.csv", "--as-of", "2026-03-01")
    assert done.exit_code == 0, done.stderr
    with UsageDatabase(url) as database:
        history = database.user_history()
        assert history[["since", "region"]].to_numpy().tolist() == [[date(2026, 1, 15), "West"]]
    failed = run("db", "accounts", "users.csv", "groups.csv", "--as-of", "2036-03-01")
    assert (failed.exit_code, "is in the future" in failed.stderr) == (1, True)


def test_settings_of_the_database_hold(url: str, tmp_path: Path) -> None:
    """An upgrade from another folder changes nothing; other settings are named, and applied on demand."""
    (tmp_path / "oseberg.toml").write_text('[accounts]\nmode = "side"\nsmb_below = 70000\n')
    run("db", "upgrade")
    (tmp_path / "oseberg.toml").unlink()
    assert "already" in run("db", "upgrade").stderr
    (tmp_path / "oseberg.toml").write_text("[accounts]\nsmb_below = 60000\n")
    for command in (["upgrade"], ["accounts", "oseberg.toml", "oseberg.toml"]):
        failed = run("db", *command)
        assert failed.exit_code == 1
        assert "smb_below = 60000.0, but the database stores 70000.0" in " ".join(failed.stderr.split())
    assert run("db", "upgrade", "--apply-settings").exit_code == 0
    assert run("db", "upgrade", "--accounts-mode", "columns").exit_code == 0
    (tmp_path / "oseberg.toml").write_text('[accounts]\nmode = "columns"\nsmb_below = 60000\n')
    assert run("db", "upgrade").exit_code == 0


def test_a_newer_schema_is_reported(url: str) -> None:
    """The status of a database that a newer program upgraded says what the other commands say."""
    run("db", "upgrade")
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE usage.alembic_version SET version_num = '9999'")
    assert "newer than this program's" in run("db", "status").stdout
    assert "newer than this program's" in run("db", "upgrade").stderr


def test_sql_needs_no_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The script is data on standard output, with the names of oseberg.toml."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "oseberg.toml").write_text('[accounts]\nschema = "crm"\n')
    plain = run("db", "sql")
    assert 'FROM "crm"."user" AS u' in plain.stdout
    assert "CREATE ROLE" not in plain.stdout
    assert "GRANT usage_owner TO usage_etl" in run("db", "sql", "--roles").stdout
    assert "CREATE TABLE" not in run("db", "sql", "--roles-only").stdout
    assert "CREATE TABLE usage.product_event " not in run("db", "sql", "--from", "0001").stdout
    wrong = run("db", "sql", "--from", "0")
    assert (wrong.exit_code, "does not exist" in wrong.stderr) == (1, True)


@pytest.mark.parametrize(("section", "key"), [("accounts", "smb_bellow"), ("database", "ulr")])
def test_unknown_setting_is_named(url: str, tmp_path: Path, section: str, key: str) -> None:
    """A misspelled key of oseberg.toml ends with its file and name."""
    (tmp_path / "oseberg.toml").write_text(f"[{section}]\n{key} = 1\n")
    failed = run("db", "status")
    assert failed.exit_code == 1
    assert f"[{section}] {key}: unknown" in failed.stderr


@pytest.mark.parametrize("beside", ["environment", "file"])
def test_a_direct_address_goes_with_the_address_beside_it(
    url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, beside: str
) -> None:
    """A file's `direct_url` names the database of that file: another one's is never upgraded in its stead."""
    elsewhere = "postgresql://ann@127.0.0.1:1/production"
    (tmp_path / "config" / "oseberg").mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config" / "oseberg" / "oseberg.toml").write_text(
        f'[database]\nurl = "{elsewhere}"\ndirect_url = "{elsewhere}"\n'
    )
    if beside == "file":
        monkeypatch.setenv("OSEBERG_DATABASE_URL", "")
        (tmp_path / "oseberg.toml").write_text(f'[database]\nurl = "{url}"\n')
    assert "now" in run("db", "upgrade").stderr
    monkeypatch.setenv("OSEBERG_DATABASE_DIRECT_URL", elsewhere)
    assert "database production can't be used" in run("db", "upgrade").stderr


def test_unreachable_database_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No traceback and no password when the database can't be reached."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OSEBERG_DATABASE_URL", "postgresql://ann:secret@127.0.0.1:1/x")
    failed = run("db", "upgrade")
    assert failed.exit_code == 1
    assert "127.0.0.1, database x can't be used" in failed.stderr
    assert "secret" not in failed.stderr


@pytest.fixture
def people(url: str, tmp_path: Path) -> str:
    """Fill a database with a user, an id without a user, and events of both."""
    (tmp_path / "users.csv").write_text("id,name,email,username\n1,Ann Lee,ann.lee@x.com,ann\n")
    (tmp_path / "groups.csv").write_text("id,name\n7,Seven\n")
    run("db", "upgrade")
    run("db", "accounts", "users.csv", "groups.csv")
    with UsageDatabase(url) as database:
        database.replace_day(DAY, [line(1, distinct_id="ann"), line(2, distinct_id="annlee"), line(3)])
    return url


def test_ids_without_a_user(people: str) -> None:
    """They are shown with whom they may mean, and assigned by a person alone."""
    shown = run("db", "unresolved")
    assert "annlee" in shown.stdout
    assert "Ann Lee" in shown.stdout
    assert "db alias ID USER" in shown.stderr
    found = json.loads(run("db", "unresolved", "--json", "--limit", "1").stdout)
    assert [(row["distinct_id"], row["likely_user_id"]) for row in found] == [("annlee", 1)]
    done = run("db", "alias", "annlee", "ann", "--note", "asked")
    assert "annlee now resolves to Ann Lee (user 1): 1 event." in done.stderr
    assert run("db", "alias", "annlee", "nobody").exit_code == 1
    assert "annlee" not in run("db", "unresolved").stdout


def test_nothing_is_unresolved(url: str) -> None:
    """An empty list says so."""
    run("db", "upgrade")
    shown = run("db", "unresolved")
    assert (shown.stdout, shown.stderr) == (
        "",
        "Every id in the events resolves to a user, or no events are loaded.\n",
    )


def test_erase_needs_a_word(people: str) -> None:
    """Nothing is deleted without --confirm; what was deleted is reported."""
    assert run("db", "erase", "ann").exit_code == 2
    done = run("db", "erase", "ann", "--confirm", "--json")
    assert (done.exit_code, json.loads(done.stdout)["events"]) == (0, 1)
    assert "Deleted 1 event" in done.stderr
    assert run("db", "erase", "ann", "--confirm").exit_code == 0
    assert run("db", "erase", "nobody", "--confirm").exit_code == 1


def test_other_programs(people: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The address, psql and a backup work on any database; an address never shows its password by itself."""
    assert run("db", "url").stdout.strip() == people
    assert run("db", "psql", "SELECT 1").exit_code == 0
    assert run("db", "psql", "SELECT x").exit_code == 1
    assert "is a server already" in run("db", "serve").stderr
    assert "Wrote usage.dump" in run("db", "backup", "usage.dump").stderr
    assert "already holds a schema usage" in " ".join(run("db", "restore-backup", "usage.dump").stderr.split())
    with postgres.open_folder() as folder:
        monkeypatch.setenv("OSEBERG_DATABASE_URL", "")
        monkeypatch.setenv("OSEBERG_HOME", str(folder))
        assert "3 events" in run("db", "restore-backup", "usage.dump").stderr
        monkeypatch.setattr("oseberg.cli.db.clients.wait", lambda: None)
        for _ in range(2):
            served = " ".join(run("db", "serve", "--port", "0").stderr.split())
            assert f"the password is in {folder / 'serve.password'}" in served
        assert (folder / "serve.password").stat().st_mode & 0o777 == 0o600


def test_events_of_an_earlier_tool(people: str) -> None:
    """A table of before is adopted day by day; loaded days are left alone."""
    with psycopg.connect(people) as connection:
        connection.execute('CREATE TABLE old (event text, "time" timestamptz, distinct_id text)')
        connection.execute("INSERT INTO old VALUES ('Login', '2026-11-02 09:00+00', 'a'), ('Login', '2026-11-05', 'a')")
    done = run("db", "import-events", "old", "--json")
    assert [(row["day"], row["state"]) for row in json.loads(done.stdout)] == [
        ("2026-11-02", "skipped"),
        ("2026-11-05", "loaded"),
    ]
    assert "left alone: 1." in done.stderr
    assert run("db", "import-events", "nothing").exit_code == 1
