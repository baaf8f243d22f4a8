"""Finds the user whom a person names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from oseberg.usage_db._identity.ids import AccountId, same_uuid
from oseberg.usage_db.errors import AmbiguousUserError, UserNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd


@dataclass(frozen=True)
class UserMatch:
    """A user whom a person named.

    Attributes:
        user_id: The id in the accounts database.
        label: Name and id, to be shown to people: `Ann Lee (user 101)`.
    """

    user_id: AccountId
    label: str


def find_user(users: pd.DataFrame, text: str) -> UserMatch:
    """Return the user with this id, e-mail address (in any case) or username (in its exact case), in this order.

    Args:
        users: user_id, email, username, name.
        text: What the person typed.

    Returns:
        The one user that matches.

    Raises:
        UserNotFoundError: Nobody matches.
        AmbiguousUserError: Several users match.
    """
    wanted = text.strip()
    for column, matches in _rules(users, wanted):
        found = users[matches.fillna(value=False).astype(bool)]
        if len(found) > 1:
            ids = ", ".join(str(value) for value in found["user_id"])
            raise AmbiguousUserError(f"Several users have the {column} {wanted!r}: {ids}. Use one of these ids.")
        if len(found):
            row = found.iloc[0]
            name = next((row[key] for key in ("name", "email", "username") if isinstance(row[key], str)), "")
            user_id = row["user_id"] if isinstance(row["user_id"], str) else int(row["user_id"])
            return UserMatch(user_id, f"{name} (user {user_id})" if name else f"User {user_id}")
    raise UserNotFoundError(f"No user matches {wanted!r}. Use an id, an e-mail address or a username.")


def _rules(users: pd.DataFrame, wanted: str) -> Iterator[tuple[str, pd.Series[bool]]]:
    # An id first: a username may look like the id of somebody else.
    yield "id", users["user_id"].astype(str).isin([wanted, same_uuid(wanted)])
    yield "e-mail address", users["email"].str.strip().str.casefold() == wanted.casefold()
    yield "username", users["username"] == wanted
