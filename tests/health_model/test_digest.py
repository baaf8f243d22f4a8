"""The Monday mail: only what changed since the week before; and a company's score taken apart."""

from datetime import date, timedelta

import pandas as pd
import pytest

from oseberg.health_model import DataError, History, account_table, explain_company, fleet_declines, make_digest
from tests.health_model.helpers import HOSTILE, LAST, MODEL, portfolio

LOW = 5.0


def history(**companies):
    """Make companies' weeks with all measures from lists of scores that end with 2026-W46."""
    rows = []
    for name, values in companies.items():
        for number, value in enumerate(values):
            week = LAST - timedelta(weeks=len(values) - 1 - number)
            rows.append({"group_id": name, "group_name": name, "week": week, "score": float(value)})
    frame = pd.DataFrame(rows).assign(users=10, active_users=5, adoption=0.5, passive_points=0.0, core_score=20.0)
    return frame.assign(active_score=frame["score"] * 2, concentration=0.2, passive_share=0.0, started_on="2020-01-01")


def test_a_digest_has_only_what_changed():
    """Alarms of today, falls, and recoveries; an account that stays low is not news."""
    frame = history(
        new=[40] * 12 + [LOW] * 3,
        old=[40] * 12 + [LOW] * 4,
        falling=[80, 79, 81] * 4 + [80, 81, 30],
        recovered=[40] * 8 + [LOW] * 5 + [40] * 2,
        **{f"fine{number}": [40] * 15 for number in range(6)},
    )
    digest = make_digest(frame)
    found = {name: rows["group_id"].tolist() for name, rows in digest.sections.items()}
    assert found == {"Newly low": ["new"], "Falling": ["falling"], "Onboarding": [], "Recovered": ["recovered"]}
    assert digest.needs_a_person
    assert "Company health, week from 9 Nov 2026 (2026-W46)" in digest.text()
    assert "- new: score 5.00 (0.00)" in digest.text()
    quiet = make_digest(frame[frame["group_id"].isin(["old", "fine1"])])
    assert not quiet.needs_a_person
    assert "No company is newly low, falling, onboarding or recovered." in quiet.text()


def test_a_digest_is_of_one_owner():
    """With money, renewal and owner; names are hostile in HTML."""
    frame = history(new=[40] * 12 + [LOW] * 3, other=[40] * 12 + [LOW] * 3)
    frame = frame.assign(
        owner=frame["group_id"].map({"new": "Ann Lee", "other": "Bo"}), arr=1_200_000.0, currency="USD"
    )
    frame = frame.assign(renewal_on="2026-12-16", group_name=HOSTILE)
    digest = make_digest(frame, owner="ann lee")
    assert digest.sections["Newly low"]["group_id"].tolist() == ["new"]
    assert "score 5.00 (0.00), 1,200,000 USD ARR, renewal in 30 days, Ann Lee" in digest.text()
    assert HOSTILE in digest.text()
    assert "<script>" not in digest.html()
    assert "default-src 'none'" in digest.html().replace("&#39;", "'")
    assert "1,200,000 USD ARR" in digest.html()
    assert "No company is newly low" in make_digest(frame, owner="nobody").html()


def test_a_digest_says_what_happened_to_the_fleet():
    """Lost tracking, a decline and a new reference come before any account."""
    frame = history(**{f"c{number}": [40.0] * 8 + [30.0] for number in range(6)})
    assert (
        "The whole fleet declined: mean score 40.00 before, 30.00 now, over 6 companies." in make_digest(frame).text()
    )
    lost = frame.assign(active_users=frame["week"].map(lambda week: 0 if week == LAST else 5))
    assert "Tracking was lost in the week from 9 Nov 2026: check it first." in make_digest(lost).text()
    ruled = frame.assign(reference_id=frame["week"].map(lambda week: "b" if week == LAST else "a"))
    assert "This week has a new reference" in make_digest(ruled).text()
    assert make_digest(frame[:0]).text() == "Nothing is scored yet.\n"


def company(world, group, week):
    users = world.users[(world.users["group_id"] == group) & (world.users["week"] == week)]
    parts = world.contributions[world.contributions["week"] == week]
    return users, parts[parts["user_id"].isin(users["user_id"])]


def test_a_companys_parts_add_up():
    """Metrics and users, to the mean and to its change; somebody who left is among them."""
    world = portfolio()
    users, parts = company(world, 3, LAST)
    past, past_parts = company(world, 3, LAST - timedelta(weeks=1))
    found = explain_company(MODEL, users[1:], parts, past, past_parts)
    assert found.score == pytest.approx(users["score"][1:].mean())
    assert found.users["part"].sum() == pytest.approx(found.score)
    assert found.users["change"].sum() == pytest.approx(found.score - found.previous_score)
    assert len(found.users) == 10
    kept = parts[parts["user_id"].isin(users["user_id"][1:])]
    whole = explain_company(MODEL, users[1:], kept, past, past_parts)
    assert whole.metrics["contribution"].sum() == pytest.approx(whole.score, abs=0.005)
    assert whole.metrics["change"].sum() == pytest.approx(whole.score - whole.previous_score, abs=0.01)
    one = explain_company(MODEL, users[:1], parts, past[:1], past_parts)
    assert (one.previous_score, len(one.users)) == (past["score"].iloc[0], 1), "one user before is a company"
    alone = explain_company(MODEL, users, parts).to_dict()
    assert alone["previous_score"] is None
    assert {line["change"] for line in alone["metrics"]} == {None}
    with pytest.raises(DataError, match="no scored user"):
        explain_company(MODEL, users[:0], parts)
    with pytest.raises(DataError, match="Pass both"):
        explain_company(MODEL, users, parts, past)


def test_the_digests_week_is_the_last_with_tracking():
    """Whatever was scored after it without tracking."""
    frame = history(**{f"c{number}": [40.0] * 8 for number in range(5)})
    frame.loc[frame["week"] == LAST, ["score", "active_users"]] = [0.0, 0]
    assert make_digest(frame).week.monday == date(2026, 11, 2)


def test_a_history_without_any_tracking_names_nobody():
    """Where every week is lost there is nothing to say of a company, and nothing breaks."""
    frame = history(a=[5.0], b=[5.0])
    past = History.read(frame, lost=[LAST])
    assert past.attention().empty
    table = account_table(past, 10)
    assert table.empty
    assert {"group_id", "list", "arr", "users", "why", "since", "risk"} <= set(table)
    assert make_digest(past).week is None
    assert fleet_declines(past) == []
