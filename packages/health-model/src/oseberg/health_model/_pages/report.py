"""The health page: one HTML file that opens without a network."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from oseberg.health_model._atomic import write_text
from oseberg.health_model._churn.history import DEFAULT_THRESHOLD, History
from oseberg.health_model._churn.threshold import Threshold
from oseberg.health_model._frames import need
from oseberg.health_model._health_model import HealthModel
from oseberg.health_model._pages.charts import histogram
from oseberg.health_model._pages.company import WEEKS_SHOWN, Snapshot, account_rows, check_scores, movements
from oseberg.health_model._pages.company_pages import account_pages
from oseberg.health_model._pages.html import day, render
from oseberg.health_model._pages.people import packed, people
from oseberg.health_model._week import Week

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

HISTORY = 13  # weeks in a company's table
STEP = 10  # width of the distribution's bars, in points
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
    """Write the health page, whole or not at all; a new file is readable by its owner alone, as it names people.

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
        DataError: A column is missing, or a user or company has two scores in a week.
    """
    check_scores(companies, users)
    need(contributions, OF_CONTRIBUTIONS, "contributions")
    when = scored_at and scored_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    history = History.read(companies)
    shown = contents(history, users, contributions, model, threshold) if history.weeks else {"week": None}
    write_text(
        path,
        render("report.html", model=model, threshold=threshold, found=found, scored_at=when, **shown),
        private=True,
    )


def contents(
    history: History,
    users: pd.DataFrame,
    contributions: pd.DataFrame,
    model: HealthModel,
    threshold: float,
) -> dict[str, Any]:
    """Gather what the template shows, and pack what its script shows."""
    weeks = history.weeks
    week, users = weeks[-1], latest_weeks(users)
    now, before = (Snapshot.take(users, contributions, moment.monday) for moment in (week, week.next(-1)))
    rows = account_rows(history, threshold)
    drops = [Week(monday) for monday in history.lost]
    pages = {
        **people(model, users, now, before, {row["group_id"]: place for place, row in enumerate(rows)}),
        "questions": [metric.question for metric in model.metrics],
        "weeks": [day(week.next(-number)) for number in reversed(range(WEEKS_SHOWN))],
        "accounts": account_pages(rows, latest_weeks(history.frame), model, movements(now, before), threshold, drops),
    }
    return {
        "week": week,
        "first": weeks[0],
        "weeks": weeks[-WEEKS_SHOWN:],
        "drops": drops,
        "rows": rows,
        "fleet": fleet(now.users),
        "bars": distribution(now.users["score"].to_numpy(np.float64)),
        "data": packed(pages),
    }


def latest_weeks(frame: pd.DataFrame) -> pd.DataFrame:
    """Select the rows of the latest 13 weeks."""
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
