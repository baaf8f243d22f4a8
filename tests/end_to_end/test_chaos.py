"""A daily run that is killed again and again: at the end the database equals the truth, and nothing is left over.

`OSEBERG_TEST_KILLS` sets how often; the default fits a test run.
"""

import json
import os
import random
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oseberg.cli.sample.server import PROJECT, SECRET, USERNAME, SampleMixpanel
from oseberg.usage_db import UsageDatabase
from tests import postgres

KILLS = int(os.environ.get("OSEBERG_TEST_KILLS", "6"))
DAYS, EVENTS = 12, 400
GENTLE = 600.0  # seconds for a run that nobody disturbs, on a machine that does other things as well


def lines(days: int) -> list[bytes]:
    """Make the events of the last days, each with an id of its own, so that none may be lost or be there twice."""
    today = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    made = []
    for day in range(1, days + 1):
        for number in range(EVENTS):
            moment = today - timedelta(days=day, seconds=number)
            properties = {
                "time": int(moment.timestamp() * 1000),
                "distinct_id": str(number % 7),
                "$insert_id": f"{day}-{number}",
            }
            made.append(json.dumps({"event": "Atla Query", "properties": properties}).encode())
    return made


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.name.startswith(".oseberg-") or path.suffix == ".part"]


def test_a_run_that_is_killed_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every event is there exactly once; the history knows each run that died; the next run can always begin."""
    chance = random.Random(20)
    command = [sys.executable, "-m", "oseberg.cli", "run", "daily", "--json"]
    with postgres.server("embedded") as server, server.database() as url, SampleMixpanel(lines(DAYS)) as mixpanel:
        for name, value in {
            "MIXPANEL_API_URL": mixpanel.url,
            "MIXPANEL_PROJECT_ID": PROJECT,
            "MIXPANEL_USERNAME": USERNAME,
            "MIXPANEL_SECRET": SECRET,
            "OSEBERG_DATABASE_URL": url,
            "OSEBERG_HOME": str(tmp_path / "home"),
            "XDG_CONFIG_HOME": str(tmp_path / "user"),
        }.items():
            monkeypatch.setenv(name, value)
        first = datetime.now(UTC).date() - timedelta(days=DAYS)
        load = [sys.executable, "-m", "oseberg.cli", "mixpanel", "load", "--since", str(first), "--until", str(first)]
        subprocess.run(load, cwd=tmp_path, check=True, capture_output=True)
        for _ in range(KILLS):
            with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
                time.sleep(chance.uniform(0.3, 5.0))
                run.kill()
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=GENTLE, check=False)
        record = json.loads(done.stdout)
        with UsageDatabase(url) as database:
            events = database.events(datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC))
            assert len(events) == DAYS * EVENTS
            assert database.status().failed == ()
            assert not events.duplicated(["distinct_id", "time", "event"]).any()
    assert {step["name"]: step["state"] for step in record["steps"]}["load"] == "done", done.stderr
    shown = [sys.executable, "-m", "oseberg.cli", "runs", "--json"]
    runs = json.loads(subprocess.run(shown, cwd=tmp_path, capture_output=True, text=True, check=True).stdout)
    assert {run["state"] for run in runs[1:]} <= {"died", "done", "attention"}
    assert runs[0]["id"] == record["id"]
    assert leftovers(tmp_path) == []
