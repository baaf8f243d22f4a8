r"""Loading a day against `psql \copy` of the same rows, first and again, and a day's reconcile as days add up.

`python -m tests.usage_db.bench_load` prints Markdown, wall and processor time (Postgres's is read from Linux's /proc).
A longer history: `nox -s bench -- load --days 90 --events 5000000`, none: `--days 0`.
"""

import argparse
import json
import os
import random
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pandas as pd
from psycopg.conninfo import conninfo_to_dict

from oseberg.usage_db import UsageDatabase
from oseberg.usage_db._load import runs
from oseberg.usage_db._server.embedded import EmbeddedServer
from oseberg.usage_db._server.programs import wheel_binaries
from oseberg.usage_db._server.watcher import running_server
from tests.postgres import open_folder

PEERS = ["adbc-driver-postgresql", "dlt[postgres]", "pyarrow", "sqlalchemy"]
ROWS = 200_000
DAY = date(2026, 11, 2)
EVENTS = ["Login", "Atla Query", "Layer Toggle", "Document View", "Map Export", "Sol Search", "Weekly Report Sent"]


def make_lines(rows: int, day: date = DAY, seed: int = 0) -> list[bytes]:
    """Make events of about 680 bytes with 28 properties, as a web application sends them."""
    chance = random.Random(seed)
    midnight = (day - date(1970, 1, 1)).days * 86_400
    made = []
    for _ in range(rows):
        at = (midnight * 1000) + chance.randrange(86_400_000)
        user = chance.randrange(20_000)
        properties = {
            "time": at,
            "distinct_id": f"{user}" if user % 3 else f"user{user}@example.com",
            "$browser": "Chrome",
            "$browser_version": 141,
            "$city": "Midland",
            "$current_url": f"https://atla.example.com/map/{chance.randrange(10**6)}?layer=leases",
            "$device_id": f"{chance.getrandbits(96):024x}",
            "$initial_referrer": "$direct",
            "$initial_referring_domain": "$direct",
            "$insert_id": f"{chance.getrandbits(80):020x}",
            "$lib_version": "2.71.1",
            "$mp_api_endpoint": "api-js.mixpanel.com",
            "$mp_api_timestamp_ms": at + 300,
            "$os": "Windows",
            "$region": "Texas",
            "$screen_height": 1080,
            "$screen_width": 1920,
            "$user_id": str(user),
            "county": chance.choice(["Reeves", "Loving", "Andrews", "Howard"]),
            "duration_seconds": chance.randrange(3000) / 10,
            "layer": chance.choice(["leases", "wells", "permits"]),
            "mp_country_code": "US",
            "mp_lib": "web",
            "mp_processing_time_ms": at + 900,
            "mp_sent_by_lib_version": "2.71.1",
            "object_id": chance.randrange(10**6),
            "success": chance.random() < 0.9,
            "view": "map",
        }
        made.append(
            json.dumps({"event": chance.choice(EVENTS), "properties": properties}, separators=(",", ":")).encode()
        )
    return made


def timed(work: Callable[[], object]) -> float:
    """Give the wall time of some work."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


class Spent(NamedTuple):
    """Seconds of some work: by the clock, of this process, of Postgres."""

    wall: float
    python: float
    postgres: float


def measured(work: Callable[[], object], postmaster: int) -> Spent:
    """Measure some work on both sides."""
    before = Spent(time.perf_counter(), time.process_time(), postgres_seconds(postmaster))
    work()
    after = Spent(time.perf_counter(), time.process_time(), postgres_seconds(postmaster))
    return Spent(*(last - first for first, last in zip(before, after, strict=True)))


def postgres_seconds(postmaster: int) -> float:
    """Give the processor time of a server and its processes, those that ended included."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # ended meanwhile
            continue
        is_server = path.parent.name == str(postmaster)
        if is_server or int(fields[1]) == postmaster:
            ticks += sum(int(field) for field in fields[11 : 15 if is_server else 13])
    return ticks / os.sysconf("SC_CLK_TCK")


def least(runs: list[Spent]) -> Spent:
    """Give the least times, which other programs disturbed the least; of Postgres's, the middle one.

    A process that has just ended is missing from Postgres's time until its parent hears of it.
    """
    wall, python, postgres = zip(*runs, strict=True)
    return Spent(min(wall), min(python), median(postgres))


EMPTY = "TRUNCATE usage.product_event, usage.etl_slice, usage.identity, usage.event_ids, usage.id_day, usage.id_month"
COLUMNS = 'distinct_id, "time", event, insert_id, properties, processed_at'


def psql(url: str, command: str) -> None:
    """Run one command of psql."""
    subprocess.run([str(wheel_binaries() / "psql"), "-q", "-c", command, url], check=True)


def floor(url: str, path: Path, postmaster: int) -> Spent:
    r"""Measure `psql \copy` of a ready text file into an unlogged table of the same columns."""
    psql(url, "DROP TABLE IF EXISTS floor")
    psql(url, f"CREATE UNLOGGED TABLE floor AS SELECT {COLUMNS} FROM usage.product_event LIMIT 0")
    return measured(partial(psql, url, f"\\copy floor from '{path}'"), postmaster)


def into_the_real_table(url: str, path: Path, postmaster: int) -> Spent:
    r"""Measure `psql \copy` of the same file into the real table: what its primary key and its log cost the server."""
    psql(url, "TRUNCATE usage.product_event")
    psql(url, "ALTER TABLE usage.product_event ALTER run_id SET DEFAULT 0")
    return measured(partial(psql, url, f"\\copy usage.product_event ({COLUMNS}) from '{path}'"), postmaster)


def without_rollup(db: UsageDatabase, day: date, lines: list[bytes]) -> None:
    """Load the day without the table of what each user did on each day."""
    roll_up, runs.roll_up = runs.roll_up, lambda *_: None
    try:
        db.replace_day(day, lines)
    finally:
        runs.roll_up = roll_up


LOADS = {"first load": 0, "the same day again": 0, "the day with one event less": 1}
"""Each with the first line that it has."""


def bench_one_day(rows: int) -> list[str]:
    """Measure one day: the floor, the first load, the same day again, a day with one change."""
    lines = make_lines(rows)
    frame = exported_frame(lines)
    times: defaultdict[str, list[Spent]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, server() as (url, postmaster), UsageDatabase(url) as db:
        path = Path(folder) / "rows.txt"
        db.upgrade()
        db.replace_day(DAY, lines)
        psql(url, f"\\copy (SELECT {COLUMNS} FROM usage.product_event) to '{path}'")
        for _ in range(3):
            times["floor: `psql \\copy` of a text file into an unlogged table"].append(floor(url, path, postmaster))
            times["the same into the real table"].append(into_the_real_table(url, path, postmaster))
            psql(url, EMPTY)
            times["first load without the roll-up"].append(
                measured(partial(without_rollup, db, DAY, lines), postmaster)
            )
            psql(url, EMPTY)
            times["first load of a DataFrame"].append(measured(partial(db.replace_day, DAY, frame), postmaster))
            psql(url, EMPTY)
            for name, first in LOADS.items():
                times[name].append(measured(partial(db.replace_day, DAY, lines[first:]), postmaster))
        spent = {name: least(each) for name, each in times.items()}
        spent |= {name: cost for name, peer in PEER_LOADS.items() if (cost := by_peer(peer, lines, url, postmaster))}
    base = next(iter(spent.values())).wall
    names = ("first load", "first load without the roll-up", "first load of a DataFrame")
    first, bare, of_frame = (spent[name].python + spent[name].postgres for name in names)
    ratio = spent["first load"].wall / spent["the same into the real table"].wall
    return [
        f"| {rows:,} events of one day | seconds | ratio to the floor | Python's processor seconds | Postgres's |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {s.wall:.2f} | {s.wall / base:.2f} | {s.python:.2f} | {s.postgres:.2f} |"
            for name, s in spent.items()
        ),
        "",
        (
            f"The roll-up adds {first / bare - 1:.0%} of processor time to the first load; a DataFrame costs "
            f"{of_frame / first:.2f} x its lines. By the clock, the first load takes {ratio:.2f} x psql's copy "
            "into the real table."
        ),
    ]


def table(lines: list[bytes]) -> pd.DataFrame:
    """Make the columns of the rows, as a program that uses a peer would."""
    rows = []
    for text in lines:
        content = json.loads(text)
        properties = content["properties"]
        key = [properties.pop(name) for name in ("distinct_id", "time", "$insert_id")]
        rows.append((*key, content["event"], json.dumps(properties), properties["mp_processing_time_ms"]))
    frame = pd.DataFrame(rows, columns=["distinct_id", "time", "insert_id", "event", "properties", "processed_at"])
    return frame.assign(**{name: pd.to_datetime(frame[name], unit="ms", utc=True) for name in ("time", "processed_at")})


def exported_frame(lines: list[bytes]) -> pd.DataFrame:
    """Make the DataFrame that an export gives, with a column for each property."""
    content = [json.loads(text) for text in lines]
    frame = pd.DataFrame([{"event": one["event"], **one["properties"]} for one in content])
    for name, raw in {
        "processed_at": "mp_processing_time_ms",
        "received_at": "$mp_api_timestamp_ms",
        "time": "time",
    }.items():
        frame[name] = pd.to_datetime(frame.pop(raw), unit="ms", utc=True)
    return frame.convert_dtypes(dtype_backend="pyarrow", convert_integer=False)


def by_adbc(lines: list[bytes], url: str) -> None:
    """Append through Arrow."""
    import adbc_driver_postgresql.dbapi as adbc
    import pyarrow as pa

    with adbc.connect(url) as connection, connection.cursor() as cursor:
        cursor.adbc_ingest("by_adbc", pa.Table.from_pandas(table(lines)), mode="replace")
        connection.commit()


def by_pandas(lines: list[bytes], url: str) -> None:
    """Append through pandas and SQLAlchemy."""
    from sqlalchemy import create_engine

    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    table(lines).to_sql("by_pandas", engine, if_exists="replace", index=False, chunksize=10_000)
    engine.dispose()


def by_dlt(lines: list[bytes], url: str) -> None:
    """Replace a table through dlt's pipeline, by COPY of CSV, its fastest way."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    import dlt
    import pyarrow as pa
    from dlt.destinations import postgres
    from dlt.destinations.impl.postgres.configuration import PostgresCredentials

    parts = conninfo_to_dict(url)
    credentials = PostgresCredentials(
        {
            "database": parts["dbname"],
            "username": parts["user"],
            "password": "none",
            "host": "localhost",
            "query": {"host": parts["host"]},  # the folder of the socket, which dlt has no other place for
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline("peer", pipelines_dir=folder, destination=postgres(credentials), dataset_name="by_dlt")
        events = pa.Table.from_pandas(table(lines))
        pipeline.run(events, table_name="events", write_disposition="replace", loader_file_format="csv")


PEER_LOADS = {"ADBC, append only": by_adbc, "pandas to_sql, append only": by_pandas, "dlt, replace": by_dlt}


def by_peer(load: Callable[[list[bytes], str], None], lines: list[bytes], url: str, postmaster: int) -> Spent | None:
    """Measure a peer; None when it isn't installed."""
    try:
        return measured(partial(load, lines, url), postmaster)
    except ImportError:
        return None


def reconcile(db: UsageDatabase, day: date, lines: list[bytes]) -> float:
    """Time the reconcile of a day that changed a little."""
    return min(timed(partial(db.replace_day, day, lines[cut:])) for cut in (3, 2, 1))


def bench_growth(days: int, events: int) -> list[str]:
    """Load many days, and compare a day's reconcile at the start with one at the end."""
    rows = events // days
    span = [DAY - timedelta(days=days - number) for number in range(days)]
    with server() as (url, _), UsageDatabase(url) as db:
        db.upgrade()
        for number, day in enumerate(span):
            lines = make_lines(rows, day)
            db.replace_day(day, lines)
            if number == 1:
                start = reconcile(db, day, lines)
        end = reconcile(db, span[-1], lines)
        late = reconcile(db, span[1], make_lines(rows, span[1]))
    return [
        f"| {events:,} events over {days} days, {rows:,} a day: reconcile of a changed day | seconds |",
        "|---|---|",
        f"| the second day, at the start | {start:.2f} |",
        f"| the last day, at the end | {end:.2f} |",
        f"| the second day, at the end | {late:.2f} |",
    ]


@contextmanager
def server() -> Iterator[tuple[str, int]]:
    """Run an embedded server in a folder of its own; give its URL and the number of its process."""
    with open_folder() as folder, EmbeddedServer(folder / "pg") as embedded:
        running = running_server(folder / "pg" / "data")
        assert running
        yield embedded.url, running.pid


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=ROWS)
    options.add_argument("--days", type=int, default=20, help="of the history; 0: none")
    options.add_argument("--events", type=int, default=200_000, help="of the history")
    chosen = options.parse_args()
    print("\n".join(bench_one_day(chosen.rows)))
    if chosen.days:
        print("\n".join(["", *bench_growth(chosen.days, chosen.events)]))


if __name__ == "__main__":
    main()
