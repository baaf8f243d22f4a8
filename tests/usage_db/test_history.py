"""Users and companies are known as they were: a later list never changes what an earlier day says."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pandas as pd
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oseberg.usage_db import AccountFileError, AccountSettings, UsageDatabase
from oseberg.usage_db._accounts.intervals import Interval, begin, change, disable
from tests.usage_db.helpers import DAY, line

TODAY = datetime.now(UTC).date()
FIRST = date(2026, 1, 1)
DAYS = st.integers(0, 60).map(lambda number: FIRST + timedelta(days=number))
FACTS = st.fixed_dictionaries({}, optional={"group_id": st.sampled_from([1, 2]), "enabled": st.booleans()})
LISTS = st.lists(st.tuples(DAYS, FACTS), max_size=8)
DEFAULT = {"group_id": None, "enabled": True}


def at(intervals: list[Interval], day: date) -> dict | None:
    return next((dict(part.facts) for part in intervals if part.covers(day)), None)


def after(lists: list[tuple[date, dict]]) -> list[Interval]:
    """Apply lists in the order in which they arrive, each with the days of the lists known by then."""
    intervals: list[Interval] = []
    for number, (day, facts) in enumerate(lists):
        later = min((other for other, _ in lists[:number] if other > day), default=None)
        intervals = change(intervals, day, facts, next_list=later, default=DEFAULT)
    return intervals


@given(LISTS)
def test_intervals_are_in_order_and_differ(lists: list[tuple[date, dict]]) -> None:
    """Whatever lists arrive, in whatever order: no overlap, no gap after the first day, no two equal neighbors."""
    intervals = after(lists)
    assert all(part.end is None or part.start < part.end for part in intervals)
    for one, other in pairwise(intervals):
        assert one.end == other.start
        assert one.facts != other.facts
    assert not intervals or intervals[-1].end is None


@given(LISTS, DAYS, FACTS)
def test_a_list_changes_nothing_before_its_day(lists: list[tuple[date, dict]], day: date, facts: dict) -> None:
    """What any earlier day says is the same before and after a list."""
    before, now = after(lists), after([*lists, (day, facts)])
    for number in range(-5, (day - FIRST).days):
        earlier = FIRST + timedelta(days=number)
        assert at(before, earlier) == at(now, earlier)


@given(LISTS, DAYS, FACTS)
def test_an_old_list_changes_nothing_from_the_next_list_on(
    lists: list[tuple[date, dict]], day: date, facts: dict
) -> None:
    """The facts of an old list hold on its day, and end with the next list that was known."""
    before, now = after(lists), after([*lists, (day, facts)])
    assert facts.items() <= (at(now, day) or {}).items()
    later = min((other for other, _ in lists if other > day), default=None)
    for number in range(61):
        current = FIRST + timedelta(days=number)
        if later and current >= later:
            assert at(before, current) == at(now, current)


@given(LISTS, DAYS, DAYS)
def test_known_first_and_last_days(lists: list[tuple[date, dict]], first: date, last: date) -> None:
    """Nobody exists before a known first day; from a known last day on, nobody is enabled; until it, somebody is."""
    intervals = after([*lists, (FIRST + timedelta(days=61), {})])
    begun = begin(intervals, first)
    assert begun[0].start == first
    assert at(begun, first - timedelta(days=1)) is None
    left = disable(begun, last)
    assert not (at(left, last) or {}).get("enabled")
    assert not (at(left, FIRST + timedelta(days=99)) or {}).get("enabled")
    if first < last:
        assert (at(left, last - timedelta(days=1)) or {})["enabled"]


def frame(**columns: list) -> pd.DataFrame:
    return pd.DataFrame(columns)


def enabled_on(db: UsageDatabase, day: date) -> list[int]:
    users = db.users(as_of=day)
    return users.loc[users["enabled"], "user_id"].tolist()


def test_users_as_of_a_day(db: UsageDatabase) -> None:
    """Membership, job type, products and being enabled are those of the day; users() without a day are today's."""
    groups = frame(id=[7, 8], name=["Seven", "Eight"], account_size=[10, 90_000])
    db.import_accounts(frame(id=[1], name=["Ann"], group_id=[7], job_type=["Landman"]), groups, as_of=date(2026, 3, 1))
    db.import_accounts(frame(id=[1], name=["Ann"], group_id=[8]), as_of=date(2026, 5, 1))
    db.import_accounts(frame(id=[2], name=["Bob"]), as_of=date(2026, 5, 1))
    db.import_accounts(frame(id=[2], name=["Bob"]), as_of=date(2026, 6, 1), disable_missing=True)
    assert db.users(as_of=date(2026, 2, 28)).empty
    march = db.users(as_of=date(2026, 4, 30))
    assert march[["user_id", "group_id", "group_name", "group_type", "job_type", "enabled"]].to_numpy().tolist() == [
        [1, 7, "Seven", "SMB", "Landman", True]
    ]
    may = db.users(as_of=date(2026, 5, 31)).set_index("user_id")
    assert may.loc[1, ["group_name", "group_type", "job_type", "enabled"]].tolist() == [
        "Eight",
        "Enterprise",
        "Landman",
        True,
    ]
    assert enabled_on(db, date(2026, 5, 31)) == [1, 2]
    assert enabled_on(db, date(2026, 6, 1)) == [2]
    assert list(march.columns) == list(db.users().columns)
    history = db.user_history(date(2026, 4, 1), date(2026, 6, 1))
    assert history[["user_id", "since", "until", "group_id"]].fillna(0).to_numpy().tolist() == [
        [1, date(2026, 3, 1), date(2026, 5, 1), 7],
        [1, date(2026, 5, 1), date(2026, 6, 1), 8],
        [2, date(2026, 5, 1), 0, 0],
    ]


def test_a_change_today_leaves_the_past_alone(db: UsageDatabase) -> None:
    """Users imported today, with events of the past, and disabled today: the past still has them."""
    db.import_accounts(frame(id=[1, 2], name=["Ann", "Bob"], username=["user1", "user2"], group_id=[None, None]))
    db.replace_day(DAY, [line(1)])
    assert enabled_on(db, DAY) == [1]
    assert enabled_on(db, DAY - timedelta(days=1)) == []
    assert enabled_on(db, TODAY) == [1, 2]
    db.import_accounts(frame(id=[1, 2], name=["Ann", "Bob"], enabled=[False, False]))
    assert enabled_on(db, DAY) == [1]
    assert enabled_on(db, TODAY) == []
    assert db.users()["enabled"].tolist() == [False, False]


def test_dates_of_the_file_are_the_ends(db: UsageDatabase) -> None:
    """created_on and disabled_on say when a user counts, whatever lists and events say; a blank one says nothing."""
    users = frame(
        id=[1, 2, 3],
        name=["Ann", "Bob", "Cid"],
        username=["user1", "user2", "user3"],
        enabled=[True, False, True],
        created_on=[date(2026, 11, 5), date(2026, 1, 1), None],
        disabled_on=[None, pd.Timestamp("2026-06-01"), None],
    )
    db.import_accounts(users)
    db.replace_day(DAY, [line(1), line(3)])
    assert enabled_on(db, date(2025, 12, 31)) == []
    assert enabled_on(db, date(2026, 5, 31)) == [2]
    assert enabled_on(db, date(2026, 6, 1)) == []
    assert enabled_on(db, DAY) == [3]
    assert enabled_on(db, date(2026, 11, 5)) == [1, 3]
    before = db.user_history()
    db.import_accounts(users)
    pd.testing.assert_frame_equal(db.user_history(), before)
    assert db.has_roster_dates()


def test_users_of_a_company_that_left(db: UsageDatabase) -> None:
    """Users who were disabled before the first list, without a date, left with their company."""
    groups = frame(id=[7], name=["Seven"], started_on=["2025-01-01"], cancelled_on=["2026-08-01"])
    db.import_accounts(frame(id=[1], name=["Ann"], group_id=[7], enabled=[False], created_on=["2025-02-01"]), groups)
    assert enabled_on(db, date(2026, 7, 31)) == [1]
    assert enabled_on(db, date(2026, 8, 1)) == []
    assert db.groups().loc[0, ["started_on", "cancelled_on"]].tolist() == [date(2025, 1, 1), date(2026, 8, 1)]


def test_a_user_may_come_back(db: UsageDatabase) -> None:
    """A list that enables a user again ends what an earlier one said; a coming last day takes effect on that day."""
    db.import_accounts(frame(id=[1], name=["Ann"], disabled_on=["2026-05-01"], created_on=["2026-01-01"]))
    assert not db.users()["enabled"][0]
    db.import_accounts(frame(id=[1], name=["Ann"], enabled=["yes"]))
    assert db.users()["enabled"][0]
    assert [enabled_on(db, day) for day in (date(2026, 4, 30), date(2026, 5, 1), TODAY)] == [[1], [], [1]]
    tomorrow = TODAY + timedelta(days=1)
    db.import_accounts(frame(id=[1], name=["Ann"], enabled=["yes"], disabled_on=[tomorrow]))
    assert [enabled_on(db, TODAY), enabled_on(db, tomorrow)] == [[1], []]


def test_an_old_list_holds_until_the_next_one(url: str, db: UsageDatabase) -> None:
    """Loaded afterwards, it neither changes the present nor what later lists said."""
    db.import_accounts(frame(id=[1], name=["Ann"], job_type=["Landman"]), as_of=date(2026, 2, 1))
    db.import_accounts(frame(id=[1], name=["Ann"], job_type=["Landman"]), as_of=date(2026, 4, 1))
    db.import_accounts(frame(id=[1, 2], name=["A", "Bob"], job_type=["Geologist", "Analyst"]), as_of=date(2026, 3, 1))
    jobs = [db.users(as_of=date(2026, month, 15))["job_type"].tolist() for month in (2, 3, 4)]
    assert jobs == [["Landman"], ["Geologist", "Analyst"], ["Landman", "Analyst"]]
    assert db.users()[["name", "job_type"]].to_numpy().tolist() == [["Ann", "Landman"], ["Bob", "Analyst"]]
    with psycopg.connect(url) as connection:
        lists = connection.execute("SELECT as_of FROM usage.account_list ORDER BY as_of").fetchall()
    assert lists == [(date(2026, month, 1),) for month in (2, 3, 4)]


def test_what_others_change_is_noticed(url: str, db: UsageDatabase) -> None:
    """A team that changes its tables directly opens new intervals too, at the next load or import."""
    db.import_accounts(frame(id=[1, 2], name=["Ann", "Bob"], username=["user1", "user2"]), as_of=date(2026, 1, 1))
    with psycopg.connect(url) as connection:
        connection.execute('UPDATE account."user" SET enabled = false WHERE id = 1')
        connection.execute("INSERT INTO account.\"user\" (id, name) VALUES (3, 'Cid')")
        connection.execute('DELETE FROM account."user" WHERE id = 2')
    db.replace_day(DAY, [])
    assert enabled_on(db, TODAY - timedelta(days=1)) == [1, 2]
    assert enabled_on(db, TODAY) == [3]


def test_facts_of_companies(url: str) -> None:
    """Money, renewal, owner and declared segments are kept with their history."""
    settings = AccountSettings(user_segments=("region",), group_segments=("basin",))
    with UsageDatabase(url, accounts=settings) as db:
        db.upgrade(apply_settings=True)
        db.import_accounts(
            frame(id=[1], name=["Ann"], group_id=[7], region=["West"]),
            frame(id=[7], name=["Seven"], arr=[48_000], currency=["usd"], owner=["Kim"], basin=["Permian"],
                  renewal_on=["2027-01-31"]),
            as_of=date(2026, 3, 1),
        )  # fmt: skip
        db.import_accounts(None, frame(id=[7], name=["Seven"], arr=[60_000.5], owner=[""]), as_of=date(2026, 4, 1))
        now = db.groups().iloc[0]
        shown = ["arr", "currency", "basin", "renewal_on"]
        assert now[shown].tolist() == [60_000.5, "USD", "Permian", date(2027, 1, 31)]
        assert pd.isna(now["owner"])
        history = db.group_history(until=date(2026, 4, 1)).iloc[0]
        assert history[["arr", "owner", "since", "until", "basin"]].tolist() == [
            48_000,
            "Kim",
            date(2026, 3, 1),
            date(2026, 4, 1),
            "Permian",
        ]
        assert db.users(as_of=date(2026, 3, 5))["region"].tolist() == ["West"]
        assert db.users()["region"].tolist() == ["West"]
        assert db.users(as_of=date(2026, 3, 5)).columns[-1] == "region"


FAULTS = {
    "id,name,created_on\n1,Ann,1.2.2026\n": "users.csv:2: created_on: '1.2.2026' is not a date",
    "id,name,created_on\n1,Ann,2026-02-30\n": "is not a date",
    "id,name,created_on,disabled_on\n1,Ann,2026-02-01,2026-02-01\n": "disabled_on 2026-02-01 is not after created_on",
    "id,name,enabled,disabled_on\n1,Ann,yes,2026-02-01\n": "enabled is yes, but disabled_on is 2026-02-01",
    "id,name,region\n1,Ann,West\n": "declared as",
}


@pytest.mark.parametrize("text", FAULTS)
def test_faults_of_dates(db: UsageDatabase, tmp_path, text: str) -> None:
    """A wrong date is named with file and line."""
    (tmp_path / "users.csv").write_text(text)
    with pytest.raises(AccountFileError) as error:
        db.import_accounts(tmp_path / "users.csv")
    assert FAULTS[text] in str(error.value)


def test_future_lists_are_refused(db: UsageDatabase) -> None:
    """A list of a day to come is a slip of the pen."""
    with pytest.raises(AccountFileError, match="is in the future"):
        db.import_accounts(frame(id=[1], name=["Ann"]), as_of=TODAY + timedelta(days=2))
    assert not db.has_roster_dates()
