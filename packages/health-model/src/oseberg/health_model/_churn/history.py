"""Companies over time: the weekly table, weeks that were low for everybody, and who needs attention.

Each is computed once, however many pages and sheets ask for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oseberg.health_model._frames import need
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


@dataclass(frozen=True, eq=False)
class History:
    """The companies' weeks, and what follows from them.

    Attributes:
        frame: group_id, week (the Monday), score, and what else the rows had; without rows that lack one of these.
    """

    frame: pd.DataFrame

    @classmethod
    def read(cls, history: pd.DataFrame | History) -> History:
        """Check a frame of companies' weeks; a history is returned as it is.

        Args:
            history: group_id, week (however it is spelled), score; one row per company and week.

        Returns:
            The history.

        Raises:
            DataError: A column is missing, or a company has two scores in a week.
        """
        if isinstance(history, History):
            return history
        need(history, ("group_id", "week", "score"), "companies' weeks")
        known = history.dropna(subset=["group_id", "score"])
        known = known.assign(week=mondays(known["week"]))
        twice = known[known.duplicated(["group_id", "week"])]
        if len(twice):
            company, week = twice[["group_id", "week"]].iloc[0]
            raise DataError(f"Company {company} has two scores in {Week(week)}. Pass those of one model version.")
        return cls(known)

    @cached_property
    def table(self) -> pd.DataFrame:
        """Scores as weeks x companies, oldest week first; NaN where a company had no score."""
        return self.frame.pivot_table(index="week", columns="group_id", values="score").sort_index()

    @cached_property
    def weeks(self) -> list[Week]:
        """The weeks with scores, oldest first."""
        return [Week(monday) for monday in self.table.index]

    @cached_property
    def drops(self) -> list[date]:
        """The weeks in which the fleet as a whole dropped; see `fleet_drops`."""
        values = self.table.to_numpy(np.float64)
        drops: list[int] = []
        for place in range(1, len(values)):
            ordinary = [past for past in range(max(0, place - FLEET_MEMORY), place) if past not in drops][-LOOK_BACK:]
            if ordinary and is_drop(values[place], values[ordinary]):
                drops.append(place)
        return [self.table.index[place] for place in drops]

    @cached_property
    def ordinary(self) -> NDArray[np.bool_]:
        """Which weeks count for companies, shape (weeks,)."""
        return np.asarray(~self.table.index.isin(self.drops), dtype=np.bool_)

    def attention(self, threshold: float = DEFAULT_THRESHOLD) -> pd.DataFrame:
        """Return the companies of the latest week, those that need attention first; see `attention`."""
        if self.table.empty:
            return pd.DataFrame(columns=COLUMNS)
        low = (self.table <= threshold) & self.ordinary[:, None]
        frame = pd.DataFrame(
            {
                "week": self.table.index[-1],
                "score": self.table.iloc[-1],
                "change": self.change,
                "weeks_low": low[-LOOK_BACK:].sum(),
                "needs_attention": low[-LOOK_BACK:].sum() >= LOW_WEEKS,
                "low_since": pd.Series(self.low_since(low), dtype=object),
            }
        ).rename_axis("group_id")
        frame = frame[frame["score"].notna()].reset_index()
        order = ["needs_attention", "weeks_low", "score"]
        return frame.sort_values(order, ascending=[False, False, True], kind="stable", ignore_index=True)

    @cached_property
    def change(self) -> pd.Series[float]:
        """Each company's change since the week before; NaN if it had no score then."""
        before = self.table.reindex([self.weeks[-1].next(-1).monday]).iloc[0]
        return self.table.iloc[-1].sub(before)

    def low_since(self, low: pd.DataFrame) -> dict[object, date | None]:
        """Return the first week of the run of low weeks that lasts until now, for each company."""
        return {group: run_start(column[self.ordinary]) for group, column in low.items()}


def attention(history: pd.DataFrame | History, threshold: float = DEFAULT_THRESHOLD) -> pd.DataFrame:
    """List the companies that need attention: 3 of the last 4 weeks at or below the threshold.

    A week in which the whole fleet dropped (see `fleet_drops`) counts as low for nobody: lost tracking or a holiday
    says nothing about one account.

    Args:
        history: group_id, week, score; a row for each company and week, as `company_scores` returns them.
        threshold: A score from 0 to 100.

    Returns:
        A row for each company of the latest week, the most urgent first: group_id, week, score, change (from the week
        before; NaN without), weeks_low (of the last 4), needs_attention, low_since (the first week of the run of low
        weeks that lasts until now; None if the latest counted week is not low).

    Raises:
        DataError: A column is missing, or a company has two scores in a week.
    """
    return History.read(history).attention(threshold)


def run_start(low: pd.Series[bool]) -> date | None:
    """Return the first week of the run of low weeks at the end."""
    start = None
    for week, is_low in zip(reversed(low.index), reversed(low.tolist()), strict=True):
        if not is_low:
            break
        start = week
    return start


def fleet_drops(history: pd.DataFrame | History) -> list[date]:
    """List the weeks in which the fleet as a whole dropped, as when tracking was lost.

    A week is one when the median company fell to 80 % or less of its own level: its median over the latest four
    ordinary weeks of the eight before. With fewer than three companies nothing can be told apart. A drop that lasts for
    more than eight weeks becomes the new level.

    Args:
        history: group_id, week, score.

    Returns:
        The Mondays of these weeks, oldest first.
    """
    return History.read(history).drops


def is_drop(now: NDArray[np.float64], before: NDArray[np.float64]) -> bool:
    """Whether one week's companies fell below their own levels."""
    known = ~np.isnan(now) & ~np.isnan(before).all(axis=0)
    level = np.nanmedian(before[:, known], axis=0)
    ratios = now[known][level > 0] / level[level > 0]
    return len(ratios) >= FLEET_COMPANIES and float(np.median(ratios)) <= FLEET_RATIO
