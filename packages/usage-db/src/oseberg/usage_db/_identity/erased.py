"""The ids of people who asked to be forgotten, known by their salted hashes alone."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from oseberg.usage_db._postgres.connection import one

if TYPE_CHECKING:
    from oseberg.usage_db._postgres.connection import Connection

_STRINGS = re.compile(rb'"([^"\\\\]*)"')
ID_PROPERTIES = ("distinct_id", "$user_id", "$distinct_id_before_identity", "mp_original_distinct_id")
SALT = "SELECT value FROM usage.setting WHERE name = 'erasure_salt'"


class ErasedIds:
    """The ids that must not be stored again, known by their hashes alone.

    Args:
        connection: The database.
    """

    def __init__(self, connection: Connection) -> None:
        self._salt = (one(connection, SALT) or "").encode()
        self._hashes = {text for (text,) in connection.execute("SELECT id_hash FROM usage.erased").fetchall()}
        self._known: dict[str, bool] = {}

    def __bool__(self) -> bool:
        return bool(self._hashes)

    def any(self, distinct_id: str, properties: dict[str, Any]) -> bool:
        """Whether one of an event's ids belongs to a person who was erased."""
        values = (distinct_id, *(properties.get(name) for name in ID_PROPERTIES))
        return any(self._is_erased(value) for value in values if value not in (None, ""))

    def named_in(self, line: bytes) -> bool:
        """Whether a line that is not a valid event names somebody who was erased."""
        return any(map(self._is_erased, texts_of(line)))

    def _is_erased(self, value: object) -> bool:
        text = value if isinstance(value, str) else str(value)
        if text not in self._known:
            self._known[text] = hashed(self._salt, text) in self._hashes
        return self._known[text]


def hashed(salt: bytes, text: str) -> str:
    """Return the hash by which an erased id is recognized; e-mail addresses are hashed in lower case.

    Args:
        salt: The salt of the database.
        text: The id.
    """
    return hashlib.sha256(salt + same_id(text).encode("utf-8", "surrogatepass")).hexdigest()


def same_id(text: str) -> str:
    """Return the spelling that stands for an id; usernames in another case may be other people."""
    return text.strip().casefold() if "@" in text else text


def texts_of(line: bytes) -> list[str]:
    """Return the texts of a line that is not valid JSON."""
    return [text.decode("utf-8", "replace") for text in _STRINGS.findall(line)]
