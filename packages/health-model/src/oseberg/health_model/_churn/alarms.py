"""Past alarms of every company, and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.health_model._churn.history import DEFAULT_THRESHOLD, LOOK_BACK, LOW_WEEKS, History

if TYPE_CHECKING:
    from numpy.typing import NDArray

OUTCOMES = LASTS, RECOVERED, CANCELED, GONE = ("lasting", "recovered", "canceled", "no longer scored")
"""What became of an alarm."""


def past_alarms(history: pd.DataFrame | History, threshold: float = DEFAULT_THRESHOLD) -> pd.DataFrame:
    """List all past alarms: runs of weeks in which 3 of the last 4 were at or below the threshold.

    A company that left while its alarm lasted has `canceled` if the history knows when (`cancelled_on`), else
    `no longer scored`. One that recovered first and canceled later has `recovered`, with its canceled_on.

    Args:
        history: The companies' weeks; see `History.read`. With `cancelled_on` where it is known.
        threshold: A score from 0 to 100.

    Returns:
        A row for each alarm, by company and time: group_id, since (`datetime.date`: the Monday on which it began),
        until (the Monday of the first week without it; None unless it recovered), weeks (int: how many it has lasted),
        outcome (str: `lasting`, `recovered`, `canceled` or `no longer scored`), canceled_on (`datetime.date` or None).

    Raises:
        DataError: A column is missing, or a company has two scores in a week.
    """
    past = History.read(history)
    table, low = past.tracked, past.low(threshold)
    needs = (low.rolling(LOOK_BACK, min_periods=1).sum() >= LOW_WEEKS).to_numpy(bool)
    scored = table.notna().to_numpy(bool)
    canceled = canceled_days(past)
    rows: list[dict[str, Any]] = []
    for place in np.flatnonzero((needs & scored).any(axis=0)).tolist():
        weeks = np.flatnonzero(scored[:, place])  # weeks without a score neither begin nor end an alarm
        day = canceled.get(table.columns[place])
        for start, end in runs_of(needs[weeks, place]):
            begun = table.index[weeks[start]]
            ended = table.index[weeks[end]] if end < len(weeks) else None
            outcome = LASTS if weeks[-1] == len(table) - 1 else CANCELED if day is not None else GONE
            rows.append(
                {
                    "group_id": table.columns[place],
                    "since": begun,
                    "until": ended,
                    "weeks": end - start,
                    "outcome": RECOVERED if ended is not None else outcome,
                    "canceled_on": day if day is not None and day >= begun else None,
                }
            )
    columns = ["group_id", "since", "until", "weeks", "outcome", "canceled_on"]
    return pd.DataFrame(rows, columns=columns).astype({"since": object, "until": object, "canceled_on": object})


def canceled_days(history: History) -> dict[Any, Any]:
    """Return the day on which each company canceled, where it is known."""
    if "cancelled_on" not in history.frame:
        return {}
    known = history.frame.dropna(subset=["cancelled_on"]).groupby("group_id")["cancelled_on"].last()
    return dict(zip(known.index, pd.to_datetime(known).dt.date, strict=True))


def runs_of(marks: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the start of each run of true values, and its end (exclusive)."""
    edges = np.diff(np.concatenate([[False], marks, [False]]).astype(np.int8))
    starts, ends = (np.flatnonzero(edges == edge).tolist() for edge in (1, -1))
    return list(zip(starts, ends, strict=True))
