"""Why a company's score is what it is: its metrics and its users, in parts that add up to the mean and its change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from oseberg.health_model._explain.movement import laid_out
from oseberg.health_model._frames import need
from oseberg.health_model._health_model import HealthModel
from oseberg.health_model.errors import DataError


@dataclass(frozen=True)
class CompanyExplanation:
    """One company's score of one week, broken down.

    Attributes:
        score: The mean over its licensed users, unrounded.
        previous_score: The mean of the week before; None if there was none, or it had another reference.
        metrics: metric, question, contribution (points of the mean), previous, change: contributions add up to the
            score and changes to its change, within the rounding of users' scores.
        users: user_id, score, previous_score, part (points of the company's mean), change (of that part), those that
            moved it most first: parts add up to the score and changes to its change, users who left included.
    """

    score: float
    previous_score: float | None
    metrics: pd.DataFrame
    users: pd.DataFrame

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as plain data.

        Returns:
            score, previous_score, metrics and users (lists of rows), unrounded; unknown values are None.
        """
        tables = {}
        for name, frame in (("metrics", self.metrics), ("users", self.users)):
            values = frame.astype(object)
            tables[name] = values.where(values.notna(), None).to_dict(orient="records")
        return {"score": self.score, "previous_score": self.previous_score, **tables}


def explain_company(
    model: HealthModel,
    users: pd.DataFrame,
    contributions: pd.DataFrame,
    previous: pd.DataFrame | None = None,
    previous_contributions: pd.DataFrame | None = None,
) -> CompanyExplanation:
    """Explain one company's score.

    Args:
        model: The model that scored.
        users: The scores of the company's users in the week: user_id, score.
        contributions: Their rows of `ScoreResult.contributions`.
        previous: The scores of the company's users in the week before, if it is comparable.
        previous_contributions: Their contributions.

    Returns:
        The score by metric and by user, with the changes from the week before if that was given.

    Raises:
        DataError: A column is missing, or the company has no user in the week.
    """
    need(users, ("user_id", "score"), "users")
    if users.empty:
        raise DataError("The company has no scored user in this week.")
    compared = previous is not None and len(previous) > 0
    now, score = means(model, users, contributions)
    before, previous_score = means(model, previous, previous_contributions) if compared else (np.nan, None)
    metrics = pd.DataFrame(
        {
            "metric": [metric.id for metric in model.metrics],
            "question": [metric.question for metric in model.metrics],
            "contribution": now,
            "previous": before,
        }
    )
    metrics["change"] = metrics["contribution"] - metrics["previous"]
    table = users[["user_id", "score"]].astype({"score": "float64"}).set_index("user_id")
    table["part"] = table["score"] / len(users)
    table["previous_score"], table["change"] = np.nan, np.nan
    if compared and previous is not None:
        past = previous.set_index("user_id")["score"].astype("float64")
        # Who left counts in the change: without them the parts would not add up.
        table = table.reindex(table.index.union(past.index, sort=False))
        table["previous_score"] = past
        table["change"] = table["part"].fillna(0.0) - (table["previous_score"] / len(past)).fillna(0.0)
    order = table["change"].abs().fillna(table["part"]).sort_values(ascending=False, kind="stable").index
    shown = table.loc[order, ["score", "previous_score", "part", "change"]].rename_axis("user_id").reset_index()
    return CompanyExplanation(score, previous_score, metrics, shown)


def means(
    model: HealthModel, users: pd.DataFrame | None, contributions: pd.DataFrame | None
) -> tuple[np.ndarray[Any, np.dtype[np.float64]], float]:
    """Return each metric's contribution to the mean of some users, and the mean itself."""
    if users is None or contributions is None:
        raise DataError("Users and their contributions belong together. Pass both.")
    need(contributions, ("user_id", "metric", "contribution"), "contributions")
    tables = laid_out(model, contributions, pd.Index(users["user_id"]))
    return tables["contribution"].sum(axis=0) / len(users), float(users["score"].astype("float64").mean())
