"""The daily run where process, Postgres, disk, Mixpanel and S3 fail at random, again and again.

At the end everything equals the truth, and nothing is left over. `nox -s chaos -- --rounds 200` does so 200 times; a
test run does it once for each kind of fault. `OSEBERG_TEST_ROUNDS` is the number.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from moto.server import ThreadedMotoServer

from oseberg.cli import main
from oseberg.cli.sample.data import write_delivery
from oseberg.cli.sample.server import PROJECT, SECRET, USERNAME, SampleMixpanel
from oseberg.county_parsers import parse_to
from oseberg.s3utils import S3
from oseberg.usage_db import UsageDatabase
from tests import postgres
from tests.end_to_end.faults import FAULTS, GENTLE, Place

pytestmark = pytest.mark.unmeasured

ROUNDS = int(os.environ.get("OSEBERG_TEST_ROUNDS", str(len(FAULTS))))
DAYS, EVENTS = 12, 400
PEOPLE = 7
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
SETTINGS = "[county]\nsource = 's3://vendor'\nout = 'parsed'\n"


def lines() -> list[bytes]:
    """Make the events of the last days, each with an id of its own, so that none may be lost or be there twice."""
    today = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    made = []
    for day in range(1, DAYS + 1):
        for number in range(EVENTS):
            moment = today - timedelta(days=day, seconds=number)
            properties = {
                "time": int(moment.timestamp() * 1000),
                "distinct_id": str(number % PEOPLE),
                "$insert_id": f"{day}-{number}",
            }
            made.append(json.dumps({"event": "Atla Query", "properties": properties}).encode())
    return made


@contextmanager
def store(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run a store with two deliveries, which are older than the five minutes that a parse waits."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL_S3": url}.items():
        patch.setenv(name, value)
    import boto3  # noqa: PLC0415 - after the credentials

    boto3.client("s3").create_bucket(Bucket="vendor")
    for county in ("andrews", "howard"):
        write_delivery(county, folder)
    S3().sync(folder, "s3://vendor/")
    yield url
    server.stop()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    with (
        postgres.server("embedded") as server,
        server.database() as url,
        SampleMixpanel(lines()) as mixpanel,
        store(tmp_path / "deliveries", monkeypatch),
    ):
        name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        work = tmp_path / "work"
        work.mkdir()
        (work / "oseberg.toml").write_text(SETTINGS)
        (tmp_path / "temporary").mkdir()
        environment = {
            "MIXPANEL_API_URL": mixpanel.url,
            "MIXPANEL_PROJECT_ID": PROJECT,
            "MIXPANEL_USERNAME": USERNAME,
            "MIXPANEL_SECRET": SECRET,
            "OSEBERG_HOME": str(tmp_path / "home"),
            "XDG_CONFIG_HOME": str(tmp_path / "user"),
            "TMPDIR": str(tmp_path / "temporary"),
        }
        first = datetime.now(UTC).date() - timedelta(days=DAYS)
        users = "id,name,email,group_id\n" + "".join(
            f"{number},User,u{number}@example.com,10\n" for number in range(PEOPLE)
        )
        (work / "users.csv").write_text(users)
        (work / "groups.csv").write_text("id,name\n10,Alpha\n")
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(work)
            for variable, value in (environment | {"OSEBERG_DATABASE_URL": url}).items():
                patch.setenv(variable, value)
            for words in (
                ["db", "accounts", "users.csv", "groups.csv"],
                ["mixpanel", "load", "--since", str(first), "--until", str(first)],
            ):
                done = CliRunner().invoke(main, words)
                assert done.exit_code == 0, done.output
        yield Place(work, server, str(name), environment)


def leftovers(folder: Path) -> list[str]:
    """Return half files, and whatever temporary files there are."""
    half = [path.name for path in folder.rglob("*") if path.name.startswith(".oseberg-") or path.suffix == ".part"]
    return half + [path.name for path in (folder / "temporary").iterdir()] + list((folder / "home").glob("tmp/*"))


def parsed(folder: Path) -> dict[str, bytes]:
    """Return the results of the deliveries, by their path."""
    wanted = {"records.jsonl", "rejects.jsonl"}
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.name in wanted}


def pass_an_hour(folder: Path) -> None:
    """Forget the requests that were sent: the runs of many days are done within one hour of Mixpanel's allowance."""
    for path in (folder / "home").rglob("mixpanel-requests-*.json"):
        path.unlink()


@pytest.mark.timeout(60 + 60 * ROUNDS)
def test_everything_fails_again_and_again(place: Place, tmp_path: Path) -> None:
    """Events and deliveries are there exactly once; no run ends with a traceback; the next one can always begin."""
    seen: Counter[tuple[str, int]] = Counter()
    for number in range(ROUNDS):
        pass_an_hour(tmp_path)
        fault = FAULTS[number % len(FAULTS)]
        status, _, said = fault(place)
        seen[fault.__name__, status] += 1
        assert "Traceback" not in said, f"{fault.__name__}: {said}"
        assert "unexpected error" not in said, f"{fault.__name__}: {said}"
    print(seen)  # `pytest -s` shows what became of the runs
    pass_an_hour(tmp_path)
    status, printed, said = place.end(place.start(), GENTLE)
    record = json.loads(printed)
    states = {step["name"]: step["state"] for step in record["steps"]}
    assert (states["load"], states["verify"], states["score"]) == ("done", "done", "done"), said
    assert status in {0, 3}, said
    check_database(place)
    for county, delivery in (("andrews", "48003/20180605"), ("howard", "48227/20180605")):
        parse_to(county, tmp_path / "deliveries" / delivery, tmp_path / "truth" / delivery)
    assert parsed(place.folder / "parsed") == parsed(tmp_path / "truth")
    assert leftovers(tmp_path) == []
    check_history(place, record["id"])


def check_database(place: Place) -> None:
    """Compare the database with the truth: a fresh one, loaded once; and see that nobody holds anything any more."""
    url = place.server.url_of(place.database)
    with UsageDatabase(url) as database:
        events = database.events(datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC))
        assert len(events) == DAYS * EVENTS
        assert not events.duplicated(["distinct_id", "time", "event"]).any()
        assert database.status().failed == ()
        assert set(database.scores()["user_id"]) <= set(range(PEOPLE))
    # The server notices that a killed client has gone when it next reads from it: at once, but not before.
    patience = time.monotonic() + 60
    while (held := connections_and_locks(url)) != (0, 0) and time.monotonic() < patience:
        time.sleep(0.2)
    assert held == (0, 0)


def connections_and_locks(url: str) -> tuple[int, int]:
    """Count the other connections to the database, and the locks by which loads wait for each other."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
            "pg_backend_pid()), (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')"
        ).fetchone()
    assert found is not None
    return found[0], found[1]


def check_history(place: Place, last: str) -> None:
    """See that the history knows each run, those that died too, and says of none that it is running."""
    shown = [sys.executable, "-m", "oseberg.cli", "runs", "--last", "1000", "--json"]
    environment = os.environ | place.environment | {"OSEBERG_DATABASE_URL": place.server.url_of(place.database)}
    done = subprocess.run(shown, cwd=place.folder, env=environment, capture_output=True, text=True, check=True)
    runs = json.loads(done.stdout)
    assert runs[0]["id"] == last
    assert {run["state"] for run in runs} <= {"died", "done", "attention", "failed", "later"}
