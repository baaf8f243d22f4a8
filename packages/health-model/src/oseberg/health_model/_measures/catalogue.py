"""Statistics by composition: event x measure x window, and the metrics that the model makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oseberg.health_model._measures.activity import Activity
from oseberg.health_model._measures.of_all_events import ANY_MEASURES, received, summed
from oseberg.health_model._measures.of_one_event import EVENT_MEASURES
from oseberg.health_model._measures.of_one_event import count as count_of
from oseberg.health_model._model.definition import Definition, Metric

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from oseberg.health_model._measures.roster import Roster

    Floats = NDArray[np.float64]


def statistics_frame(activity: Activity, *, everything: bool) -> pd.DataFrame:
    """Return one row for each user: identity, activity, metrics, and with `everything` each statistic.

    Columns: group_id, job_type, group_type, products, active, passive_only, the metrics' ids, `event.measure.1w`.
    """
    measured = measure(activity, everything=everything)
    return as_frame(activity.roster, activity.definition, measured, everything=everything)


@dataclass(frozen=True)
class Measured:
    """What a week's activity measures for some users.

    Attributes:
        block: The metrics and then the statistics, shape (names, users).
        active: Who did something.
        passive: Who only got automatic mail.
    """

    block: Floats
    active: NDArray[np.bool_]
    passive: NDArray[np.bool_]


def measure(activity: Activity, *, everything: bool) -> Measured:
    """Measure metrics, and with `everything` each statistic."""
    definition = activity.definition
    names = definition.statistic_names() if everything else needed(definition)
    # One block of memory for all columns: a frame put together from 400 arrays takes several times as long.
    block = np.empty((len(definition.metrics) + len(names), activity.users))
    values = dict(zip(names, block[len(definition.metrics) :], strict=True))
    fill(activity, values)
    for row, metric in zip(block, definition.metrics.values(), strict=False):
        row[:] = metric_values(metric, values)
    active = summed(count_of)(activity) > 0
    return Measured(block, active, ~active & (received(activity) > 0))


def as_frame(roster: Roster, definition: Definition, measured: Measured, *, everything: bool) -> pd.DataFrame:
    """Return what was measured of the users of a roster as a frame."""
    names = definition.statistic_names() if everything else needed(definition)
    columns = [*definition.metrics, *names]
    frame = pd.DataFrame(measured.block.T, index=roster.frame.index, columns=columns, copy=False)
    identity = roster.frame.copy()
    identity["active"] = measured.active
    identity["passive_only"] = measured.passive
    return pd.concat([identity, frame], axis=1)


def needed(definition: Definition) -> list[str]:
    """List the statistics that the metrics read, each once."""
    parts = [name for metric in definition.metrics.values() for name in (*metric.numerator, *metric.denominator)]
    return list(dict.fromkeys(parts))


def fill(activity: Activity, values: Mapping[str, Floats]) -> None:
    """Measure each statistic into its row; a measure of all events is taken once."""
    place = {key: number for number, key in enumerate(activity.definition.events)}
    # By measure, so that each table of events x users is computed once and then dropped.
    for measure, names in by_measure(values):
        if measure in EVENT_MEASURES and any(not name.startswith("any.") for name in names):
            table = EVENT_MEASURES[measure](activity)
        for name in names:
            event = name.split(".")[0]
            values[name][:] = ANY_MEASURES[measure](activity) if event == "any" else table[place[event]]


def by_measure(names: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Group the names of statistics by their measure."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(name.split(".")[1], []).append(name)
    return list(groups.items())


def metric_values(metric: Metric, values: Mapping[str, Floats]) -> Floats:
    """Compute a metric: a sum, a share of at least `minimum` (0 of nothing is 0), or 1 for more than nothing."""
    value = added(metric.numerator, values)
    if metric.kind == "boolean":
        return (value > 0).astype(np.float64)
    if metric.denominator:
        value = value / np.maximum(added(metric.denominator, values), metric.minimum)
    return np.clip(value, 0.0, 1.0) if metric.kind == "percentage" else value


def added(names: Iterable[str], values: Mapping[str, Floats]) -> Floats:
    """Add up statistics; missing ones count as 0."""
    return np.asarray(np.sum([np.nan_to_num(values[name]) for name in names], axis=0, dtype=np.float64))
