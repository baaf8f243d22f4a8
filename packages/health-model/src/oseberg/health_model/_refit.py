"""A quarterly look at the frozen reference: how far scores would move with a newer one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from oseberg.health_model.errors import WeekError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oseberg.health_model._model import HealthModel
    from oseberg.health_model._reference import Reference
    from oseberg.health_model._week import Week


def refit(model: HealthModel, frames: Mapping[Week, pd.DataFrame], old: Reference) -> tuple[Reference, pd.DataFrame]:
    """Fit a new reference on the latest weeks, and score the overlap with both.

    The new reference, once stored, is used for the weeks that are scored from then on; scored weeks stay as they are.
    The shift says how much of the next change is the ruler's, not the users'.

    Args:
        model: The model.
        frames: The statistics of the latest weeks, as many as the model's reference pools.
        old: The frozen reference in use.

    Returns:
        The new reference, and a row for each week: week, before and after (mean scores), shift.

    Raises:
        WeekError: There are fewer weeks than the model's reference pools.
    """
    needed = model.definition.reference.weeks
    if len(frames) < needed:
        raise WeekError(f"A new reference needs {needed} complete weeks; there are {len(frames)}.")
    new = model.fit(frames.values())
    rows = []
    for week, frame in sorted(frames.items()):
        before, after = (float(model.score(frame, reference).users["score"].mean()) for reference in (old, new))
        rows.append({"week": str(week), "before": before, "after": after, "shift": after - before})
    return new, pd.DataFrame(rows)
