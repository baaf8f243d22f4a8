"""Ids without a user: lists them with the likely users, and assigns them."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from oseberg.usage_db._identity.table import Identities
from oseberg.usage_db._postgres.connection import one
from oseberg.usage_db._postgres.frames import read_frame
from oseberg.usage_db.errors import UserNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from oseberg.usage_db._identity.ids import AccountId
    from oseberg.usage_db._postgres.connection import Connection

_SIMILAR = 0.85  # below it, names like "ann" and "anna" would be proposed for each other


def add_alias(connection: Connection, distinct_id: str, user_id: AccountId, note: str | None) -> int:
    """Assign an id to a user, and resolve the ids again.

    Args:
        connection: The database.
        distinct_id: The id as events have it.
        user_id: The user.
        note: Why.

    Returns:
        The number of events that carry the id.

    Raises:
        UserNotFoundError: The user does not exist, or the id is blank.
    """
    if not distinct_id.strip():
        raise UserNotFoundError("The id is blank. Use an id as events have it.")
    if one(connection, "SELECT count(*) FROM usage.account_user WHERE user_id = %s", (user_id,)) == 0:
        raise UserNotFoundError(f"No user has the id {user_id}. Import the user first: oseberg db accounts.")
    with connection.transaction():
        connection.execute(_ALIAS, (distinct_id, user_id, note))
        Identities(connection).add({distinct_id})
        Identities(connection).refresh()
    return int(one(connection, _EVENTS, {"id": distinct_id}) or 0)


def read_unresolved(connection: Connection, limit: int) -> pd.DataFrame:
    """Return the ids without a user that have the most events, with the likeliest user (a hint, never applied).

    Args:
        connection: The database.
        limit: How many ids to return.

    Returns:
        distinct_id, events, first_seen, last_seen, candidates, likely_user_id, likely_user, reason.
    """
    import pandas as pd  # noqa: PLC0415 - half a second, which commands that read nothing need not wait for

    frame = read_frame(connection, _UNRESOLVED, {"limit": limit})
    people = connection.execute("SELECT user_id, email, username, name FROM usage.account_user").fetchall()
    labels = {user: name or email or username or "" for user, email, username, name in people}
    known = _keys(people)
    guesses = [_guess(text, known) for text in frame["distinct_id"]]
    users = [user for user, _ in guesses]
    return frame.assign(
        likely_user_id=pd.Series(users, dtype="str" if any(isinstance(user, str) for user in labels) else "Int64"),
        likely_user=pd.array([labels.get(user) if user is not None else None for user in users], dtype="str"),
        reason=pd.array([reason for _, reason in guesses], dtype="str"),
    )


def _keys(people: Iterable[tuple[AccountId, str | None, str | None, str | None]]) -> dict[str, set[AccountId]]:
    """Return the letters and digits of names and addresses, with the users who have them."""
    found: dict[str, set[AccountId]] = {}
    for user, email, username, name in people:
        for text in (email, (email or "").partition("@")[0], username, name):
            if key := _letters(text or ""):
                found.setdefault(key, set()).add(user)
    return found


def _guess(text: str, known: dict[str, set[AccountId]]) -> tuple[AccountId | None, str | None]:
    for part, reason in ((text, "the same letters"), (text.partition("@")[0], "the same name before @")):
        users = known.get(_letters(part), set())
        if len(users) == 1:
            return next(iter(users)), reason
    key = _letters(text.partition("@")[0])
    near = [other for other in known if other[:1] == key[:1] and abs(len(other) - len(key)) <= 2] if key else []  # noqa: PLR2004
    for match in get_close_matches(key, near, n=1, cutoff=_SIMILAR):
        if len(known[match]) == 1:
            return next(iter(known[match])), f"similar to {match}"
    return None, None


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


_ALIAS = """
INSERT INTO usage.identity_alias (distinct_id, user_id, source, note) VALUES (%s, %s, 'a person', %s)
ON CONFLICT (distinct_id) DO UPDATE SET user_id = excluded.user_id, source = excluded.source, note = excluded.note
"""
_EVENTS = """
SELECT sum(d.events)::bigint FROM usage.event_ids AS e JOIN usage.id_day AS d USING (ids)
WHERE %(id)s IN (e.distinct_id, e.user_property, e.before_identity, e.original_id)
"""
_UNRESOLVED = """
SELECT distinct_id, events, first_seen, last_seen, candidates FROM usage.identity_unresolved
WHERE btrim(distinct_id) <> '' ORDER BY events DESC, distinct_id LIMIT %(limit)s
"""
