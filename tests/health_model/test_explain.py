"""Explanations: every score and every change, in points that add up and in plain words."""

import json
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oseberg.health_model import DataError, HealthModel, explain, half_up, largest_remainder
from tests.health_model.helpers import WEEK, at, events, fleet, row, users

MODEL = HealthModel.load()


@pytest.fixture(scope="module")
def weeks():
    """Score one user of a fleet in two different weeks."""
    reference = MODEL.fit(MODEL.statistics(*fleet(), WEEK))
    before = [row(1, "Atla Query", at(day)) for day in range(3)] + [row(1, "Sol Alert Sent", alert_id="a")]
    now = [row(1, "Share", recipient=n) for n in range(3)] + [row(1, "Map Export", success=True), row(1, "Atla Query")]
    return [MODEL.score(MODEL.statistics(events(*rows), users(1), WEEK), reference) for rows in (before, now)]


def test_lines_add_up_to_the_score_and_to_its_change(weeks):
    """Thirty lines, unrounded for programs and rounded for people; both add up."""
    before, now = weeks
    told = explain(MODEL, now.contributions, now.users["score"][0], before.contributions, before.users["score"][0])
    assert len(told.metrics) == 30
    assert told.metrics["contribution"].sum() == pytest.approx(told.score, abs=0.005)
    assert told.metrics["change"].sum() == pytest.approx(told.score - told.previous_score, abs=0.01)
    table = told.table()
    assert sum(Decimal(str(value)) for value in table["contribution"]) == Decimal(str(told.score))
    assert sum(Decimal(str(value)) for value in table["change"]) == Decimal(
        str(round(told.score - told.previous_score, 2))
    )
    assert len(told.changes()) == 3
    assert all(line[0] in "+-" for line in told.changes(30))


def test_plain_words_for_every_kind(weeks):
    """What a value is worth is expressed in words that sales people use."""
    words = dict(
        zip(*explain(MODEL, weeks[1].contributions, 1.0).metrics[["metric", "words"]].T.to_numpy(), strict=True)
    )
    assert words["shares"] == "3 times; at least 90 % of all users did less."
    assert words["receives_sol_alerts"] == "No."
    assert words["export_success"] == "1 of 1 exports succeeded (counts as 1 of 3)."
    assert words["sol_alert_open_share"] == "No alerts sent."
    assert words["data_exports"] == "None."
    assert words["atla_queries"].startswith("1; at least ")


@pytest.mark.parametrize(
    ("sent", "opened", "words"),
    [
        (2, 1, "33 % of the alerts (fewer than 3 count as 3)."),
        (3, 1, "33 % of the alerts (fewer than 3 count as 3)."),
        (4, 1, "25 % of the alerts."),
        (3, 3, "100 % of the alerts."),
        (2, 0, "0 % of the alerts."),
    ],
)
def test_a_share_of_few_things_says_its_guard(sent, opened, words):
    """How many alerts there were is not stored: one of two is half of them, not a third."""
    rows = [row(1, "Sol Alert Sent", alert_id=str(number)) for number in range(sent)]
    rows += [row(1, "Sol Alert Open", alert_id=str(number)) for number in range(opened)]
    statistics = MODEL.statistics(events(*rows), users(1), WEEK)
    scored = MODEL.score(statistics, MODEL.fit(MODEL.statistics(*fleet(), WEEK)))
    told = explain(MODEL, scored.contributions, scored.users["score"].iloc[0]).metrics.set_index("metric")["words"]
    assert told["sol_alert_open_share"] == words


def test_first_week_has_no_change(weeks):
    """Without a week before nothing is said of changes; programs get null, not NaN."""
    told = explain(MODEL, weeks[1].contributions, weeks[1].users["score"][0])
    assert told.previous_score is None
    assert told.changes() == []
    assert "change" not in told.table()
    plain = json.loads(json.dumps(told.to_dict(), allow_nan=False))
    assert plain["previous_score"] is None
    assert plain["metrics"][0]["change"] is None
    assert {"metric", "contribution", "change"} <= set(plain["metrics"][0])


def test_user_without_stored_lines_has_thirty_zeros(weeks):
    """A score of 0 needs no stored lines to be explained."""
    told = explain(MODEL, weeks[1].contributions.iloc[:0], 0.0, weeks[0].contributions, weeks[0].users["score"][0])
    assert len(told.metrics) == 30
    assert told.metrics["contribution"].sum() == 0
    assert told.metrics["change"].sum() == pytest.approx(-told.previous_score, abs=0.005)


def test_product_not_bought_is_reported(weeks):
    """A metric that does not count says why."""
    lines = weeks[1].contributions.assign(weight=0)
    assert set(explain(MODEL, lines, 0.0).metrics["words"]) == {"Not part of the user's products."}


@given(st.lists(st.floats(-1000, 1000), max_size=40), st.integers(0, 3))
def test_rounded_tables_add_up(values, decimals):
    """The largest remainder keeps every number within one unit and the sum exact."""
    rounded = largest_remainder(values, decimals=decimals)
    exact = sum((Decimal(repr(value)) for value in values), Decimal(0))
    unit = Decimal(1).scaleb(-decimals)
    assert abs(sum((Decimal(str(value)) for value in rounded), Decimal(0)) - exact) <= unit / 2
    assert all(abs(Decimal(str(new)) - Decimal(repr(old))) <= unit for new, old in zip(rounded, values, strict=True))


@pytest.mark.parametrize(
    ("total", "expected"), [(1.0, [0.34, 0.33, 0.33]), (1.05, [0.35, 0.35, 0.35]), (0.9, [0.3] * 3)]
)
def test_rounded_tables_reach_a_given_total(total, expected):
    """The total shown elsewhere is the one that the lines reach."""
    assert largest_remainder([1 / 3] * 3, total) == expected


def test_half_goes_up():
    """0.125 is 0.13, on both sides of zero."""
    assert (half_up(0.125), half_up(-0.125), half_up(2.675)) == (0.13, -0.13, 2.68)


def test_only_one_users_rows_of_one_week_are_explained(weeks):
    """A whole table of contributions, or two weeks of a user, would be no explanation of a score."""
    before, now = weeks
    with pytest.raises(DataError, match="Pass the rows of one user and one week"):
        explain(MODEL, pd.concat([before.contributions, now.contributions]), 10)
    with pytest.raises(DataError, match="lacks column 'points'"):
        explain(MODEL, now.contributions.drop(columns="points"), 10)


def test_an_unknown_score_before_is_none(weeks):
    """A joined table says NaN where somebody had no score."""
    told = explain(MODEL, weeks[1].contributions, weeks[1].users["score"][0], previous_score=float("nan"))
    assert told.previous_score is None
    assert "change" not in told.table()
