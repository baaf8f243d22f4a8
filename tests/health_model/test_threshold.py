"""The threshold: found where there is one, refused where there is none, and never looking ahead."""

import math
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oseberg.health_model import (
    CancellationError,
    DataError,
    History,
    attention,
    find_threshold,
)
from oseberg.health_model._churn import threshold as room
from oseberg.health_model._churn.panel import Panel, alarm_scores, make_panel
from oseberg.health_model._churn.threshold import choose

START = date(2024, 1, 1)
RAVENSTACK = Path(__file__).parents[3] / "shared" / "health" / "ravenstack"


def week(number):
    return START + timedelta(weeks=number)


def history(scores):
    """Make a history from {company: [score of each week]}."""
    rows = [(company, week(number), score) for company, row in scores.items() for number, score in enumerate(row)]
    return pd.DataFrame(rows, columns=["group_id", "week", "score"])


def left(**dates):
    return pd.DataFrame(list(dates.items()), columns=["group_id", "date"])


def market(companies=200, weeks=120, seed=1, *, warned=True):
    """Make a market in which a third cancels, with scores that fall below 14 half a year before, or do not."""
    random = np.random.default_rng(seed)
    scores, dates = {}, []
    for company in range(companies):
        row = random.uniform(15, 60) + random.normal(0, 3, weeks)
        if random.random() < 0.35:
            end = int(random.integers(20, weeks))
            dates.append((company, week(end) + timedelta(days=2)))
            if warned:
                row[max(0, end - 25) : end] = random.uniform(3, 14, len(row[max(0, end - 25) : end]))
        scores[company] = np.maximum(row, 0)
    return history(scores), pd.DataFrame(dates, columns=["group_id", "date"])


def test_a_planted_threshold_is_found():
    """Where low scores come before cancellations, the threshold lies there, and the verdict says that it works."""
    found = find_threshold(*market())
    assert found.verdict == "usable threshold"
    assert 11 <= found.threshold <= 16
    assert found.low <= found.threshold <= found.high
    assert found.recall > 0.9
    assert found.lift > found.lift_low > 3
    assert 8 < found.lead_weeks <= 21
    assert 0 < found.alert_load < 0.2


def test_without_a_signal_there_is_no_usable_threshold():
    """Scores that say nothing get the honest answer."""
    for seed in (2, 3):
        found = find_threshold(*market(seed=seed, warned=False))
        assert found.verdict == "no usable threshold"
        assert found.lift_low <= 1
        assert "no better than chance" in found.reason


def test_moments_of_notice_are_days():
    """A cancellation may come with a time and a zone, as a database gives it."""
    scores, cancelled = market(100)
    moments = pd.to_datetime(cancelled["date"]).dt.tz_localize("UTC") + pd.Timedelta(23, "h")
    assert find_threshold(scores, cancelled.assign(date=moments)) == find_threshold(scores, cancelled)


def test_equal_seeds_give_equal_answers():
    """The search is reproducible."""
    data = market(100)
    assert find_threshold(*data, seed=5) == find_threshold(*data, seed=5)


def test_few_cancellations_are_not_enough():
    """Below twenty nothing is claimed, however clear it looks."""
    scores, cancelled = market()
    found = find_threshold(scores, cancelled[:12])
    assert found.verdict == "no usable threshold"
    assert math.isnan(found.threshold)
    assert "cancellations can be learned from; at least 20 are needed" in found.reason


def test_a_short_history_is_reported():
    """Without later weeks to judge on there is no answer."""
    found = find_threshold(*market(400, 45))
    assert found.verdict == "no usable threshold"
    assert "The history has 45 weeks; lead 8 + horizon 13" in found.reason
    assert "need about 50." in found.reason
    assert "need about 50" not in find_threshold(*market(400, 50)).reason
    assert "has 45 weeks; lead 4 + horizon 9" not in find_threshold(*market(400, 45), 4, 9).reason


def test_a_missed_cancellation_may_have_a_price():
    """Dear misses raise the threshold, dear alarms lower it."""
    data = market(warned=False)
    cheap, dear = (find_threshold(*data, miss_cost=cost).threshold for cost in (1, 1000))
    assert cheap < dear


def test_a_threshold_says_what_it_is_worth():
    """Discrimination with its interval, alarms a week, the curve, and how much more data is needed."""
    found = find_threshold(*market())
    assert found.auc_low <= found.auc <= found.auc_high
    assert found.auc > 0.9
    assert found.more_needed == 0
    assert found.alarms == pytest.approx(found.alert_load * 200, rel=0.3)
    thresholds = [point.threshold for point in found.curve]
    assert thresholds == sorted(thresholds)
    assert found.curve[-1].recall == 1
    assert [point.recall for point in found.curve] == sorted(point.recall for point in found.curve)
    null = find_threshold(*market(seed=2, warned=False))
    assert null.auc_low < 0.5 < null.auc_high
    scores, cancelled = market()
    assert find_threshold(scores, cancelled[:12]).more_needed in range(8, 21)


def test_the_money_of_the_warned_is_counted():
    """All of it, if every cancellation had an alarm in time; unknown money is not."""
    scores, cancelled = market()
    found = find_threshold(scores.assign(arr=1000.0), cancelled)
    assert 0.9 < found.money_caught <= 1
    assert math.isnan(find_threshold(scores, cancelled).money_caught)


def test_segments_are_searched_alone_where_there_are_enough():
    """Each type with at least twenty cancellations; a type with fewer has no answer of its own."""
    scores, cancelled = market(300)
    kinds = scores["group_id"].map(lambda company: "few" if company < 10 else "SMB" if company % 2 else "Enterprise")
    found = find_threshold(scores.assign(group_type=kinds), cancelled, segment="group_type")
    assert sorted(found.segments) == ["Enterprise", "SMB"]
    assert all(part.verdict == "usable threshold" for part in found.segments.values())
    with pytest.raises(DataError, match="lacks column 'region'"):
        find_threshold(scores, cancelled, segment="region")


def test_companies_without_scores_are_named():
    """A cancellation of a stranger teaches nothing, and is reported."""
    scores, cancelled = market(100)
    more = pd.concat([cancelled, pd.DataFrame({"group_id": [991, 990, 991], "date": [week(9)] * 3})])
    assert find_threshold(scores, more).left_aside == (991, 990)
    assert find_threshold(scores, cancelled).left_aside == ()


@pytest.mark.parametrize(
    ("lift", "area", "usable"),
    [(1.0, 0.9, False), (1.001, 0.9, True), (2.0, 0.5, False), (2.0, 0.501, True), (math.nan, 0.9, False)],
)
def test_alarms_must_be_better_than_chance_in_both_ways(monkeypatch, lift, area, usable):
    """The lower end of the lift above 1, and that of the area above one half; no alarm lifts nothing."""
    lifts = iter([lift] * 10 if math.isnan(lift) else [lift] * 20)
    monkeypatch.setattr(room, "RESAMPLES", 20)
    monkeypatch.setattr(room, "judge", lambda *_: (0.5, 0.5, next(lifts, 3.0)))
    monkeypatch.setattr(room, "auc", lambda *_: area)
    found = find_threshold(*market(100))
    assert (found.verdict == "usable threshold") is usable
    assert (found.auc_low, found.lift_low < 1) == (area, math.isnan(lift))


@pytest.mark.parametrize(("count", "needed"), [(19, 1), (20, None)])
def test_twenty_cancellations_are_the_least(count, needed):
    """With one less nothing is learned; with all of them after the embargo neither, and more would not help."""
    scores = {company: [float(30 + company % 7)] * 120 for company in range(40)}
    late = pd.DataFrame({"group_id": range(count), "date": [week(115)] * count})
    found = find_threshold(history(scores), late)
    assert (found.cancellations, found.more_needed, found.verdict) == (count, needed, "no usable threshold")
    said = "Only 19 cancellations can be learned from" if needed else "All 20 cancellations are on one side"
    assert said in found.reason


@pytest.mark.parametrize(("count", "known"), [(19, False), (20, True)])
def test_twenty_cancellations_on_both_sides_have_an_answer(monkeypatch, count, known):
    """Some to choose on, others to judge on."""
    monkeypatch.setattr(room, "RESAMPLES", 20)
    scores = {company: [float(30 + company % 7)] * 120 for company in range(40)}
    dates = [week(40 if company % 2 else 115) for company in range(count)]
    found = find_threshold(history(scores), pd.DataFrame({"group_id": range(count), "date": dates}))
    assert (found.cancellations, math.isfinite(found.lift)) == (count, known)


def test_an_alarm_may_come_in_the_week_before():
    """No lead and a horizon of one week are the least."""
    found = find_threshold(history({"a": [50.0] * 30}), left(a=week(20)), lead_weeks=0, horizon_weeks=1)
    assert found.cancellations == 0


def test_a_cancellation_at_the_end_of_the_lead_is_too_late():
    """Eight weeks ahead is not more than eight."""
    rows = panel({"a": [50] * 80}, left(a=week(28)))
    assert dict(zip(rows.week.tolist(), rows.ahead.tolist(), strict=True)) == {4: 0, 8: 20, 12: 16, 16: 12}


def panel(scores, cancelled, lead=8, horizon=13, observed_until=None):
    return make_panel(history(scores), cancelled, lead, horizon, observed_until)


def test_panel_counts_every_fourth_week_up_to_the_last_whole_window():
    """Weeks whose window passes the end are dropped whatever their outcome; first weeks have no alarm yet."""
    rows = panel({"a": [50] * 60, "b": [50] * 60}, left(b=week(57)))
    assert sorted(set(rows.week)) == [4, 8, 12, 16, 20, 24, 28, 32, 36]
    assert rows.week[rows.cancelled].tolist() == [36]
    assert rows.ahead[rows.cancelled].tolist() == [21]


def test_panel_labels_the_window_after_the_lead():
    """Cancelled in (t + 8, t + 21]; what comes sooner is dropped, and nothing counts after the first cancellation."""
    rows = panel({"a": [50] * 80}, pd.concat([left(a=week(41)), left(a=week(30)), left(a=week(50))]))
    labels = dict(zip(rows.week.tolist(), rows.cancelled.tolist(), strict=True))
    assert labels == {4: False, 8: False, 12: True, 16: True, 20: True}


def test_panel_may_be_observed_longer_than_scored():
    """Cancellations known after the last score make more weeks usable."""
    scores = {"a": [50] * 30, "b": [50] * 30}
    assert panel(scores, left(a=week(29))).week.max() == 8
    assert panel(scores, left(a=week(29)), observed_until=week(60)).week.max() == 28


WEEKS = st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=9, max_size=9)


# Few examples of many companies: each of them asks for attention in nine weeks.
@settings(max_examples=6)
@given(st.lists(WEEKS, min_size=4, max_size=12).filter(lambda rows: any(map(any, rows))), st.integers(0, 9))
def test_the_alarm_is_that_of_attention(rows, threshold):
    """The alarm's score is at or below a threshold exactly in the weeks in which the company needs attention."""
    scores = history(dict(enumerate(rows))).astype({"score": float})
    alarm = alarm_scores(scores)
    low = {(row.group_id, row.week.date()) for row in alarm[alarm["score"] <= threshold].itertuples()}
    told = [attention(scores[scores["week"] <= week(number)], threshold) for number in range(9)]
    urgent = {
        (row.group_id, row.week) for table in told if len(table) for row in table[table["needs_attention"]].itertuples()
    }
    assert low == urgent


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 8), st.booleans(), st.integers(0, 3)), min_size=1, max_size=30))
def test_choice_maximises_f2(rows):
    """Cumulated sums find what trying every threshold finds."""
    table = pd.DataFrame(rows, columns=["score", "cancelled", "weight"])
    made = Panel(
        table.index.to_numpy(),
        np.zeros(len(table), dtype=np.int64),
        table["score"].to_numpy(float),
        table["cancelled"].to_numpy(),
        np.zeros(len(table), dtype=np.int64),
        len(table),
    )

    def f2(threshold):
        alarm = table["score"] <= threshold
        hits = table["weight"][alarm & table["cancelled"]].sum()
        return 5 * hits / (4 * table["weight"][table["cancelled"]].sum() + table["weight"][alarm].sum())

    chosen = choose(made, table["weight"].to_numpy(), None)
    if not table["weight"][table["cancelled"]].sum():
        assert math.isnan(chosen)
    else:
        assert f2(chosen) == pytest.approx(max(f2(value) for value in table["score"] if table["weight"].sum()))


@pytest.mark.parametrize(
    ("scores", "cancelled", "error", "message"),
    [
        (history({}), left(a=week(1)), DataError, "is empty"),
        (history({"a": [1]}).drop(columns="week"), left(a=week(1)), DataError, "lacks column 'week'"),
        (history({"a": [1]}), left(a=week(1)).drop(columns="date"), CancellationError, "lacks column 'date'"),
        (history({"a": [1]}), left(b=week(1)), CancellationError, "Do the group ids match"),
        (history({"a": [1]}), left(a="someday"), CancellationError, "is unreadable"),
        (pd.concat([history({"a": [1]})] * 2), left(a=week(1)), DataError, "Company a has two scores in 2024-W01"),
    ],
)
def test_unusable_input_is_refused(scores, cancelled, error, message):
    """A search over nothing is an error with a sentence."""
    with pytest.raises(error, match=message):
        find_threshold(scores, cancelled)


@pytest.mark.parametrize("weeks", [{"lead_weeks": -1}, {"horizon_weeks": 0}])
def test_an_alarm_comes_before_its_outcome(weeks):
    """A negative lead would learn from what happened afterwards."""
    with pytest.raises(DataError, match="an alarm comes before its outcome"):
        find_threshold(*market(companies=3, weeks=40), **weeks)


def test_cancellations_of_strangers_alone_are_too_few():
    """A file whose accounts belong to no group leaves nothing to learn from, and that is not a crash."""
    found = find_threshold(market()[0], pd.DataFrame({"group_id": [], "date": pd.to_datetime([])}))
    assert found.reason == "Only 0 cancellations can be learned from; at least 20 are needed."


def flat_market(companies=500, weeks=105, seed=0):
    """Make what RavenStack is: hardly any use, the same before a cancellation as at any other time."""
    random = np.random.default_rng(seed)
    uses = random.poisson(0.48, (weeks, companies))
    frame = pd.DataFrame(uses, index=[week(number) for number in range(weeks)]).rename_axis("week")
    gone = random.choice(companies, 350, replace=False)
    dates = [week(int(number)) for number in random.integers(0, weeks, 350)]
    return frame, pd.DataFrame({"group_id": gone, "date": dates})


def ravenstack():
    """Read the public set as weeks x companies."""
    churn = pd.read_csv(RAVENSTACK / "ravenstack_churn_events.csv")
    dates = pd.to_datetime(churn["churn_date"], format="%d-%m-%Y")
    owner = pd.read_csv(RAVENSTACK / "ravenstack_subscriptions.csv").set_index("subscription_id")["account_id"]
    usage = pd.read_csv(RAVENSTACK / "ravenstack_feature_usage.csv", dtype=str)
    days = pd.to_datetime(usage["usage_date"], format="%d-%m-%Y").dt.to_period("W-SUN").dt.start_time.rename("week")
    frame = pd.crosstab(days, usage["subscription_id"].map(owner))
    return frame, pd.DataFrame({"group_id": churn["account_id"], "date": dates})


SETS = {"generated": flat_market} | ({"ravenstack": ravenstack} if RAVENSTACK.is_dir() else {})


@pytest.mark.parametrize("source", SETS.values(), ids=SETS)
def test_use_that_is_flat_before_cancellations_gets_the_honest_answer(source):
    """Hundreds of cancellations are learned from, no week is taken for a drop, and no score warns."""
    table, cancelled = source()
    ranks = 100 * table.rank(axis=1, pct=True)
    frame = ranks.reset_index().melt("week", var_name="group_id", value_name="score")
    past = History.read(frame)
    assert past.lost == []
    assert len(past.declines) <= 1
    found = find_threshold(frame, cancelled)
    assert found.cancellations > 250
    assert found.verdict == "no usable threshold"
    assert found.lift == pytest.approx(1, abs=0.1)
