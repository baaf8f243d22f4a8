"""`oseberg db` on a real database."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oseberg.cli import main
from tests import postgres


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
    assert "The schema now has version 0" in run("db", "upgrade").stderr
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
    assert (found["schema_version"], found["gaps"], found["rejects"]) == (found["needed_version"], [], 0)


def test_accounts(url: str, tmp_path: Path) -> None:
    """Files are imported; a fault ends with status 1, its place, and nothing imported."""
    run("db", "upgrade")
    (tmp_path / "users.csv").write_text("id,name,group_id\n1,Ann,7\n")
    (tmp_path / "groups.csv").write_text("id,name\n7,Seven\n")
    done = run("db", "accounts", "users.csv", "groups.csv")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "1 users and 1 groups read, 2 rows written." in done.stderr
    again = run("db", "accounts", "users.csv", "groups.csv", "--disable-missing", "--json")
    assert json.loads(again.stdout) == {"users": 1, "groups": 1, "written": 0, "disabled": 0}
    assert "0 users disabled" in run("db", "accounts", "users.csv", "groups.csv", "--disable-missing").stderr
    (tmp_path / "users.csv").write_text("id,name\nx,Ann\n")
    failed = run("db", "accounts", "users.csv", "groups.csv")
    assert failed.exit_code == 1
    assert "users.csv:2: id: 'x' is not a whole number" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_sql_needs_no_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The script is data on standard output, with the names of oseberg.toml."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "oseberg.toml").write_text('[accounts]\nschema = "crm"\n')
    plain = run("db", "sql")
    assert 'FROM "crm"."user" AS u' in plain.stdout
    assert "CREATE ROLE" not in plain.stdout
    assert "TO usage_reader" in run("db", "sql", "--roles").stdout


@pytest.mark.parametrize(("section", "key"), [("accounts", "smb_bellow"), ("database", "ulr")])
def test_unknown_setting_is_named(url: str, tmp_path: Path, section: str, key: str) -> None:
    """A misspelt key of oseberg.toml ends with its file and name."""
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
