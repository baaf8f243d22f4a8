"""Companies: the plain mean of their users' scores, broken down to show why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from oseberg.health_model._frames import need
from oseberg.health_model.errors import DataError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

CORE_USERS = 5  # as many as one knows by name
CORE_SHARE = 5  # the best fifth


def company_scores(users: pd.DataFrame) -> pd.DataFrame:
    """Score companies by the plain mean over their licensed users.

    Args:
        users: A row for each licensed (enabled) user: user_id, group_id, score, active, passive_only; with the
            columns `week` and `model_version` each of them is taken on its own. Users without a group belong to no
            company.

    Returns:
        A row for each company (week, version), in their order: group_id, users and active_users (int64), and as float64
        score (the plain mean), adoption (active users / users), active_score (the mean of the active ones; NaN
        without), passive_points (what inactive users add: score = adoption x active_score + passive_points), core_score
        (the mean of the best 5 users or the best fifth, rounded up, whichever is more), concentration (the top user's
        share of all points; NaN without points), passive_share (users with system events only / users). Scores 0-100
        unrounded, shares 0-1.

    Raises:
        DataError: A column or a score is missing, or a user appears twice.

    >>> import pandas as pd
    >>> scores = pd.DataFrame({
    ...     "user_id": [1, 2, 3, 4], "group_id": [7, 7, 7, 7], "score": [60.0, 20.0, 2.0, 0.0],
    ...     "active": [True, True, False, False], "passive_only": [False, False, True, False]})
    >>> company_scores(scores)[["score", "adoption", "active_score", "passive_points"]].values.tolist()
    [[20.5, 0.5, 40.0, 0.5]]
    """
    need(users, ("group_id", "score", "active", "passive_only"), "scores")
    keys = [*(name for name in ("model_version", "week") if name in users), "group_id"]
    known = users[users["group_id"].notna()]
    if known["score"].isna().any():
        raise DataError("Some users have no score. Pass only scored users.")
    if "user_id" in known:
        twice = known["user_id"][known.duplicated(["user_id", *keys[:-1]])]
        if len(twice):
            raise DataError(
                f"User {twice.iloc[0]} has two scores. If the frame covers several weeks or models, add the columns"
                " week or model_version."
            )
    cents = np.rint(known["score"].to_numpy(np.float64) * 100).astype(np.int64)
    frame = known[keys].assign(
        active_users=known["active"].to_numpy(bool).astype(np.int64),
        passive=known["passive_only"].to_numpy(bool).astype(np.int64),
        cents=cents,
    )
    frame["active_cents"] = frame["cents"] * frame["active_users"]
    # Best users first within each company: the core is a prefix.
    frame = frame.sort_values([*keys, "cents"], ascending=[True] * len(keys) + [False], kind="stable")
    groups = frame.groupby(keys, sort=True)
    frame["core_cents"] = np.where(
        groups.cumcount() < np.maximum(CORE_USERS, -(-groups["cents"].transform("size") // CORE_SHARE)),
        frame["cents"],
        0,
    )
    sums = groups[["active_users", "passive", "cents", "active_cents"]].sum()
    sums["core_cents"] = frame.groupby(keys, sort=True)["core_cents"].sum()
    sums["top"] = groups["cents"].max()
    sums["users"] = groups.size()
    return measures(sums).reset_index()[[*reversed(keys), *COLUMNS]]


COLUMNS = (
    "users",
    "active_users",
    "score",
    "adoption",
    "active_score",
    "passive_points",
    "core_score",
    "concentration",
    "passive_share",
)


def measures(sums: pd.DataFrame) -> pd.DataFrame:
    """Turn a company's sums into its measures; hundredths are added as whole numbers."""
    users = sums["users"]
    core = np.minimum(users, np.maximum(CORE_USERS, -(-users // CORE_SHARE)))
    sums["score"] = sums["cents"] / (100 * users)
    sums["adoption"] = sums["active_users"] / users
    sums["active_score"] = ratio(sums["active_cents"], 100 * sums["active_users"])
    sums["passive_points"] = (sums["cents"] - sums["active_cents"]) / (100 * users)
    sums["core_score"] = sums["core_cents"] / (100 * core)
    sums["concentration"] = ratio(sums["top"], sums["cents"])
    sums["passive_share"] = sums["passive"] / users
    return sums


def ratio(part: pd.Series[int], whole: pd.Series[int]) -> NDArray[np.float64]:
    """Divide; NaN where there is nothing to divide by."""
    numbers = whole.to_numpy(np.float64)
    result: NDArray[np.float64] = np.divide(
        part.to_numpy(np.float64), numbers, out=np.full(len(whole), np.nan), where=numbers > 0
    )
    return result
