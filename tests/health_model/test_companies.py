"""Companies: the mean of their users, broken down."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oseberg.health_model import DataError, company_scores

USER = st.tuples(st.integers(1, 3), st.integers(0, 10_000), st.booleans(), st.booleans())


def scores(*rows):
    """Make scores of users from (group_id, score, active, passive_only)."""
    frame = pd.DataFrame(rows, columns=["group_id", "score", "active", "passive_only"])
    return frame.assign(user_id=range(len(frame))).astype({"group_id": "Int64", "score": float})


@settings(max_examples=40)
@given(st.lists(USER, min_size=1, max_size=40))
def test_company_scores_are_their_definitions(rows):
    """Mean, adoption, active mean, core, concentration and passive share, against plain rational arithmetic."""
    table = company_scores(scores(*((group, cents / 100, active, passive) for group, cents, active, passive in rows)))
    for company in table.to_dict("records"):
        own = sorted((row for row in rows if row[0] == company["group_id"]), key=lambda row: -row[1])
        cents = [row[1] for row in own]
        core = cents[: max(5, -(-len(own) // 5))]
        active = [row[1] for row in own if row[2]]
        assert company["users"] == len(own)
        assert company["active_users"] == len(active)
        assert company["score"] == pytest.approx(float(Fraction(sum(cents), 100 * len(own))), abs=1e-9)
        assert company["core_score"] == pytest.approx(sum(core) / len(core) / 100, abs=1e-9)
        mean = company["active_score"] if active else 0
        assert np.isnan(company["active_score"]) != bool(active)
        assert company["score"] == pytest.approx(company["adoption"] * mean + company["passive_points"], abs=1e-9)
        assert np.isnan(company["concentration"]) == (sum(cents) == 0)
        if sum(cents):
            assert company["concentration"] == pytest.approx(max(cents) / sum(cents))
        assert company["passive_share"] == pytest.approx(sum(row[3] for row in own) / len(own))


@pytest.mark.parametrize(("users", "core"), [(3, 3), (5, 5), (25, 5), (26, 6), (30, 6), (31, 7)])
def test_the_core_is_five_users_or_the_best_fifth(users, core):
    """Rounded up, whichever is more, and never more than there are."""
    table = company_scores(scores(*((7, number, True, False) for number in range(users))))
    best = range(users - core, users)
    assert table["core_score"].tolist() == [sum(best) / core]


def test_users_without_a_company_belong_to_none():
    """A missing group makes no company."""
    table = company_scores(scores((7, 10, True, False), (None, 90, True, False)))
    assert table["group_id"].tolist() == [7]
    assert table["score"].tolist() == [10]
    assert company_scores(scores()).empty


def test_weeks_are_taken_on_their_own():
    """With a column of weeks every company has a row for each."""
    frame = pd.concat([scores((7, 10, True, False)).assign(week=week) for week in ("2026-W45", "2026-W46")])
    assert company_scores(frame)[["group_id", "week", "score"]].to_numpy().tolist() == [
        [7, "2026-W45", 10],
        [7, "2026-W46", 10],
    ]


def test_versions_of_the_model_are_taken_on_their_own():
    """Scores of two models are never averaged."""
    parts = [scores((7, score, True, False)).assign(model_version=name) for name, score in (("a", 10), ("b", 30))]
    assert company_scores(pd.concat(parts))[["group_id", "model_version", "score"]].to_numpy().tolist() == [
        [7, "a", 10],
        [7, "b", 30],
    ]


def test_a_user_counts_once():
    """Two weeks without a column of weeks would be averaged quietly; so would two versions of a history."""
    frame = scores((7, 10, True, False))
    with pytest.raises(DataError, match="User 0 has two scores"):
        company_scores(pd.concat([frame, frame]))


def test_a_missing_column_is_named():
    """An unusable frame is refused with a sentence."""
    with pytest.raises(DataError, match="lacks column 'active'"):
        company_scores(scores().drop(columns="active"))


def test_a_missing_score_is_refused():
    """A mean over an unknown score would be none."""
    frame = pd.DataFrame({"group_id": [1], "score": [np.nan], "active": [True], "passive_only": [False]})
    with pytest.raises(DataError, match="Some users have no score"):
        company_scores(frame)
