"""What the page shows of each company: its weeks, why it is what it is, and what moved it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
import pandas as pd

from oseberg.health_model._churn.history import History
from oseberg.health_model._frames import need
from oseberg.health_model._pages.charts import sparkline
from oseberg.health_model._pages.diagnosis import is_underused, passive_users, since, why
from oseberg.health_model._rounding import half_up, largest_remainder
from oseberg.health_model._score.companies import COLUMNS
from oseberg.health_model._week import Week
from oseberg.health_model.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

MOST_MOVERS, WEEKS_SHOWN = 6, 6
OTHERS = "All other metrics"
OF_COMPANIES = ("group_id", "week", *COLUMNS)
OF_USERS = ("user_id", "group_id", "week", "score", "active", "passive_only")


@dataclass(frozen=True)
class Snapshot:
    """One week's scores of users, and their contributions."""

    users: pd.DataFrame
    contributions: pd.DataFrame

    @classmethod
    def take(cls, users: pd.DataFrame, contributions: pd.DataFrame, week: date) -> Snapshot:
        """Select one week's rows."""
        return cls(at_week(users, week), at_week(contributions, week))


def check_scores(companies: pd.DataFrame, users: pd.DataFrame) -> None:
    """Refuse scores that lack what is shown of them.

    Raises:
        DataError: A column is missing, a user has two scores in a week, or there are companies without users.
    """
    need(companies, OF_COMPANIES, "companies' weeks")
    need(users, OF_USERS, "users")
    if users.empty and len(companies):
        raise DataError("There are scores of companies, but not of users. Pass both.")
    twice = users[users.duplicated(["user_id", "week"])]
    if len(twice):
        user, week = twice[["user_id", "week"]].iloc[0]
        raise DataError(f"User {user} has two scores in {Week.parse(week)}. Pass those of one model version.")


def at_week(frame: pd.DataFrame, week: date) -> pd.DataFrame:
    """Select one week's rows, however the weeks are spelled."""
    spellings = [value for value in frame["week"].unique() if Week.parse(value).monday == week]
    return frame[frame["week"].isin(spellings)]


def account_rows(history: History, threshold: float) -> list[dict[Any, Any]]:
    """Gather what there is to say of each company of the latest week, the most urgent first."""
    table = history.table
    if table.empty:
        return []
    top = max(float(np.nanmax(table.to_numpy())), threshold, 1.0)
    weeks = history.frame.set_index("week").sort_index()
    ordinary = weeks.drop(index=history.lost)
    past = dict(iter(ordinary.groupby("group_id")[["score", "active_users", "users"]]))
    latest = weeks.loc[[table.index[-1]]].set_index("group_id").to_dict("index")
    return [
        account(latest[group] | row, table[group], past.get(group, ordinary[:0]), top, threshold)
        for row in history.attention(threshold).to_dict("records")
        for group in (row["group_id"],)
    ]


def account(
    row: dict[Any, Any], scores: pd.Series[float], past: pd.DataFrame, top: float, threshold: float
) -> dict[Any, Any]:
    """Add to a company's measures what people read.

    Args:
        row: Its latest week, and what `attention` says of it.
        scores: Its score of each week, NaN where it had none.
        past: Its measures in each week that counts, indexed by Monday.
        top: The highest score to draw.
        threshold: At or below it a week is low.
    """
    low_since = None if pd.isna(row["low_since"]) else Week(row["low_since"])
    return {
        **row,
        "name": written(row.get("group_name")) or f"Company {row['group_id']}",
        "link": f"#account-{quote(str(row['group_id']), safe='')}",
        "type": written(row.get("group_type")),
        "passive": passive_users(row),
        "unused": int(row["users"]) - int(row["active_users"]),
        "underused": is_underused(row),
        "why": why(row),
        "since": since(past, low_since),
        "recent": scores.tolist()[-WEEKS_SHOWN:],
        "spark": sparkline(scores.tolist(), top, threshold),
    }


def written(text: Any) -> str:  # noqa: ANN401 - a cell
    """Return a text without blanks around it; "" if it is unknown."""
    return "" if text is None or pd.isna(text) else str(text).strip()


def movements(now: Snapshot, before: Snapshot) -> dict[object, dict[str, float]]:
    """Return how far each metric moved each company's score since the week before."""
    points, past = company_points(now), company_points(before)
    common = points.index.intersection(past.index)
    moved = points.loc[common].sub(past.loc[common], fill_value=0.0)
    metrics = list(moved.columns)
    return {group: dict(zip(metrics, row, strict=True)) for group, row in zip(common, moved.to_numpy(), strict=True)}


def told_moves(change: float, moved: Mapping[str, float]) -> list[tuple[str, float]]:
    """Return the metrics that moved a score most, and all others together: rounded, they add up to its change."""
    if not moved or pd.isna(change):
        return []
    felt = [(metric, points) for metric, points in moved.items() if abs(points) >= 0.005]  # noqa: PLR2004 - half of the last digit shown
    felt = sorted(felt, key=lambda move: -abs(move[1]))[:MOST_MOVERS]
    felt.append((OTHERS, change - sum(points for _, points in felt)))
    shown = largest_remainder([points for _, points in felt], half_up(change))
    return [(metric, value) for (metric, _), value in zip(felt, shown, strict=True) if metric != OTHERS or value]


def company_points(week: Snapshot) -> pd.DataFrame:
    """Add up each metric's contribution in a company, per licensed user: they add up to its mean score."""
    roster = week.users.set_index("user_id")["group_id"]
    owner = week.contributions["user_id"].map(roster).rename("group_id")
    sums = week.contributions.groupby([owner, week.contributions["metric"].astype(str)])["contribution"].sum().unstack()  # noqa: PD010 - one value for each pair
    return sums.reindex(roster.dropna().unique(), fill_value=0.0).fillna(0.0).div(roster.value_counts(), axis=0)
