"""How long `oseberg score weekly` takes over a week of 1,000,000 stored events of 20,000 users, database included.

Prints one Markdown table: the first run (measure, score, store), the same week again, and a run with nothing to do.
Each is a process of its own, as a person starts it, so that the time includes Python's imports; the processor's time is
without the server's.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import orjson
import pandas as pd

from oseberg.health_model import HealthModel, Week
from oseberg.usage_db import UsageDatabase
from tests import postgres

PEERS: list[str] = []
EVENTS, USERS, WEEK = 1_000_000, 20_000, Week.parse("2026-W46")


def days() -> list[date]:
    """List the days that the week touches."""
    return WEEK.days_touched("America/Chicago", "UTC")


def lines(day: date, number: int, random: np.random.Generator) -> Iterator[bytes]:
    """Give a day's events; some users do most."""
    model = HealthModel.load()
    events = [(event.name, event.object) for event in model.definition.events.values()]
    midnight = int(pd.Timestamp(day, tz="UTC").timestamp())
    seconds = np.sort(random.integers(0, 86_400, number)).tolist()
    users = np.minimum((random.pareto(1.2, number) * USERS / 20).astype(int), USERS - 1).tolist()
    kinds = random.integers(0, len(events), number).tolist()
    objects = random.integers(0, 500, number).tolist()
    for place, (second, user, kind, thing) in enumerate(zip(seconds, users, kinds, objects, strict=True)):
        name, key = events[kind]
        properties = {
            "time": midnight + second,
            "distinct_id": str(user + 1),
            "$insert_id": f"{day:%m%d}-{place}",
            "duration_seconds": second % 600,
            "success": place % 5 > 0,
            key: f"object-{thing}",
        }
        yield orjson.dumps({"event": name, "properties": properties})


def run(*arguments: str, check: bool = True) -> tuple[float, float]:
    """Run a command as a person does; return the seconds that pass, and those of its processor."""
    # a person's Python keeps what it has compiled, whatever the environment of a test says
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "oseberg.cli", *arguments], check=check, capture_output=True, env=environment)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, processor


def main() -> None:
    """Fill a database, run, print."""
    random = np.random.default_rng(5)
    with postgres.server("embedded") as server, server.database() as url, tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["OSEBERG_DATABASE_URL"] = url
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(folder, "compiled"))
        with UsageDatabase(url) as database:
            ids = [str(number) for number in range(1, USERS + 1)]
            groups = pd.DataFrame({"id": [str(number) for number in range(200)], "name": "Company"})
            users = pd.DataFrame({"id": ids, "name": ids, "group_id": [str(int(number) % 200) for number in ids]})
            database.import_accounts(users, groups)
            for day in days():
                database.replace_day(day, list(lines(day, EVENTS // len(days()), random)))
        run("score", "weekly", "--week", "2020-W01", check=False)  # not there: what is compiled once, is
        rows = [
            ("first run", run("score", "weekly"), "at most 10, then 5"),
            ("the same week again", run("score", "weekly", "--week", str(WEEK)), ""),
            ("nothing to do", run("score", "weekly"), ""),
            ("companies", run("score", "companies"), ""),
            ("report", run("score", "report", "-o", "report.html"), ""),
        ]
        os.chdir("/")
    print("| score weekly, 1,000,000 stored events, 20,000 users | seconds | processor seconds | goal |")
    print("| --- | --- | --- | --- |")
    for name, (seconds, processor), goal in rows:
        print(f"| {name} | {seconds:.2f} | {processor:.2f} | {goal} |")
    print(f"| memory at most, MB | {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} | | |")


if __name__ == "__main__":
    sys.exit(main())
