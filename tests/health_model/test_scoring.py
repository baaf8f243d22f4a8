"""The score: exact, explained by its parts, fair to what people bought."""

import json
from fractions import Fraction
from math import floor

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oseberg.health_model import DataError, FewUsersWarning, HealthModel, Reference, ReferenceMismatchError
from oseberg.health_model._score.reference import with_tracking, without_silence
from tests.health_model.helpers import WEEK, at, events, fleet, row, users

MODEL = HealthModel.load()
IDS = [metric.id for metric in MODEL.metrics]


@pytest.fixture(scope="module")
def ordinary():
    """A fleet's week: statistics and a reference fitted on them."""
    statistics = MODEL.statistics(*fleet(), WEEK)
    return statistics, MODEL.fit(statistics)


def week_of(*rows, people=None):
    return MODEL.statistics(events(*rows), users(1) if people is None else people, WEEK)


def score_of(reference, *rows, **options):
    return MODEL.score(week_of(*rows, **options), reference)


def test_persona_thousands_of_queries_and_nothing_else(ordinary):
    """Doing one thing very often is worth little: about 8 %."""
    rows = [row(1, "Atla Query", at(1, 9, n // 60, n % 60), county="Lea") for n in range(3000)]
    result = score_of(ordinary[1], *rows)
    assert 5 <= result.users["score"][0] <= 11


def test_persona_reports_and_alerts_only(ordinary):
    """Automatic mail is worth about 2 %, and makes nobody active."""
    rows = [row(1, "Sol Alert Sent", alert_id="a"), row(1, "Weekly Report Sent", report_id="r")]
    user = score_of(ordinary[1], *rows).users.iloc[0]
    assert user["score"] == 2.15
    assert user["passive_only"]
    assert not user["active"]


def test_persona_idle(ordinary):
    """Nothing done, nothing earned."""
    user = score_of(ordinary[1]).users.iloc[0]
    assert (user["score"], user["active"], user["passive_only"]) == (0, False, False)


def test_persona_broad_beats_deep_several_times(ordinary):
    """A little of everything is worth several times as much as a lot of one thing."""
    names = [event.name for event in MODEL.definition.events.values() if event.actor == "user"]
    broad = [row(1, name, at(day), county=day, success=True) for name in names for day in range(3)]
    deep = [row(1, "Atla Query", at(day, hour)) for day in range(1) for hour in range(24) for _ in range(60)]
    scores = [score_of(ordinary[1], *rows).users["score"][0] for rows in (broad, deep)]
    assert scores[0] > 4 * scores[1]


def test_contributions_add_up_to_the_score(ordinary):
    """Every score is explained to the last hundredth."""
    result = MODEL.score(*ordinary)
    sums = result.contributions.groupby("user_id")["contribution"].sum()
    assert np.abs(sums.to_numpy() - result.users["score"].to_numpy()).max() <= 0.005 + 1e-9
    assert (result.contributions.groupby("user_id").size() == 30).all()
    assert result.users["score"].max() <= MODEL.attainable


KINDS = {metric.id: metric.kind for metric in MODEL.metrics}
WEIGHTS = {metric.id: metric.weight for metric in MODEL.metrics}
REFERENCE = Reference(
    model_version="test", users=10, cuts={key: tuple(range(9)) for key, kind in KINDS.items() if kind == "continuous"}
)


@st.composite
def week(draw):
    """Draw one user's metrics: counts, shares of up to 28 things, flags."""
    values = {}
    for key, kind in KINDS.items():
        whole = draw(st.integers(1, 28))
        share = Fraction(draw(st.integers(0, whole)), whole)
        drawn = {"continuous": draw(st.integers(0, 12)), "percentage": share, "boolean": draw(st.integers(0, 1))}
        values[key] = drawn[kind]
    return values


@given(week())
def test_score_is_exact_up_to_its_one_rounding(values):
    """The score is that of rational arithmetic, rounded once, half up."""
    points = {
        "continuous": lambda value: Fraction(min(value, 9), 10),
        "percentage": lambda value: value,
        "boolean": Fraction,
    }
    earned = sum(WEIGHTS[key] * points[KINDS[key]](value) for key, value in values.items())
    exact = floor(10_000 * earned / sum(WEIGHTS.values()) + Fraction(1, 2))
    frame = pd.DataFrame({key: [float(value)] for key, value in values.items()}, index=pd.Index([1], name="user_id"))
    assert round(100 * MODEL.score(frame, REFERENCE).users["score"][0]) == exact


def test_nan_counts_as_nothing():
    """A value that nobody measured earns nothing, in a score and in a reference."""
    frame = pd.DataFrame(np.nan, index=pd.RangeIndex(200), columns=IDS)
    assert (MODEL.score(frame, MODEL.fit(frame)).users["score"] == 0).all()


def test_metrics_of_a_product_not_bought_are_left_out(ordinary):
    """Somebody without Sol is measured by the rest; the weight of Sol's metrics falls to the others."""
    rows = [row(1, "Atla Query"), row(1, "Sol Search")]
    both, alone = (
        score_of(ordinary[1], *rows, people=users(1, products=[products])) for products in ("Atla;Sol", "Atla")
    )
    weights = alone.contributions.set_index("metric")["weight"]
    assert weights["sol_searches"] == 0
    assert weights["atla_queries"] == 2
    assert alone.contributions["weight"].sum() == 93 - (2 + 5 + 4 + 1 + 3 + 1)
    assert alone.contributions.set_index("metric").loc["sol_searches", "contribution"] == 0
    assert both.users["score"][0] != alone.users["score"][0]


def test_unknown_products_mean_all_of_them(ordinary):
    """Nothing written is not the same as nothing bought; spelling in any case."""
    people = users(4, products=["Atla;Sol", None, "", "sol ; ATLA"])
    result = score_of(ordinary[1], *(row(n, "Sol Search") for n in range(1, 5)), people=people)
    assert len(set(result.users["score"])) == 1


def test_users_without_a_product_do_not_count_in_its_reference():
    """The cuts of a Sol metric rest on those who have Sol."""
    people = users(300, products=["Sol"] * 100 + ["Atla"] * 200)
    data = events(*(row(n, "Sol Search") for n in range(1, 101)))
    reference = MODEL.fit(MODEL.statistics(data, people, WEEK))
    assert reference.cuts["sol_searches"][0] == 1
    assert reference.zeros["sol_searches"] == 0
    assert reference.cuts["shares"] == (0,) * 9


def test_nobody_entitled_makes_an_empty_reference():
    """A metric of a product that nobody has gives no points and does no harm."""
    people = users(200, products=["Atla"] * 200)
    statistics = MODEL.statistics(events(row(1, "Login")), people, WEEK)
    reference = MODEL.fit(statistics)
    assert reference.cuts["sol_searches"] == ()
    assert MODEL.score(statistics, reference).users["score"].max() > 0


def test_reference_pools_weeks_and_survives_storing(ordinary):
    """A reference of several weeks remembers them; what is stored is what was fitted."""
    data, people = fleet(300, seed=1)
    frames = [MODEL.statistics(data, people, week) for week in ("2026-W45", WEEK)]
    reference = MODEL.fit(frames)
    assert reference.weeks == ("2026-W45", "2026-W46")
    assert reference.users == 300
    assert Reference.from_json(reference.to_json()) == reference
    shuffled = json.dumps(json.loads(reference.to_json()), sort_keys=True)
    assert Reference.from_json(shuffled).id == reference.id
    assert reference.id.startswith("2026-W45-to-2026-W46-")
    assert MODEL.fit(frames[::-1]).id == reference.id
    assert MODEL.fit(frames[1]).id != reference.id


def test_few_users_warn():
    """A reference of few people says so."""
    with pytest.warns(FewUsersWarning, match="has only 2 users"):
        MODEL.fit(week_of(people=users(2)))
    with pytest.warns(FewUsersWarning, match="has only 1 user;"):
        MODEL.fit(week_of(people=users(1)))
    with pytest.warns(FewUsersWarning, match="has only 199 users"):
        MODEL.fit(week_of(people=users(199)))
    assert MODEL.fit(week_of(people=users(200))).users == 200, "a warning would be an error here"


@pytest.mark.parametrize(
    ("active", "kept"),
    [
        ([0, 1000], [0, 1000]),  # of two weeks nobody can tell which one is unusual
        ([0, 1000, 1000], [1000, 1000]),
        ([50, 1000, 1000], [1000, 1000]),  # a twentieth of the usual share
        ([51, 1000, 1000], [51, 1000, 1000]),
        ([0, 0, 0, 500], [500]),  # the usual share is that of weeks with anybody
        ([0, 0, 0], [0, 0, 0]),
    ],
)
def test_a_reference_leaves_weeks_out_in_which_hardly_anybody_was_active(active, kept):
    """Of a thousand users each."""
    frames = [pd.DataFrame({"active": np.arange(1000) < count}) for count in active]
    assert [frame["active"].sum() for frame in with_tracking(frames)] == kept


def test_a_week_without_users_has_no_tracking():
    """One that does not say who was active counts as usual."""
    full = pd.DataFrame({"active": [True] * 10})
    assert len(with_tracking([full, full, full[:0]])) == 2
    assert len(with_tracking([full, full, full.drop(columns="active")])) == 3


@pytest.mark.parametrize(
    ("used", "kept"),
    [
        ([0, 500], 2),
        ([0, 500, 500], 2),
        ([25, 500, 500], 2),
        ([26, 500, 500], 3),
        ([0, 20, 20], 2),  # fewer than twenty users may all be away
        ([0, 19, 19], 3),
        ([0, 0, 500], 3),
    ],
)
def test_a_metric_leaves_weeks_out_in_which_hardly_anybody_used_it(used, kept):
    """A twentieth of the usual share, where usually at least twenty users have the event."""
    weeks = [(np.arange(1000) < count).astype(float) for count in used]
    assert len(without_silence(weeks)) == kept


def test_what_cannot_be_scored_is_refused(ordinary):
    """A missing metric, week or cut is an error, never a zero."""
    statistics, reference = ordinary
    with pytest.raises(DataError, match="no column 'shares'"):
        MODEL.score(statistics.drop(columns="shares"), reference)
    with pytest.raises(DataError, match="at least one week"):
        MODEL.fit([])
    cuts = {key: value for key, value in reference.cuts.items() if key != "shares"}
    with pytest.raises(ReferenceMismatchError, match="no cuts for shares"):
        MODEL.score(statistics, reference.model_copy(update={"cuts": cuts}))
    with pytest.raises(ReferenceMismatchError, match="not a stored reference"):
        Reference.from_json('{"users": 3}')


def test_a_rerun_gives_the_same_bytes(ordinary):
    """Scores are reproducible."""
    first, second = (MODEL.score(*ordinary) for _ in range(2))
    pd.testing.assert_frame_equal(first.users, second.users)
    pd.testing.assert_frame_equal(first.contributions, second.contributions)
    assert first.reference_id == ordinary[1].id
