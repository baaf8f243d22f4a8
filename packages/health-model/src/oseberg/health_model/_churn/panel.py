"""A company x week panel: the score in a week, and whether the company canceled within the horizon after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oseberg.health_model._churn.history import LOOK_BACK, LOW_WEEKS, History
from oseberg.health_model._frames import need
from oseberg.health_model.errors import CancellationError, DataError

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

EVERY = 4  # weeks between two rows of a company: closer ones say nearly the same


@dataclass(frozen=True)
class Panel:
    """Rows of the panel.

    Attributes:
        company: The number of the row's company.
        week: The row's week, counted from the first of the history.
        score: The alarm's score: the threshold from which on 3 of the last 4 weeks are at or below it.
        cancelled: Whether the company cancels in (week + lead, week + lead + horizon].
        ahead: Weeks from the row to the cancellation; 0 without.
        companies: How many companies the history has.
    """

    company: Ints
    week: Ints
    score: Floats
    cancelled: NDArray[np.bool_]
    ahead: Ints
    companies: int

    def part(self, rows: NDArray[np.bool_]) -> Panel:
        """Select some rows."""
        return replace(
            self,
            company=self.company[rows],
            week=self.week[rows],
            score=self.score[rows],
            cancelled=self.cancelled[rows],
            ahead=self.ahead[rows],
        )


def make_panel(
    history: pd.DataFrame | History, cancellations: pd.DataFrame, lead: int, horizon: int, observed_until: date | None
) -> Panel:
    """Join scores and cancellations without looking ahead.

    Dropped are: weeks whose window passes the end of the data, whatever their outcome; weeks with a cancellation within
    the lead (too late to act); and a company's weeks from its first cancellation on.
    """
    table = alarm_scores(history)
    first = table["week"].min()
    week = ((table["week"] - first).dt.days // 7).to_numpy(np.int64)
    end = int(week.max()) if observed_until is None else (pd.Timestamp(observed_until) - first).days // 7
    left = first_cancellations(cancellations, table["group_id"]).reindex(table["group_id"]).set_axis(table.index)
    ahead = ((left - first).dt.days // 7).to_numpy(np.float64, na_value=np.inf) - week
    # Unknown outcomes are dropped whatever they look like: to keep only the bad ones would look ahead.
    rows = (week % EVERY == 0) & (week + lead + horizon <= end) & (ahead > lead) & table["score"].notna().to_numpy()
    cancelled = ahead <= lead + horizon
    company, names = pd.factorize(table["group_id"])
    return Panel(
        company=company[rows].astype(np.int64),
        week=week[rows],
        score=table["score"].to_numpy(np.float64)[rows],
        cancelled=cancelled[rows],
        ahead=np.where(cancelled, ahead, 0)[rows].astype(np.int64),
        companies=len(names),
    )


def alarm_scores(history: pd.DataFrame | History) -> pd.DataFrame:
    """Return the score that decides an alarm, by company and week: the third lowest of the last four weeks.

    It is at or below a threshold exactly when `attention` would name the company in that week: a week without a score
    is not low, and weeks without tracking are left out. Without three weeks with a score there is none.
    """
    table = History.read(history).tracked
    if table.empty:
        raise DataError("The companies' history is empty: score some weeks first.")
    # The third lowest of four is at or below a threshold exactly when three of the four are.
    recent = np.stack([table.shift(lag) for lag in range(LOOK_BACK)])
    alarm = np.sort(recent, axis=0)[LOW_WEEKS - 1]
    weeks = pd.to_datetime(table.index).rename("week")
    frame = pd.DataFrame(alarm, weeks, table.columns).where(table.notna().to_numpy())
    return frame.reset_index().melt("week", value_name="score")


def first_cancellations(cancellations: pd.DataFrame, companies: pd.Series[int]) -> pd.Series[pd.Timestamp]:
    """Return the Monday of each company's first cancellation.

    Raises:
        CancellationError: A column is missing, a date is unreadable, or no cancellation is of a company of the history.
    """
    need(cancellations, ("group_id", "date"), "cancellations", CancellationError)
    if len(cancellations) and not cancellations["group_id"].isin(companies.unique()).any():
        raise CancellationError("None of the cancellations is of a company with scores. Do the group ids match?")
    try:
        days = pd.to_datetime(cancellations["date"]).dt.tz_localize(None).dt.normalize()
    except (ValueError, TypeError) as error:
        raise CancellationError(f"A cancellation's date is unreadable: {error}. Write it as 2026-11-09.") from None
    weeks = days - pd.to_timedelta(days.dt.day_of_week, unit="D")
    return weeks.groupby(cancellations["group_id"]).min()
