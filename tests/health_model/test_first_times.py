"""First times and tenure: as far back as the events go, and unknown where they don't."""

import numpy as np
import pandas as pd
import pytest

from oseberg.health_model import HealthModel, ModelError
from tests.health_model.helpers import WEEK, at, events, row, users

MODEL = HealthModel.load()
NAMES = ["any.first.1w", "any.new_kinds.1w", "any.tenure.1w", "share.first.1w", "atla_query.first.1w"]


def measured(*rows):
    return MODEL.statistics(events(*rows), users(3), WEEK)[NAMES].to_numpy(float).tolist()


def test_new_users_and_new_features_are_told_from_old_ones():
    """User 1 is old and shares for the first time, user 2 is new, user 3 was there once and did nothing this week."""
    found = measured(
        row(1, "Atla Query", at(-10, 12)),
        row(1, "Atla Query"),
        row(1, "Share"),
        row(1, "Share", at(3)),
        row(2, "Atla Query", at(1, 0)),
        row(3, "Share", at(-21, 0)),
    )
    assert found == [[0, 1, 16.5, 1, 0], [1, 1, 6, 0, 1], [0, 0, 28, 0, 0]]


def test_the_first_moment_of_a_week_belongs_to_it():
    """Who did something then is new; a microsecond earlier somebody is not."""
    before = at(0, 0) - pd.Timedelta(1, "us")
    found = measured(row(1, "Share", at(0, 0)), row(2, "Share", before), row(2, "Share"), row(3, "Login", at(-1)))
    assert [one[0] for one in found[:2]] == [1, 0]


def test_tenure_goes_back_to_what_is_known_first():
    """The first event or the first day as a user, whichever is longer ago."""
    people = users(3, since=["2026-11-01", "2026-11-09", None])
    rows = [row(1, "Share", at(-2, 0)), row(2, "Share", at(-2, 0)), row(3, "Share", at(-2, 0))]
    found = MODEL.statistics(events(*rows), people, WEEK)["any.tenure.1w"]
    assert found.tolist() == [15, 9, 9]


def test_one_week_alone_tells_nothing_of_first_times():
    """Without earlier events everybody would look new: the answer is unknown."""
    assert np.isnan(measured(row(1, "Share"), row(2, "Atla Query"))).all()


def test_mail_makes_nobody_an_old_user():
    """Reports and alerts sent before somebody's first own event don't count, nor do events without a time."""
    undated = row(1, "Share", pd.NaT)
    found = measured(undated, row(1, "Sol Alert Sent", at(-10)), row(1, "Share", at(6, 0)), row(2, "Login", at(-1, 0)))
    assert found[0] == [1, 1, 1, 1, 0]
    assert found[1] == [0, 0, 8, 0, 0]
    assert np.isnan(found[2][2])


def test_earlier_weeks_change_no_score():
    """Metrics are the same with and without the weeks before."""
    week = [row(1, "Share"), row(2, "Atla Query", county="Lea")]
    short, long = (
        MODEL.statistics(events(*rows), users(3), WEEK, only="model")
        for rows in (week, [row(3, "Login", at(-3)), *week])
    )
    pd.testing.assert_frame_equal(short, long)


def test_a_metric_cannot_look_beyond_its_week(tmp_path):
    """A stored week is scored from its own events, so such a metric would always be 0."""
    path = MODEL.save(tmp_path)
    path.write_text(path.read_text().replace('"share.count.1w"', '"share.first.1w"'))
    with pytest.raises(ModelError, match=r"'share.first.1w' reads earlier weeks; a score may read only its own week"):
        HealthModel.load(path)
