"""What a threshold is worth, in small panels that can be checked by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oseberg.health_model._churn.panel import Panel
from oseberg.health_model._churn.quality import alarms_per_week, auc, curve, money_caught, more_needed
from oseberg.health_model._churn.threshold import choose, interval, judge, median_lead, split


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 3)), min_size=1, max_size=20))
def test_auc_is_the_share_of_pairs_in_order(rows):
    """Each pair of a company that leaves and one that stays, ties counted half."""
    score, left, weight = (np.array(column) for column in zip(*rows, strict=True))
    some = Panel(np.arange(len(rows)), np.zeros(len(rows), int), score.astype(float), left, left * 1, len(rows))
    pairs = [
        (weight[a] * weight[b], 1 if score[a] < score[b] else 0.5 if score[a] == score[b] else 0)
        for a in np.flatnonzero(left)
        for b in np.flatnonzero(~left)
    ]
    total = sum(count for count, _ in pairs)
    found = auc(some, weight)
    if total:
        assert found == pytest.approx(sum(count * share for count, share in pairs) / total)
    else:
        assert math.isnan(found)


@pytest.mark.parametrize(
    ("known", "lift", "low", "more"),
    [
        (12, math.nan, math.nan, 8),
        (19, 2.0, 1.1, 1),
        (20, 1.5, 0.75, 26),
        (40, 0.9, 0.5, None),
        (40, 1.0, 0.5, None),
        (40, 2.0, 1.1, 0),
        (40, 2.0, 1.0, 1),
        (100, 1.5, 0.75, 126),
    ],
)
def test_how_many_more_cancellations_would_decide(known, lift, low, more):
    """At least twenty; then by the width of the interval; none if the lift found is not above one."""
    assert more_needed(known, 20, lift, low) == more


def tiny(*rows, weeks=None):
    """Make a panel of rows (score, whether cancelled), each of a company of its own."""
    score, cancelled = (np.array(column) for column in zip(*rows, strict=True))
    week = np.zeros(len(rows), int) if weeks is None else np.array(weeks)
    return Panel(np.arange(len(rows)), week, score.astype(float), cancelled.astype(bool), cancelled * 9, len(rows))


def test_a_score_at_the_threshold_is_an_alarm():
    """In every figure that is told of a threshold."""
    some = tiny((5, 1), (10, 1), (10, 0), (11, 1), weeks=[0, 4, 0, 4])
    assert alarms_per_week(some, 10) == 1.5
    assert judge(some, np.ones(4), 10) == (2 / 3, 2 / 3, (2 / 3) / (3 / 4))
    assert money_caught(some, 10, np.array([1.0, 2.0, 4.0, math.nan])) == 1
    assert money_caught(some, 10, np.array([1.0, 2.0, 4.0, 3.0])) == 0.5
    assert math.isnan(money_caught(some, 10, np.zeros(4)))
    assert median_lead(some, 10) == 9
    points = {point.threshold: (point.precision, point.recall, point.alarms) for point in curve(some)}
    assert points == {5: (1, 1 / 3, 0.5), 10: (2 / 3, 2 / 3, 1.5), 11: (3 / 4, 1, 2)}


def test_the_lead_is_that_of_a_companys_first_alarm():
    """The median over companies, however many alarms each had; who had none counts for nothing."""
    company = np.array([0, 0, 0, 1, 1, 2, 3])
    ahead = np.array([20, 16, 12, 18, 12, 12, 9])
    score = np.array([5.0, 5.0, 5.0, 10.0, 5.0, 5.0, 50.0])
    some = Panel(company, np.zeros(7, int), score, np.ones(7, bool), ahead, 4)
    assert median_lead(some, 10) == 18
    assert math.isnan(median_lead(some, 1))


def test_a_curve_has_twenty_scores_that_occur():
    """Between two of them nothing changes."""
    some = tiny(*((number * 1.5, number % 3 == 0) for number in range(200)))
    points = curve(some)
    assert len(points) == 20
    assert {point.threshold for point in points} <= set(some.score)
    assert curve(tiny((1, 0), (2, 0))) == ()


@pytest.mark.parametrize(
    ("rows", "miss_cost", "chosen"),
    [
        ([(1, 1), (2, 1), *[(2, 0)] * 8], None, 1),  # F2 is 5/9 at both
        ([(1, 1), (2, 1), *[(2, 0)] * 7], None, 2),
        ([(1, 1), (2, 1)], 0.0, 1),  # neither costs anything
        ([(1, 1), (2, 1), (2, 0)], 0.9, 1),  # a false alarm for a miss of nine tenths
        ([(1, 1), (2, 1), (2, 0)], 1.1, 2),
    ],
)
def test_on_ties_the_fewest_alarms_are_chosen(rows, miss_cost, chosen):
    """The lowest threshold of the best F2, or of the least cost."""
    assert choose(tiny(*rows), np.ones(len(rows)), miss_cost) == chosen


def test_weeks_are_shared_60_to_40_with_an_embargo_between():
    """Of 121 weeks and an embargo of 21: up to week 60 to choose on, from week 82 on to judge on."""
    weeks = np.arange(122)
    early, late = split(tiny(*[(1, 0)] * 122, weeks=weeks), 21)
    assert early.week.tolist() == list(range(61))
    assert late.week.tolist() == list(range(82, 122))


def test_an_interval_leaves_a_fortieth_out_on_either_side():
    """95 % lie within."""
    assert interval([float(number) for number in range(1001)]) == (25, 975)
