"""Sums by week, by which the page's script breaks down the fleet's change between any two weeks, exactly.

Every sum is a whole number of hundredths, so that the page and `fleet_change` round the same numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.health_model._explain.fleet import UNKNOWN
from oseberg.health_model._frames import need
from oseberg.health_model._week import mondays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from oseberg.health_model._health_model import HealthModel

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

FINE = 10_000  # parts of a hundredth that sums of metrics are kept to: far below what rounding can show
OF_SUMS = ("week", "metric", "contribution")


def two_weeks(
    users: pd.DataFrame,
    contributions: pd.DataFrame,
    more: pd.DataFrame | None,
    model: HealthModel,
    segments: tuple[str, ...],
) -> dict[str, Any]:
    """Add up what two weeks are compared by.

    Args:
        users: Scores of users with the columns of segments.
        contributions: Of some of these weeks.
        more: Sums of the contributions of further weeks, see `write_report`; or None.
        model: The model that scored.
        segments: The columns of users to take the mean apart by.

    Returns:
        weeks (Mondays of those whose contributions are known, oldest first), users and total (each week's count, and
        sum of scores in hundredths), metrics (weeks x metrics, sums in parts of a hundredth, see `FINE`), segments (by
        name: labels, and count and total as weeks x labels), pairs (of each week with each later one: users of both in
        the same company, users of both who moved, what the two kinds gained, and the total of both kinds before).
    """
    sums = metric_sums(contributions, more, model)
    users = users.assign(week=mondays(users["week"]).astype(object))
    weeks = sorted(set(sums.index) & set(users["week"].unique()))
    rows = users[users["week"].isin(weeks)]
    week = pd.Index(weeks).get_indexer(pd.Index(rows["week"]))
    cents = np.rint(100 * rows["score"].to_numpy(np.float64)).astype(np.int64)
    return {
        "weeks": [monday.isoformat() for monday in weeks],
        "users": np.bincount(week, minlength=len(weeks)).tolist(),
        "total": whole_sums(week, cents, len(weeks)).tolist(),
        "metrics": np.rint(100 * FINE * sums.reindex(weeks).to_numpy(np.float64)).astype(np.int64).tolist(),
        "segments": {name: segment_sums(rows[name], week, cents, len(weeks)) for name in segments},
        "pairs": pair_sums(rows, week, cents, len(weeks)),
    }


def metric_sums(contributions: pd.DataFrame, more: pd.DataFrame | None, model: HealthModel) -> pd.DataFrame:
    """Return the sum of each metric's contributions in each week, as weeks x metrics."""
    frames = [contributions[list(OF_SUMS)]]
    if more is not None:
        need(more, OF_SUMS, "metric sums")
        known = set(mondays(contributions["week"]).unique())
        frames.append(more.loc[~mondays(more["week"]).isin(known), list(OF_SUMS)])
    parts = []
    for frame in frames:
        week, weeks = pd.factorize(mondays(frame["week"]).astype(object))
        metric = pd.Index([metric.id for metric in model.metrics]).get_indexer(pd.Index(frame["metric"].astype(str)))
        table = np.zeros((len(weeks), len(model.metrics) + 1))  # the last column: metrics of another model
        np.add.at(table, (week, metric), frame["contribution"].to_numpy(np.float64))
        parts.append(pd.DataFrame(table[:, :-1], index=pd.Index(weeks, dtype=object)))
    return pd.concat([part for part in parts if len(part)] or parts[:1])


def whole_sums(place: Ints, values: Ints, size: int) -> Ints:
    """Add whole numbers up by place, exactly."""
    sums = np.zeros(size, dtype=np.int64)
    np.add.at(sums, place, values)
    return sums


def segment_sums(column: pd.Series[Any], week: Ints, cents: Ints, weeks: int) -> dict[str, Any]:
    """Count users and add their scores up by week and segment."""
    names = column.astype(object).where(column.notna(), UNKNOWN).astype(str)
    code, labels = pd.factorize(names, sort=True)
    place, size = week * len(labels) + code, weeks * len(labels)
    return {
        "labels": list(labels),
        "count": np.bincount(place, minlength=size).tolist(),
        "total": whole_sums(place, cents, size).tolist(),
    }


def pair_sums(rows: pd.DataFrame, week: Ints, cents: Ints, weeks: int) -> list[list[int]]:
    """Compare the users of each week with those of each later one.

    Returns:
        For each pair, the earlier week's in order: users of both weeks in the same company, users of both who moved,
        points that the two kinds gained, and the points of both kinds before, in hundredths.
    """
    user, ids = pd.factorize(rows["user_id"])
    there, score = np.zeros((weeks, len(ids))), np.zeros((weeks, len(ids)))
    company = np.full((weeks, len(ids)), -1, dtype=np.int64)
    there[week, user], score[week, user] = 1, cents
    company[week, user] = pd.factorize(rows["group_id"])[0]
    # Products of matrices are exact: sums of hundredths stay far below 2**53.
    both, after, before = there @ there.T, there @ score.T, score @ there.T
    # Few people ever change company, so that only they are looked at one by one.
    seen = np.where(there > 0, company, np.iinfo(np.int64).max).min(axis=0)
    movers = np.flatnonzero((np.where(there > 0, company, seen) != seen).any(axis=0))
    found = []
    for first in range(weeks):
        for later in range(first + 1, weeks):
            of_both = movers[(there[first, movers] > 0) & (there[later, movers] > 0)]
            moved = of_both[company[first, of_both] != company[later, of_both]]
            gained = int(score[later, moved].sum() - score[first, moved].sum())
            count, gain = int(both[first, later]), int(after[first, later] - before[first, later])
            found.append([count - len(moved), len(moved), gain - gained, gained, int(before[first, later])])
    return found
