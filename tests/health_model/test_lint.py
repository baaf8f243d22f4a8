"""Checks of a model against its users: what says little, what never occurs, what counts twice."""

import numpy as np
import pandas as pd
import pytest

from oseberg.health_model import HealthModel, check_model, check_reference
from oseberg.health_model._measures.of_all_events import ANY_MEASURES
from oseberg.health_model._measures.of_one_event import EVENT_MEASURES
from oseberg.health_model._model.meanings import OF_ALL_EVENTS, OF_ONE_EVENT
from tests.health_model.helpers import WEEK, events, fleet, row, users

MODEL = HealthModel.load()
pytestmark = pytest.mark.filterwarnings("ignore::oseberg.health_model.FewUsersWarning")


def found(kind, frames, reference=None):
    frames = [frames] if isinstance(frames, pd.DataFrame) else frames
    findings = check_model(MODEL, frames, reference or MODEL.fit(frames))
    return [finding for finding in findings if finding.kind == kind]


def test_metrics_that_can_only_be_yes_or_no_are_named():
    """Where every cut is the same, no amount earns more than another."""
    data, people = fleet(400)
    frame = MODEL.statistics(data, people, WEEK)
    reference = MODEL.fit(frame)
    named = {finding.subject for finding in check_reference(MODEL, reference)}
    assert named == {key for key, cuts in reference.cuts.items() if len(set(cuts)) == 1}
    assert "shares" in named, "nobody shares: everybody above nobody is in the top tenth"
    assert "atla_queries" not in named
    message = next(finding.message for finding in check_reference(MODEL, reference) if finding.subject == "shares")
    assert "100 % of all users have 0" in message


def test_events_that_never_occur_are_named():
    """Judged by full statistics alone."""
    data, people = fleet(100)
    frame = MODEL.statistics(data, people, WEEK)
    silent = {finding.subject for finding in found("never occurs", frame)}
    assert {"share", "map_export", "error"} <= silent
    assert not silent & {"login", "atla_query", "sol_search"}
    brief = MODEL.statistics(data, people, WEEK, only="model").drop(columns="share.count.1w")
    assert "share" not in {finding.subject for finding in found("never occurs", brief)}


def test_twins_are_named():
    """Two metrics that order users alike; with few users nobody can tell."""
    data, people = fleet(400)
    frame = MODEL.statistics(data, people, WEEK)
    pairs = {finding.subject for finding in found("twins", frame.assign(areas_drawn=frame["data_exports"] * 3))}
    assert "areas_drawn, data_exports" in pairs
    assert "atla_queries, data_exports" not in pairs
    assert found("twins", frame[:10]) == []


def test_users_without_a_company_are_counted():
    """In the latest frame."""
    frame = MODEL.statistics(events(row(1, "Share")), users(3, group_id=[1, None, None]), WEEK)
    assert [finding.message for finding in found("no company", frame)] == [
        "2 users have no company: add group_id to USERS.csv."
    ]


def test_every_statistic_is_described():
    """A sentence, a unit and a range that its values keep."""
    table = MODEL.describe_statistics().set_index("statistic")
    assert set(OF_ONE_EVENT) == set(EVENT_MEASURES)
    assert set(OF_ALL_EVENTS) == set(ANY_MEASURES)
    data, people = fleet(200)
    frame = MODEL.statistics(data, people, WEEK)
    assert table.index.tolist() == [name for name in frame if name.endswith(".1w")]
    assert len(table) > 300
    assert table["meaning"].str.endswith(".").all()
    assert "{" not in "".join(table["meaning"])
    assert table.loc["atla_query.days.1w", "meaning"] == "Number of days with Atla Query."
    values = frame[table.index].to_numpy(float)
    within = (values >= table["lowest"].to_numpy() - 1e-9) & (values <= table["highest"].to_numpy() + 1e-9)
    assert (within | np.isnan(values)).all()


def test_an_idle_user_has_no_entropy():
    """Nothing is spread over nothing: unknown, not perfectly even."""
    frame = MODEL.statistics(events(row(1, "Share")), users(2), WEEK)
    assert frame["any.entropy.1w"].tolist()[0] == 0
    assert np.isnan(frame["any.entropy.1w"].tolist()[1])
    assert np.isnan(frame["any.day_entropy.1w"].tolist()[1])
