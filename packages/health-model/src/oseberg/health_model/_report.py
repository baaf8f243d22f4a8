"""The health page: one HTML file that opens without a network."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from oseberg.health_model._accounts import WEEKS_SHOWN, Snapshot, account_rows, movements, told_moves
from oseberg.health_model._attention import DEFAULT_THRESHOLD, fleet_drops, weekly_table
from oseberg.health_model._charts import histogram
from oseberg.health_model._diagnosis import spelled
from oseberg.health_model._file import write_text
from oseberg.health_model._page import change, day, percent, points, render_page
from oseberg.health_model._people import packed, people
from oseberg.health_model._week import Week
from oseberg.health_model.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from oseberg.health_model._model import HealthModel
    from oseberg.health_model._threshold import Threshold

HISTORY = 13  # weeks in a company's table
STEP = 10  # width of the distribution's bars, in points
OF_USERS = ("user_id", "group_id", "week", "score", "active", "passive_only")
OF_CONTRIBUTIONS = ("user_id", "week", "metric", "value", "points", "weight", "contribution")


def write_report(
    path: str | Path,
    *,
    companies: pd.DataFrame,
    users: pd.DataFrame,
    contributions: pd.DataFrame,
    model: HealthModel,
    threshold: float = DEFAULT_THRESHOLD,
    found: Threshold | None = None,
    scored_at: datetime | None = None,
) -> None:
    """Write the health page, whole or not at all.

    Args:
        path: The HTML file.
        companies: The companies' weeks as `company_scores` gives them, with `week`, and where known `group_name` and
            `group_type`.
        users: Scores of users as `ScoreResult.users` has them, with `week`, and where known name, email, username,
            job_type. The latest six weeks are shown; more weeks tell for how long somebody has been inactive.
        contributions: As `ScoreResult.contributions`, with `week`; the latest two weeks are read.
        model: The model that scored.
        threshold: At or below it a week is low.
        found: What `find_threshold` found, to be shown with its interval.
        scored_at: When the scores were computed; the same scores give the same page.

    Raises:
        DataError: A column is missing.
    """
    for frame, name, needed in ((users, "users", OF_USERS), (contributions, "contributions", OF_CONTRIBUTIONS)):
        missing = [column for column in needed if column not in frame]
        if missing:
            raise DataError(f"The {name} have no column {missing[0]!r}. Needed are {', '.join(needed)}.")
    table = weekly_table(companies)
    facts = {"model": model, "threshold": threshold, "found": found}
    facts["scored_at"] = scored_at and scored_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    if table.empty:
        write_text(path, render_page("report.html", week=None, **facts))
        return
    week = Week(table.index[-1])
    users = latest_weeks(users)
    now, before = (Snapshot.take(users, contributions, moment.monday) for moment in (week, week.next(-1)))
    rows = account_rows(companies, threshold)
    drops = [Week(monday) for monday in fleet_drops(companies)]
    content = {
        **people(model, users, now, before, {row["group_id"]: place for place, row in enumerate(rows)}),
        "questions": [metric.question for metric in model.metrics],
        "weeks": [day(week.next(-number)) for number in reversed(range(WEEKS_SHOWN))],
        "accounts": account_pages(rows, latest_weeks(companies), model, movements(now, before), threshold, drops),
    }
    shown = [Week(monday) for monday in table.index[-WEEKS_SHOWN:]]
    write_text(
        path,
        render_page(
            "report.html",
            week=week,
            first=spelled(Week(table.index[0])),
            weeks=shown,
            drops=[spelled(drop) for drop in drops],
            rows=rows,
            fleet=fleet(now.users),
            bars=distribution(now.users["score"].to_numpy(np.float64)),
            data=packed(content),
            **facts,
        ),
    )


def latest_weeks(frame: pd.DataFrame) -> pd.DataFrame:
    """Take the rows of the latest 13 weeks."""
    weeks = {value: Week.parse(value) for value in frame["week"].unique()}
    first = max(weeks.values()).next(1 - HISTORY)
    return frame[frame["week"].isin([value for value, week in weeks.items() if week >= first])]


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


def distribution(scores: np.ndarray[Any, np.dtype[np.float64]]) -> dict[str, Any]:
    """Count users by score: none at all, then in steps of ten up to the last that anybody reaches."""
    top = max(1, int(np.ceil(scores.max(initial=0.0) / STEP)))
    place = np.ceil(scores / STEP).astype(np.int64)
    counts = np.bincount(place, minlength=top + 1).tolist()
    names = ["0", *(f"over {STEP * number} to {STEP * (number + 1)}" for number in range(top))]
    rows = [(name, count, count / max(len(scores), 1)) for name, count in zip(names, counts, strict=True)]
    return {"chart": histogram(counts), "rows": rows}


def account_pages(
    rows: list[dict[Any, Any]],
    companies: pd.DataFrame,
    model: HealthModel,
    moved: Mapping[object, Mapping[str, float]],
    threshold: float,
    drops: list[Week],
) -> list[dict[str, Any]]:
    """Lay out each company's own page as text, for the page's script."""
    questions = {metric.id: metric.question for metric in model.metrics}
    weeks: dict[object, list[tuple[Week, list[str]]]] = {}
    for past in companies.to_dict("records"):
        week = Week.parse(past["week"])
        weeks.setdefault(past["group_id"], []).append((week, history_line(week, past, threshold, drops)))
    return [
        {
            **account_page(row, model.attainable),
            "moves": [
                [questions.get(metric, metric), change(points_moved)]
                for metric, points_moved in told_moves(row["change"], moved.get(row["group_id"], {}))
            ],
            "weeks": [line for _, line in sorted(weeks[row["group_id"]], reverse=True)],
        }
        for row in rows
    ]


def account_page(row: dict[Any, Any], attainable: float) -> dict[str, Any]:
    """Say what a company's page begins with."""
    return {
        "id": str(row["group_id"]),
        "name": row["name"],
        "type": row["type"],
        "attention": bool(row["needs_attention"]),
        "said": " ".join(part for part in (row["why"], row["since"]) if part),
        "facts": [
            ["Score", points(row["score"]), f"{change(row['change'])} since the week before"],
            ["Active users", f"{row['active_users']} of {row['users']}", percent(row["adoption"])],
            ["Mean of the active", points(row["active_score"]), f"of at most {points(attainable)}"],
            ["Mean of the core", points(row["core_score"]), "best 5 users, or best fifth"],
            ["Top user's share", percent(row["concentration"]), "of all points"],
            ["Automatic mail only", str(row["passive"]), f"and {row['unused'] - row['passive']} did nothing at all"],
        ],
        "sum": sum_of(row),
    }


def sum_of(row: dict[Any, Any]) -> str:
    """Write a score as adoption x the mean of the active, and what the others add."""
    if not row["active_users"]:
        return ""
    active = f"{percent(row['adoption'])} active \N{MULTIPLICATION SIGN} {points(row['active_score'])}"
    passive = f" + {points(row['passive_points'])} of the inactive" if row["passive_points"] else ""
    return f"{points(row['score'])} = {active}{passive}"


def history_line(week: Week, past: dict[Any, Any], threshold: float, drops: list[Week]) -> list[str]:
    """Write one week of a company: week, score, whether it was low, active users, their mean, the core's."""
    low = "fleet dropped" if week in drops else "low" if past["score"] <= threshold else ""
    of = f"{int(past['active_users'])} of {int(past['users'])}"
    return [spelled(week), points(past["score"]), low, of, points(past["active_score"]), points(past["core_score"])]
