"""Past alarms of every company, and what became of them."""

import re
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from oseberg.health_model import History, past_alarms, write_report
from tests.browser import dom
from tests.health_model.helpers import HOSTILE, LAST, MODEL, history, portfolio, section, weeks_ago

FINE, LOW = 40.0, 5.0


def told(frame, threshold=10):
    table = past_alarms(frame, threshold)
    return {row.group_id: (row.since, row.until, row.weeks, row.outcome) for row in table.itertuples()}


def test_an_alarm_lasts_or_recovered():
    """It begins with the third low week of four, and ends when only two of the last four are low."""
    frame = history(
        lasts=[FINE] * 6 + [LOW] * 4,
        over=[FINE] * 2 + [LOW] * 3 + [FINE] * 5,
        never=[FINE, LOW, LOW, FINE, FINE, LOW, LOW, FINE, FINE, FINE],
        border=[FINE] * 7 + [10.0] * 3,
    )
    assert told(frame) == {
        "lasts": (weeks_ago(1), None, 2, "lasting"),
        "over": (weeks_ago(5), weeks_ago(3), 2, "recovered"),
        "border": (weeks_ago(0), None, 1, "lasting"),
    }


def test_a_company_that_left_canceled_if_it_is_known():
    """The end of the scores is not a recovery; who recovered before canceling is reported as both."""
    frame = history(
        canceled=[FINE] * 2 + [LOW] * 4 + [None] * 4,
        gone=[FINE] * 2 + [LOW] * 4 + [None] * 4,
        better=[FINE] * 1 + [LOW] * 3 + [FINE] * 4 + [None] * 2,
        stays=[FINE] * 10,
    )
    days = {"canceled": weeks_ago(3), "better": weeks_ago(1) + timedelta(days=2)}
    frame = frame.assign(cancelled_on=frame["group_id"].map(days))
    assert told(frame) == {
        "canceled": (weeks_ago(5), None, 2, "canceled"),
        "gone": (weeks_ago(5), None, 2, "no longer scored"),
        "better": (weeks_ago(6), weeks_ago(4), 2, "recovered"),
    }
    table = past_alarms(frame, 10).set_index("group_id")
    assert table["canceled_on"].to_dict() == {**days, "gone": None}


@pytest.mark.parametrize(("ahead", "known"), [(0, True), (-1, False)])
def test_a_cancellation_on_the_day_of_the_alarm_belongs_to_it(ahead, known):
    """One before is of an earlier time as a customer."""
    day = weeks_ago(0) + timedelta(days=ahead)
    table = past_alarms(history(a=[FINE] * 3 + [LOW] * 3).assign(cancelled_on=day), 10)
    assert table["since"].tolist() == [weeks_ago(0)]
    assert table["canceled_on"].tolist() == [day if known else None]


def test_a_week_without_a_score_does_not_end_an_alarm():
    """Nor does a week without tracking, in which nobody was seen."""
    frame = history(a=[FINE] * 3 + [LOW] * 4 + [None] + [LOW] * 2, b=[FINE] * 10, c=[FINE] * 10)
    assert told(frame)["a"] == (weeks_ago(4), None, 4, "lasting")
    fine = {f"c{number}": [FINE] * 6 + [0.0, FINE, FINE, FINE] for number in range(9)}
    assert told(history(**fine, a=[FINE, FINE, LOW, LOW, LOW, LOW, 0.0, LOW, LOW, LOW])) == {
        "a": (weeks_ago(5), None, 5, "lasting")
    }


def test_no_alarms_are_an_empty_table():
    """With the columns of a full one."""
    table = past_alarms(history(a=[FINE] * 5))
    assert list(table) == ["group_id", "since", "until", "weeks", "outcome", "canceled_on"]
    assert table.empty


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Write a page of which company 1 canceled after three low weeks, and on which week 3 was not tracked."""
    world = portfolio(groups=5, weeks=9)
    companies = world.companies
    left = (companies["group_id"] == 1) & (companies["week"] > LAST - timedelta(weeks=2))
    lost = companies["week"] == LAST - timedelta(weeks=6)
    companies = companies.assign(cancelled_on=np.where(companies["group_id"] == 1, LAST - timedelta(weeks=2), None))
    users = world.users[~((world.users["group_id"] == 1) & (world.users["week"] > LAST - timedelta(weeks=2)))]
    path = tmp_path_factory.mktemp("alarms") / "report.html"
    history_of = pd.DataFrame(companies[~left & ~lost])
    past = History.read(history_of, lost=[LAST - timedelta(weeks=6)])
    write_report(path, companies=past, users=users, contributions=world.contributions, model=MODEL)
    return path


def test_the_page_lists_alarms_of_companies_that_left(page):
    """What became of each, by name, with "canceled" and its day."""
    said = section(dom(page), "Past alarms, and what became of them")
    assert re.search(rf"{re.escape(HOSTILE)} 1 \d+ Oct 2026 canceled on 26 Oct 2026", said)
    assert re.search(r"\d alarms in 9 weeks: .*1 canceled", said)


def test_a_lost_week_keeps_its_place(page):
    """It has no scores; the chart marks it, and no column of the table of all companies slips by a week."""
    text = dom(page)
    assert "Tracking was lost in the week from 28 Sep 2026" in text
    assert 'class="gap"' in text
    heads = section(text, "All companies, week by week")
    assert "5 Oct 12 Oct 19 Oct 26 Oct 2 Nov 9 Nov" in heads
    article = dom(page, "#account-3")
    words = re.sub(r"<[^>]+>", " ", article[article.index("<article>") :]).split()
    dashes = " \N{EN DASH}" * 3
    assert f"28 Sep 2026{dashes} not tracked" in " ".join(words)
