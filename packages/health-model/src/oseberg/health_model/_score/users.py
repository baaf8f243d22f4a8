"""The score: 100 x the weighted mean of points, in whole numbers up to one rounding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oseberg.health_model._measures.roster import Roster
from oseberg.health_model._model.definition import Definition
from oseberg.health_model._model.weights import Weights
from oseberg.health_model._score.deciles import deciles
from oseberg.health_model._score.reference import Reference, column
from oseberg.health_model.errors import ReferenceMismatchError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

# One point in whole units: the least common multiple of 1 to 28. Tenths and every share of up to 28 things are exact,
# any other share is within 1e-11, and 2 x 10,000 x UNIT x the sum of weights stays far below 2^63.
UNIT = 80_313_433_200

NOT_STATED = -1  # 0 is a weight: it switches a metric off for a segment


@dataclass(frozen=True)
class ScoreResult:
    """The scores of one week.

    Attributes:
        users: user_id, group_id, score (0-100, two decimals), active, passive_only; a row for each user.
        contributions: user_id, metric, value, points (0-1), weight, contribution (points of the score, unrounded); a
            row for each user and metric. A metric that the user is not entitled to has weight 0.
        model_version: The model that scored.
        reference_id: The reference that the users were compared with.
    """

    users: pd.DataFrame
    contributions: pd.DataFrame
    model_version: str
    reference_id: str


def score_frame(
    definition: Definition, weights: Weights, version: str, frame: pd.DataFrame, reference: Reference
) -> ScoreResult:
    """Score a frame of statistics; see `HealthModel.score`."""
    roster = Roster(frame.reindex(columns=["group_id", "job_type", "group_type", "products"]))
    values = np.column_stack([column(frame, key) for key in definition.metrics])
    points = units(definition, values, reference)
    shares = weight_table(definition, weights, roster)
    total = shares.sum(axis=1)
    earned = (points * shares).sum(axis=1)
    # Half up in whole hundredths: floor((2 * 10000 * earned + total) / (2 * total)) with `earned` in units.
    divisor = np.maximum(2 * UNIT * total, 1)
    cents = (2 * 10_000 * earned + UNIT * total) // divisor
    users = pd.DataFrame(
        {
            "user_id": frame.index.to_numpy(),
            "group_id": roster.frame["group_id"].to_numpy(),
            "score": cents / 100,
            "active": flag(frame, "active", values),
            "passive_only": flag(frame, "passive_only", np.zeros_like(values)),
        }
    ).astype({"group_id": roster.frame["group_id"].dtype})
    table = contributions(definition, frame, values, points, shares)
    return ScoreResult(users, table, version, reference.id)


def units(definition: Definition, values: Floats, reference: Reference) -> Ints:
    """Turn values into points, counted in UNITs: deciles, shares as they are, 1 or 0.

    Raises:
        ReferenceMismatchError: The reference has no cuts for a continuous metric.
    """
    points = np.empty(values.shape, dtype=np.int64)
    for place, (key, metric) in enumerate(definition.metrics.items()):
        if metric.kind == "continuous":
            if key not in reference.cuts:
                raise ReferenceMismatchError(f"The reference {reference.id} has no cuts for {key}; fit a new one.")
            points[:, place] = deciles(values[:, place], reference.cuts[key]) * (UNIT // 10)
        elif metric.kind == "percentage":
            points[:, place] = np.rint(np.clip(values[:, place], 0, 1) * UNIT)
        else:
            points[:, place] = (values[:, place] > 0) * UNIT
    return points


def weight_table(definition: Definition, weights: Weights, roster: Roster) -> Ints:
    """Return each user's weight of each metric: the job type's before the group type's before the default.

    A metric of a product that the user does not have weighs 0, so that the others share its weight.
    """
    metrics = list(definition.metrics)
    table = np.tile(np.array([weights[key]["default"] for key in metrics], dtype=np.int64), (len(roster.frame), 1))
    for name, known in (
        ("group_type", definition.segments.group_types),
        ("job_type", definition.segments.job_types),
    ):
        codes, values = roster.codes(name)
        own = [
            [weights[key].get(value, NOT_STATED) if value in known else NOT_STATED for key in metrics]
            for value in values
        ]
        chosen = np.array([*own, [NOT_STATED] * len(metrics)], dtype=np.int64)[codes]
        table = np.where(chosen != NOT_STATED, chosen, table)
    reach = [roster.entitled(definition.products_of(metric)) for metric in definition.metrics.values()]
    result: Ints = table * np.column_stack(reach)
    return result


def flag(frame: pd.DataFrame, name: str, values: Floats) -> NDArray[np.bool_]:
    """Return a column of flags; statistics made by hand may lack it: then any metric above 0 means active."""
    if name in frame:
        return frame[name].to_numpy(bool)
    return np.asarray((values > 0).any(axis=1))


def contributions(
    definition: Definition, frame: pd.DataFrame, values: Floats, points: Ints, shares: Ints
) -> pd.DataFrame:
    """List the points of each user for each metric, unrounded."""
    users, metrics = values.shape
    points = np.where(shares > 0, points, 0)
    parts = points / UNIT
    contribution = 100 * shares * parts / np.maximum(shares.sum(axis=1, keepdims=True), 1)
    names = pd.Categorical.from_codes(
        np.tile(np.arange(metrics, dtype=np.int16), users), categories=pd.Index(list(definition.metrics))
    )
    return pd.DataFrame(
        {
            "user_id": np.repeat(frame.index.to_numpy(), metrics),
            "metric": names,
            "value": values.ravel(),
            "points": parts.ravel(),
            "weight": shares.ravel(),
            "contribution": contribution.ravel(),
        },
        copy=False,
    )
