"""Ids become users by the same rules everywhere, and follow the accounts."""

from datetime import UTC, datetime

import pandas as pd
import psycopg
from hypothesis import given
from hypothesis import strategies as st

from oseberg.usage_db import UsageDatabase
from oseberg.usage_db._identity.resolver import Resolution, Resolver
from tests.usage_db.helpers import DAY, line

USERS = [
    (101, "ann@example.com", "ann"),
    (102, "bob@example.com", "Bob"),
    (103, "twin@example.com", "twin"),
    (104, "TWIN@example.com ", "twin"),
    (105, None, "101"),
    (106, "  ", ""),
]
SPAN = (datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC))


def test_order_of_kinds() -> None:
    """Alias, then user id, then e-mail in any case, then username in its exact case."""
    resolver = Resolver(USERS, {"legacy": 102, "ann": 102, "gone": 999})
    assert resolver.resolve("legacy") == Resolution(102, "alias", 1)
    assert resolver.resolve("ann") == Resolution(102, "alias", 2)
    assert resolver.resolve("101") == Resolution(101, "user_id", 2)
    assert resolver.resolve(" ANN@Example.COM ") == Resolution(101, "email", 1)
    assert resolver.resolve("Bob") == Resolution(102, "username", 1)
    for text in ("bob", "00101", "1e2", "gone", "12345678901234567890123", "", "  "):
        assert resolver.resolve(text) == Resolution(None, "unknown", 0)


def test_two_holders_are_ambiguous() -> None:
    """An e-mail or username of two users means neither of them."""
    resolver = Resolver(USERS, {})
    assert resolver.resolve("twin@example.com") == Resolution(None, "ambiguous", 2)
    assert resolver.resolve("twin") == Resolution(None, "ambiguous", 2)


def test_devices_are_anonymous_unless_named() -> None:
    """A device id is nobody until a person assigns it."""
    assert Resolver(USERS, {}).resolve("$device:1").resolution == "anonymous"
    assert Resolver(USERS, {"$device:1": 101}).resolve("$device:1") == Resolution(101, "alias", 1)


@given(st.text(), st.lists(st.tuples(st.integers(1, 9), st.none() | st.text(), st.none() | st.text())))
def test_any_text_resolves_to_a_known_user_or_none(text: str, users: list[tuple[int, str | None, str | None]]) -> None:
    """Whatever ids look like, a resolution names a user that exists, or says why not."""
    found = Resolver(users, {}).resolve(text)
    assert (found.user_id in {user[0] for user in users}) == (found.resolution in {"user_id", "email", "username"})


def import_users(db: UsageDatabase) -> None:
    names = ["id", "email", "username"]
    frame = pd.DataFrame(USERS[:5], columns=names).assign(name="x", group_id=[7, 7, 8, None, None])
    db.import_accounts(frame, pd.DataFrame({"id": [7, 8], "name": ["Seven", "Eight"], "account_size": [50_000, None]}))


def test_first_candidate_that_resolves_wins(db: UsageDatabase) -> None:
    """$user_id, distinct_id, the id before identity, the hot shard's id: the first one that means a user."""
    import_users(db)
    db.replace_day(
        DAY,
        [
            line(1, distinct_id="$device:9", **{"$user_id": "101"}),
            line(2, distinct_id="$device:9", **{"$user_id": 102}),
            line(3, distinct_id="$device:9"),
            line(4, distinct_id="ann@example.com", **{"$user_id": "nobody"}),
            line(5, distinct_id="nobody", **{"$distinct_id_before_identity": "Bob"}),
            line(
                6, distinct_id="", event="$hotshard_events", mp_original_event_name="x", mp_original_distinct_id="ann"
            ),
            line(7, distinct_id="twin"),
            line(8, distinct_id="someone", **{"$user_id": ["no", "id"]}),
        ],
    )
    assert db.events(*SPAN)["user_id"].fillna(0).tolist() == [101, 102, 0, 101, 102, 101, 0, 0]


def test_resolutions_follow_the_accounts(url: str, db: UsageDatabase) -> None:
    """When users change, or an alias is assigned, all ids are resolved anew."""
    db.replace_day(DAY, [line(1, distinct_id="ann"), line(2, distinct_id="old-name")])
    assert db.events(*SPAN)["user_id"].isna().all()
    import_users(db)
    assert db.events(*SPAN)["user_id"].fillna(0).tolist() == [101, 0]
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO usage.identity_alias VALUES ('old-name', 102, 'support', NULL)")
    db.replace_day(DAY, [line(1, distinct_id="ann"), line(2, distinct_id="old-name")])
    assert db.events(*SPAN)["user_id"].tolist() == [101, 102]


def test_report_of_unresolved_ids(url: str, db: UsageDatabase) -> None:
    """The status names the ids without a user that have the most events, and counts conflicts."""
    import_users(db)
    db.replace_day(DAY, [line(n, distinct_id="stranger") for n in range(3)] + [line(9, distinct_id="101")])
    status = db.status()
    assert status.unresolved == (("stranger", 3, 0),)
    assert (status.unresolved_ids, status.unresolved_events, status.conflicts) == (1, 3, 1)
    with psycopg.connect(url) as connection:
        view = connection.execute("SELECT resolution, group_id, count(*) FROM usage.user_product_event GROUP BY 1, 2")
        assert sorted(view.fetchall(), key=str) == [("unknown", None, 3), ("user_id", 7, 1)]
