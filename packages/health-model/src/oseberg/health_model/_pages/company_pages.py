"""The page of each company: its score taken apart, what moved it, and its weeks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oseberg.health_model._health_model import HealthModel
from oseberg.health_model._pages.company import told_moves
from oseberg.health_model._pages.diagnosis import spelled
from oseberg.health_model._pages.html import change, percent, points
from oseberg.health_model._week import Week

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


def account_pages(
    rows: list[dict[Any, Any]],
    companies: pd.DataFrame,
    model: HealthModel,
    moved: Mapping[object, Mapping[str, float]],
    threshold: float,
    drops: list[Week],
) -> list[dict[str, Any]]:
    """Lay out each company's own page as text, for the page's script.

    Args:
        rows: From `account_rows`.
        companies: Their weeks to show.
        model: The model that scored.
        moved: From `movements`.
        threshold: At or below it a week is low.
        drops: The weeks in which the whole fleet dropped.
    """
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
    """Return what a company's page begins with."""
    return {
        "id": str(row["group_id"]),
        "link": row["link"],
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
    active = f"{row['active_users']}/{row['users']} active \N{MULTIPLICATION SIGN} {points(row['active_score'])}"
    passive = f" + {points(row['passive_points'])} of the inactive" if row["passive_points"] else ""
    return f"{points(row['score'])} = {active}{passive}"


def history_line(week: Week, past: dict[Any, Any], threshold: float, drops: list[Week]) -> list[str]:
    """Write one week of a company: week, score, whether it was low, active users, their mean, the core's."""
    low = "fleet dropped" if week in drops else "low" if past["score"] <= threshold else ""
    of = f"{int(past['active_users'])} of {int(past['users'])}"
    return [spelled(week), points(past["score"]), low, of, points(past["active_score"]), points(past["core_score"])]
