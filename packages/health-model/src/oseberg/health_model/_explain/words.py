"""Describes in plain words what the value of a metric is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from oseberg.health_model._model.definition import Definition, Metric

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WHOLE = 1e-6  # how far a count may be from a whole number after a share was computed from it
VERBS = {"successes": " succeeded", "objects": " opened"}
"""What happened to the things a share counts, by the measure of the share."""


def in_words(
    metric: Metric, value: float, points: float, weight: float, total: float = np.nan, *, off: bool = False
) -> str:
    """Describe what a value is worth.

    A decile of 0.7 means: at least 70 % of all users did less.

    Args:
        metric: The metric.
        value: Its value.
        points: Its points, 0 to 1.
        weight: Its weight for the user; 0 if the user doesn't have the product.
        total: Of a share, the number of things that it is a share of; NaN if it is unknown.
        off: Whether the model switches the metric off for everybody.

    Returns:
        A sentence.
    """
    if not weight:
        return "Switched off (weight 0)." if off else "Not part of the user's products."
    if metric.kind == "boolean":
        return "Yes." if value > 0 else "No."
    if metric.kind == "percentage":
        return share_in_words(metric, value, total)
    if not value:
        return "None."
    share = f"at least {100 * points:.0f} %" if points else "fewer than 10 %"
    return f"{amount(value, metric.unit)}; {share} of all users did less."


def share_in_words(metric: Metric, value: float, total: float) -> str:
    """Describe a share honestly: of few things it counts as a share of more, and of nothing it is not 0 %."""
    things = metric.unit.removeprefix("of the ").removeprefix("of ")
    if total == 0:
        return f"No {things} sent." if is_mail(metric) else f"No {things}."
    hits = value * metric.minimum
    few = abs(hits - round(hits)) < WHOLE
    if few and total < metric.minimum:
        verb = VERBS.get(metric.numerator[0].split(".")[1], "")
        counted = f"counts as {round(hits)} of {metric.minimum}"
        return f"{round(hits)} of {round(total)} {things}{verb} ({counted})."
    # without a stored total, it may have been a share of fewer
    guard = (
        f" (fewer than {metric.minimum} count as {metric.minimum})" if few and np.isnan(total) and 0 < value < 1 else ""
    )
    return f"{100 * value:.0f} % {metric.unit}".rstrip() + f"{guard}."


def is_mail(metric: Metric) -> bool:
    """Whether a share is of things sent to the user, rather than tried by them."""
    return all(name.split(".")[0].endswith("_sent") for name in metric.denominator)


def amount(value: float, unit: str) -> str:
    """Format a number with its unit; 1 has none, because a model states units in the plural."""
    number = f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
    return number if number == "1" else f"{number} {unit}".rstrip()


def totals(definition: Definition, values: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the number of things behind each share, as far as other metrics show it.

    A share stores its value alone. What it is of is known where other metrics count the same events; a yes-or-no metric
    of them at least tells none from some.

    Args:
        definition: The model.
        values: The value of each metric, all of one shape.

    Returns:
        For each percentage with a denominator the numbers; NaN where they are unknown.
    """
    counts: dict[str, Floats] = {}
    # Sums of several statistics don't tell how many of each there were.
    for key, metric in definition.metrics.items():
        for name in metric.numerator if len(metric.numerator) == 1 else ():
            event, measure, _ = name.split(".")
            if measure == "count" and metric.kind == "continuous":
                counts[event] = values[key]
            elif measure == "count" and metric.kind == "boolean":
                counts.setdefault(event, np.where(values[key] > 0, np.nan, 0.0))
    known = {}
    for key, metric in definition.metrics.items():
        events = list(dict.fromkeys(name.split(".")[0] for name in metric.denominator))
        if metric.kind == "percentage" and events and all(event in counts for event in events):
            known[key] = np.asarray(np.sum([counts[event] for event in events], axis=0), dtype=np.float64)
    return known
