"""Finds the user that an id means. Ids are compared as text; the rules are in `Resolver`."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from oseberg.usage_db._identity.ids import AccountId, same_uuid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DEVICE_PREFIX = "$device:"


class Resolution(NamedTuple):
    """What an id means: a user or None, by which rule, and how many users it could mean."""

    user_id: AccountId | None
    resolution: str
    candidates: int


UNKNOWN = Resolution(None, "unknown", 0)


class Resolver:
    """Resolves ids by alias, user id, e-mail and username, and by the e-mail of their profile, in this order.

    An e-mail is trimmed and case-folded, everything else is compared exactly. Two holders of one e-mail or username
    make it ambiguous. Where kinds disagree, the earlier kind wins and `candidates` counts both.

    Args:
        users: id, e-mail and username of every user.
        aliases: Ids that a person assigned.
        profiles: The e-mail addresses of the ids that have a profile.

    Example:
        >>> resolver = Resolver([(101, "Ann@x.com", "ann")], {})
        >>> resolver.resolve(" ann@X.com ")
        Resolution(user_id=101, resolution='email', candidates=1)
        >>> resolver.resolve("00101").user_id is None
        True
    """

    def __init__(
        self,
        users: Iterable[tuple[AccountId, str | None, str | None]],
        aliases: Mapping[str, AccountId],
        profiles: Mapping[str, str] | None = None,
    ) -> None:
        self._ids: dict[str, set[AccountId]] = {}
        self._emails: defaultdict[str, set[AccountId]] = defaultdict(set)
        self._names: defaultdict[str, set[AccountId]] = defaultdict(set)
        digest = 0
        for user_id, email, username in users:
            self._ids[str(user_id)] = {user_id}
            if email and email.strip():
                self._emails[email.strip().casefold()].add(user_id)
            if username and username.strip():
                self._names[username].add(user_id)
            digest += _hash(f"{user_id}|{email!r}|{username!r}")
        known = set().union(*self._ids.values())
        self._aliases = {alias: {user_id} for alias, user_id in aliases.items() if user_id in known}
        digest += sum(_hash(f"{alias!r}>{user_id}") for alias, user_id in self._aliases.items())
        self._profiles = profiles or {}
        digest += sum(_hash(f"{text!r}@{email!r}") for text, email in self._profiles.items())
        self.fingerprint = f"{digest % 2**256:064x}"

    def resolve(self, text: str) -> Resolution:
        """Return what an id means."""
        if not text.strip():
            return UNKNOWN
        kinds = {
            "alias": self._aliases.get(text, set()),
            "user_id": self._ids.get(text) or self._ids.get(same_uuid(text), set()),
            "email": self._emails.get(text.strip().casefold(), set()),
            "username": self._names.get(text, set()),
            "profile": self._emails.get(self._profiles.get(text, "").strip().casefold(), set()),
        }
        if text.startswith(DEVICE_PREFIX):
            kinds = {kind: kinds[kind] for kind in ("alias", "profile")}
        if text.startswith(DEVICE_PREFIX) and not any(kinds.values()):
            return Resolution(None, "anonymous", 0)
        matching = {kind: users for kind, users in kinds.items() if users}
        if not matching:
            return UNKNOWN
        kind, users = next(iter(matching.items()))
        candidates = len(set().union(*matching.values()))
        return (
            Resolution(next(iter(users)), kind, candidates)
            if len(users) == 1
            else Resolution(None, "ambiguous", candidates)
        )


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=32).digest())
