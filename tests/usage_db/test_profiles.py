"""Mixpanel's profiles are kept as they are, and their e-mail addresses say whom an id means if nothing else does."""

from datetime import UTC, datetime

import pandas as pd
import psycopg
import pytest

from oseberg.usage_db import BusyError, LoadError, LoadSettings, ShrinkError, UsageDatabase
from tests.usage_db.helpers import DAY, line

USERS = pd.DataFrame(
    {
        "id": [1, 2, 3, 4],
        "name": ["Ann", "Bob", "Cid", "Dee"],
        "email": ["ann@x.com", "bob@x.com", "cid@x.com", "cid@x.com"],
    }
)
EVENTS = [
    line(1, distinct_id="a1"),
    line(2, distinct_id="a1", **{"$user_id": "2"}),  # its own id wins over the profile of the other
    line(3, distinct_id="a1", **{"$distinct_id_before_identity": "bob@x.com"}),  # later among the ids, but its own
    line(4, distinct_id="bob@x.com"),
    line(5, distinct_id="$device:9"),
    line(6, distinct_id="twins"),
    line(7, distinct_id="u77", **{"$user_id": "u78"}),
]
PROFILES = {
    "a1": " Ann@X.com",
    "bob@x.com": "ann@x.com",  # contradicts the id itself
    "$device:9": "bob@x.com",
    "twins": "cid@x.com",
    "u78": "bob@x.com",
    "alone": None,
}


def profiles(emails: dict[str, str | None]) -> pd.DataFrame:
    columns = {
        "distinct_id": list(emails),
        "$email": list(emails.values()),
        "$name": "N",
        "plan": [["a", 1]] * len(emails),
    }
    return pd.DataFrame(columns).assign(seats=pd.array([(5, None)[n % 2] for n in range(len(emails))], dtype="Int64"))


def resolved(db: UsageDatabase) -> list:
    found = db.events(datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC))["user_id"]
    return [None if pd.isna(user) else int(user) for user in found]


@pytest.mark.parametrize("profiles_first", [True, False])
def test_profiles_resolve_what_the_ids_do_not(url: str, db: UsageDatabase, profiles_first: bool) -> None:
    """After an event's own ids, whichever comes first; contradictions and shared addresses are counted."""
    db.import_accounts(USERS)
    if profiles_first:
        counts = db.replace_profiles(profiles(PROFILES))
    db.replace_day(DAY, EVENTS)
    if not profiles_first:
        assert resolved(db) == [None, 2, 2, 2, None, None, None]
        counts = db.replace_profiles(profiles(PROFILES))
    assert (counts.stored, counts.inserted, counts.updated, counts.deleted) == (6, 6, 0, 0)
    assert resolved(db) == [1, 2, 2, 2, 2, None, 2]
    with psycopg.connect(url) as connection:
        view = 'SELECT resolution, candidates FROM usage.user_product_event ORDER BY "time"'
        assert connection.execute(view).fetchall() == [
            ("profile", 1), ("user_id", 1), ("email", 2), ("email", 2), ("profile", 1), ("ambiguous", 2), ("profile", 1)
        ]  # fmt: skip
        rolled = "SELECT user_id, sum(events)::int FROM usage.user_day GROUP BY 1 ORDER BY 1"
        assert connection.execute(rolled).fetchall() == [(1, 1), (2, 5)]
        row = "SELECT email, name, properties FROM usage.profile WHERE distinct_id = 'a1'"
        assert connection.execute(row).fetchone() == (
            " Ann@X.com", "N", {"$email": " Ann@X.com", "$name": "N", "plan": ["a", 1], "seats": 5}
        )  # fmt: skip
    assert db.status().conflicts == 1
    assert db.unresolved()["distinct_id"].tolist() == ["twins"]


def test_the_list_is_followed(url: str, db: UsageDatabase) -> None:
    """A new list inserts, updates and deletes; an equal one writes nothing, and one that is cut short is refused."""
    db.import_accounts(USERS)
    db.replace_day(DAY, EVENTS)
    db.replace_profiles(profiles(PROFILES))
    with psycopg.connect(url) as connection:
        before = connection.execute("SELECT xmin::text, distinct_id FROM usage.profile ORDER BY 2").fetchall()
    assert db.replace_profiles(profiles(PROFILES)).as_dict() == {
        "stored": 6, "inserted": 0, "updated": 0, "deleted": 0, "filtered": 0, "rejected": 0
    }  # fmt: skip
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT xmin::text, distinct_id FROM usage.profile ORDER BY 2").fetchall() == before
    counts = db.replace_profiles(profiles({"a1": "bob@x.com", "new": None}))
    assert (counts.stored, counts.inserted, counts.updated, counts.deleted) == (2, 1, 1, 5)
    assert resolved(db)[0] == 2
    many = profiles({f"p{n}": None for n in range(202)})
    db.replace_profiles(many)
    assert db.replace_profiles(many[:102]).deleted == 100  # neither more than 100 nor refused
    db.replace_profiles(many)
    with pytest.raises(ShrinkError, match="would shrink from 202 to 101"):
        db.replace_profiles(many[:101])
    assert db.replace_profiles(many[:101], allow_shrink=True).deleted == 101


def test_settings_of_the_load_hold_for_profiles(url: str) -> None:
    """Dropped users, dropped and hashed properties; a hashed address resolves nobody."""
    load = LoadSettings.model_validate(
        {"drop_users": ["*@x.com"], "drop_properties": ["plan"], "hash_properties": ["$email"], "hash_salt": "s"}
    )
    with UsageDatabase(url, load=load) as db:
        counts = db.replace_profiles(profiles({"a": "ann@x.com", "b": "bob@y.com", "bad\0": None, " ": None}))
        assert (counts.stored, counts.filtered, counts.rejected) == (1, 2, 1)
    with psycopg.connect(url) as connection:
        email, properties = connection.execute("SELECT email, properties FROM usage.profile").fetchone() or ()
    assert email is None
    assert properties["$email"].startswith("sha256:")
    assert "plan" not in properties


def test_a_forgotten_person_has_no_profile(db: UsageDatabase) -> None:
    """Erasure deletes the profile, by id and by address, and the next list doesn't bring it back."""
    db.import_accounts(USERS)
    db.replace_day(DAY, EVENTS)
    db.replace_profiles(profiles(PROFILES | {"other": "BOB@x.com "}))
    assert db.erase("bob@x.com").profiles == 4
    counts = db.replace_profiles(profiles(PROFILES | {"other": "BOB@x.com "}))
    assert (counts.stored, counts.filtered) == (3, 4)


def test_what_is_not_a_list_of_profiles(url: str, db: UsageDatabase) -> None:
    """A frame without ids is refused; within a run its lock is enough, next to one it is busy."""
    with pytest.raises(LoadError, match="no column distinct_id"):
        db.replace_profiles(pd.DataFrame({"x": [1]}))
    with UsageDatabase(url) as other, db.load_run():
        db.replace_profiles(profiles(PROFILES))
        with pytest.raises(BusyError):
            other.replace_profiles(profiles(PROFILES))
