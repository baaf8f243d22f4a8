"""The health page: one HTML file that opens without a network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.health_model._atomic import write_text
from oseberg.health_model._churn.alarms import OUTCOMES
from oseberg.health_model._churn.history import DEFAULT_THRESHOLD, LISTS, History
from oseberg.health_model._churn.threshold import Threshold
from oseberg.health_model._explain.movement import Movement, Snapshot
from oseberg.health_model._explain.reasons import what_happened
from oseberg.health_model._explain.tenure import with_tenure
from oseberg.health_model._frames import need
from oseberg.health_model._health_model import HealthModel
from oseberg.health_model._pages.alarm_data import alarm_data
from oseberg.health_model._pages.company import account_table, check_scores, money, renewal, totals_of_money
from oseberg.health_model._pages.company_data import company_data
from oseberg.health_model._pages.fleet import changes, declines, distribution, fleet, weekly
from oseberg.health_model._pages.html import day, render
from oseberg.health_model._pages.packing import packed
from oseberg.health_model._pages.people import MEMORY, WEEKS_SHOWN, people
from oseberg.health_model._pages.two_weeks import two_weeks
from oseberg.health_model._week import Week, mondays

if TYPE_CHECKING:
    from pathlib import Path

RECENT = 8  # weeks: as far back as levels look
MOST_SHOWN = 25  # companies of a list on the first screen; the rest is one click away
KNOWN = {"arr": "arr", "owner": "owner", "renewal": "renewal_days"}
SEGMENTS = ("group_type", "job_type", "tenure", "owner")
"""What the fleet is always taken apart by, where it is known."""
OF_CONTRIBUTIONS = ("user_id", "week", "metric", "value", "points", "weight", "contribution")


def write_report(
    path: str | Path,
    *,
    companies: pd.DataFrame | History,
    users: pd.DataFrame,
    contributions: pd.DataFrame,
    model: HealthModel,
    threshold: float = DEFAULT_THRESHOLD,
    found: Threshold | None = None,
    scored_at: datetime | None = None,
    notes: pd.DataFrame | None = None,
    roster: str | None = None,
    segments: tuple[str, ...] = (),
    metric_sums: pd.DataFrame | None = None,
) -> None:
    """Write the health page, whole or not at all; a new file is readable by its owner alone, as it names people.

    Args:
        path: The HTML file.
        companies: The companies' weeks as `company_scores` returns them, with `week`, and where known group_name,
            group_type, salesforce_id, arr (a year's money), currency, owner, renewal_on, started_on, reference_id.
        users: Scores of users as `ScoreResult.users` has them, with `week`, and where known name, email, username,
            job_type, since (the first day as a user: for bands of tenure) and the columns of `segments`. The latest six
            weeks are shown; more weeks tell for how long somebody has been inactive.
        contributions: As `ScoreResult.contributions`, with `week`; the latest two weeks are shown. Earlier weeks let
            the page say what moved a company since then, and take the fleet's change apart.
        model: The model that scored.
        threshold: At or below it a week is low.
        found: What `find_threshold` found, to be shown with its interval.
        scored_at: When the scores were computed; the same scores give the same page.
        notes: group_id, date, author, note: shown on the companies' pages.
        roster: Whose users count: `AS_OF_EACH_WEEK` or `TODAYS`.
        segments: Further columns of users or companies, as they were in each week, to take the fleet's change apart by.
        metric_sums: week, metric, contribution (the sum over all users) of further weeks: any two of all these weeks
            can be compared on the page.

    Raises:
        DataError: A column is missing, or a user or company has two scores in a week.
    """
    history = check_scores(companies, users)
    need(contributions, OF_CONTRIBUTIONS, "contributions")
    when = scored_at and scored_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    facts = {"model": model, "threshold": threshold, "found": found, "scored_at": when, "roster": roster}
    shown: dict[str, Any] = {"week": None}
    if len(history.tracked):
        parts = Parts(users, contributions, metric_sums, tuple(dict.fromkeys((*SEGMENTS, *segments))))
        shown = contents(history, parts, model, threshold, notes)
    write_text(path, render("report.html", **facts, **shown), private=True)


@dataclass(frozen=True)
class Parts:
    """The frames that `write_report` is given."""

    users: pd.DataFrame
    contributions: pd.DataFrame
    metric_sums: pd.DataFrame | None
    segments: tuple[str, ...]


def contents(
    history: History,
    parts: Parts,
    model: HealthModel,
    threshold: float,
    notes: pd.DataFrame | None,
) -> dict[str, Any]:
    """Gather the template's values, and pack the data of its script."""
    week = Week(history.tracked.index[-1])
    # Every look at a week compares whole columns: numbers of days are quicker than dates or texts.
    users, contributions = by_monday(parts.users), by_monday(parts.contributions)
    accounts = account_table(history, threshold)
    companies = pd.Index(accounts["group_id"])
    compared = {
        Week.parse(value)
        for part in (contributions, parts.metric_sums)
        if part is not None
        for value in part["week"].unique()
    }
    users = with_facts(select(users, week, compared), history, parts.segments)
    segments = tuple(name for name in parts.segments if name in users)
    weeks = snapshots(model, users, contributions, week)
    now, before = weeks[week.monday], weeks[week.next(-1).monday]
    # Weeks with another reference are not comparable: a difference is not what anybody did.
    same = {Week.parse(monday).monday for monday in history.comparable.index}
    earlier = {monday: past for monday, past in weeks.items() if monday in same and monday != week.monday}
    movements = [Movement.between(companies, now, past) for past in earlier.values()]
    accounts["said"] = reasons(accounts, movements, model, now, threshold)
    texts, arrays = people(model, users, now, before, companies)
    more_texts, more_arrays = company_data(
        history, accounts, Movement.between(companies, now, before), notes, threshold
    )
    alarm_texts, alarm_arrays = alarm_data(history, companies, threshold)
    pages = {
        **texts,
        **more_texts,
        **alarm_texts,
        "metrics": [[metric.id, metric.question, metric.kind == "continuous"] for metric in model.metrics],
        "shown": [day(week.next(-number)) for number in reversed(range(WEEKS_SHOWN))],
        "attainable": model.attainable,
        "compared": not history.reference_changed,
        "fleet": two_weeks(users, contributions, parts.metric_sums, model, segments),
    }
    return {
        "week": week,
        # Older ones are only marked in the charts: they must not come first every Monday.
        "lost": [Week(monday) for monday in history.lost if Week(monday) >= week.next(-RECENT)],
        "lost_events": history.lost_events,
        "declines": declines(history),
        "accounts": len(accounts),
        "lists": [listed(accounts, name) for name in LISTS],
        "known": {name: known(accounts[column]) for name, column in KNOWN.items()},
        "at_risk": totals_of_money(accounts[accounts["list"].isin(LISTS[:2])]),
        "underused": accounts[accounts["underused"]]
        .sort_values("unused", ascending=False)[:MOST_SHOWN]
        .to_dict("records"),
        "fleet": fleet(now.users),
        "weekly": weekly(history),
        "changes": changes(now, earlier, model, segments),
        "bars": distribution(now.users["score"].to_numpy(np.float64)),
        "most_shown": MOST_SHOWN,
        "outcomes": OUTCOMES,
        "reference_changed": history.reference_changed,
        "data": packed(pages, {**arrays, **more_arrays, **alarm_arrays}),
    }


def by_monday(frame: pd.DataFrame) -> pd.DataFrame:
    """Write the weeks of a frame as categories, one for each Monday."""
    return frame.assign(week=pd.Categorical(mondays(frame["week"])))


def select(users: pd.DataFrame, week: Week, compared: set[Week]) -> pd.DataFrame:
    """Select the users' rows up to a week, as far back as the page looks or compares."""
    weeks = {value: Week.parse(value) for value in users["week"].unique()}
    recent = week.next(-MEMORY)
    wanted = [value for value, each in weeks.items() if each <= week and (each > recent or each in compared)]
    return users[users["week"].isin(wanted)]


def with_facts(users: pd.DataFrame, history: History, segments: tuple[str, ...]) -> pd.DataFrame:
    """Add to users their tenure, and what is known of their companies in each week, to take the fleet apart by."""
    users = with_tenure(users)
    wanted = [name for name in segments if name in history.frame and name not in users]
    if not wanted:
        return users
    facts = history.frame[["group_id", "week", *wanted]].rename(columns={"week": "_monday"})
    joined = users.assign(_monday=mondays(users["week"])).merge(facts, how="left", on=["group_id", "_monday"])
    return joined.drop(columns="_monday")


def snapshots(model: HealthModel, users: pd.DataFrame, contributions: pd.DataFrame, week: Week) -> dict[date, Snapshot]:
    """Return the weeks whose contributions are known, the latest and the one before always."""
    stored = {Week.parse(value).monday for value in contributions["week"].unique()}
    scored = {Week.parse(value).monday for value in users["week"].unique()}
    weeks = sorted({week.monday, week.next(-1).monday} | {monday for monday in stored & scored if monday < week.monday})
    return {monday: Snapshot.at(model, users, contributions, monday) for monday in weeks}


def reasons(
    accounts: pd.DataFrame, movements: list[Movement], model: HealthModel, now: Snapshot, threshold: float
) -> list[str]:
    """Describe what happened to each company since the known week from which it fell furthest."""
    names = dict(zip(now.users["user_id"], now.users.reindex(columns=["name"])["name"], strict=True))
    names = {user: str(name) for user, name in names.items() if isinstance(name, str) and name.strip()}
    labels = [metric.id.replace("_", " ") for metric in model.metrics]
    totals = np.array([movement.points.sum(axis=1) for movement in movements]).reshape(len(movements), len(accounts))
    told = []
    for place, row in enumerate(accounts.to_dict("records")):
        mover = ""
        if row["list"] and not np.isnan(totals[:, place]).all():
            furthest = movements[int(np.nanargmin(totals[:, place]))]
            mover = furthest.told(place, names, labels)
        told.append(what_happened(row, threshold, mover))
    return told


def listed(accounts: pd.DataFrame, name: str) -> dict[str, Any]:
    """Return a list of the first screen: its rows, their total number, and the money at stake."""
    rows = accounts[accounts["list"] == name]
    shown = rows[:MOST_SHOWN].to_dict("records")
    for row in shown:
        row["money"], row["renewal"] = money(row["arr"], row["currency"]), renewal(row["renewal_days"])
    return {
        "name": name,
        "key": name.lower().replace(" ", "-"),
        "rows": shown,
        "count": len(rows),
        "money": totals_of_money(rows),
    }


def known(column: pd.Series[Any]) -> bool:
    """Whether any company has a value; a column of dashes would be useless."""
    return bool((column.notna() & (column != "")).any())
