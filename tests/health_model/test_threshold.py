"""The threshold: found where there is one, refused where there is none, and never looking ahead."""

import math
import re
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from simple_salesforce import Salesforce

from oseberg.health_model import (
    CancellationColumns,
    CancellationError,
    DataError,
    History,
    attention,
    find_threshold,
    query_cancellations,
    read_accounts,
    read_cancellations,
    widen_salesforce_id,
)
from oseberg.health_model._churn.panel import Panel, alarm_scores, make_panel
from oseberg.health_model._churn.quality import auc, more_needed
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
    assert "cancellations can be learned from; 20 are the least" in found.reason


def test_a_short_history_is_said():
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
    """A cancellation of a stranger teaches nothing, and is told."""
    scores, cancelled = market(100)
    more = pd.concat([cancelled, pd.DataFrame({"group_id": [991, 990, 991], "date": [week(9)] * 3})])
    assert find_threshold(scores, more).left_aside == (991, 990)
    assert find_threshold(scores, cancelled).left_aside == ()


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
    [(12, math.nan, math.nan, 8), (40, 0.9, 0.5, None), (40, 2.0, 1.1, 0), (100, 1.5, 0.75, 126)],
)
def test_how_many_more_cancellations_would_decide(known, lift, low, more):
    """At least twenty; then by the width of the interval; none if the lift found is not above one."""
    assert more_needed(known, 20, lift, low) == more


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


@given(st.lists(WEEKS, min_size=1, max_size=4).filter(lambda rows: any(map(any, rows))), st.integers(0, 9))
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


@given(st.lists(st.tuples(st.integers(0, 8), st.booleans(), st.integers(0, 3)), min_size=1, max_size=30))
def test_choice_maximises_f2(rows):
    """Cumulated sums find what trying every threshold finds."""
    scores = {number: [score] * 4 for number, (score, _, _) in enumerate(rows)}
    some = panel({**scores, "end": [0] * 60}, left(end=week(59)), observed_until=week(60))
    some = some.part((some.company < len(rows)) & (some.week == 0))
    table = pd.DataFrame(rows, columns=["score", "cancelled", "weight"])
    made = type(some)(
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


SHORT_ID = "001A0000006Vm9r"


def write(path, text):
    path.write_text(text)
    return path


def test_salesforce_ids_are_widened_and_checked():
    """Fifteen characters become eighteen, as Salesforce itself does; a wrong suffix is refused."""
    assert widen_salesforce_id(SHORT_ID) == "001A0000006Vm9rIAC"
    assert widen_salesforce_id("001A0000006Vm9riac") == "001A0000006Vm9rIAC"
    for wrong, message in [
        ("001A0000006Vm9rIAD", "should be IAC"),
        ("001A", "4 characters"),
        ("001A0000006Vm9-", "15 or 18"),
    ]:
        with pytest.raises(CancellationError, match=message):
            widen_salesforce_id(wrong)


def test_cancellations_of_accounts_become_those_of_groups(tmp_path):
    """The account's group, the notice date, the contract's end; what can't be used is kept with its reason."""
    path = write(
        tmp_path / "c.csv",
        f"AccountId,NoticeDate,ContractEndDate\n{SHORT_ID},2026-03-04,2026-06-30\n{SHORT_ID}IAC,,\n"
        "001B0000006Vm9rIAC,2026-03-04,\n".replace("001B0000006Vm9rIAC", widen_salesforce_id("001B0000006Vm9r")),
    )
    read = read_cancellations(path, accounts={SHORT_ID: 7})
    assert read.frame.to_dict("records") == [
        {"group_id": 7, "date": pd.Timestamp("2026-03-04"), "contract_end": pd.Timestamp("2026-06-30")}
    ]
    assert read.set_aside == [
        "row 3 (001A0000006Vm9rIAC): the notice date is missing",
        "row 4 (001B0000006Vm9rIAC): no company has this account",
    ]


@pytest.mark.parametrize("weeks", [{"lead_weeks": -1}, {"horizon_weeks": 0}])
def test_an_alarm_comes_before_its_outcome(weeks):
    """A negative lead would learn from what happened afterwards."""
    with pytest.raises(DataError, match="an alarm comes before its outcome"):
        find_threshold(*market(companies=3, weeks=40), **weeks)


def test_cancellations_of_strangers_alone_are_too_few():
    """A file whose accounts belong to no group leaves nothing to learn from, and that is no crash."""
    found = find_threshold(market()[0], pd.DataFrame({"group_id": [], "date": pd.to_datetime([])}))
    assert found.reason == "Only 0 cancellations can be learned from; 20 are the least."


def test_a_file_as_spreadsheets_write_it(tmp_path):
    """Semicolons, a mark at the start, a short row, a blank one, a group's id with a decimal."""
    path = tmp_path / "c.csv"
    path.write_text("\ufeffgroup_id;NoticeDate;ContractEndDate\n7.0;2026-03-04\n;;\n8\n", encoding="utf-8")
    read = read_cancellations(path)
    assert read.frame["group_id"].tolist() == [7]
    assert read.set_aside == ["row 4 (8): the notice date is missing"]
    path.write_bytes(b"group_id,NoticeDate\nM\xfcller,2026-03-04\n")
    with pytest.raises(CancellationError, match="Save the sheet as CSV UTF-8"):
        read_cancellations(path)
    path.write_bytes(b'group_id,NoticeDate\n"' + b"7" * 200_000 + b'",x\n')
    with pytest.raises(CancellationError, match=r"c\.csv is not valid CSV"):
        read_cancellations(path)


def test_group_ids_stand_in_for_unknown_accounts(tmp_path):
    """A file with both is read by group_id where the account is blank or nobody knows it."""
    other = widen_salesforce_id("001B0000006Vm9r")
    text = f"AccountId,group_id,NoticeDate\n{SHORT_ID},8,2026-03-04\n{other},9,2026-03-05\n,7,2026-03-06\n"
    path = write(tmp_path / "c.csv", text)
    assert read_cancellations(path).frame["group_id"].tolist() == [8, 9, 7]
    assert read_cancellations(path, accounts={SHORT_ID: 5}).frame["group_id"].tolist() == [5, 9, 7]


def test_a_wrong_id_of_a_group_is_named(tmp_path):
    """What the accounts say wrongly is told with the group; a file of group ids does not ask them."""
    path = write(tmp_path / "c.csv", f"AccountId,NoticeDate\n{SHORT_ID},2026-03-04\n")
    with pytest.raises(CancellationError, match="Group 7: 'short' is not a Salesforce id"):
        read_cancellations(path, accounts={"short": 7})
    path = write(tmp_path / "c.csv", "group_id,NoticeDate\n7,2026-03-04\n")
    assert read_cancellations(path, accounts={"short": 7}).frame["group_id"].tolist() == [7]


def test_accounts_of_groups_are_read(tmp_path):
    """GROUPS.csv says which group an account is; what is wrong is named by its row."""
    path = write(tmp_path / "groups.csv", f"id,name,salesforce_id\n7,Alpha,{SHORT_ID}\n8,Beta\n")
    assert read_accounts(path) == {"001A0000006Vm9rIAC": 7}
    for text, message in [
        ("id,name\n7,Alpha\n", "needs the columns id and salesforce_id. It has id, name"),
        (f"id,salesforce_id\nx,{SHORT_ID}\n", "row 2: 'x' is not a company's id"),
        ("id,salesforce_id\n7,short\n", "row 2: 'short' is not a Salesforce id"),
    ]:
        with pytest.raises(CancellationError, match=re.escape(message)):
            read_accounts(write(path, text))


@pytest.fixture
def salesforce():
    """Give a client that is logged in; what Salesforce answers is up to the test."""
    return Salesforce(session_id="secret", instance="example.my.salesforce.com")


def answer(mocked, url, records, **more):
    mocked.get(url, json={"records": records, "done": True, "totalSize": len(records)} | more)


@pytest.fixture
def mocked():
    with responses.RequestsMock() as requests:
        yield requests


HOST = "https://example.my.salesforce.com/services/data/v59.0/query/"
FIELDS = CancellationColumns(account="Account.Id", notice_date="Notice_Date__c", contract_end="End__c")
SOQL = "SELECT Account.Id, Notice_Date__c, End__c FROM Opportunity WHERE StageName = 'Closed Lost'"


def test_salesforce_is_asked_page_after_page(salesforce, mocked):
    """Records of every page become cancellations of groups; what can't be used is kept with its reason."""
    first = {"Account": {"Id": f"{SHORT_ID}IAC"}, "Notice_Date__c": "2026-03-04", "End__c": None}
    more = "/services/data/v59.0/query/01g-2000"
    answer(mocked, HOST, [first], done=False, nextRecordsUrl=more)
    answer(mocked, HOST + "01g-2000", [first | {"Notice_Date__c": None}, {"Account": None} | {"Notice_Date__c": None}])
    read = query_cancellations(salesforce, SOQL, accounts={SHORT_ID: 7}, columns=FIELDS)
    assert mocked.calls[0].request.params["q"] == SOQL
    assert read.frame[["group_id", "date"]].to_dict("records") == [{"group_id": 7, "date": pd.Timestamp("2026-03-04")}]
    assert read.set_aside == [
        f"record 2 ({SHORT_ID}IAC): the notice date is missing",
        "record 3 (): no company has this account",
    ]


def test_salesforce_answers_that_cannot_be_used_are_named(salesforce, mocked):
    """A field that was not asked for, and a date that is none, are told with the record."""
    answer(mocked, HOST, [{"Account": {"Id": SHORT_ID}}])
    with pytest.raises(CancellationError, match="record 1: field 'Notice_Date__c' is missing"):
        query_cancellations(salesforce, SOQL, accounts={}, columns=FIELDS)
    mocked.replace("GET", HOST, json={"records": [{"Account": {"Id": "x"}, "Notice_Date__c": ""}], "done": True})
    with pytest.raises(CancellationError, match="Salesforce, record 1: 'x' is not a Salesforce id"):
        query_cancellations(salesforce, SOQL, accounts={}, columns=FIELDS)


def test_other_headings_and_dates(tmp_path):
    """Headings and the way dates are written can be told; group ids need no map."""
    path = write(tmp_path / "c.csv", "group_id,churn_date\n7,27-10-2024\n")
    read = read_cancellations(path, columns=CancellationColumns(notice_date="churn_date", date_format="%d-%m-%Y"))
    assert read.frame["date"].tolist() == [pd.Timestamp("2024-10-27")]
    assert read.set_aside == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("AccountId,CloseDate\n", "lacks column 'NoticeDate'. It has AccountId, CloseDate"),
        ("", "It has no heading"),
        ("AccountId,NoticeDate\n001A0000006Vm9rIAD,2026-01-01\n", "row 2: '001A0000006Vm9rIAD' is not a Salesforce id"),
        ("group_id,NoticeDate\n7,27.10.2024\n", "row 2: '27.10.2024' is not a date such as 2026-11-09"),
        ("group_id,NoticeDate\nseven,2026-01-01\n", "row 2: 'seven' is not a company's id"),
        (f"AccountId,NoticeDate\n{SHORT_ID.lower()},2026-01-01\n001000000000abc,2026-01-01\n", "2 of 2 ids"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, text, message):
    """A wrong id would warn of the wrong account: file and row are named."""
    path = write(tmp_path / "c.csv", text)
    with pytest.raises(CancellationError) as caught:
        read_cancellations(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


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
