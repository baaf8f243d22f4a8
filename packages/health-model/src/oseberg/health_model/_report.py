"""The health page: one HTML file that opens without a network."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from oseberg.health_model._attention import DEFAULT_THRESHOLD, attention, fleet_drops, weekly_table
from oseberg.health_model._file import write_text
from oseberg.health_model._page import render_page
from oseberg.health_model._week import Week, mondays

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from oseberg.health_model._model import HealthModel

MOST_USERS, MOST_MOVERS, TABLE_WEEKS = 10, 3, 6
WIDTH, HEIGHT, EDGE = 120, 28, 2


def write_report(
    path: str | Path,
    *,
    companies: pd.DataFrame,
    users: pd.DataFrame,
    contributions: pd.DataFrame,
    model: HealthModel,
    threshold: float = DEFAULT_THRESHOLD,
    scored_at: datetime | None = None,
) -> None:
    """Write the health page, whole or not at all.

    Args:
        path: The HTML file.
        companies: The companies' weeks as `company_scores` gives them, with `week` and where known `group_name`.
        users: Scores of users with `week`: user_id, group_id, score, active, passive_only, and where known name, email,
            username; the latest two weeks are read.
        contributions: user_id, metric, contribution with `week`; the latest two weeks are read.
        model: The model that scored.
        threshold: At or below it a week is low.
        scored_at: When the scores were computed; the same scores give the same page.

    Raises:
        DataError: A column is missing.
    """
    rows = account_rows(companies, users, contributions, threshold)
    weeks = sorted({Week.parse(week) for week in companies["week"].unique()})
    write_text(
        path,
        render_page(
            "report.html",
            model=model,
            rows=rows,
            week=str(weeks[-1]) if weeks else None,
            first=str(weeks[0]) if weeks else None,
            drops=[str(Week(monday)) for monday in fleet_drops(companies)],
            threshold=threshold,
            most_users=MOST_USERS,
            questions={metric.id: metric.question for metric in model.metrics},
            scored_at=scored_at and scored_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        ),
    )


def account_rows(
    companies: pd.DataFrame, users: pd.DataFrame, contributions: pd.DataFrame, threshold: float
) -> list[dict[Any, Any]]:
    """Gather what the page shows of each company, the most urgent first."""
    table = weekly_table(companies)
    if table.empty:
        return []
    week: date = table.index[-1]
    latest = {row["group_id"]: row for row in at_week(companies, week).to_dict("records")}
    moves, people = movements(users, contributions, week), people_of(users, week)
    top = max(float(np.nanmax(table.to_numpy())), threshold, 1.0)
    names = [str(Week.parse(moment)) for moment in table.index[-TABLE_WEEKS:]]
    return [
        {
            **latest[row["group_id"]],
            **row,
            "name": name_of(latest[row["group_id"]]),
            "low_since": None if pd.isna(row["low_since"]) else str(Week(row["low_since"])),
            "spark": sparkline(table[row["group_id"]].tolist(), top, threshold),
            "weeks": list(zip(names, table[row["group_id"]].tolist()[-TABLE_WEEKS:], strict=True)),
            "people": people.get(row["group_id"], []),
            "moves": moves.get(row["group_id"], []),
        }
        for row in attention(companies, threshold).to_dict("records")
    ]


def at_week(frame: pd.DataFrame, week: date) -> pd.DataFrame:
    """Take one week's rows."""
    return frame[mondays(frame["week"]) == week]


def name_of(row: Mapping[Any, Any]) -> str:
    """Give a company's name, or its number where no name is known."""
    name = row.get("group_name")
    return f"Company {row['group_id']}" if name is None or pd.isna(name) else str(name)


def people_of(users: pd.DataFrame, week: date) -> dict[object, list[dict[Any, Any]]]:
    """List each company's users of a week, the best first."""
    frame = at_week(users, week).sort_values("score", ascending=False, kind="stable")
    before = at_week(users, Week(week).next(-1).monday).set_index("user_id")["score"]
    names = frame.reindex(columns=["name", "email", "username"]).astype(object)
    frame = frame.assign(
        label=names.bfill(axis=1).iloc[:, 0].fillna(frame["user_id"].astype(str)),
        change=frame["score"] - frame["user_id"].map(before),
    )
    columns = ["label", "score", "change", "active", "passive_only"]
    return {group: part[columns].to_dict("records") for group, part in frame.groupby("group_id")}


def movements(users: pd.DataFrame, contributions: pd.DataFrame, week: date) -> dict[object, list[tuple[str, float]]]:
    """Tell which metrics moved each company's score since the week before, in points of its score."""
    now = company_points(users, contributions, week)
    before = company_points(users, contributions, Week(week).next(-1).monday)
    common = now.index.intersection(before.index)
    moved = (now.reindex(common) - before.reindex(common)).fillna(0.0)
    result: dict[object, list[tuple[str, float]]] = {}
    for group, row in moved.iterrows():
        felt = row[row.abs() >= 0.005]  # noqa: PLR2004 - half of the last digit shown
        order = felt.abs().sort_values(ascending=False, kind="stable").index[: 2 * MOST_MOVERS]
        result[group] = [(str(metric), float(row[metric])) for metric in order]
    return result


def company_points(users: pd.DataFrame, contributions: pd.DataFrame, week: date) -> pd.DataFrame:
    """Add up each metric's contribution in a company, per licensed user: they add up to its mean score."""
    roster = at_week(users, week).set_index("user_id")["group_id"]
    rows = at_week(contributions, week)
    owner = rows["user_id"].map(roster)
    sums = rows.groupby([owner.rename("group_id"), rows["metric"].astype(str)])["contribution"].sum().unstack()  # noqa: PD010 - one value for each pair
    return sums.reindex(roster.dropna().unique(), fill_value=0.0).fillna(0.0).div(roster.value_counts(), axis=0)


def sparkline(scores: Sequence[float], top: float, threshold: float) -> Markup:
    """Draw a company's weeks as one small line over the threshold; a week without a score is a gap."""
    step = (WIDTH - 2 * EDGE) / max(len(scores) - 1, 1)
    places = [(EDGE + number * step, height(score, top)) for number, score in enumerate(scores)]
    runs: list[list[str]] = [[]]
    for (x, y), score in zip(places, scores, strict=True):
        if np.isnan(score):
            runs.append([])
        else:
            runs[-1].append(f"{x:.1f},{y:.1f}")
    lines = Markup("").join(Markup('<polyline points="{}"/>').format(" ".join(run)) for run in runs if len(run) > 1)
    known = [(place, score) for place, score in zip(places, scores, strict=True) if not np.isnan(score)]
    (x, y), last = known[-1]
    text = f"{len(known)} weeks, from {known[0][1]:.1f} to {last:.1f}"
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" role="img" aria-label="{}"><line x1="0" x2="{}" y1="{}" y2="{}"/>{}'
        '<circle cx="{}" cy="{}" r="2"/></svg>'
    ).format(WIDTH, HEIGHT, text, WIDTH, *[f"{height(threshold, top):.1f}"] * 2, lines, f"{x:.1f}", f"{y:.1f}")


def height(score: float, top: float) -> float:
    """Give a score's vertical place."""
    return HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * score / top
