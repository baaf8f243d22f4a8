"""The quality of a threshold: discrimination, the trade-off of alarms and misses, and how much data is missing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from oseberg.health_model._churn.panel import EVERY, Panel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

POINTS = 20  # of the curve: enough to choose by, few enough to read


@dataclass(frozen=True)
class CurvePoint:
    """The results of one threshold in the later weeks.

    Attributes:
        threshold: Alarm at or below this score.
        precision: The share of alarms that were followed by a cancellation.
        recall: The share of company-weeks before a cancellation that had an alarm.
        alarms: Companies with an alarm in an average week.
    """

    threshold: float
    precision: float
    recall: float
    alarms: float


def auc(panel: Panel, weights: Floats | NDArray[np.int64]) -> float:
    """Return the chance that a company about to cancel scores below another, ties counted half (0.5: no signal).

    The area under the receiver operating characteristic by the rank sum of Mann and Whitney.

    Args:
        panel: The rows.
        weights: How often each company counts.
    """
    order = np.argsort(panel.score, kind="stable")
    score, weight = panel.score[order], weights[panel.company[order]].astype(np.float64)
    bad = weight * panel.cancelled[order]
    good = weight - bad
    starts = np.flatnonzero(np.r_[True, score[1:] != score[:-1]])
    tied_bad, tied_good = np.add.reduceat(bad, starts), np.add.reduceat(good, starts)
    above = good.sum() - np.cumsum(tied_good)
    pairs = bad.sum() * good.sum()
    return float((tied_bad * (above + tied_good / 2)).sum() / pairs) if pairs else math.nan


def curve(panel: Panel) -> tuple[CurvePoint, ...]:
    """Return precision, recall and alarms by threshold, from the lowest score on."""
    if not panel.score.size or not panel.cancelled.any():
        return ()
    # Scores that occur, rather than round numbers: between two of them nothing changes.
    wanted = np.unique(np.quantile(panel.score, np.linspace(0, 1, POINTS), method="inverted_cdf"))
    weeks = len(np.unique(panel.week))
    points = []
    for threshold in wanted.tolist():
        alarm = panel.score <= threshold
        hits = int(np.count_nonzero(alarm & panel.cancelled))
        count = int(np.count_nonzero(alarm))
        found = int(np.count_nonzero(panel.cancelled))
        points.append(CurvePoint(threshold, hits / count, hits / found, count / weeks))
    return tuple(points)


def alarms_per_week(panel: Panel, threshold: float) -> float:
    """Return the number of companies with an alarm in an average week."""
    weeks = len(np.unique(panel.week))
    return float(np.count_nonzero(panel.score <= threshold)) / weeks if weeks else math.nan


def money_caught(panel: Panel, threshold: float, money: Floats | None) -> float:
    """Return the share of the canceled companies' money that had an alarm in time; NaN if no money is known.

    Args:
        panel: The rows.
        threshold: Alarm at or below this score.
        money: A year's money of each company; NaN where it is unknown.
    """
    if money is None:
        return math.nan
    left = np.unique(panel.company[panel.cancelled])
    warned = np.unique(panel.company[panel.cancelled & (panel.score <= threshold)])
    known = np.nan_to_num(money)
    total = known[left].sum()
    return float(known[warned].sum() / total) if total else math.nan


def more_needed(known: int, fewest: int, lift: float, lift_low: float) -> int | None:
    """Estimate how many more cancellations would decide whether alarms are better than chance.

    An interval narrows with the square root of what it rests on.

    Returns:
        The number; None if the lift found is not above 1, so that more of the same would not help.
    """
    if known < fewest:
        return fewest - known
    if math.isnan(lift) or lift <= 1:
        return None
    if lift_low > 1:
        return 0
    return math.ceil(known * ((lift - lift_low) / (lift - 1)) ** 2) - known + 1


def weeks_needed(lead: int, horizon: int) -> int:
    """Return how many weeks of scores a search needs at least.

    Outcomes of lead + horizon weeks after the last row, the same again between choosing and judging, and two rows, four
    weeks apart, on either side.
    """
    return 2 * (lead + horizon) + 2 * EVERY
