r"""A year of events in one database: a day's reconcile, the documented questions, verify, archive and restore.

`nox -s bench -- year` prints Markdown; `--events 500000` runs a smaller year.
"""

import argparse
import os
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pandas as pd
import psycopg

from oseberg.usage_db import UsageDatabase
from oseberg.usage_db._archive.archive import Archived
from tests.usage_db.bench_load import EMPTY, Spent, measured, psql, server, timed, without_rollup
from tests.usage_db.helpers import QUESTIONS

TITLES = {
    "1": "daily users of each product",
    "2": "most active users of a company",
    "3": "one user's last week",
    "4": "when a user was last seen",
    "5": "ids without a user",
    "6": "companies' scores",
    "7": "enabled users without use",
    "8": "roles by score",
    "9": "users on a day",
    "10": "renewals",
    "Over years": "each company, month by month",
}
EVENTS = 5_000_000
DAYS = 365
USERS, COMPANIES = 7_000, 400
NAMES = ["Atla Query", "Atla Layer Toggle", "Atla Map Export", "Sol Search", "Sol Alert Sent", "Login", "Share"]
LAST = date.today() - timedelta(days=1)  # noqa: DTZ011 - the questions look back from today
EXACT = """
SELECT count(*), sum(hashtextextended(p::text, 0)::numeric) FROM usage.product_event AS p
WHERE "time" >= '{month}-01' AND "time" < '{month}-01'::timestamptz + interval '1 month'
"""
LINE = (
    b'{"event":"%s","properties":{"time":%d,"distinct_id":"%s","$browser":"Chrome","$browser_version":141,'
    b'"$city":"Midland","$current_url":"https://atla.example.com/map/%d?layer=leases","$device_id":"%024x",'
    b'"$initial_referrer":"$direct","$insert_id":"%020x","$lib_version":"2.71.1","$os":"Windows","$region":"Texas",'
    b'"$screen_height":1080,"$screen_width":1920,"$user_id":"%s","county":"Reeves","duration_seconds":%d.5,'
    b'"layer":"leases","mp_country_code":"US","mp_lib":"web","mp_processing_time_ms":%d,"object_id":%d,'
    b'"success":true,"view":"map"}}'
)


def day_lines(day: date, rows: int) -> list[bytes]:
    """Make the events of a day: a quarter of the users is active; one event in fifty is of an unknown device."""
    chance = random.Random(day.toordinal())
    midnight = (day - date(1970, 1, 1)).days * 86_400_000
    active = chance.sample(range(1, USERS + 1), USERS // 4)
    made = []
    for number in range(rows):
        at, user = midnight + chance.randrange(86_400_000), chance.choice(active)
        shown = b"" if number % 50 == 0 else b"%d" % user
        device = b"$device:%d" % (user % 500) if number % 50 == 0 else b"user%d@example.com" % user
        name = NAMES[(user + int(chance.paretovariate(1.5))) % len(NAMES)].encode()  # each has a favorite
        numbers = chance.getrandbits(96), chance.getrandbits(80)
        made.append(LINE % (name, at, device, user, *numbers, shown, user % 300, at + 900, user))
    return made


def accounts() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make the users and the companies."""
    numbers = range(1, USERS + 1)
    users = {"id": numbers, "name": [f"User {n}" for n in numbers], "group_id": [n % COMPANIES + 1 for n in numbers]}
    emails = [f"user{n}@example.com" for n in numbers]
    companies = range(1, COMPANIES + 1)
    groups = {"id": companies, "name": [f"Company {n}" for n in companies]}
    return pd.DataFrame({**users, "email": emails}), pd.DataFrame(groups)


def share_of_rollup(db: UsageDatabase, url: str, rows: int, postmaster: int) -> float:
    """Measure what the roll-up adds to the processor time of a first load of so many events."""
    lines = day_lines(LAST, rows)
    loads = {"with": partial(db.replace_day, LAST, lines), "without": partial(without_rollup, db, LAST, lines)}
    spent: dict[str, list[float]] = {name: [] for name in loads}
    for _ in range(3):
        for name, load in loads.items():
            psql(url, EMPTY)
            cost = measured(load, postmaster)
            spent[name].append(cost.python + cost.postgres)
    psql(url, EMPTY)
    return min(spent["with"]) / min(spent["without"]) - 1


def reconcile(db: UsageDatabase, day: date, rows: int) -> float:
    """Measure reconciles of a day that lost or gained an event: the mean processor time of both sides.

    Of Postgres, the process that serves this connection counts: vacuuming what a year's load left is another matter.
    """
    lines, count = day_lines(day, rows), 20
    with db.load_run():
        db.replace_day(day, lines)
        began = time.process_time() + backend_seconds(db)
        for number in range(count):
            db.replace_day(day, lines[number % 2 :])
        return (time.process_time() + backend_seconds(db) - began) / count


def backend_seconds(db: UsageDatabase) -> float:
    """Return the processor time of the process that serves the database's connection."""
    fields = Path(f"/proc/{db._connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:13]) / os.sysconf("SC_CLK_TCK")


def run(events: int) -> Iterator[tuple[str, float, str]]:
    """Yield what was measured: its name, the seconds, the goal."""
    rows = events // DAYS
    span = [LAST - timedelta(days=DAYS - 1 - number) for number in range(DAYS)]
    with server() as (url, postmaster), UsageDatabase(url) as db, tempfile.TemporaryDirectory() as folder:
        db.upgrade()
        share = share_of_rollup(db, url, rows * 10, postmaster)
        yield f"the roll-up's share of a first load of {rows * 10:,} events: {share:.0%}", 0.0, "at most 15 %"
        db.import_accounts(*accounts())
        db.replace_day(span[0], day_lines(span[0], rows))
        first = reconcile(db, span[0], rows)
        yield "reconcile of a changed day, with one day stored (processor)", first, ""
        loaded = 0.0
        with db.load_run():
            for day in span[1:]:
                lines = day_lines(day, rows)
                loaded += timed(partial(db.replace_day, day, lines))
        yield f"load of the year, {events / max(loaded, 0.01):,.0f} events a second", loaded, ""
        last = reconcile(db, span[-2], rows)
        yield "reconcile of a changed day, with the year stored (processor)", last, f"as before: {last / first:.2f} x"
        yield "an unchanged day", timed(partial(db.replace_day, span[-2], day_lines(span[-2], rows)[1:])), ""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE usage.id_day, usage.id_month, usage.event_ids, usage.identity")
            yield from ask(connection)
            yield "oseberg db status", timed(db.status), ""
            yield "oseberg db verify", timed(db.verify), ""
            month = f"{span[40]:%Y-%m}"
            before = connection.execute(EXACT.format(month=month)).fetchone() or (0,)
            archived: list[Archived] = []
            until = (span[40].replace(day=1) + timedelta(days=32)).replace(day=1)
            out = measured(lambda: archived.extend(db.archive(until, Path(folder))), postmaster)
            number = sum(one.events for one in archived)
            yield f"archive of {months(span[0], until)} months, {number:,} events, {each(out, number)}", out.wall, ""
            back = measured(partial(db.restore, month), postmaster)
            yield f"restore of {month}, {before[0]:,} events, {each(back, before[0])}", back.wall, ""
            after = connection.execute(EXACT.format(month=month)).fetchone()
            if before != after:
                raise SystemExit(f"{month} is not what it was: {before}, {after}")
            states = set(db.verify()["state"])
            if not states <= {"ok", "archived"}:
                raise SystemExit(f"after the restore, days are {states}")


def each(spent: Spent, events: int) -> str:
    return f"{(spent.python + spent.postgres) / events * 1_000_000:.0f} µs of processor time each"


def ask(connection: psycopg.Connection) -> Iterator[tuple[str, float, str]]:
    """Yield how long each documented question takes, the second time."""
    for number, query in QUESTIONS.items():
        work = partial(fetch, connection, query)
        work()
        goal = "< 0.1" if number in {"4", "5"} else "< 1"
        yield f"question {number}: {TITLES[number]}", min(timed(work) for _ in range(3)), goal


def fetch(connection: psycopg.Connection, query: str) -> None:
    connection.execute(query).fetchall()


def months(first: date, until: date) -> int:
    return (until.year - first.year) * 12 + until.month - first.month


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--events", type=int, default=EVENTS)
    chosen = options.parse_args()
    print(f"| {chosen.events:,} events in a year, {USERS:,} users | seconds | goal |\n|---|---|---|", flush=True)
    for name, seconds, goal in run(chosen.events):
        print(f"| {name} | {seconds:.2f} | {goal} |", flush=True)


if __name__ == "__main__":
    main()
