"""Decile points against their definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oseberg.health_model import decile_cuts, deciles

VALUES = st.lists(st.one_of(st.integers(0, 6), st.floats(0, 1e9), st.just(float("nan"))), min_size=1, max_size=60)


def oracle(value: float, reference: list[float]) -> int:
    """Count who did less, in whole numbers, as the definition says."""
    value, reference = np.nan_to_num(value), np.nan_to_num(reference)
    return min(9, 10 * sum(bool(other < value) for other in reference) // len(reference))


@given(VALUES, VALUES)
def test_cuts_give_the_defined_decile(reference, values):
    """Nine cuts say exactly what the whole reference says: ties, zeros, constants, one user, NaN."""
    asked = values + reference
    assert deciles(asked, decile_cuts(reference)).tolist() == [oracle(value, reference) for value in asked]


@given(VALUES)
def test_decile_is_at_most_nine_and_zero_for_nothing(reference):
    """Nobody gets 1.0, and who did nothing gets nothing."""
    cuts = decile_cuts(reference)
    assert deciles(1e300, cuts) == 9
    assert deciles(0, cuts) == 0


@pytest.mark.parametrize(("below", "points"), [(30, 3), (90, 9), (99, 9), (29, 2), (0, 0)])
def test_points_of_a_hundred_different_users(below, points):
    """With 30 % below one gets 0.3; the top tenth gets 0.9."""
    assert deciles(below, decile_cuts(range(100))) == points


def test_no_users_no_points():
    """A product that nobody has gives no points to anybody."""
    assert deciles([0, 5], decile_cuts([])).tolist() == [0, 0]
