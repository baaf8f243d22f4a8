"""What the page shows of each company: its weeks, why it is what it is, and what moved it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
import pandas as pd

from oseberg.health_model._attention import attention, weekly_table
from oseberg.health_model._charts import sparkline
from oseberg.health_model._diagnosis import is_underused, passive_users, since, why
from oseberg.health_model._rounding import half_up, largest_remainder
from oseberg.health_model._week import Week

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

MOST_MOVERS, WEEKS_SHOWN = 6, 6
OTHERS = "All other metrics"


@dataclass(frozen=True)
class Snapshot:
    """One week's scores of users, and their contributions."""

    users: pd.DataFrame
    contributions: pd.DataFrame

    @classmethod
    def take(cls, users: pd.DataFrame, contributions: pd.DataFrame, week: date) -> Snapshot:
        """Take one week's rows."""
        return cls(at_week(users, week), at_week(contributions, week))


def at_week(frame: pd.DataFrame, week: date) -> pd.DataFrame:
    """Take one week's rows, however the weeks are spelt."""
    spellings = [value for value in frame["week"].unique() if Week.parse(value).monday == week]
    return frame[frame["week"].isin(spellings)]


def account_rows(companies: pd.DataFrame, threshold: float) -> list[dict[Any, Any]]:
    """Gather what there is to say of each company of the latest week, the most urgent first."""
    table = weekly_table(companies)
    if table.empty:
        return []
    latest = {row["group_id"]: row for row in at_week(companies, table.index[-1]).to_dict("records")}
    top = max(float(np.nanmax(table.to_numpy())), threshold, 1.0)
    return [
        account(latest[row["group_id"]] | row, table[row["group_id"]], top, threshold)
        for row in attention(companies, threshold).to_dict("records")
    ]


def account(row: dict[Any, Any], scores: pd.Series[float], top: float, threshold: float) -> dict[Any, Any]:
    """Add to a company's measures what people read."""
    low_since = None if pd.isna(row["low_since"]) else Week(row["low_since"])
    group_type = row.get("group_type")
    return {
        **row,
        "name": name_of(row),
        "link": f"#account-{quote(str(row['group_id']), safe='')}",
        "type": "" if group_type is None or pd.isna(group_type) else str(group_type),
        "passive": passive_users(row),
        "unused": int(row["users"]) - int(row["active_users"]),
        "underused": is_underused(row),
        "why": why(row),
        "since": since(scores, low_since),
        "recent": scores.tolist()[-WEEKS_SHOWN:],
        "spark": sparkline(scores.tolist(), top, threshold),
    }


def name_of(row: Mapping[Any, Any]) -> str:
    """Give a company's name, or its number where no name is known."""
    name = row.get("group_name")
    return f"Company {row['group_id']}" if name is None or pd.isna(name) else str(name)


def movements(now: Snapshot, before: Snapshot) -> dict[object, dict[str, float]]:
    """Tell how far each metric moved each company's score since the week before."""
    points, past = company_points(now), company_points(before)
    common = points.index.intersection(past.index)
    moved = points.loc[common].sub(past.loc[common], fill_value=0.0)
    metrics = list(moved.columns)
    return {group: dict(zip(metrics, row, strict=True)) for group, row in zip(common, moved.to_numpy(), strict=True)}


def told_moves(change: float, moved: Mapping[str, float]) -> list[tuple[str, float]]:
    """Give the metrics that moved a score most, and all others together: rounded, they add up to its change."""
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
