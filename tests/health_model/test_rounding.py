"""Rounding that people can check with a pencil: tables that add up, whatever was rounded before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oseberg.health_model import half_up, largest_remainder
from oseberg.health_model._rounding import whole_hundredths


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=30), st.integers(-20, 20), st.integers(-70, 70))
def test_tables_round_as_one_line_does(parts, lean, off):
    """Thousands of rows at once get what `largest_remainder` gives each, also where the total is another."""
    row = [part / 370 - lean / 7 for part in parts]
    total = round(100 * sum(row)) + off
    expected = np.rint(100 * np.array(largest_remainder(row, total / 100)))
    found = whole_hundredths(np.array([row]), np.array([total]))[0]
    assert found.sum() == total
    assert found.tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("values", "total", "rounded"),
    [
        ([1 / 3, 1 / 3, 1 / 3], None, [0.34, 0.33, 0.33]),
        ([1 / 3, 1 - 2 / 3, 1 / 3], None, [0.34, 0.33, 0.33]),  # a third in two spellings
        ([0.3332, 0.3334, 0.3334], None, [0.33, 0.34, 0.33]),
        ([0.1, 0.1], 0.25, [0.13, 0.12]),  # halves up, then more than one each
        ([0.1, 0.1], 0.15, [0.08, 0.07]),
        ([], 0.5, []),
        ([0.5, 0.25], 0.74, [0.5, 0.24]),
        ([0.5, 0.25], 0.76, [0.51, 0.25]),
        ([], None, []),
        ([-0.005, 0.005], 0.0, [0.0, 0.0]),
    ],
)
def test_remainders_make_up_for_the_total(values, total, rounded):
    """What is missing goes to the largest remainders, what is too much comes from the smallest."""
    assert largest_remainder(values, total) == rounded


@pytest.mark.parametrize(("value", "rounded"), [(2.675, 2.68), (0.125, 0.13), (-0.125, -0.13), (0.1249999, 0.12)])
def test_halves_go_away_from_zero(value, rounded):
    """On the decimal spelling, as people do it."""
    assert half_up(value) == rounded
