"""One account's own fall, checked by hand: its level, the fleet's move, and the odds of the rest by chance."""

import math

import numpy as np
import pytest

from oseberg.health_model._churn.falls import chance, own_falls


def beyond(distance, freedom):
    """Integrate the upper tail of Student's t."""
    at = np.linspace(distance, distance + 500, 500_001)
    scale = math.gamma((freedom + 1) / 2) / (math.sqrt(freedom * math.pi) * math.gamma(freedom / 2))
    density = scale * (1 + at**2 / freedom) ** (-(freedom + 1) / 2)
    return float(((density[1:] + density[:-1]) / 2).sum() * (at[1] - at[0]))


@pytest.mark.parametrize("freedom", range(3, 14))
@pytest.mark.parametrize("distance", [0.0, 0.5, 2.0, 5.0])
def test_chance_is_the_upper_tail(distance, freedom):
    """As the integral of the density; far tails of few degrees of freedom reach beyond where it is added up."""
    assert chance(distance, freedom) == pytest.approx(beyond(distance, freedom), rel=1e-4)


def test_odds_come_from_an_accounts_own_noise_and_the_fleets():
    """Eight weeks that stray by 2 points around 50, then 40, among accounts that stray by one point."""
    scores = np.array([[48.0, 52.0] * 4 + [40.0]] + [[49.0, 51.0] * 4 + [50.0]] * 5).T
    found = own_falls(scores).iloc[0]
    assert (found["level"], found["expected"], found["fall"]) == (50, 50, 10)
    # Of seven moves of 4 points (of the others: 2) the largest is left out; then four weeks of the usual noise are
    # blended in. A move is the difference of two strayings, so that half its square is one's.
    own, others = (1.46 * 6 * move**2 / (2 * 6) for move in (4, 2))
    variance = (6 * own + 4 * others) / (6 + 4)
    error = math.sqrt(variance) * math.sqrt(1 + 1 / 8)
    assert found["odds"] == pytest.approx(beyond(10 / error, 8 - 1 + 4), rel=1e-4)
    assert found["falling"]


@pytest.mark.parametrize(("odds", "falling"), [(1 / 201, True), (1 / 199, False)])
def test_a_fall_is_named_from_one_in_two_hundred_on(odds, falling):
    """Rarer than that by chance, of an account that strays by a tenth: a fall of a fifth alone is not enough."""
    scores = np.array([[45.0, 55.0] * 4 + [50.0]] + [[50.0] * 9] * 5).T
    error = math.sqrt(1.46 * 100 / 2 * 6 / 10) * math.sqrt(1 + 1 / 8)  # blended with a fleet that does not stray
    near, far = 0.0, 10.0
    for _ in range(60):
        middle = (near + far) / 2
        near, far = (middle, far) if chance(middle, 11) > odds else (near, middle)
    scores[-1, 0] = 50 - near * error
    found = own_falls(scores).iloc[0]
    assert found["odds"] == pytest.approx(odds, rel=1e-6)
    assert found["fall"] > 10
    assert bool(found["falling"]) is falling


def test_the_fleets_own_fall_is_taken_off():
    """Where everybody falls by a fifth, nobody has fallen beyond the fleet; a rise of the fleet excuses nothing."""
    even = np.full((9, 6), 50.0)
    fell, rose = even.copy(), even.copy()
    fell[-1], rose[-1] = 40.0, 60.0
    assert own_falls(fell)["expected"].tolist() == [40.0] * 6
    assert not own_falls(fell)["falling"].any()
    rose[-1, 0] = 50.0
    assert own_falls(rose)["fall"].iloc[0] == 0


def test_five_steady_accounts_are_the_least_for_a_median():
    """With four, the move is that of all the others together."""
    for count, expected in ((5, 50.0), (4, 50 * (2 * 25 + 50) / 150)):
        scores = np.full((9, count), 50.0)
        scores[-1, :2] = 25.0
        assert own_falls(scores)["expected"].iloc[-1] == pytest.approx(expected)


def test_nobody_is_so_even_that_any_change_means_something():
    """Accounts that never strayed are taken to stray by 3 % of their level."""
    scores = np.full((9, 6), 50.0)
    scores[-1, 0] = 47.0
    found = own_falls(scores).iloc[0]
    assert found["odds"] == pytest.approx(beyond(3 / (0.03 * 50 * math.sqrt(1 + 1 / 8)), 8 - 1 + 4), rel=1e-4)


def test_of_one_move_nothing_is_known():
    """The largest is left out; with two known weeks in a row an account strays as the fleet does."""
    scores = np.array([[49.0, 51.0] * 4 + [50.0]] * 6).T
    scores[:, 0] = [50, np.nan, 50, np.nan, 50, np.nan, 40, 60, 20]
    found = own_falls(scores).iloc[0]
    error = math.sqrt(1.46 * 2**2 / 2) * math.sqrt(1 + 1 / 5)  # moves of 2, as all others make
    assert found["odds"] == pytest.approx(beyond(30 / error, 5 - 1 + 4), rel=1e-4)


@pytest.mark.parametrize(("now", "falling"), [(40.0, True), (40.01, False)])
def test_a_fall_of_a_fifth_is_the_least(now, falling):
    """However certain, less is not worth a call; nor are less than two points."""
    steady = np.full((9, 6), 50.0)
    steady[-1, 0] = now
    assert own_falls(steady)["falling"].tolist() == [falling, *[False] * 5]
    low = np.full((9, 6), 8.0)
    low[-1, 0] = 6.0 if falling else 6.01
    assert own_falls(low)["falling"].tolist() == [falling, *[False] * 5]


def test_three_weeks_before_are_the_least():
    """With two, a level is not a level."""
    for weeks, falling in ((4, True), (3, False)):
        scores = np.full((weeks, 6), 50.0)
        scores[-1, 0] = 5.0
        assert bool(own_falls(scores)["falling"].iloc[0]) is falling
