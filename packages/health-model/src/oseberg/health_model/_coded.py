"""Columns as codes into their different values: each value is read once, however many rows repeat it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

TRUTH = {"true": 1, "t": 1, "yes": 1, "1": 1, "1.0": 1, "false": 0, "f": 0, "no": 0, "0": 0, "0.0": 0}


def coded(column: pd.Series[Any]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Give codes and different values; missing ones have the code -1.

    Lists and mappings, which Mixpanel's properties may be, are told apart by their text.
    """
    try:
        codes, values = pd.factorize(column)
    except TypeError:  # unhashable
        codes, values = pd.factorize(column.map(str, na_action="ignore"))
    return codes.astype(np.int64), np.asarray(values, dtype=object)
