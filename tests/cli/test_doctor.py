"""`oseberg doctor`: what is configured and works, and how to fix what doesn't."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import boto3
import pytest
from click.testing import CliRunner
from moto.server import ThreadedMotoServer

from oseberg.cli import main
from oseberg.cli.config.known import VARIABLES
from oseberg.cli.doctor import machine
from oseberg.cli.sample.server import PROJECT, SECRET, USERNAME, SampleMixpanel
from oseberg.maze_authority import Register
from tests import postgres

MIXPANEL = {"MIXPANEL_PROJECT_ID": PROJECT, "MIXPANEL_USERNAME": USERNAME, "MIXPANEL_SECRET": SECRET}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in VARIABLES.values():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OSEBERG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user"))
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "5")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def mixpanel(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with SampleMixpanel([]) as server:
        monkeypatch.setenv("MIXPANEL_API_URL", server.url)
        for name, value in MIXPANEL.items():
            monkeypatch.setenv(name, value)
        yield


def examine(status: int) -> dict[str, list[tuple[str, str, str]]]:
    """Return the state, message and fix of each finding, by area."""
    done = CliRunner().invoke(main, ["doctor", "--json"])
    assert done.exit_code == status, done.output
    assert SECRET not in done.output
    content = json.loads(done.stdout)
    assert content["status"] == status
    found: dict[str, list[tuple[str, str, str]]] = {}
    for one in content["checks"]:
        found.setdefault(one["area"], []).append((one["state"], one["message"], one["fix"]))
        assert one["state"] == "ok" or one["fix"]
    return found


def test_nothing_configured_is_fine(folder: Path) -> None:
    """What isn't configured is said to be so, and nothing is created."""
    found = examine(0)
    assert [found[area][0][1].split(":")[0] for area in ("mixpanel", "database", "s3")] == ["not configured"] * 3
    assert not (folder / "home").exists()


def test_everything_configured_and_well(
    folder: Path, mixpanel: None, postgres_server: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mixpanel is asked once; the database is looked at in every respect."""
    with postgres_server.database() as url:
        monkeypatch.setenv("OSEBERG_DATABASE_URL", url)
        found = examine(0)
        text = CliRunner().invoke(main, ["doctor"]).stdout
    assert f"project {PROJECT} in" in found["mixpanel"][0][1]
    names = [message.split(":")[0] for _, message, _ in found["database"]]
    assert names == ["server", "pooler", "clock", "schema", "settings", "rights"]
    assert f"[mixpanel] username = {USERNAME} (environment MIXPANEL_USERNAME)" in [one[1] for one in found["settings"]]
    assert "0 faults, 0 warnings." in text
    assert SECRET not in text


def test_a_wrong_secret_is_a_fault(mixpanel: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message is Mixpanel's; the fix names the variables."""
    monkeypatch.setenv("MIXPANEL_SECRET", "another")
    ((state, _, fix),) = examine(1)["mixpanel"]
    assert state == "fault"
    assert "MIXPANEL_SECRET" in fix


@pytest.mark.parametrize(("zone", "state"), [("UTC", "fault"), ("America/Chicago", "ok")])
def test_the_time_zone_is_compared_with_the_events(zone: str, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project that exports local times, and settings that say UTC: a fault, with the setting to change."""
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    lines = []
    for number in range(20):
        wall = datetime(yesterday.year, yesterday.month, yesterday.day, 9, number, tzinfo=ZoneInfo("America/Chicago"))
        properties = {
            "time": int(wall.replace(tzinfo=UTC).timestamp() * 1000),
            "distinct_id": "7",
            "$insert_id": str(number),
            "mp_processing_time_ms": int(wall.timestamp() * 1000) + 900,
        }
        lines.append(json.dumps({"event": "Login", "properties": properties}).encode())
    with SampleMixpanel(lines) as server:
        for name, value in {**MIXPANEL, "MIXPANEL_API_URL": server.url, "MIXPANEL_TIME_ZONE": zone}.items():
            monkeypatch.setenv(name, value)
        ((found, message, fix),) = examine(1 if state == "fault" else 0)["mixpanel"]
    assert found == state, message
    assert ("MIXPANEL_TIME_ZONE" in fix) == (state == "fault")


def test_half_of_an_account_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked for with an account that is incomplete."""
    monkeypatch.setenv("MIXPANEL_USERNAME", "ann")
    ((state, message, _),) = examine(1)["mixpanel"]
    assert (state, message.startswith("MIXPANEL_PROJECT_ID, MIXPANEL_SECRET are not set")) == ("fault", True)


def test_a_database_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The password of the address is not repeated."""
    monkeypatch.setenv("OSEBERG_DATABASE_URL", f"postgresql://ann:{SECRET}@127.0.0.1:1/usage")
    ((state, message, _),) = examine(1)["database"]
    assert state == "fault"
    assert "127.0.0.1" in message


def test_settings_come_first(folder: Path) -> None:
    """With a faulty file the rest can't be known."""
    path = folder / "oseberg.toml"
    path.write_text("[mixpanel]\nregoin = 'eu'\n")
    found = examine(1)
    assert list(found) == ["settings"]
    assert "did you mean region?" in found["settings"][0][1]
    path.write_text("[mixpanel\n")
    assert "oseberg.toml" in examine(1)["settings"][0][1]


@pytest.mark.parametrize(
    ("register", "state", "says"),
    [
        ("register.sqlite", "ok", "does not exist yet"),
        (f"postgresql://ann:{SECRET}@127.0.0.1:1/counties", "fault", "127.0.0.1"),
        (f"postgresql://ann:{SECRET}@[::1/counties", "fault", "percent-encoded"),
        ("broken.sqlite", "fault", "broken.sqlite"),
        ("known.sqlite", "ok", "known.sqlite can be read, and holds 0 counties"),
    ],
)
def test_the_register_of_counties(folder: Path, register: str, state: str, says: str) -> None:
    """One that can't be read is a fault; its password is not shown."""
    (folder / "broken.sqlite").write_text("this is not a database, and long enough to be none")
    with Register(folder / "known.sqlite", create=True):
        pass
    (folder / "oseberg.toml").write_text(f"[county]\nregister = '{register}'\n")
    (folder / "oseberg.toml").chmod(0o600)
    ((found, message, _),) = examine(0 if state == "ok" else 1)["register"]
    assert (found, says in message) == (state, True), message


def test_a_secret_that_others_can_read_is_a_warning(folder: Path) -> None:
    """The fix is the command that closes the file."""
    path = folder / "oseberg.toml"
    path.write_text(f"[load]\nhash_salt = '{SECRET}'\n")
    path.chmod(0o644)
    assert next(one for one in examine(3)["settings"] if one[0] == "warning")[2] == f"chmod 600 {path}"
    path.chmod(0o600)
    examine(0)


def test_folders_that_are_not_there_are_warnings(folder: Path) -> None:
    """A disk in the network may be away for a while; the rest is looked at all the same."""
    text = "[county]\nsource = 'none'\nout = 'parsed'\n[run]\nreport = 'web/health.html'\ndigest = 'digest.html'\n"
    (folder / "oseberg.toml").write_text(text)
    found = examine(3)
    warnings = [message for state, message, _ in found["settings"] if state == "warning"]
    assert warnings == [
        f"[run] report: the folder {folder / 'web'} does not exist",
        f"[county] source: {folder / 'none'} does not exist",
    ]
    assert "versions" in found


def test_deliveries_in_s3_are_listed_and_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty place is a warning, one that can't be listed a fault."""
    server = ThreadedMotoServer(port=0)
    server.start()
    try:
        address = "http://{}:{}".format(*server.get_host_and_port())
        for name, value in {
            "AWS_ENDPOINT_URL_S3": address,
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(name, value)
        (folder / "oseberg.toml").write_text("[county]\nsource = 's3://vendor'\n")
        assert examine(1)["s3"][0][0] == "fault"
        store = boto3.client("s3")
        store.create_bucket(Bucket="vendor")
        assert examine(3)["s3"][0][0] == "warning"
        store.put_object(Bucket="vendor", Key="48003/20180605/x.csv", Body=b"1")
        assert examine(0)["s3"][0][1] == "s3://vendor can be listed and read"
        (folder / "oseberg.toml").write_text("[retention]\nto = 's3://vendor/archive'\n")
        assert examine(0)["s3"][0][1] == "s3://vendor/archive can be written to"
        assert [one["Key"] for one in store.list_objects_v2(Bucket="vendor")["Contents"]] == ["48003/20180605/x.csv"]
        (folder / "oseberg.toml").write_text("[retention]\nto = 's3://nowhere/archive'\n")
        assert examine(1)["s3"][0][0] == "fault"
    finally:
        server.stop()


@pytest.mark.parametrize(("free", "state", "status"), [(9e8, "fault", 1), (1e9, "warning", 3), (1e10, "ok", 0)])
def test_a_full_disk(monkeypatch: pytest.MonkeyPatch, free: float, state: str, status: int) -> None:
    """Under 1 GB a load may fail; under 10 GB somebody should look."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert examine(status)["disk"][0][0] == state


def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that installs it is printed."""
    monkeypatch.setattr(machine, "OTHERS", ("no-such-package",))
    assert ("fault", "no-such-package is missing", "python3 -m pip install no-such-package") in examine(1)["versions"]


def test_county_modules_that_cannot_be_loaded(folder: Path) -> None:
    """A broken module of one's own is a fault with its line."""
    (folder / "counties").mkdir()
    (folder / "counties" / "winkler.py").write_text("nonsense\n")
    (folder / "oseberg.toml").write_text("[county]\npath = 'counties'\n")
    assert "winkler.py" in examine(1)["counties"][1][1]
