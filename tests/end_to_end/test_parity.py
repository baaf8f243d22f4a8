"""What Postgres and Python say of the same scores is the same."""

import pandas as pd

from oseberg.health_model import company_scores
from oseberg.usage_db import UsageDatabase
from tests.end_to_end.conftest import Demo

COLUMNS = [
    "users",
    "active_users",
    "score",
    "adoption",
    "active_score",
    "core_score",
    "concentration",
    "passive_share",
]


def test_the_view_and_the_library_agree_to_the_last_cent(demo: Demo) -> None:
    """`usage.company_score` and `company_scores` give each company the same numbers in every week."""
    with UsageDatabase.embedded(demo.home / "demo" / "postgres") as db:
        view, scores = db.company_scores(), db.scores()
    assert len(view["week"].unique()) == 13
    for week, users in scores.groupby("week"):
        python = company_scores(users).set_index("group_id").sort_index()[COLUMNS].astype("float64").round(2)
        stored = view[view["week"] == week].set_index("group_id").sort_index()[COLUMNS].astype("float64").round(2)
        pd.testing.assert_frame_equal(stored, python, check_index_type=False)


def test_contributions_add_up_to_the_score(demo: Demo) -> None:
    """The stored contributions of every user with points add up to the stored score, once it is rounded."""
    with UsageDatabase.embedded(demo.home / "demo" / "postgres") as db:
        scores = db.scores()
        week = scores["week"].max()
        parts = db.contributions(week)
    latest = scores[scores["week"] == week].set_index("user_id")["score"].astype("float64")
    sums = parts.groupby("user_id")["contribution"].sum().reindex(latest.index, fill_value=0.0)
    assert (sums - latest).abs().max() <= 0.005 + 1e-9
    assert (parts.groupby("user_id").size() <= 30).all()


def test_every_event_is_in_the_view_once(demo: Demo) -> None:
    """The loaded events are the sample's without its duplicates, and unresolved ones stay with no user."""
    with UsageDatabase.embedded(demo.home / "demo" / "postgres") as db:
        status = db.status()
        exported = pd.read_parquet(demo.out / "events.parquet")
        assert status.events == len(exported)
        assert 0 < status.unresolved_events < 100
