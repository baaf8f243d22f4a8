"""Scored weeks of a made-up portfolio: one company that only gets mail, one with unused licences, healthy ones."""

import warnings
from dataclasses import dataclass
from datetime import date, timedelta

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


def portfolio(groups: int = 4, people: int = 10, weeks: int = 6, seed: int = 3) -> Portfolio:
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
        pd.concat(lines[-2:]),
    )


def year() -> Portfolio:
    """Make 200 accounts with 5,000 users over 52 weeks: two weeks that repeat."""
    world = portfolio(groups=200, people=25, weeks=2)
    earlier = [world.companies.assign(week=world.companies["week"] - timedelta(weeks=2 * n)) for n in range(26)]
    return Portfolio(pd.concat(earlier), world.users, world.contributions)
