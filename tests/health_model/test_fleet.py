"""The fleet's borders as they are stated: what is lost, and what is a decline, by one company or one point."""

import numpy as np
import pytest

from oseberg.health_model._churn.fleet import find_declines, find_lost


def flat(weeks=10, companies=10, level=40.0):
    return np.full((weeks, companies), level)


def declines(scores, rulers=None):
    rulers = np.zeros(len(scores), dtype=np.int64) if rulers is None else np.array(rulers)
    return [(each.place, each.first, each.companies) for each in find_declines(scores, rulers)]


@pytest.mark.parametrize(("companies", "lost"), [(3, True), (2, False)])
def test_three_companies_are_the_least_that_lose_tracking(companies, lost):
    scores = flat(companies=companies)
    scores[-1] = 0
    assert find_lost(scores)[-1] == lost


def test_only_companies_with_a_week_before_and_now_tell():
    """Those that left, and those that only began, say nothing about tracking."""
    scores = flat(companies=20)
    scores[-1, :17] = np.nan
    scores[-1, 17:] = 0
    assert find_lost(scores)[-1], "three of three"
    scores[-1, 17] = 40
    assert not find_lost(scores)[-1]
    began = flat(companies=20)
    began[:-1, 3:] = 0
    began[-1] = 0
    assert find_lost(began)[-1], "the others were never active"


def test_more_than_a_quarter_of_the_fleet_is_not_lost():
    """Where a few steady companies pause and the many others go on, tracking works."""
    scores = flat(weeks=9, companies=40)
    scores[:-1:2, 4:] = 0  # the others work every other week
    scores[-1, :4] = 0
    scores[-1, 4:] = 0
    usual = np.median(scores[4:8].sum(axis=1))
    scores[-1, 4] = 0.25 * usual
    assert find_lost(scores)[-1]
    scores[-1, 5] = 0.5
    assert not find_lost(scores)[-1]


@pytest.mark.parametrize(("now", "named"), [(38.0, True), (38.01, False)])
def test_a_twentieth_is_the_least_decline(now, named):
    """However certain, less is not worth a meeting."""
    scores = flat()
    scores[-1] = now
    assert bool(declines(scores)) is named


@pytest.mark.parametrize(("companies", "named"), [(3, True), (2, False)])
def test_three_companies_are_the_least_that_decline(companies, named):
    scores = flat(companies=companies)
    scores[-1] = 20
    assert bool(declines(scores)) is named


@pytest.mark.parametrize(("before", "named"), [(3, True), (2, False)])
def test_three_weeks_are_the_least_band(before, named):
    scores = flat(weeks=before + 1)
    scores[-1] = 20
    assert bool(declines(scores)) is named


def test_a_company_counts_with_half_of_the_weeks_before():
    """One that came later than that, or is gone now, is not compared."""
    scores = flat(weeks=9, companies=10)
    scores[-1] = 20
    scores[:4, 0] = np.nan
    scores[:5, 1] = np.nan
    scores[-1, 2] = np.nan
    assert declines(scores) == [(8, 8, 8)]


def test_a_level_of_nothing_does_not_decline():
    assert declines(flat(level=0.0)) == []


def test_a_decline_is_named_once_and_the_next_one_again():
    """From the first week of it on, the new level is what weeks are compared with."""
    scores = flat(weeks=16)
    scores[6:] = 30
    scores[11:] = 20
    assert declines(scores) == [(6, 6, 10), (11, 11, 10)]


def test_a_new_reference_begins_anew():
    """Weeks of another ruler are neither compared nor part of the band."""
    scores = flat(weeks=12)
    scores[6:] = 30
    assert declines(scores, [0] * 6 + [1] * 6) == []
    scores[9:] = 20
    assert declines(scores, [0] * 6 + [1] * 6) == [(9, 9, 10)]


def test_what_the_fleet_moves_together_widens_its_band():
    """Holidays and seasons move all companies at once: a fleet that often moves by a tenth has not declined by one."""
    years = [flat(weeks=52, companies=200) * np.random.default_rng(seed).normal(1, 0.1, (52, 1)) for seed in range(20)]
    assert np.mean([len(declines(scores)) for scores in years]) < 1
    fell = years[0].copy()
    fell[30:] *= 0.4
    assert 30 in [place for place, _, _ in declines(fell)]


@pytest.mark.parametrize(("giants", "named"), [(2, False), (3, True)])
def test_one_percent_of_the_companies_are_not_the_fleet(giants, named):
    """Of two hundred companies two may leave at once, however large they are; three are a decline."""
    scores = flat(companies=200)
    scores[:, :giants] = 2000
    scores[-1, :giants] = 0
    assert bool(declines(scores)) is named
