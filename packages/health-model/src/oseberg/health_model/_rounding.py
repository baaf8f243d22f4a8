"""Rounding that people can check with a pencil: half up, and tables that add up."""

from __future__ import annotations

from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

NOISE = Decimal("1e-11")
"""Remainders that differ by less are equal: a third computed in two ways is one third."""


def half_up(value: float | Decimal, decimals: int = 2) -> float:
    """Round half away from zero on the decimal spelling of a number.

    Args:
        value: The number.
        decimals: Digits after the point.

    Returns:
        The rounded number.

    >>> half_up(2.675), half_up(0.125), half_up(-0.125)
    (2.68, 0.13, -0.13)
    """
    return float(Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def largest_remainder(values: Sequence[float], total: float | None = None, decimals: int = 2) -> list[float]:
    """Round numbers so that the rounded ones add up to the rounded total.

    Each number is rounded down; the units still missing go to the largest remainders, earlier numbers first
    (Hamilton's method).

    Args:
        values: The numbers of a table's column.
        total: What the rounded numbers must add up to; default: their sum, rounded half up.
        decimals: Digits after the point.

    Returns:
        The rounded numbers, in the same order.

    >>> largest_remainder([1 / 3, 1 / 3, 1 / 3])
    [0.34, 0.33, 0.33]
    """
    unit = Decimal(1).scaleb(-decimals)
    exact = [Decimal(repr(float(value))) for value in values]
    floors = [value.quantize(unit, ROUND_FLOOR) for value in exact]
    target = (sum(exact, Decimal(0)) if total is None else Decimal(repr(float(total)))).quantize(unit, ROUND_HALF_UP)
    missing = int((target - sum(floors, Decimal(0))) / unit)
    order = sorted(range(len(exact)), key=lambda index: (floors[index] - exact[index]).quantize(NOISE))
    for position in range(abs(missing) if order else 0):
        step = position if missing > 0 else -1 - position
        floors[order[step % len(order)]] += unit if missing > 0 else -unit
    return [float(value) for value in floors]


def whole_hundredths(table: NDArray[np.float64], totals: NDArray[np.int64]) -> NDArray[np.int64]:
    """Round the rows of a table as `largest_remainder` does, thousands at once.

    Args:
        table: Numbers, shape (rows, columns); each row adds up to its total, but for what was rounded before.
        totals: What each row must add up to, in hundredths, shape (rows,).

    >>> whole_hundredths(np.array([[1 / 3, 1 / 3, 1 / 3]]), np.array([100])).tolist()
    [[34, 33, 33]]
    """
    exact = np.round(100 * table, 9)  # 100 x 0.29 is 28.999999999999996
    floors = np.floor(exact).astype(np.int64)
    missing = totals - floors.sum(axis=1)
    place = np.argsort(np.argsort(np.round(floors - exact, 9), axis=1, kind="stable"), axis=1)
    columns = max(table.shape[1], 1)
    # Towards zero, so that too much is taken back from the smallest remainders, as above.
    each = (np.abs(missing) // columns * np.sign(missing))[:, None]
    left = missing[:, None] - each * columns
    return np.asarray(floors + each + ((place < left) & (left > 0)) - ((place >= columns + left) & (left < 0)))
