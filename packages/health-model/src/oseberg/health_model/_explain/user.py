"""Why a score is what it is, and what changed: exact points of each metric, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from oseberg.health_model._explain.words import in_words, totals
from oseberg.health_model._frames import need
from oseberg.health_model._health_model import HealthModel
from oseberg.health_model._rounding import largest_remainder
from oseberg.health_model.errors import DataError


@dataclass(frozen=True)
class Explanation:
    """One user's score of one week, broken down.

    Attributes:
        score: The score, 0-100, rounded to two decimals.
        previous_score: The score of the week before; None if there was none.
        metrics: A row for each metric: metric, question, value, points, weight, contribution, previous (its
            contribution in the week before), change, words. Contributions add up to the score and changes to its
            change, unrounded.
    """

    score: float
    previous_score: float | None
    metrics: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """Round the metrics to two decimals so that the columns still add up.

        Returns:
            A row for each metric, in the model's order: metric and words (str), points (0 to 1), weight (int64),
            contribution (points of the score) and, if the week before was scored, change (float64).
        """
        frame = self.metrics[["metric", "words", "points", "weight"]].astype({"weight": "int64"})
        frame["contribution"] = largest_remainder(self.metrics["contribution"].tolist(), self.score)
        if self.previous_score is not None:
            moved = self.score - self.previous_score
            frame["change"] = largest_remainder(self.metrics["change"].tolist(), round(moved, 2))
        return frame

    def changes(self, count: int = 3) -> list[str]:
        """Describe the metrics that moved the score most, the largest change first.

        Args:
            count: How many to describe.

        Returns:
            A line for each; empty if the week before was not scored or nothing changed.
        """
        if self.previous_score is None:
            return []
        moved = self.metrics[self.metrics["change"].abs() >= 0.005]  # noqa: PLR2004 - half of the last digit shown
        moved = moved.reindex(moved["change"].abs().sort_values(ascending=False).index)[:count]
        return [f"{row.change:+.2f}  {row.question} {row.words}" for row in moved.itertuples()]

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as plain data.

        Returns:
            score, previous_score, and metrics (a list of rows), unrounded; unknown values are None.
        """
        frame = self.metrics.astype({"metric": str}).astype(object)
        rows = frame.where(frame.notna(), None).to_dict(orient="records")
        return {"score": self.score, "previous_score": self.previous_score, "metrics": rows}


def explain(
    model: HealthModel,
    contributions: pd.DataFrame,
    score: float,
    previous: pd.DataFrame | None = None,
    previous_score: float | None = None,
) -> Explanation:
    """Explain one user's score.

    Args:
        model: The model that scored.
        contributions: The user's rows of `ScoreResult.contributions`; none for a user with a score of 0.
        score: The user's score.
        previous: The user's rows of the week before.
        previous_score: The score of the week before; None if the user had none: then no changes are described.

    Returns:
        The score by metric, with the change from the week before if that was given.

    Raises:
        DataError: A column is missing, or the rows are of several users or weeks.
    """
    # A week without a score is not a week with a score of 0: changes are not described then.
    if pd.isna(previous_score):
        previous_score = None
    rows = by_metric(model, contributions)
    before = by_metric(model, previous)["contribution"] if previous_score is not None else np.nan
    rows["previous"] = before
    rows["change"] = rows["contribution"] - rows["previous"]
    metrics = model.definition.metrics
    rows.insert(1, "question", [metrics[key].question for key in rows["metric"]])
    of = totals(model.definition, dict(zip(rows["metric"], rows["value"].to_numpy(), strict=True)))
    rows["words"] = [
        in_words(metrics[key], value, points, weight, float(of.get(key, np.nan)), off=not model.weights[key]["default"])
        for key, value, points, weight in zip(
            rows["metric"], rows["value"], rows["points"], rows["weight"], strict=True
        )
    ]
    return Explanation(float(score), None if previous_score is None else float(previous_score), rows)


def by_metric(model: HealthModel, contributions: pd.DataFrame | None) -> pd.DataFrame:
    """Return a row for each metric in the model's order; a user with a score of 0 may have no stored rows."""
    names = ["value", "points", "weight", "contribution"]
    keys = [metric.id for metric in model.metrics]
    if contributions is None or contributions.empty:
        frame = pd.DataFrame(0.0, index=keys, columns=names).assign(weight=[metric.weight for metric in model.metrics])
    else:
        need(contributions, ("metric", *names), "contributions")
        if contributions["metric"].duplicated().any():
            raise DataError("The contributions cover several users or weeks. Pass the rows of one user and one week.")
        frame = contributions.assign(metric=contributions["metric"].astype(str)).set_index("metric")[names]
        frame = frame.astype("float64").reindex(keys, fill_value=0.0)
    return frame.rename_axis("metric").reset_index()
