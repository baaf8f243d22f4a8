"""Why the fleet's mean moved: parts that add up to the hundredth, for any two weeks."""

from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oseberg.health_model import DataError, fleet_change
from tests.health_model.helpers import LAST, portfolio

BEFORE = LAST - timedelta(weeks=1)
USER = st.tuples(
    st.integers(1, 12),
    st.sampled_from([1, 2, None]),
    st.integers(0, 9000),
    st.sampled_from(["SMB", "Enterprise", None]),
    st.sampled_from(["north", "south", "7", None]),
    st.dates(date(2024, 1, 1), LAST) | st.none(),
)
WEEK = st.lists(USER, min_size=1, max_size=12, unique_by=lambda user: user[0])


def frame(week, rows):
    columns = ["user_id", "group_id", "score", "group_type", "region", "since"]
    made = [(user, group, cents / 100, *more) for user, group, cents, *more in rows]
    return pd.DataFrame(made, columns=columns[: len(made[0])]).assign(week=week)


def parts(week, rows):
    """Split each user's score over two metrics."""
    lines = [(user, "a", cents / 300) for user, _, cents, *_ in rows] + [
        (user, "b", cents / 150) for user, _, cents, *_ in rows
    ]
    return pd.DataFrame(lines, columns=["user_id", "metric", "contribution"]).assign(week=week)


def added(values):
    return sum((Decimal(str(value)) for value in values), Decimal(0))


@settings(max_examples=30)
@given(WEEK, WEEK)
def test_every_table_adds_up_to_the_change(past, now):
    """By metric, by any segment and by movement, whoever joins, leaves, or changes company or segment."""
    users = pd.concat([frame(BEFORE, past), frame(LAST, now)])
    lines = pd.concat([parts(BEFORE, past), parts(LAST, now)])
    found = fleet_change(users, lines, LAST, BEFORE, ("group_type", "region", "tenure"))
    change = Decimal(str(found.change))
    assert change == Decimal(str(found.score)) - Decimal(str(found.previous))
    tables = [found.metrics, found.movements, *found.segments.values()]
    assert [added(table["points"]) for table in tables] == [change] * 5
    for segments in found.segments.values():
        assert added([*segments["own"], *segments["mix"]]) == change
        assert (segments["users"].sum(), segments["users_before"].sum()) == (len(now), len(past))


def test_bands_of_tenure_end_with_the_week():
    """Ninety days after the first one somebody is no longer new; whose first day is unknown is in no band."""
    monday = date(2026, 11, 16)
    since = [monday - timedelta(days=days) for days in (89, 90, 364, 365, 729, 730)]
    users = frame(LAST, [(number, 1, 1000, "SMB", None, day) for number, day in enumerate([*since, None])])
    found = fleet_change(pd.concat([users, users.assign(week=BEFORE)]), parts(LAST, []), LAST, BEFORE)
    table = found.segments["tenure"].set_index("segment")
    assert table["users"].to_dict() == {
        "under 90 days": 1,
        "90 days to 1 year": 2,
        "1 to 2 years": 2,
        "2 years or more": 1,
        "unknown": 1,
    }
    assert table["users_before"].to_dict() == {
        "under 90 days": 2,
        "90 days to 1 year": 2,
        "1 to 2 years": 2,
        "2 years or more": 0,
        "unknown": 1,
    }


def test_parts_say_what_happened():
    """Two users gain, one joins with more than they have, one with less leaves."""
    past = [(1, 1, 1000, "SMB"), (2, 1, 2000, "SMB"), (3, 2, 300, "Enterprise")]
    now = [(1, 1, 1600, "SMB"), (2, 2, 2000, "Enterprise"), (4, 2, 9000, "Enterprise")]
    users = pd.concat([frame(BEFORE, past), frame(LAST, now)])
    found = fleet_change(users, pd.concat([parts(BEFORE, past), parts(LAST, now)]), LAST, BEFORE)
    assert (found.previous, found.score, found.change) == (11, 42, 31)
    assert found.movements["users"].tolist() == [1, 1, 1, 1]
    assert found.movements["points"].tolist() == [3, 0, 24, 4]
    assert found.metrics.to_dict("list") == {"metric": ["b", "a"], "points": [20.67, 10.33]}
    table = found.segments["group_type"].set_index("segment")
    assert table.loc["SMB", ["own", "mix"]].tolist() == pytest.approx([0.67, -1.67])


def test_who_belongs_to_no_company_at_either_time_has_stayed():
    """Only another company, or none after one, is a change."""
    past = [(1, None, 1000, "SMB"), (2, 1, 1000, "SMB"), (3, None, 1000, "SMB")]
    now = [(1, None, 1000, "SMB"), (2, None, 1000, "SMB"), (3, 2, 1000, "SMB")]
    users = pd.concat([frame(BEFORE, past), frame(LAST, now)])
    found = fleet_change(users, pd.concat([parts(BEFORE, past), parts(LAST, now)]), LAST, BEFORE)
    assert found.movements["users"].tolist() == [1, 2, 0, 0]


@pytest.mark.parametrize("weeks", [1, 3, 5])
def test_any_two_weeks_of_a_portfolio(weeks):
    """Not only the latest two."""
    world = portfolio(weeks=6, kept=6)
    found = fleet_change(world.users, world.contributions, LAST, LAST - timedelta(weeks=weeks))
    assert added(found.metrics["points"]) == added(found.movements["points"]) == Decimal(str(found.change))


def test_a_week_without_scores_is_refused():
    """There is nothing to compare with."""
    users = frame(LAST, [(1, 1, 1000, "SMB")])
    with pytest.raises(DataError, match="Week 2026-W45 has no scores"):
        fleet_change(users, parts(LAST, [(1, 1, 1000, "SMB")]), LAST, date(2026, 11, 2))
