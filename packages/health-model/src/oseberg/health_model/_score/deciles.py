"""Decile points: the share of the users who did less, in steps of a tenth.

With the values r_1..r_n of a reference, `decile(v) = (10 * #{i : r_i < v}) // n`: a whole number from 0 to 9. Nine cuts
carry the same information, `c_k = sorted[(k * n + 9) // 10 - 1]`, because `10 * #{r_i < v} >= k * n` holds exactly when
the ceil(k * n / 10)-th smallest value lies below v. Whole numbers only: quantiles by interpolation pick other values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def decile_cuts(values: ArrayLike) -> NDArray[np.float64]:
    """Return the nine cuts of a reference's values.

    Args:
        values: One number for each user of the reference, shape (n,); NaN counts as 0. Without any user the
            cuts are empty, so that nobody gets a point.

    Returns:
        The cuts in ascending order, shape (9,), or (0,) without users.

    >>> decile_cuts(range(10)).tolist()
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
    """
    numbers = np.sort(np.nan_to_num(np.asarray(values, dtype=np.float64), nan=0.0))
    if not numbers.size:
        return numbers
    return numbers[(np.arange(1, 10) * numbers.size + 9) // 10 - 1]


def deciles(values: ArrayLike, cuts: ArrayLike) -> NDArray[np.int64]:
    """Return each value's decile, 0 to 9: the number of cuts below it.

    Args:
        values: Numbers of any shape; NaN counts as 0.
        cuts: The nine cuts of the reference.

    Returns:
        Whole numbers of the same shape.

    >>> deciles([0, 5, 500], decile_cuts(range(10))).tolist()
    [0, 5, 9]
    """
    numbers = np.nan_to_num(np.asarray(values, dtype=np.float64), nan=0.0)
    return np.searchsorted(np.asarray(cuts, dtype=np.float64), numbers, side="left").astype(np.int64)
