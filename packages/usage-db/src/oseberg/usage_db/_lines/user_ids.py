"""What the ids of events mean, without the database: for programs that read events from files, on any machine."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING

from oseberg.usage_db._identity.erased import ErasedIds
from oseberg.usage_db._identity.table import read_resolver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oseberg.usage_db._identity.ids import AccountId
    from oseberg.usage_db._identity.resolver import Resolver
    from oseberg.usage_db._lines.settings import LoadSettings
    from oseberg.usage_db._postgres.connection import Connection

PROFILE = "profile"
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
        """Read users, aliases, profiles and erased people.

        Args:
            connection: The database.
            settings: The settings of the load.

        Returns:
            A resolver that can be pickled and sent to workers.
        """
        return cls(read_resolver(connection), ErasedIds(connection), settings)

    def users_of(self, ids: Sequence[str]) -> list[AccountId | None]:
        """Resolve ids by alias, user id, e-mail and username, as the view `user_product_event` does first.

        Returns:
            The user's id for each, None for an id that means nobody directly.
        """
        found = map(self._resolver.resolve, ids)
        return [None if one.resolution == PROFILE else one.user_id for one in found]

    def users_by_profile(self, ids: Sequence[str]) -> list[AccountId | None]:
        """Resolve ids by the e-mail of their profile: used where none of an event's ids means a user directly.

        Returns:
            The user's id for each, None for others.
        """
        found = map(self._resolver.resolve, ids)
        return [one.user_id if one.resolution == PROFILE else None for one in found]

    def drops(self, name: str, ids: Sequence[str]) -> list[bool]:
        """Whether a load would leave out the events with each of some ids.

        Args:
            name: The property that holds the ids, such as `distinct_id`.
            ids: The ids.

        Returns:
            A boolean for each id.
        """
        dropped = self._dropped if name in DROPPABLE else None
        return [
            bool(text) and (self._erased.any(text, {}) or bool(dropped and dropped.match(text.casefold())))
            for text in ids
        ]
