"""Which companies need a person's attention, and which weeks were low for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oseberg.health_model._need import need
from oseberg.health_model._week import Week, mondays
from oseberg.health_model.errors import DataError

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

DEFAULT_THRESHOLD = 10.0
"""A company's week is low at or below this score, until a threshold is found from cancellations.

Who does one thing only, however often, scores about 8; who merely gets reports and alerts, about 2.
"""

COLUMNS = ["group_id", "week", "score", "change", "weeks_low", "needs_attention", "low_since"]
LOOK_BACK, LOW_WEEKS = 4, 3
FLEET_RATIO, FLEET_COMPANIES, FLEET_MEMORY = 0.8, 3, 8


def attention(history: pd.DataFrame, threshold: float = DEFAULT_THRESHOLD) -> pd.DataFrame:
    """Tell which companies need attention: 3 of the last 4 weeks at or below the threshold.

    A week in which the whole fleet dropped (see `fleet_drops`) counts as low for nobody: lost tracking or a holiday
    says nothing about one account.

    Args:
        history: group_id, week, score; a row for each company and week, as `company_scores` gives them.
        threshold: A score from 0 to 100.

    Returns:
        A row for each company of the latest week, the most urgent first: group_id, week, score, change (from the week
        before; NaN without), weeks_low (of the last 4), needs_attention, low_since (the first week of the run of low
        weeks that lasts until now; None if the latest counted week is not low).

    Raises:
        DataError: A column is missing, or a company has two scores in a week.
    """
    table = weekly_table(history)
    if table.empty:
        return pd.DataFrame(columns=COLUMNS)
    ordinary = ~table.index.isin(fleet_drops(history))
    low = (table <= threshold) & ordinary[:, None]
    week = table.index[-1]
    before = Week.parse(week).next(-1).monday
    change = table.iloc[-1] - table.loc[before] if before in table.index else pd.Series(np.nan, index=table.columns)
    frame = pd.DataFrame(
        {
            "week": week,
            "score": table.iloc[-1],
            "change": change,
            "weeks_low": low[-LOOK_BACK:].sum(),
            "needs_attention": low[-LOOK_BACK:].sum() >= LOW_WEEKS,
            "low_since": pd.Series({group: run_start(column[ordinary]) for group, column in low.items()}, dtype=object),
        }
    ).rename_axis("group_id")
    frame = frame[frame["score"].notna()].reset_index()
    order = ["needs_attention", "weeks_low", "score"]
    return frame.sort_values(order, ascending=[False, False, True], kind="stable", ignore_index=True)


def run_start(low: pd.Series[bool]) -> date | None:
    """Give the first week of the run of low weeks at the end."""
    start = None
    for week, is_low in zip(reversed(low.index), reversed(low.tolist()), strict=True):
        if not is_low:
            break
        start = week
    return start


def fleet_drops(history: pd.DataFrame) -> list[date]:
    """List the weeks in which the fleet as a whole dropped, as when tracking was lost.

    A week is one when the median company fell to 80 % or less of its own level: its median over the latest four
    ordinary weeks of the eight before. With fewer than three companies nothing can be told apart. A drop that lasts for
    more than eight weeks becomes the new level.

    Args:
        history: group_id, week, score.
    """
    table = weekly_table(history)
    values = table.to_numpy(np.float64)
    drops: list[int] = []
    for place in range(1, len(values)):
        ordinary = [past for past in range(max(0, place - FLEET_MEMORY), place) if past not in drops][-LOOK_BACK:]
        if ordinary and is_drop(values[place], values[ordinary]):
            drops.append(place)
    return [table.index[place] for place in drops]


def is_drop(now: NDArray[np.float64], before: NDArray[np.float64]) -> bool:
    """Compare one week's companies with their own levels."""
    known = ~np.isnan(now) & ~np.isnan(before).all(axis=0)
    level = np.nanmedian(before[:, known], axis=0)
    ratios = now[known][level > 0] / level[level > 0]
    return len(ratios) >= FLEET_COMPANIES and float(np.median(ratios)) <= FLEET_RATIO


def weekly_table(history: pd.DataFrame) -> pd.DataFrame:
    """Lay scores out as weeks x companies; NaN where a company had no score.

    Raises:
        DataError: A column is missing, or a company has two scores in a week.
    """
    need(history, ("group_id", "week", "score"), "companies' weeks")
    known = history.dropna(subset=["group_id", "score"])
    known = known.assign(week=mondays(known["week"]))
    twice = known[known.duplicated(["group_id", "week"])]
    if len(twice):
        company, week = twice[["group_id", "week"]].iloc[0]
        raise DataError(f"Company {company} has two scores in {Week(week)}. Give those of one version of the model.")
    return known.pivot_table(index="week", columns="group_id", values="score").sort_index()
