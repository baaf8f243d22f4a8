"""`oseberg run` with a lake: `[score] events` makes it export into the lake, and score from there."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from click.testing import CliRunner, Result
from distributed import LocalCluster
from moto.server import ThreadedMotoServer

from oseberg.cli import main
from oseberg.cli.config.known import VARIABLES
from oseberg.cli.sample.server import PROJECT, SECRET, USERNAME, SampleMixpanel
from oseberg.cli.score.weekly import run as weekly
from oseberg.usage_db import UsageDatabase
from tests import postgres

TODAY = datetime.now(UTC).date()
FIRST = TODAY - timedelta(days=TODAY.weekday() + 21)
USERS, GROUPS = "id,name,email,group_id\n1,Ann,ann@example.com,10\n", "id,name\n10,Alpha\n"


def run(*arguments: str, status: int = 0) -> Result:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == status, done.output
    return done


def daily(status: int = 0) -> dict[str, dict]:
    """Run the daily run, and return its steps."""
    record = json.loads(run("run", "daily", "--json", status=status).stdout)
    return {step["name"]: step for step in record["steps"]}


def lines(days: int) -> Iterator[bytes]:
    """Make twenty events a day, of one user."""
    for day in range(days):
        for number in range(20):
            moment = datetime(FIRST.year, FIRST.month, FIRST.day, 12, number, tzinfo=UTC) + timedelta(days=day)
            properties = {
                "time": int(moment.timestamp() * 1000),
                "distinct_id": "1",
                "$insert_id": f"{day}-{number}",
            }
            yield json.dumps({"event": "Atla Query", "properties": properties}).encode()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in VARIABLES.values():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OSEBERG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user"))
    monkeypatch.chdir(tmp_path)
    Path("users.csv").write_text(USERS)
    Path("groups.csv").write_text(GROUPS)
    return tmp_path


def set_lake(place: str, *more: str) -> None:
    Path("oseberg.toml").write_text("\n".join(["[score]", f"events = '{place}'", *more]) + "\n")


@contextmanager
def mixpanel(monkeypatch: pytest.MonkeyPatch, url: str) -> Iterator[SampleMixpanel]:
    with SampleMixpanel(list(lines((TODAY - FIRST).days))) as server:
        values = {"API_URL": server.url, "PROJECT_ID": PROJECT, "USERNAME": USERNAME, "SECRET": SECRET}
        for name, value in values.items():
            monkeypatch.setenv(f"MIXPANEL_{name}", value)
        monkeypatch.setenv("OSEBERG_DATABASE_URL", url)
        run("db", "accounts", "users.csv", "groups.csv")
        yield server


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    values = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}
    values["AWS_ENDPOINT_URL_S3"] = "http://{}:{}".format(*server.get_host_and_port())
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    boto3.client("s3").create_bucket(Bucket="acme")
    yield "s3://acme/events"
    server.stop()


@pytest.mark.parametrize("place", ["folder", "s3"])
def test_a_run_fills_the_lake_and_scores_from_it(
    place: str, postgres_server: postgres.Server, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Empty: one sentence says how to begin. Then each run catches up; the database has the scores, and no events."""
    lake = request.getfixturevalue("bucket") if place == "s3" else "lake"
    set_lake(lake)
    with postgres_server.database() as url, mixpanel(monkeypatch, url) as server:
        empty = daily(status=1)
        assert empty["export"]["state"] == "failed"
        assert "--since" in empty["export"]["message"]
        assert "home" not in empty["export"]["message"]  # the copy of a lake in S3 is nobody's business
        run("mixpanel", "export", "--since", str(FIRST), "--until", str(FIRST), "--partition", "day", "-o", lake)
        steps = daily()
        assert (steps["export"]["state"], steps["score"]["state"], steps["status"]["state"]) == ("done",) * 3
        assert steps["verify"]["message"] == "the events are in the lake of [score] events"
        with UsageDatabase(url) as database:
            assert len(database.scored_weeks()) >= 2  # in Chicago, Sunday ends when UTC has Monday
            assert database.status().events == 0
        assert "Nothing to score" in daily()["score"]["message"]
        found = {check["message"] for check in checks(0) if check["area"] in {"s3", "lake"}}
        assert any(lake in message for message in found)
        if place == "s3":
            return  # the rest reads what was copied
        lose(server)
        run("mixpanel", "export", "--since", str(FIRST), "--partition", "day", "-o", lake)
        lost = daily(status=3)["score"]
        assert lost["state"] == "attention"
        assert "Tracking seems lost since" in lost["message"]


def lose(server: SampleMixpanel) -> None:
    """Let Mixpanel have no events of the last week."""
    for day in range(1, 8):
        server._server.days[TODAY - timedelta(days=day)] = []


def checks(status: int) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(run("doctor", "--json", status=status).stdout)["checks"]
    return found


def test_options_override_the_settings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--workers replaces dask of the file and the reverse; without a lake the file's workers wait for --events."""
    asked: list[tuple[int, str | None]] = []

    def opened(processes: int, dask: str | None) -> object:
        asked.append((processes, dask))
        raise SystemExit(9)

    monkeypatch.setattr(weekly, "open_workers", opened)
    monkeypatch.setattr(weekly, "open_database", lambda *_: nullcontext())
    set_lake("lake", "workers = 3", "dask = 'tcp://a:1'")
    run("score", "weekly", status=9)
    run("score", "weekly", "--workers", "2", status=9)
    run("score", "weekly", "--dask", "tcp://b:2", status=9)
    Path("oseberg.toml").write_text("[score]\nworkers = 3\n")
    run("score", "weekly", status=9)
    run("score", "weekly", "--events", "lake", status=9)
    assert asked == [(3, "tcp://a:1"), (2, None), (1, "tcp://b:2"), (1, None), (3, None)]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("events = ''", "[score] events"),
        ("events = 3", "[score] events"),
        ("workers = 0", "[score] workers"),
        ("dask = 'localhost'", "[score] dask"),
        ("event = 'lake'", "did you mean events?"),
    ],
)
def test_invalid_settings_of_a_lake(line: str, says: str) -> None:
    """`config check` names the key."""
    Path("oseberg.toml").write_text(f"[score]\n{line}\n")
    assert says in run("config", "check", status=1).stderr


def test_the_doctor_looks_at_lake_and_workers(folder: Path, cluster: LocalCluster) -> None:
    """A folder without days is a warning with the command that fills it; a scheduler that isn't there is a fault."""
    set_lake("the lake")
    (warning,) = (check for check in checks(3) if check["area"] == "lake")
    command = f"oseberg mixpanel export --since 90d --partition day -o '{folder / 'the lake'}'"
    assert (warning["state"], warning["fix"]) == ("warning", command)
    for day in (date(2026, 8, 3), date(2026, 8, 4)):
        path = folder / "the lake" / f"date={day}" / "events.parquet"
        path.parent.mkdir(parents=True)
        path.touch()
    set_lake("the lake", f"dask = '{cluster.scheduler_address}'")
    found = [check["message"] for check in checks(0) if check["area"] == "lake"]
    assert found[0].endswith("holds 2 days, 2026-08-03 to 2026-08-04")
    assert found[1].endswith("has 2 workers")
    set_lake("the lake", "dask = 'nonsense://127.0.0.1:9'")
    *_, fault = (check for check in checks(1) if check["area"] == "lake")
    assert (fault["state"], fault["fix"]) == ("fault", "Start the scheduler, or fix [score] dask.")
