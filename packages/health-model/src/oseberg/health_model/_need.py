"""Frames that lack something are refused with a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.health_model.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from oseberg.health_model.errors import HealthModelError


def need(frame: pd.DataFrame, columns: Iterable[str], name: str, error: type[HealthModelError] = DataError) -> None:
    """Refuse a frame without some of its columns.

    Args:
        frame: What was given.
        columns: What it must have.
        name: What it is called, in the plural: `events`.
        error: The class of error.
    """
    missing = [column for column in columns if column not in frame]
    if missing:
        raise error(f"The {name} have no column {missing[0]!r}. Needed are {', '.join(columns)}.")
