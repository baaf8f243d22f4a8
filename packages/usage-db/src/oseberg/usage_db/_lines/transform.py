"""Filters and changes events as the settings say, before anything is stored."""

from __future__ import annotations

import hashlib
import re
from fnmatch import translate
from typing import TYPE_CHECKING, Any

import orjson

from oseberg.usage_db.errors import LoadError

if TYPE_CHECKING:
    from oseberg.usage_db._identity.erased import ErasedIds
    from oseberg.usage_db._lines.settings import LoadSettings


class Transform:
    """The `[load]` settings, made ready for many events.

    Args:
        settings: The settings.
        erased: Ids of people who asked to be forgotten, whose events are left out.

    Raises:
        LoadError: Properties are to be hashed without a salt.

    Example:
        >>> from oseberg.usage_db import LoadSettings
        >>> transform = Transform(LoadSettings(drop_users=["*@oseberg.com"], drop_properties=["$city"]))
        >>> transform.keeps("Login", "qa@OSEBERG.com", {})
        False
        >>> transform.changed({"$city": "Midland", "county": "Reeves"})
        {'county': 'Reeves'}
    """

    def __init__(self, settings: LoadSettings, erased: ErasedIds | None = None) -> None:
        self._erased = erased or None
        self._include = frozenset(settings.include_events)
        self._exclude = frozenset(settings.exclude_events)
        patterns = "|".join(translate(pattern.casefold()) for pattern in settings.drop_users)
        self._dropped_user = re.compile(patterns).match if patterns else None
        self._drop = settings.drop_properties
        self._rename = settings.rename_properties
        self._hash = settings.hash_properties
        self._salt = settings.hash_salt.get_secret_value().encode()
        if self._hash and not self._salt:
            raise LoadError(
                "Set hash_salt for hash_properties: without it, anyone who knows an address can compute its hash."
            )
        self.filters = bool(self._include or self._exclude or self._dropped_user or self._erased)
        self.changes = bool(self._drop or self._rename or self._hash)
        plain = settings.model_dump_json(exclude={"hash_salt", "profiles", "settle_days", "recheck_days"})
        self.fingerprint = hashlib.sha256(plain.encode() + self._salt).digest()

    def keeps(self, event: str, distinct_id: str, properties: dict[str, Any]) -> bool:
        """Whether an event is kept."""
        if event in self._exclude or (self._include and event not in self._include):
            return False
        if self._erased and self._erased.any(distinct_id, properties):
            return False
        if self._dropped_user is None:
            return True
        ids = (distinct_id, properties.get("$user_id"))
        return not any(self._dropped_user(str(value).casefold()) for value in ids if value is not None)

    def keeps_person(self, distinct_id: str, email: object) -> bool:
        """Whether a person's profile is kept: not if the settings drop the person, or the person was erased."""
        ids = [text for text in (distinct_id, email) if isinstance(text, str) and text]
        if self._erased and any(self._erased.any(text, {}) for text in ids):
            return False
        return self._dropped_user is None or not any(self._dropped_user(text.casefold()) for text in ids)

    def hides(self, line: bytes) -> bool:
        """Whether a line that can't be stored must not be kept as a reject either: it names somebody who was erased."""
        return self._erased is not None and self._erased.named_in(line)

    def changed(self, properties: dict[str, Any]) -> dict[str, Any]:
        """Drop, hash and rename properties, in this order."""
        for name in self._drop:
            properties.pop(name, None)
        for name in self._hash:
            if properties.get(name) is not None:
                properties[name] = self._hashed(properties[name])
        for old, new in self._rename.items():
            if old in properties:
                properties[new] = properties.pop(old)
        return properties

    def _hashed(self, value: Any) -> str:  # noqa: ANN401 - a JSON value
        text = value.encode() if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        return f"sha256:{hashlib.sha256(self._salt + text).hexdigest()}"
