"""Why a company's score is what it is, in words: each at the border where they change."""

import math

import numpy as np
import pandas as pd
import pytest

from oseberg.health_model import Explanation, Week
from oseberg.health_model._explain.movement import Movement
from oseberg.health_model._explain.reasons import what_happened, why
from oseberg.health_model._explain.words import in_words, share_in_words
from oseberg.health_model._model.definition import Metric
from tests.health_model.helpers import WEEK


def measures(users, active, passive=0, top=0.2):
    return {
        "users": users,
        "active_users": active,
        "passive": passive,
        "adoption": active / users,
        "active_score": 20.0,
        "concentration": top,
    }


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (measures(3, 0, 2), "Nobody was active, and 2 of 3 users only receive automatic mail."),
        (measures(3, 0), "Nobody was active, and no automatic mail was sent."),
        (measures(10, 5), "5 of 10 users were active and average 20.00."),
        (measures(200, 99), "101 of 200 licenses were unused; active users alone average 20.00."),
        (measures(2, 2, top=0.5), "2 of 2 users were active and average 20.00; one user holds 50 % of all points."),
        (measures(3, 3, top=0.495), "3 of 3 users were active and average 20.00."),
        (measures(2, 1, top=1.0), "1 of 2 users were active and average 20.00."),
    ],
)
def test_what_a_score_comes_from(row, said):
    """Less than half of the licenses used, or one of several users with half of the points."""
    assert why(row) == said


@pytest.mark.parametrize(
    ("odds", "rare"),
    [(1 / 250.6, "1 in 251"), (1 / 10_000, "1 in 10,000"), (1 / 10_000.5, "less than 1 in 10,000"), (0.0, "less than")],
)
def test_odds_are_told_up_to_one_in_ten_thousand(odds, rare):
    """Beyond that a number would claim more than is known."""
    row = {"list": "Falling", "odds": odds, "fall": 12.345, "level": 40.0, "why": "Why."}
    assert f"12.35 points below its level of 40.00, beyond the fleet's move; the odds of that by chance are {rare}" in (
        what_happened(row, 10, "")
    )


def moved(*users, sizes=(4, 4), gained=0.0):
    """Make the movement of one company in which each user moved the metrics by some points."""
    parts = np.array(users, dtype=float)
    now, before = (np.array([size]) for size in sizes)
    starts = np.array([0, len(parts)])
    points = parts.sum(axis=0)[None, :]
    week = Week.parse(WEEK).next(-1)
    return Movement(week, points, starts, (now, before), np.array([gained]), np.arange(len(parts)), parts)


@pytest.mark.parametrize(
    ("movement", "said"),
    [
        (moved([-0.49, 0.0]), ""),
        (moved([-0.495, 0.0]), ""),
        (moved([-0.5, 0.0]), "Ann did less (exports): that alone is \N{MINUS SIGN}0.5 of the \N{MINUS SIGN}0.5"),
        (moved([0.0, -1.0], [0.0, -1.0]), "Ann did less (shares): that alone is \N{MINUS SIGN}1.0 of the"),
        (
            moved([-0.9, 0.0], [-0.6, 0.0], [-0.5, 0.0], [0.0, 0.0]),
            "Exports fell most, with 3 users: \N{MINUS SIGN}2.0 of the \N{MINUS SIGN}2.0 since 2 Nov 2026.",
        ),
        (moved([-2.0, 0.0], sizes=(2, 1), gained=2.0), "1 license was added and hardly used: that alone is"),
        (moved([-2.0, 0.0], sizes=(4, 2), gained=4.0), "2 licenses were added and hardly used"),
        (moved([-2.0, 0.0], sizes=(2, 1), gained=1.98), "Ann did less (exports)"),
    ],
)
def test_what_moved_a_company_most(movement, said):
    """From half a point on; new licenses or one user, if they are half of it."""
    told = movement.told(0, {0: "Ann"}, ["exports", "shares"])
    assert told.startswith(said) if said else not told


@pytest.mark.parametrize(("change", "lines"), [(0.005, 4), (-0.005, 4), (0.0049, 3)])
def test_changes_that_the_last_digit_shows_are_told(change, lines):
    """From half of a hundredth on, the largest first, three unless more are asked for."""
    frame = pd.DataFrame({"metric": list("abcd"), "question": list("ABCD"), "words": "w", "contribution": 1.0})
    told = Explanation(9.0, 8.0, frame.assign(change=[0.1, -3.0, 2.0, change]))
    assert [line[:8].split()[:2] for line in told.changes()] == [["-3.00", "B"], ["+2.00", "C"], ["+0.10", "A"]]
    assert len(told.changes(9)) == lines


ALERTS = Metric(
    question="?", kind="percentage", statistic="a.count.1w", of="alert_sent.count.1w", minimum=3, unit="of the alerts"
)


@pytest.mark.parametrize(
    ("value", "total", "said"),
    [
        (1 / 3, 3, "33 % of the alerts."),
        (1 / 3, 2, "1 of 2 alerts (counts as 1 of 3)."),
        (1 / 3, 1, "1 of 1 alerts (counts as 1 of 3)."),
        (0.0, 0, "No alerts sent."),
        (0.336, math.nan, "34 % of the alerts."),
        (2 / 3, math.nan, "67 % of the alerts (fewer than 3 count as 3)."),
        (1.0, math.nan, "100 % of the alerts."),
        (0.0, math.nan, "0 % of the alerts."),
    ],
)
def test_a_share_says_of_how_many_it_is(value, total, said):
    """Fewer than the least are named; where nobody knows how many there were, that they may be fewer."""
    assert share_in_words(ALERTS, value, total) == said


@pytest.mark.parametrize(("points", "said"), [(0.1, "at least 10 %"), (0.0, "fewer than 10 %"), (0.9, "at least 90 %")])
def test_a_decile_says_how_many_did_less(points, said):
    """A tenth is the first step that can be told."""
    times = Metric(question="?", kind="continuous", statistic="a.count.1w", unit="times")
    assert in_words(times, 2.0, points, 1.0) == f"2 times; {said} of all users did less."
