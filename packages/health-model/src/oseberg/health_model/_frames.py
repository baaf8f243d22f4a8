"""Columns of data frames: checks that they exist, and codes for values that many rows repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.health_model._week import Week
from oseberg.health_model.errors import DataError, HealthModelError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from numpy.typing import NDArray

TRUTH = {"true": 1, "t": 1, "yes": 1, "1": 1, "1.0": 1, "false": 0, "f": 0, "no": 0, "0": 0, "0.0": 0}


def need(frame: pd.DataFrame, columns: Iterable[str], name: str, error: type[HealthModelError] = DataError) -> None:
    """Refuse a frame that lacks required columns.

    Args:
        frame: What was given.
        columns: What it must have.
        name: What it is called: `events`.
        error: The class of error.
    """
    missing = [column for column in columns if column not in frame]
    if missing:
        raise error(f"The {name} frame lacks column {missing[0]!r} (required: {', '.join(columns)}).")


def at_week(frame: pd.DataFrame, week: date) -> pd.DataFrame:
    """Select one week's rows, however the weeks are spelled."""
    spellings = [value for value in frame["week"].unique() if Week.parse(value).monday == week]
    return frame[frame["week"].isin(spellings)]


def coded(column: pd.Series[Any]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return codes and different values; missing ones have the code -1.

    Lists and mappings, which Mixpanel's properties may be, are told apart by their text.
    """
    try:
        codes, values = pd.factorize(column)
    except TypeError:  # unhashable
        codes, values = pd.factorize(column.map(str, na_action="ignore"))
    return codes.astype(np.int64), np.asarray(values, dtype=object)
