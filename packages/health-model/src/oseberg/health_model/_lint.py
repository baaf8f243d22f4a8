"""Checks of a model: metrics that say little, events that never occur, pairs that rank users alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oseberg.health_model._health_model import HealthModel
from oseberg.health_model._score.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Iterable

TWINS = 0.95  # rank correlation: two metrics that order users alike count one habit twice
FEWEST_USERS = 20  # with fewer, ranks agree by chance


@dataclass(frozen=True)
class Finding:
    """One thing about a model that a person should look at.

    Attributes:
        kind: `yes or no`, `never occurs`, `twins` or `no company`.
        subject: The metric, event or number of users that it is about.
        message: What was found, and what to do.
    """

    kind: str
    subject: str
    message: str


def check_reference(model: HealthModel, reference: Reference) -> list[Finding]:
    """List the continuous metrics that can only be yes or no under a reference's cuts.

    If every cut of a metric is the same number, a user has either 0 or 0.9 points for it, whatever the amount.

    Args:
        model: The model.
        reference: A reference of the model.

    Returns:
        A finding for each such metric that has a weight.
    """
    findings = []
    for metric in model.metrics:
        cuts = reference.cuts.get(metric.id, ())
        if metric.kind == "continuous" and metric.weight and len(set(cuts)) == 1:
            share = reference.zeros.get(metric.id, 0.0)
            findings.append(
                Finding(
                    "yes or no",
                    metric.id,
                    f"{metric.id} (weight {metric.weight}) gives 0 or 0.9 points and nothing between: {100 * share:.0f}"
                    " % of all users have 0. Make it a boolean, or measure something that more users do.",
                )
            )
    return findings


def check_model(
    model: HealthModel, statistics: pd.DataFrame | Iterable[pd.DataFrame], reference: Reference
) -> list[Finding]:
    """Check a model against the users and events that it is used on.

    Args:
        model: The model.
        statistics: Frames of `model.statistics`, of one or several weeks. Events are only judged by full ones (without
            `only="model"`).
        reference: A reference of the model.

    Returns:
        Findings: metrics that can only be yes or no, events that never occur, pairs of metrics that order users alike,
        and users without a company.
    """
    frames = [statistics] if isinstance(statistics, pd.DataFrame) else list(statistics)
    return [
        *check_reference(model, reference),
        *silent_events(model, frames),
        *twins(model, frames),
        *homeless(frames),
    ]


def silent_events(model: HealthModel, frames: list[pd.DataFrame]) -> list[Finding]:
    """List the events of the model that occurred for nobody."""
    findings = []
    for key, event in model.definition.events.items():
        name = f"{key}.count.1w"
        known = [frame[name] for frame in frames if name in frame]
        if known and not any((counts > 0).any() for counts in known):
            findings.append(
                Finding(
                    "never occurs",
                    key,
                    f"{event.name!r} (events.{key}) never occurred. Is it spelled as the tracking tool has it?",
                )
            )
    return findings


def twins(model: HealthModel, frames: list[pd.DataFrame]) -> list[Finding]:
    """List the pairs of metrics that rank users alike (Spearman's rank correlation)."""
    metrics = [metric.id for metric in model.metrics if metric.weight]
    active = [frame.loc[frame["active"].astype(bool), metrics] for frame in frames if "active" in frame]
    values = pd.concat(active) if active else pd.DataFrame(columns=metrics)
    if len(values) < FEWEST_USERS:
        return []
    table = values.astype("float64").fillna(0.0)
    table = table.loc[:, table.max() > table.min()]
    related = np.corrcoef(table.rank().to_numpy().T) if table.shape[1] > 1 else np.zeros((0, 0))
    names = list(table.columns)
    return [
        Finding(
            "twins",
            f"{names[first]}, {names[second]}",
            f"{names[first]} and {names[second]} rank users alike (rank correlation {related[first, second]:.2f}):"
            " one habit counts twice. Give one of them weight 0.",
        )
        for first, second in zip(*np.triu_indices(len(related), 1), strict=True)
        if related[first, second] >= TWINS
    ]


def homeless(frames: list[pd.DataFrame]) -> list[Finding]:
    """Count the users without a company, whose scores no company's mean contains."""
    last = frames[-1] if frames else pd.DataFrame({"group_id": []})
    count = int(last["group_id"].isna().sum()) if "group_id" in last else 0
    if not count:
        return []
    users = "1 user has" if count == 1 else f"{count:,} users have"
    return [Finding("no company", str(count), f"{users} no company: add group_id to USERS.csv.")]
