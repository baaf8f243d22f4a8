"""Why the fleet's mean moved between two weeks: exact parts by metric, by segment, and by who came and went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oseberg.health_model._explain.tenure import with_tenure
from oseberg.health_model._frames import at_week, need
from oseberg.health_model._rounding import half_up, largest_remainder
from oseberg.health_model._week import Week
from oseberg.health_model.errors import DataError

if TYPE_CHECKING:
    from datetime import date

UNKNOWN = "unknown"
STAYED, MOVED, JOINED, LEFT = "Stayed", "Changed company", "Joined", "Left"


@dataclass(frozen=True)
class FleetChange:
    """The change of the mean score over all users between two weeks, broken down in three ways.

    Attributes:
        week: The later week.
        before: The week it is compared with.
        score: Mean score in the later week, two decimals.
        previous: Mean score in the earlier week, two decimals.
        change: score - previous, two decimals. The points of each table below add up to it to the hundredth.
        metrics: metric, points: what each metric added to the mean, the largest first.
        segments: For each segment column a table: segment, users_before, users, score_before, score, own (points from
            its users' scores), mix (points from its share of all users), points (both).
        movements: movement (stayed, changed company, joined, left), users, points.
    """

    week: Week
    before: Week
    score: float
    previous: float
    change: float
    metrics: pd.DataFrame
    segments: dict[str, pd.DataFrame]
    movements: pd.DataFrame


def fleet_change(
    users: pd.DataFrame,
    contributions: pd.DataFrame,
    week: str | date | Week,
    before: str | date | Week,
    segments: tuple[str, ...] = ("group_type", "job_type", "tenure"),
) -> FleetChange:
    """Break down the change of the fleet's mean score between any two weeks, exactly.

    Args:
        users: user_id, group_id, week, score, and the columns of segments, as they were in each week. With since (the
            first day as a user) the segment `tenure` is known: bands of time at the end of each week.
        contributions: user_id, week, metric, contribution; users with a score of 0 may have no rows.
        week: The later week.
        before: The week to compare with.
        segments: Columns of `users` to take the change apart by, any; those that are missing are skipped.

    Returns:
        The parts. Rounded to hundredths, each table adds up to the change.

    Raises:
        DataError: A column is missing, or one of the weeks has no scores.
    """
    need(users, ("user_id", "group_id", "week", "score"), "users")
    need(contributions, ("user_id", "week", "metric", "contribution"), "contributions")
    later, earlier = Week.parse(week), Week.parse(before)
    rows = (at_week(users, moment.monday).drop_duplicates("user_id") for moment in (later, earlier))
    now, past = map(with_tenure, rows)
    for moment, frame in ((later, now), (earlier, past)):
        if frame.empty:
            raise DataError(f"Week {moment} has no scores, so nothing can be compared with it.")
    parts = [at_week(contributions, moment.monday) for moment in (later, earlier)]
    return taken_apart(later, earlier, now, past, parts[0], parts[1], segments)


def taken_apart(
    later: Week,
    earlier: Week,
    now: pd.DataFrame,
    past: pd.DataFrame,
    parts: pd.DataFrame,
    past_parts: pd.DataFrame,
    segments: tuple[str, ...],
) -> FleetChange:
    """Break down the change between two weeks, given their rows of users and contributions; see `fleet_change`."""
    score, previous = (half_up(float(frame["score"].mean())) for frame in (now, past))
    change = half_up(score - previous)
    return FleetChange(
        week=later,
        before=earlier,
        score=score,
        previous=previous,
        change=change,
        metrics=by_metric(parts, past_parts, len(now), len(past), change),
        segments={name: by_segment(now, past, name, change) for name in segments if name in now},
        movements=by_movement(now, past, change),
    )


def by_metric(now: pd.DataFrame, past: pd.DataFrame, users: int, users_before: int, change: float) -> pd.DataFrame:
    """Return what each metric added to the mean: its contributions per user, then minus before."""
    sums = []
    for frame in (now, past):
        code, names = pd.factorize(frame["metric"])  # grouping by codes is several times as fast as by text
        added = np.bincount(code, weights=frame["contribution"].to_numpy(np.float64), minlength=len(names))
        sums.append(pd.Series(added, index=names.astype(str)).sort_index())
    moved = (sums[0] / users).sub(sums[1] / users_before, fill_value=0.0)
    moved = moved.reindex(moved.abs().sort_values(ascending=False, kind="stable").index)
    return pd.DataFrame({"metric": moved.index, "points": largest_remainder(moved.tolist(), change)})


def by_segment(now: pd.DataFrame, past: pd.DataFrame, name: str, change: float) -> pd.DataFrame:
    """Return what each segment added: by its users' scores, and by its share of all users.

    own = share before x (mean now - mean before); mix = (share now - share before) x (mean now - the fleet's mean
    before). The shares add up to one at both times, so that subtracting a constant mean leaves the sum as it is.
    """
    tables = []
    for frame in (now, past):
        segment = frame[name].astype(object).where(frame[name].notna(), UNKNOWN).astype(str)
        tables.append(frame["score"].astype("float64").groupby(segment).agg(["size", "mean"]))
    table = tables[1].merge(tables[0], left_index=True, right_index=True, how="outer", suffixes=("_before", "_now"))
    size, size_before = (table[key].fillna(0).to_numpy(np.float64) for key in ("size_now", "size_before"))
    mean, mean_before = (table[key].to_numpy(np.float64) for key in ("mean_now", "mean_before"))
    share, share_before = size / size.sum(), size_before / size_before.sum()
    # A segment that is new or gone has no mean at one of the times: all that it adds is mix.
    both = (size > 0) & (size_before > 0)
    own = np.where(both, share_before * (np.nan_to_num(mean) - np.nan_to_num(mean_before)), 0.0)
    level = np.where(size > 0, np.nan_to_num(mean), np.nan_to_num(mean_before))
    mix = (share - share_before) * (level - float(past["score"].mean()))
    rounded = largest_remainder([*own, *mix], change)
    own_cents, mix_cents = rounded[: len(own)], rounded[len(own) :]
    return pd.DataFrame(
        {
            "segment": table.index,
            "users_before": size_before.astype(np.int64),
            "users": size.astype(np.int64),
            "score_before": mean_before,
            "score": mean,
            "own": own_cents,
            "mix": mix_cents,
            "points": [half_up(first + second) for first, second in zip(own_cents, mix_cents, strict=True)],
        }
    )


def by_movement(now: pd.DataFrame, past: pd.DataFrame, change: float) -> pd.DataFrame:
    """Return what users who stayed, changed company, joined and left added.

    Those who joined or left count by how far they are from the mean of those who are in both weeks.
    """
    both = now.merge(past, on="user_id", suffixes=("", "_before"))
    same = (both["group_id"] == both["group_id_before"]) | (both["group_id"].isna() & both["group_id_before"].isna())
    gains = both["score"].astype("float64") - both["score_before"].astype("float64")
    came, went = len(now) - len(both), len(past) - len(both)
    count = max(len(both), 1)
    stay_now, stay_past = (float(both[key].astype("float64").sum()) / count for key in ("score", "score_before"))
    joined = float(now["score"].mean()) - stay_now
    left = stay_past - float(past["score"].mean())
    parts = [float(gains[same].sum()) / count, float(gains[~same].sum()) / count, joined, left]
    return pd.DataFrame(
        {
            "movement": [STAYED, MOVED, JOINED, LEFT],
            "users": [int(same.sum()), int((~same).sum()), came, went],
            "points": largest_remainder(parts, change),
        }
    )
