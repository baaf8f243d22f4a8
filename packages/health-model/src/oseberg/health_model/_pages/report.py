"""The health page: one HTML file that opens without a network."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.health_model._atomic import write_text
from oseberg.health_model._churn.history import DEFAULT_THRESHOLD, LISTS, History
from oseberg.health_model._churn.threshold import Threshold
from oseberg.health_model._frames import need
from oseberg.health_model._health_model import HealthModel
from oseberg.health_model._pages.change import FleetChange, taken_apart
from oseberg.health_model._pages.charts import fleet_chart, histogram
from oseberg.health_model._pages.company import account_table, check_scores, money, renewal, totals_of_money
from oseberg.health_model._pages.company_data import company_data
from oseberg.health_model._pages.html import day, render
from oseberg.health_model._pages.movement import Movement, Snapshot
from oseberg.health_model._pages.packing import packed
from oseberg.health_model._pages.people import MEMORY, WEEKS_SHOWN, people
from oseberg.health_model._pages.reasons import what_happened
from oseberg.health_model._rounding import half_up
from oseberg.health_model._week import Week, mondays

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

STEP = 10  # width of the distribution's bars, in points
MOST_SHOWN = 25  # companies of a list on the first screen; the rest is one click away
KNOWN = {"arr": "arr", "owner": "owner", "renewal": "renewal_days"}
MOST_MOVERS = 10  # metrics: the others each moved the fleet by little
SEGMENTS = ("group_type", "job_type", "owner")
OF_CONTRIBUTIONS = ("user_id", "week", "metric", "value", "points", "weight", "contribution")
AS_OF_EACH_WEEK, TODAYS = "as of each week", "today's (no dates known)"
"""Whose users count in a week, as pages and tables say it."""


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
) -> None:
    """Write the health page, whole or not at all; a new file is readable by its owner alone, as it names people.

    Args:
        path: The HTML file.
        companies: The companies' weeks as `company_scores` returns them, with `week`, and where known group_name,
            group_type, salesforce_id, arr (a year's money), currency, owner, renewal_on, started_on, reference_id.
        users: Scores of users as `ScoreResult.users` has them, with `week`, and where known name, email, username,
            job_type. The latest six weeks are shown; more weeks tell for how long somebody has been inactive.
        contributions: As `ScoreResult.contributions`, with `week`; the latest two weeks are shown. Earlier weeks let
            the page say what moved a company since then, and take the fleet's change apart.
        model: The model that scored.
        threshold: At or below it a week is low.
        found: What `find_threshold` found, to be shown with its interval.
        scored_at: When the scores were computed; the same scores give the same page.
        notes: group_id, date, author, note: shown on the companies' pages.
        roster: Whose users count: `AS_OF_EACH_WEEK` or `TODAYS`.

    Raises:
        DataError: A column is missing, or a user or company has two scores in a week.
    """
    history = check_scores(companies, users)
    need(contributions, OF_CONTRIBUTIONS, "contributions")
    when = scored_at and scored_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    facts = {"model": model, "threshold": threshold, "found": found, "scored_at": when, "roster": roster}
    shown: dict[str, Any] = {"week": None}
    if len(history.tracked):
        shown = contents(history, users, contributions, model, threshold, notes)
    write_text(path, render("report.html", **facts, **shown), private=True)


def contents(
    history: History,
    users: pd.DataFrame,
    contributions: pd.DataFrame,
    model: HealthModel,
    threshold: float,
    notes: pd.DataFrame | None,
) -> dict[str, Any]:
    """Gather what the template shows, and pack what its script shows."""
    week = Week(history.tracked.index[-1])
    # Every look at a week compares whole columns: numbers of days are quicker than dates or texts.
    users, contributions = by_monday(users), by_monday(contributions)
    accounts = account_table(history, threshold)
    companies = pd.Index(accounts["group_id"])
    users = with_facts(until(users, week), history)
    weeks = snapshots(model, users, contributions, week)
    now, before = weeks[week.monday], weeks[week.next(-1).monday]
    # Weeks of another reference have another ruler: a difference from them is not what anybody did.
    same = {Week.parse(monday).monday for monday in history.comparable.index}
    earlier = {monday: past for monday, past in weeks.items() if monday in same and monday != week.monday}
    movements = [Movement.between(companies, now, past) for past in earlier.values()]
    accounts["said"] = reasons(accounts, movements, model, now, threshold)
    texts, arrays = people(model, users, now, before, companies)
    more_texts, more_arrays = company_data(
        history, accounts, Movement.between(companies, now, before), notes, threshold
    )
    pages = {
        **texts,
        **more_texts,
        "metrics": [[metric.id, metric.question, metric.kind == "continuous"] for metric in model.metrics],
        "shown": [day(week.next(-number)) for number in reversed(range(WEEKS_SHOWN))],
        "attainable": model.attainable,
        "compared": not history.reference_changed,
    }
    return {
        "week": week,
        "lost": [Week(monday) for monday in history.lost],
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
        "changes": changes(now, earlier, model),
        "bars": distribution(now.users["score"].to_numpy(np.float64)),
        "most_shown": MOST_SHOWN,
        "reference_changed": history.reference_changed,
        "data": packed(pages, {**arrays, **more_arrays}),
    }


def by_monday(frame: pd.DataFrame) -> pd.DataFrame:
    """Write the weeks of a frame as categories, one for each Monday."""
    return frame.assign(week=pd.Categorical(mondays(frame["week"])))


def until(users: pd.DataFrame, week: Week) -> pd.DataFrame:
    """Select the users' rows up to a week, as far back as the page looks."""
    weeks = {value: Week.parse(value) for value in users["week"].unique()}
    return users[users["week"].isin([value for value, each in weeks.items() if week.next(-MEMORY) < each <= week])]


def with_facts(users: pd.DataFrame, history: History) -> pd.DataFrame:
    """Add to users what is known of their companies in each week, to take the fleet apart by."""
    wanted = [name for name in ("group_type", "owner") if name in history.frame and name not in users]
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
    """Describe what happened to each company: since the week of those known from which it fell furthest."""
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
    """Return a list of the first screen: its rows, how many there are in all, and the money at stake."""
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
    """Whether any company has a value: a column of dashes helps nobody."""
    return bool((column.notna() & (column != "")).any())


def declines(history: History) -> list[dict[str, Any]]:
    """Return the fleet's declines of the last eight weeks with how far it fell."""
    weeks = [Week(monday) for monday in history.declines]
    recent = Week(history.tracked.index[-1]).next(-8)
    return [
        {"week": week, "before": decline.before, "after": decline.after, "companies": decline.companies}
        for week, decline in zip(weeks, history.decline_details, strict=True)
        if week > recent
    ]


def weekly(history: History) -> dict[str, Any]:
    """Return the fleet's chart and its numbers, as means over users."""
    frame = history.frame.astype(dict.fromkeys(("score", "users", "active_users", "active_score"), "float64"))
    sums = (
        frame.assign(
            points=frame["score"] * frame["users"],
            active_points=(frame["active_score"] * frame["active_users"]).fillna(0.0),
        )
        .groupby("week")[["points", "active_points", "users", "active_users"]]
        .sum()
    )
    active = sums["active_users"].to_numpy()
    lines = {
        "score": (sums["points"] / sums["users"]).to_numpy(),
        "active_score": np.divide(sums["active_points"], active, out=np.full(len(sums), np.nan), where=active > 0),
        "adoption": (sums["active_users"] / sums["users"]).to_numpy(),
    }
    weeks = [Week.parse(monday) for monday in sums.index]
    lost = {place for place, week in enumerate(weeks) if week.monday in set(history.lost)}
    fell = {place for place, week in enumerate(weeks) if week.monday in set(history.declines)}
    marks = ["not tracked" if place in lost else "declined" if place in fell else "" for place in range(len(weeks))]
    columns = zip(weeks, lines["score"], lines["adoption"], lines["active_score"], sums["users"], marks, strict=True)
    return {"chart": fleet_chart(weeks, lines, lost, fell), "rows": list(columns)[::-1]}


def changes(
    now: Snapshot,
    earlier: dict[date, Snapshot],
    model: HealthModel,
) -> list[dict[str, Any]]:
    """Break down the fleet's change since each earlier week that is known, the week before first."""
    questions = {metric.id: metric.question for metric in model.metrics}
    segments = tuple(name for name in SEGMENTS if name in now.users)
    found: list[FleetChange] = [
        taken_apart(now.week, past.week, now.users, past.users, now.rows, past.rows, segments)
        for past in reversed(earlier.values())
        if len(past.users)
    ]
    return [
        {
            "change": change,
            "metrics": largest(change, questions),
            "segments": {name: table.to_dict("records") for name, table in change.segments.items() if len(table) > 1},
            "movements": change.movements.to_dict("records"),
        }
        for change in found
    ]


def largest(change: FleetChange, questions: dict[str, str]) -> list[tuple[str, float]]:
    """Return the metrics that moved the fleet most, and all others together: they add up to the change."""
    moved = [(questions.get(metric, metric), points) for metric, points in change.metrics.itertuples(index=False)]
    felt = [(question, points) for question, points in moved[:MOST_MOVERS] if points]
    rest = half_up(change.change - sum(points for _, points in felt))
    return [*felt, ("All other metrics", rest)] if rest else felt


def fleet(users: pd.DataFrame) -> dict[str, Any]:
    """Count a week's users by what they did."""
    active, passive = users["active"].astype(bool), users["passive_only"].astype(bool)
    idle = len(users) - int(active.sum()) - int(passive.sum())
    score = float(users["score"].mean()) if len(users) else None
    return {
        "users": len(users),
        "active": int(active.sum()),
        "passive": int(passive.sum()),
        "idle": idle,
        "score": score,
    }


def distribution(scores: NDArray[np.float64]) -> dict[str, Any]:
    """Count users by score: none at all, then in steps of ten up to the last that anybody reaches."""
    top = max(1, int(np.ceil(scores.max(initial=0.0) / STEP)))
    place = np.ceil(scores / STEP).astype(np.int64)
    counts = np.bincount(place, minlength=top + 1).tolist()
    names = ["0", *(f"over {STEP * number} to {STEP * (number + 1)}" for number in range(top))]
    rows = [(name, count, count / max(len(scores), 1)) for name, count in zip(names, counts, strict=True)]
    return {"chart": histogram(counts), "rows": rows}
