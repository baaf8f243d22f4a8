"""What the ids of events mean, without the database: for those who read events from files, on any machine."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING

from oseberg.usage_db._erasure import ErasedIds
from oseberg.usage_db._identity import Resolver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oseberg.usage_db._connection import Connection
    from oseberg.usage_db._load.settings import LoadSettings

DROPPABLE = ("$user_id", "distinct_id")
"""The ids that `[load] drop_users` is compared with."""


class UserIds:
    """The users, aliases and erased people of a database as they are now; it can be pickled.

    Args:
        resolver: Resolves ids.
        erased: Ids of people who asked to be forgotten.
        settings: The settings of the load, of which `drop_users` counts.
    """

    def __init__(self, resolver: Resolver, erased: ErasedIds, settings: LoadSettings) -> None:
        self._resolver, self._erased = resolver, erased
        patterns = "|".join(translate(pattern.casefold()) for pattern in settings.drop_users)
        self._dropped = re.compile(patterns) if patterns else None

    @classmethod
    def read(cls, connection: Connection, settings: LoadSettings) -> UserIds:
        """Read users, aliases and erased people."""
        users = connection.execute("SELECT user_id, email, username FROM usage.account_user").fetchall()
        aliases = connection.execute("SELECT distinct_id, user_id FROM usage.identity_alias").fetchall()
        return cls(Resolver(users, dict(aliases)), ErasedIds(connection), settings)

    def users_of(self, ids: Sequence[str]) -> list[int | None]:
        """Resolve ids by the rules that the view `user_product_event` follows.

        Returns:
            The user's id for each, None for an id of nobody.
        """
        return [self._resolver.resolve(text).user_id for text in ids]

    def drops(self, name: str, ids: Sequence[str]) -> list[bool]:
        """Whether a load would leave out the events with each of some ids.

        Args:
            name: The property that holds the ids, such as `distinct_id`.
            ids: The ids.

        Returns:
            An answer for each.
        """
        dropped = self._dropped if name in DROPPABLE else None
        return [
            bool(text) and (self._erased.any(text, {}) or bool(dropped and dropped.match(text.casefold())))
            for text in ids
        ]
