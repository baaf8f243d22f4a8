"""`oseberg score weekly --events`: scores from Parquet days, in a folder or in S3, equal to those from the database."""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from multiprocessing import active_children
from pathlib import Path

import boto3
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from distributed import LocalCluster
from moto.server import ThreadedMotoServer

from oseberg.cli import main
from oseberg.cli.config.known import VARIABLES
from oseberg.cli.sample.data import sample_lines, write_accounts
from oseberg.cli.sample.server import PROJECT, SECRET, USERNAME, SampleMixpanel
from oseberg.s3utils import S3
from oseberg.usage_db import UsageDatabase
from tests import postgres
from tests.cli.clusters import while_one_dies

FIRST, LAST = "2026-08-03", "2026-08-24"  # three weeks
LOAD = """[load]
exclude_events = ["Error"]
drop_users = ["*7@*"]
rename_properties = { area = "county" }
drop_properties = ["layer"]
"""


def run(*arguments: object, status: int = 0) -> Result:
    done = CliRunner().invoke(main, [str(one) for one in arguments])
    assert done.exit_code == status, done.output
    return done


@dataclass
class World:
    """A lake, the database with the same events, and the server of both."""

    folder: Path
    lake: Path
    database: str
    mixpanel: SampleMixpanel
    server: postgres.Server

    @contextmanager
    def accounts_only(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
        """Yield a database that has accounts and no events."""
        with self.server.database() as url:
            monkeypatch.setenv("OSEBERG_DATABASE_URL", url)
            run("db", "accounts", self.folder / "users.csv", self.folder / "groups.csv")
            yield url


@pytest.fixture(scope="module")
def world(postgres_server: postgres.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    write_accounts(folder)
    (folder / "oseberg.toml").write_text(LOAD)
    with (
        pytest.MonkeyPatch.context() as patch,
        SampleMixpanel(sample_lines()) as mixpanel,
        postgres_server.database() as url,
    ):
        set_up(patch, folder, mixpanel)
        patch.setenv("OSEBERG_DATABASE_URL", url)
        run("db", "accounts", folder / "users.csv", folder / "groups.csv")
        run("mixpanel", "load", "--since", FIRST, "--until", LAST)
        run("score", "weekly")
        export(folder / "lake")
        yield World(folder, folder / "lake", url, mixpanel, postgres_server)


def set_up(patch: pytest.MonkeyPatch, folder: Path, mixpanel: SampleMixpanel) -> None:
    for name in VARIABLES.values():
        patch.delenv(name, raising=False)
    names = {
        "MIXPANEL_API_URL": mixpanel.url,
        "MIXPANEL_PROJECT_ID": PROJECT,
        "MIXPANEL_USERNAME": USERNAME,
        "MIXPANEL_SECRET": SECRET,
        "OSEBERG_HOME": str(folder / "home"),
        "XDG_CONFIG_HOME": str(folder / "user"),
    }
    for name, value in names.items():
        patch.setenv(name, value)
    patch.chdir(folder)


def export(folder: Path, since: str = FIRST, until: str = LAST) -> None:
    run(
        "mixpanel",
        "export",
        "--since",
        since,
        "--until",
        until,
        "--format",
        "parquet",
        "--partition",
        "day",
        "-o",
        folder,
    )


@pytest.fixture(autouse=True)
def _settings(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_up(monkeypatch, world.folder, world.mixpanel)
    monkeypatch.setenv("OSEBERG_HOME", str(tmp_path / "home"))


def stored(url: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return all scores and contributions of a database, without the time at which they were computed."""
    with UsageDatabase(url) as database:
        scores = database.scores().drop(columns="computed_at", errors="ignore")
        lines = [database.contributions(week) for week in sorted(scores["week"].unique())]
        keys = ["week", "user_id"]
        whole = pd.concat(lines)
    return (
        scores.sort_values(keys).reset_index(drop=True),
        whole.sort_values([*keys, "metric"]).reset_index(drop=True),
    )


def same(url: str, other: str) -> None:
    for one, two in zip(stored(url), stored(other), strict=True):
        assert len(one)
        pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_the_lake_scores_as_the_database_does(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Aliases, dropped users, excluded events and renamed properties included; a second run finds nothing to do."""
    with world.accounts_only(monkeypatch) as url:
        done = run("score", "weekly", "--events", world.lake, "--json")
        assert [week["week"] for week in json.loads(done.stdout)] == ["2026-W32", "2026-W33", "2026-W34"]
        same(url, world.database)
        assert "Nothing to score" in run("score", "weekly", "--events", world.lake).stderr


def test_a_day_that_is_fetched_again_is_stale_only_if_it_changed(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Mixpanel sends a settled day once more: nothing to say. It sends more events: the week is named."""
    lake = tmp_path / "lake"
    export(lake)
    with world.accounts_only(monkeypatch):
        run("score", "weekly", "--events", lake)
        export(lake, "2026-08-05", "2026-08-05")
        assert "Events changed" not in run("score", "weekly", "--events", lake).stderr
        days = world.mixpanel._server.days
        before = list(days[date(2026, 8, 5)])
        late = {"time": int(datetime(2026, 8, 5, 15, tzinfo=UTC).timestamp() * 1000), "distinct_id": "7"}
        days[date(2026, 8, 5)].append(json.dumps({"event": "Login", "properties": late}).encode())
        try:
            export(lake, "2026-08-05", "2026-08-05")
        finally:
            days[date(2026, 8, 5)] = before
        said = run("score", "weekly", "--events", lake).stderr
        assert "Events changed after these weeks were scored: 2026-W32" in said
        run("score", "weekly", "--events", lake, "--week", "2026-W32")
        assert "Events changed" not in run("score", "weekly", "--events", lake).stderr


def kill_a_worker() -> None:
    """Kill the first worker process that appears, as the kernel does when memory runs out."""
    for _ in range(3_000):
        if children := active_children():
            time.sleep(0.3)
            os.kill(children[0].pid or 0, 9)
            return
        time.sleep(0.01)


def test_a_killed_worker_changes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """--workers 2, one of them killed while it works: the same scores."""
    killer = threading.Thread(target=kill_a_worker)
    with world.accounts_only(monkeypatch) as url:
        killer.start()
        run("score", "weekly", "--events", world.lake, "--workers", 2)
        killer.join()
        same(url, world.database)


def test_a_dask_worker_that_is_killed_changes_nothing(
    world: World, cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--dask with two worker processes, one of them killed: the same scores."""
    address = cluster.scheduler_address
    with world.accounts_only(monkeypatch) as url:
        while_one_dies(cluster, lambda _: run("score", "weekly", "--events", "lake", "--dask", address))
        same(url, world.database)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    names = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in {"AWS_ENDPOINT_URL_S3": f"http://{host}:{port}", **names}.items():
        monkeypatch.setenv(name, value)
    boto3.client("s3").create_bucket(Bucket="acme-usage")
    yield "s3://acme-usage/events"
    server.stop()


def test_a_lake_in_s3(world: World, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are read where they are, only the columns that count; what is known of them is remembered."""
    S3().sync(world.lake, bucket)
    with world.accounts_only(monkeypatch) as url:
        run("score", "weekly", "--events", bucket)
        same(url, world.database)
        assert "Nothing to score" in run("score", "weekly", "--events", bucket).stderr


def test_what_is_wrong_is_one_sentence(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers without a lake, a missing and an empty folder, a cut file, a week that is not there."""
    assert "use them with --events" in run("score", "weekly", "--workers", 2, status=2).stderr
    assert "--events" in run("score", "weekly", "--dask", "tcp://127.0.0.1:9", status=2).stderr
    monkeypatch.setenv("OSEBERG_DATABASE_URL", world.database)
    assert "is not a folder" in run("score", "weekly", "--events", tmp_path / "none", status=1).stderr
    assert "--events is empty" in run("score", "weekly", "--events", "", status=1).stderr
    assert "holds no events" in run("score", "weekly", "--events", tmp_path, status=1).stderr
    assert "2026-08-25" in run("score", "weekly", "--events", world.lake, "--week", "2026-W35", status=1).stderr
    cut = tmp_path / "date=2026-08-03" / "events.parquet"
    cut.parent.mkdir()
    cut.write_bytes(b"PAR1 and nothing else")
    done = run("score", "weekly", "--events", tmp_path, status=1)
    assert "can't be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_remembered_is_only_a_shortcut(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged file of what is known is written anew, and only its owner can read it."""
    with world.accounts_only(monkeypatch):
        run("score", "weekly", "--events", world.lake)
        (kept,) = (tmp_path / "home" / "lakes").iterdir()
        kept.write_text("{")
        run("score", "weekly", "--events", world.lake)
        assert len(json.loads(kept.read_text())) == 22
        assert kept.stat().st_mode & 0o777 == 0o600


def test_a_new_reference_from_a_lake(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """--refit reads the lake too; three weeks are too few, and it says so as it does for the database."""
    with world.accounts_only(monkeypatch):
        run("score", "weekly", "--events", world.lake)
        done = run("score", "weekly", "--events", world.lake, "--refit", status=1)
        assert "no frozen reference yet" in done.stderr
