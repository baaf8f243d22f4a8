"""Companies over time: attention, the four lists, lost tracking, and declines of the whole fleet."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from oseberg.health_model import DataError, History, Week, attention, fleet_declines, fleet_drops
from tests.health_model.bench_declines import false_alarms, named_in_time, on_and_off, regular
from tests.health_model.helpers import LAST, history, weeks_ago

LOST, LOW = 0.0, 5.0


def many(table):
    """Make a history from scores as weeks x companies."""
    frame = pd.DataFrame(table, index=[weeks_ago(len(table) - 1 - number) for number in range(len(table))])
    return frame.rename_axis("week").reset_index().melt("week", var_name="group_id", value_name="score")


def lists(frame, threshold=10):
    table = attention(frame, threshold)
    return dict(zip(table["group_id"], table["list"], strict=True))


def test_three_low_weeks_of_four_need_attention():
    """At the threshold counts as low; two low weeks do not; the most urgent come first."""
    frame = attention(history(a=[40, 10, 20, 20, 20], b=[30] * 5, c=[30, 30, 30, 10, 5], d=[9, 9, 30, 9, 9]), 20)
    assert frame["group_id"].tolist() == ["a", "d", "c", "b"]
    assert frame["needs_attention"].tolist() == [True, True, False, False]
    assert frame["weeks_low"].tolist() == [4, 3, 2, 0]
    assert frame["change"].tolist() == [0, 0, -5, 0]
    since = [None if week is None else str(week) for week in frame["low_since"]]
    assert since == ["2026-10-19", "2026-11-02", "2026-11-02", None]


def test_a_dead_account_needs_attention_while_the_fleet_declines():
    """An account at 0 for 12 weeks is not silenced by the five others that fall from 40 to 20."""
    others = {f"c{number}": [40.0] * 10 + [20.0] * 2 for number in range(5)}
    frame = history(dead=[0.0] * 12, **others)
    table = attention(frame).set_index("group_id")
    assert table.loc["dead", "needs_attention"]
    assert table.loc["dead", "list"] == "Low for long"
    assert fleet_declines(frame) == [weeks_ago(1)]
    assert not table.drop(index="dead")["needs_attention"].any()


@pytest.mark.parametrize("seed", range(5))
def test_irregular_use_without_a_trend_is_not_a_decline(seed):
    """500 companies that use the product now and then: at most one false decline a year, and the low ones are named."""
    frame = many(on_and_off(52, 500, np.random.default_rng(seed)))
    past = History.read(frame)
    assert len(past.declines) <= 1
    assert past.lost == []
    table = past.attention()
    low = [(past.table.iloc[-4:] <= 10)[group].sum() >= 3 for group in table["group_id"]]
    assert table["needs_attention"].tolist() == low
    assert table["needs_attention"].sum() > 150
    assert not (table["list"] == "Falling").any(), "an account that is off in most weeks has not fallen when it is off"


@pytest.mark.parametrize("fall", [0.1, 0.2])
def test_a_real_fall_of_the_fleet_is_named_in_its_first_or_second_week(fall):
    """A tenth or a fifth less in a fleet of hundreds; `nox -s bench -- declines` measures more kinds of fleets."""
    assert named_in_time(regular(0.15), 100, 20, fall) == 1
    assert named_in_time(regular(0.25), 200, 20, fall) >= 0.95
    assert named_in_time(regular(0.25), 500, 10, fall) == 1
    assert max(false_alarms(regular(0.25), 200, 10)) <= 1


def test_a_fall_is_named_once_and_nothing_before():
    """From then on the new level is what weeks are compared with."""
    table = regular(0.25)(30, 300, np.random.default_rng(0))
    table[20:] *= 0.9
    assert fleet_declines(many(table)) in ([weeks_ago(9)], [weeks_ago(8)])


def test_a_fall_over_four_weeks_is_named():
    """6,734 companies, a fifth less over the last four of 17 weeks."""
    table = on_and_off(17, 6734, np.random.default_rng(0))
    for week in range(13, 17):
        table[week:] *= 0.95
    found = fleet_declines(many(table))
    assert found
    assert weeks_ago(3) <= found[0] <= weeks_ago(2)


def test_one_account_that_falls_is_not_a_decline_of_the_fleet():
    """However large it is among ten."""
    fine = {f"c{number}": [40.0] * 9 for number in range(9)}
    frame = history(**fine, bad=[40.0] * 5 + [9.0] * 4)
    assert fleet_declines(frame) == []
    assert attention(frame, 15).query("needs_attention")["group_id"].tolist() == ["bad"]


def test_a_decline_says_how_far_the_fleet_fell():
    """Means before and after, over the companies of both times."""
    frame = history(**{f"c{number}": [40.0] * 6 + [30.0] * 3 for number in range(9)}, new=[70.0])
    (decline,) = History.read(frame).decline_details
    assert (decline.before, decline.after, decline.companies) == (40, 30, 9)
    assert fleet_declines(frame) == fleet_drops(frame) == [weeks_ago(2)]


def test_lost_tracking_is_neither_a_decline_nor_a_low_week():
    """When nearly everybody falls to nothing, the last four weeks with tracking count; a decline counts as it is."""
    fine = {f"c{number}": [40.0] * 6 + [LOST, LOST, 40.0] for number in range(9)}
    frame = history(**fine, bad=[40.0, 40.0, 40.0, 40.0, 9.0, 9.0, LOST, LOST, 9.0], ok=[40.0] * 6 + [LOST, LOST, 9.0])
    past = History.read(frame)
    assert past.lost == [weeks_ago(2), weeks_ago(1)]
    assert past.declines == []
    table = past.attention(15).set_index("group_id")
    assert table["needs_attention"][lambda marks: marks].index.tolist() == ["bad"]
    assert table.loc["bad", "weeks_low"] == 3
    assert table.loc["ok", "weeks_low"] == 1


def test_a_loss_that_lasts_stays_one():
    """Nobody is blamed for weeks that were not tracked, however many they are."""
    frame = history(**{f"c{number}": [40.0] * 5 + [0.4] * 15 for number in range(4)})
    past = History.read(frame)
    assert len(past.lost) == 15
    table = past.attention()
    assert not table["needs_attention"].any()
    assert set(table["week"]) == {weeks_ago(15)}


def test_tracking_is_judged_by_active_users_where_they_are_known():
    """Reports go on being sent, so that scores stay above nothing."""
    frame = history(**{f"c{number}": [40.0] * 6 + [9.0] for number in range(5)})
    assert History.read(frame).lost == []
    active = frame.assign(active_users=np.where(frame["week"] == LAST, 0, 7))
    assert History.read(active).lost == [LAST]
    assert History.read(frame, lost=[Week(LAST)]).lost == [LAST]


def test_nine_of_ten_companies_are_nearly_all():
    """At the border: with 9 of 10 steady companies gone tracking was lost, with 8 it was not."""
    gone, stays = [40.0] * 5 + [4.0], [40.0] * 6
    for count, lost in ((9, [LAST]), (8, [])):
        names = {f"c{number}": gone if number < count else stays for number in range(10)}
        assert History.read(history(**names)).lost == lost
    almost = {f"c{number}": [40.0] * 5 + [4.1] for number in range(10)}
    assert History.read(history(**almost)).lost == [], "a tenth of the level is almost nothing, more is not"


def test_two_companies_are_not_a_fleet():
    """With fewer than three companies nothing can be told apart."""
    assert fleet_drops(history(a=[40, 40, 40, 40, 0], b=[40, 40, 40, 40, 0])) == []


def test_the_four_lists():
    """Each account is on at most one list: what happened lately goes first, the dead since ever last."""
    frame = history(
        new=[40.0] * 12 + [LOW] * 3,
        long=[40.0] * 5 + [LOW] * 10,
        dead=[0.0] * 15,
        falling=[80.0, 79.0, 81.0, 80.0] * 3 + [81.0, 80.0, 30.0],
        fine=[40.0] * 15,
        young=[LOW] * 8,
        other=[50.0, 51.0, 49.0] * 5,
        more=[20.0, 21.0, 20.0] * 5,
    )
    assert lists(frame) == {
        "new": "Newly low",
        "long": "Low for long",
        "dead": "Low for long",
        "falling": "Falling",
        "fine": "",
        "young": "Onboarding",
        "other": "",
        "more": "",
    }
    row = attention(frame).set_index("group_id").loc["falling"]
    assert row["level"] == 80.25
    assert row["fall"] == pytest.approx(50, abs=1.5)
    assert row["odds"] < 1 / 1000


def test_an_alarm_is_new_for_four_weeks():
    """The fourth week of an alarm is still new, the fifth is not."""
    for low, name in ((6, "Newly low"), (7, "Low for long")):
        assert lists(history(a=[40.0] * 10 + [LOW] * low, b=[40.0] * (10 + low)))["a"] == name


def test_onboarding_lasts_ninety_days():
    """From the day on which the company became a customer, if it is known, to the end of the week."""
    frame = history(a=[LOW] * 20, b=[40.0] * 20)
    sunday = LAST + timedelta(days=7)
    for days, name in ((89, "Onboarding"), (90, "Low for long")):
        stated = frame.assign(started_on=np.where(frame["group_id"] == "a", sunday - timedelta(days=days), None))
        assert lists(stated)["a"] == name


def test_an_accounts_own_fall_is_beyond_the_fleets():
    """Where everybody falls by half, nobody has fallen alone."""
    fleet = {f"c{number}": [40.0 + number % 3, 41.0, 39.0] * 4 + [20.0] for number in range(20)}
    frame = history(**fleet, alone=[40.0, 41.0, 39.0] * 4 + [6.0])
    assert [name for name, found in lists(frame, 1).items() if found] == ["alone"]


def test_weeks_of_different_references_are_not_compared():
    """A new reference moves every score: that is neither a change nor a fall nor a decline."""
    table = regular(0.25)(30, 40, np.random.default_rng(0))
    table[20:] *= 0.7
    frame = many(table)
    frame["reference_id"] = np.where(frame["week"] < weeks_ago(9), "old", "new")
    assert fleet_declines(frame) == []
    assert fleet_declines(frame.drop(columns="reference_id")) != []
    early = frame[frame["week"] <= weeks_ago(9)]
    first = attention(early)
    assert first["change"].isna().all()
    assert first["reference_changed"].all()
    assert (first["odds"] == 1).all()
    assert attention(frame)["change"].notna().all()
    two = attention(early[early["week"] >= weeks_ago(10)])
    assert two["reference_changed"].all(), "two weeks are enough to know"
    assert two["change"].isna().all()


def test_companies_come_and_go():
    """A new company has no change; one without a score this week is not listed."""
    frame = pd.concat(
        [history(a=[30, 30], new=[20]), history(gone=[5, 5, 5]).assign(week=lambda f: f["week"] - timedelta(7))]
    )
    table = attention(frame, 15).set_index("group_id")
    assert table.index.tolist() == ["new", "a"]
    assert np.isnan(table.loc["new", "change"])
    assert attention(history()).empty
    assert fleet_declines(history()) == []


def test_what_a_history_needs_is_named():
    """A missing column, or two versions of the model that would be averaged quietly."""
    with pytest.raises(DataError, match="lacks column 'week'"):
        attention(pd.DataFrame({"group_id": [], "score": []}))
    with pytest.raises(DataError, match="Company a has two scores in 2026-W46"):
        attention(pd.concat([history(a=[10]), history(a=[30])]))


def test_rows_without_a_company_or_a_score_are_left_out():
    """They belong to nobody, and change nobody's score."""
    more = pd.DataFrame({"group_id": [None, "c"], "week": [LAST, LAST], "score": [90.0, None]})
    table = attention(pd.concat([history(a=[5.0] * 4, b=[40.0] * 4), more]))
    assert table[["group_id", "score"]].to_numpy().tolist() == [["a", 5], ["b", 40]]


def test_what_was_known_before_a_week():
    """Neither scores nor lost weeks of that week or later."""
    frame = history(a=[40.0] * 8, b=[40.0] * 8)
    past = History.read(frame, lost=[weeks_ago(7), weeks_ago(6), weeks_ago(3), weeks_ago(1)])
    assert past.lost == [weeks_ago(7), weeks_ago(6), weeks_ago(3), weeks_ago(1)]
    before = past.before(Week(weeks_ago(3)))
    assert before.lost == [weeks_ago(7), weeks_ago(6)]
    assert [week.monday for week in before.weeks] == [weeks_ago(back) for back in (7, 6, 5, 4)]


def test_weeks_without_scores_keep_their_place():
    """The calendar runs from the first scored week to the last one that is scored or known to be lost."""
    frame = history(a=[40.0, None, 40.0], b=[40.0, None, 40.0])
    past = History.read(frame, lost=[weeks_ago(3), weeks_ago(1), LAST + timedelta(weeks=1)])
    assert past.lost == [weeks_ago(1), LAST + timedelta(weeks=1)], "nothing is known of a time before the first week"
    assert past.calendar == [weeks_ago(2), weeks_ago(1), LAST, LAST + timedelta(weeks=1)]


def test_who_appears_after_the_first_week_has_started_then():
    """The first week itself says nothing: everybody is there."""
    frame = history(first=[LOW] * 8, second=[None] + [LOW] * 7, old=[40.0] * 8)
    assert lists(frame) == {"first": "Low for long", "second": "Onboarding", "old": ""}
    stated = frame.assign(started_on=np.where(frame["group_id"] == "old", LAST - timedelta(days=700), None))
    assert lists(stated)["second"] == "Onboarding", "what is stated of one says nothing of another"


def test_who_was_low_in_every_week_known_is_low_for_long():
    """Weeks without a score are not weeks above the threshold: an alarm after a gap is nothing new."""
    frame = history(gap=[LOW] * 8 + [None] * 3 + [LOW] * 4, fine=[40.0] * 15)
    table = attention(frame).set_index("group_id")
    assert table.loc["gap", "attention_since"] == weeks_ago(1)
    assert table.loc["gap", "list"] == "Low for long"


def test_who_falls_below_the_threshold_is_on_one_list():
    """Newly low goes before falling."""
    steady = {f"c{number}": [40.0] * 12 for number in range(6)}
    frame = history(a=[40.0] * 9 + [LOW, LOW, 0.0], **steady)
    assert History.read(frame).falls.loc["a", "falling"]
    assert lists(frame)["a"] == "Newly low"
