r"""A year of events in one database: a day's reconcile, the documented questions, verify, archive and restore.

`nox -s bench -- year` prints Markdown; `--events 500000` runs a smaller year.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pandas as pd
import psycopg

from oseberg.usage_db import UsageDatabase
from tests.usage_db.bench_load import server, timed
from tests.usage_db.test_questions import QUESTIONS

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
    """Make the events of a day; one in fifty is of a device that nobody knows."""
    chance = random.Random(day.toordinal())
    midnight = (day - date(1970, 1, 1)).days * 86_400_000
    made = []
    for number in range(rows):
        at, user = midnight + chance.randrange(86_400_000), chance.randrange(USERS) + 1
        shown = b"" if number % 50 == 0 else b"%d" % user
        device = b"$device:%d" % user if number % 50 == 0 else b"user%d@example.com" % user
        name = chance.choice(NAMES).encode()
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


def reconcile(db: UsageDatabase, day: date, rows: int) -> float:
    """Time the reconcile of a day that lost an event, three times."""
    lines = day_lines(day, rows)
    return min(timed(partial(db.replace_day, day, lines[cut:])) for cut in (3, 2, 1))


def run(events: int) -> Iterator[tuple[str, float, str]]:
    """Yield what was measured: its name, the seconds, the goal."""
    rows = events // DAYS
    span = [LAST - timedelta(days=DAYS - 1 - number) for number in range(DAYS)]
    with server() as (url, _), UsageDatabase(url) as db, tempfile.TemporaryDirectory() as folder:
        db.upgrade()
        db.import_accounts(*accounts())
        db.replace_day(span[0], day_lines(span[0], rows))
        first = reconcile(db, span[0], rows)
        yield "reconcile of a changed day, with one day stored", first, ""
        loaded = 0.0
        with db.load_run():
            for day in span[1:]:
                lines = day_lines(day, rows)
                loaded += timed(partial(db.replace_day, day, lines))
        yield f"load of the year, {events / max(loaded, 0.01):,.0f} events a second", loaded, ""
        last = reconcile(db, span[-2], rows)
        yield "reconcile of a changed day, with the year stored", last, f"as before: {last / first:.2f} x"
        yield "an unchanged day", timed(partial(db.replace_day, span[-2], day_lines(span[-2], rows)[1:])), ""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ANALYZE")
            yield from ask(connection)
            yield "oseberg db status", timed(db.status), ""
            yield "oseberg db verify", timed(db.verify), ""
            month = f"{span[40]:%Y-%m}"
            before = connection.execute(EXACT.format(month=month)).fetchone()
            until = (span[40].replace(day=1) + timedelta(days=32)).replace(day=1)
            yield f"archive of {months(span[0], until)} months", timed(partial(db.archive, until, Path(folder))), ""
            yield f"restore of {month}", timed(partial(db.restore, month)), ""
            after = connection.execute(EXACT.format(month=month)).fetchone()
            if before != after:
                raise SystemExit(f"{month} is not what it was: {before}, {after}")
            states = set(db.verify()["state"])
            if not states <= {"ok", "archived"}:
                raise SystemExit(f"after the restore, days are {states}")


def ask(connection: psycopg.Connection) -> Iterator[tuple[str, float, str]]:
    """Yield how long each documented question takes, the second time."""
    for number, query in QUESTIONS.items():
        work = partial(fetch, connection, query)
        work()
        yield (
            f"question {number}: {json.dumps(query.split(chr(10))[0][:60])}",
            min(timed(work) for _ in range(3)),
            "< 1",
        )
    one = "SELECT max(last_at) FROM usage.user_day WHERE user_id = 77"
    yield "one user's last event", min(timed(partial(fetch, connection, one)) for _ in range(3)), "< 0.1"
    unknown = "SELECT * FROM usage.identity_unresolved ORDER BY events DESC LIMIT 20"
    yield "ids without a user", min(timed(partial(fetch, connection, unknown)) for _ in range(3)), "< 0.1"
    companies = (
        "SELECT p.group_id, date_trunc('month', d.day), count(DISTINCT d.user_id), sum(d.events) "
        "FROM usage.user_day AS d JOIN usage.account_user AS p USING (user_id) GROUP BY 1, 2"
    )
    yield "all days by company and month", min(timed(partial(fetch, connection, companies)) for _ in range(3)), "< 1"


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
