"""The fleet on the page: its chart and numbers, its declines, how scores are spread, and why its mean changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from oseberg.health_model._explain.fleet import FleetChange, taken_apart
from oseberg.health_model._pages.charts import fleet_chart, histogram
from oseberg.health_model._rounding import half_up
from oseberg.health_model._week import Week

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd
    from numpy.typing import NDArray

    from oseberg.health_model._churn.history import History
    from oseberg.health_model._explain.movement import Snapshot
    from oseberg.health_model._health_model import HealthModel

STEP = 10  # width of the distribution's bars, in points
MOST_MOVERS = 10  # metrics: the others each moved the fleet by little


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
    sums = sums.reindex(history.calendar)  # a week without scores keeps its place
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
    segments: tuple[str, ...],
) -> list[dict[str, Any]]:
    """Break down the fleet's change since each earlier week that is known, the week before first."""
    questions = {metric.id: metric.question for metric in model.metrics}
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
