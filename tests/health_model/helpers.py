"""What the tests of the health model share: people and events, a scored portfolio, and readers of its page."""

import base64
import gzip
import json
import re
import warnings
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import unescape

import numpy as np
import pandas as pd

from oseberg.health_model import FewUsersWarning, HealthModel, company_scores

MODEL = HealthModel.load()
LAST = date(2026, 11, 9)
HOSTILE = "<script>alert(1)</script>\"'&{{ 7*7 }}"
SILENT, UNDERUSED = 1, 2
MAIL = ("receives_sol_alerts", "receives_weekly_report")


@dataclass
class Portfolio:
    """What `write_report` takes."""

    companies: pd.DataFrame
    users: pd.DataFrame
    contributions: pd.DataFrame

    def latest(self, user_id: int) -> pd.Series:
        mine = self.users[(self.users["user_id"] == user_id) & (self.users["week"] == LAST)]
        return mine.iloc[0]


def portfolio(groups: int = 4, people: int = 10, weeks: int = 6, seed: int = 3, kept: int = 2) -> Portfolio:
    """Score some weeks; company 1 only gets mail from the third week on, most of company 2 is idle."""
    random = np.random.default_rng(seed)
    ids = np.arange(groups * people)
    group = ids // people + 1
    skill = random.beta(1.5, 2, len(ids)) + 0.1
    idle = (group == UNDERUSED) & (ids % people >= people // 4)
    users, lines, reference = [], [], None
    for number in range(weeks):
        silent = (group == SILENT) & (number >= 2)
        active = ~silent & ~idle
        statistics = pd.DataFrame({"group_id": group, "active": active, "passive_only": silent}, pd.Index(ids))
        for metric in MODEL.metrics:
            used = active & (random.random(len(ids)) < skill)
            amounts = random.geometric(0.3, len(ids)) / (4 if metric.kind == "percentage" else 1)
            statistics[metric.id] = np.where(silent & (metric.id in MAIL), 1.0, np.where(used, amounts, 0.0))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FewUsersWarning)
            reference = reference or MODEL.fit(statistics)
        result = MODEL.score(statistics, reference)
        week = LAST - timedelta(weeks=weeks - 1 - number)
        users.append(result.users.assign(week=week))
        scored = result.users.loc[result.users["score"] > 0, "user_id"]
        lines.append(result.contributions[result.contributions["user_id"].isin(scored)].assign(week=week))
    frame = pd.concat(users)
    companies = company_scores(frame)
    names = [f"{HOSTILE} {n}" for n in companies["group_id"]]
    return Portfolio(
        companies.assign(group_name=names, group_type="SMB"),
        frame.assign(name=[f"User {HOSTILE} {n}" for n in frame["user_id"]], email=None, username=None),
        pd.concat(lines[-kept:]),
    )


def year() -> Portfolio:
    """Make 200 accounts with 5,000 users over 52 weeks: two weeks that repeat."""
    world = portfolio(groups=200, people=25, weeks=2)
    earlier = [world.companies.assign(week=world.companies["week"] - timedelta(weeks=2 * n)) for n in range(26)]
    return Portfolio(pd.concat(earlier), world.users, world.contributions)


WEEK = "2026-W46"
MONDAY = datetime(2026, 11, 9, 6, tzinfo=UTC)  # midnight in Chicago


def at(day: int = 0, hour: int = 10, minute: int = 0, second: int = 0) -> pd.Timestamp:
    """Give an instant of the week on Chicago's clock; day 0 is Monday."""
    return pd.Timestamp(MONDAY + timedelta(days=day, hours=hour, minutes=minute, seconds=second))


def events(*rows: dict) -> pd.DataFrame:
    """Make a frame of events; each row names user_id, event, time, and what else it has."""
    columns = dict.fromkeys(["user_id", "event", "time"]) | dict.fromkeys(key for item in rows for key in item)
    frame = pd.DataFrame(list(rows), columns=list(columns))
    return frame.astype({"user_id": "Int64", "time": "datetime64[us, UTC]"})


def row(user_id: int, event: str, time: pd.Timestamp | None = None, **properties: object) -> dict:
    return {"user_id": user_id, "event": event, "time": at() if time is None else time, **properties}


def users(count: int, **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"user_id": pd.array(range(1, count + 1), dtype="Int64"), **columns})


def fleet(count: int = 400, seed: int = 7) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make a week of a fleet in which half of the users are idle on any metric, as in real life."""
    random = np.random.default_rng(seed)
    people = users(count, group_id=pd.array(np.arange(count) // 20, dtype="Int64"))
    names = ("Login", "Atla Query", "Layer Toggle", "Data Export", "Document View", "Dashboard View", "Sol Search")
    rows = []
    for name in names:
        amounts = np.where(random.random(count) < 0.5, random.geometric(0.15, count), 0)
        times = [at(int(random.integers(7)), int(random.integers(8, 18))) for _ in range(amounts.sum())]
        ids = np.repeat(people["user_id"], amounts)
        rows += [row(int(user_id), name, time) for user_id, time in zip(ids, times, strict=True)]
    return events(*rows), people


def packed(page):
    """Unpack what the page's script unpacks: texts, and arrays by their names."""
    data = re.search(r'<script id="data" type="text/plain">([^<]+)</script>', page.read_text())[1]
    whole = gzip.decompress(base64.b64decode(data))
    start = 4 + int.from_bytes(whole[:4], "little")
    content = json.loads(whole[4:start])
    for name, (kind, offset, length) in content["arrays"].items():
        content[name] = np.frombuffer(whole, np.dtype(kind).newbyteorder("<"), length, start + offset)
    return content


def latest(content, name):
    """Return an array's values of the latest week, by account's id."""
    count = len(content["accounts"]["id"])
    return dict(zip(content["accounts"]["id"], content[name].tolist()[-count:], strict=True))


def section(text, heading):
    """Take one section of the overview as plain text."""
    start = text.index(f">{heading}</h2>")
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text[start : text.index("</section>", start)])))


def weeks_ago(count):
    return LAST - timedelta(weeks=count)


def history(**companies):
    """Make a history of weeks that end with 2026-W46 from lists of scores; None is a week without one."""
    rows = []
    for name, values in companies.items():
        rows += [(name, weeks_ago(len(values) - 1 - number), value) for number, value in enumerate(values)]
    return pd.DataFrame(rows, columns=["group_id", "week", "score"]).dropna()


FICTION = """\
name = "harbour"
title = "Harbour, a fictitious product"
time_zone = "Europe/Oslo"

[events.sign_in]
name = "Signed in"
feature = false

[events.cargo]
name = "Cargo booked"
object = "port"

[events.ship]
name = "Ship tracked"

[events.digest]
name = "Digest mailed"
actor = "system"

[metrics.days]
question = "On how many days was the user there?"
kind = "continuous"
statistic = "any.days.1w"
weight = 3

[metrics.bookings]
question = "How many cargoes did the user book?"
kind = "continuous"
statistic = "cargo.count.1w"
weight = 5

[metrics.ports]
question = "To how many ports?"
kind = "continuous"
statistic = "cargo.objects.1w"
weight = 4

[metrics.breadth]
question = "What share of the features was used?"
kind = "percentage"
statistic = "any.breadth.1w"
weight = 2

[metrics.mailed]
question = "Does the user get the digest?"
kind = "boolean"
statistic = "digest.count.1w"
weight = 1
"""
