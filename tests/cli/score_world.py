"""Two weeks of three companies in a database, and the commands of `oseberg score` on them."""

import json
from datetime import date

import orjson
import pandas as pd
from click.testing import CliRunner, Result

from oseberg.cli import main
from oseberg.health_model import HealthModel, Week
from oseberg.usage_db import UsageDatabase

MODEL = HealthModel.load()
FIRST = Week.parse("2026-W40")
USERS = 12


def fill(database: UsageDatabase) -> None:
    """Load two weeks of three companies; company 3 only receives mail, user 12 is idle."""
    numbers = range(1, USERS + 1)
    users = {"id": numbers, "name": [f"User {n}" for n in numbers], "group_id": [1 + (n - 1) // 4 for n in numbers]}
    contact = {"email": [f"user{n}@example.com" for n in numbers], "username": [f"name{n}" for n in numbers]}
    groups = pd.DataFrame({"id": [1, 2, 3], "name": ["Alpha", "Beta", "Gamma <b>"]})
    database.import_accounts(pd.DataFrame({**users, **contact}).astype(str), groups.astype(str))
    for day in days(2):
        strange = [event(day, 1, "Strange", hour=20)] if day == days(2)[3] else []
        database.replace_day(day, lines(day, *strange))


def days(weeks: int) -> list[date]:
    """List the days that so many complete weeks touch in UTC."""
    touched = {day for number in range(weeks) for day in FIRST.next(number).days_touched(MODEL.time_zone, "UTC")}
    return sorted(touched)


def lines(day: date, *more: bytes) -> list[bytes]:
    """Give a day's events: users of companies 1 and 2 work, company 3 gets mail."""
    result = []
    for n in range(1, USERS):
        names = ["Login", "Atla Query", "Share"] if n <= 8 else ["Sol Alert Sent"]
        result += [event(day, n, name, hour=15) for name in names[: 1 + (n + day.toordinal()) % 3]]
    return [*result, *more]


def event(day: date, user: int, name: str, hour: int) -> bytes:
    seconds = int(pd.Timestamp(day, tz="UTC").timestamp()) + 3600 * hour
    properties = {
        "time": seconds,
        "distinct_id": str(user),
        "$insert_id": f"{day}-{user}-{name}-{hour}",
        "county": "Lea",
    }
    return orjson.dumps({"event": name, "properties": properties})


def run(*arguments: str, status: int = 0) -> Result:
    result = CliRunner().invoke(main, list(arguments), catch_exceptions=False)
    assert result.exit_code == status, result.output
    return result


def weekly(*arguments: str, status: int = 0) -> tuple[list[dict], str]:
    result = run("score", "weekly", "--json", *arguments, status=status)
    return json.loads(result.stdout), result.stderr
