"""The table of identities, kept in step with the users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.usage_db._identity.resolver import UNKNOWN, Resolver
from oseberg.usage_db._identity.sql import CANDIDATES, RESOLUTION, USER
from oseberg.usage_db._postgres.connection import one

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oseberg.usage_db._postgres.connection import Connection

ID_LIMIT = 1_000  # bytes; a longer id means nobody, and an index entry of Postgres holds at most 2,704


def read_resolver(connection: Connection) -> Resolver:
    """Read users, aliases and profiles as they are now."""
    users = connection.execute("SELECT user_id, email, username FROM usage.account_user").fetchall()
    aliases = connection.execute("SELECT distinct_id, user_id FROM usage.identity_alias").fetchall()
    profiles = connection.execute("SELECT distinct_id, email FROM usage.profile WHERE email <> ''").fetchall()
    return Resolver(users, dict(aliases), dict(profiles))


class Identities:
    """The table of identities, kept in step with the users."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._resolver = read_resolver(connection)

    def add(self, ids: set[str]) -> None:
        """Resolve the ids that are new."""
        usable = [text for text in ids if text.strip() and "\0" not in text and len(text.encode()) <= ID_LIMIT]
        new = self._connection.execute(_ADD, (usable,)).fetchall()
        if found := [text for (text,) in new if self._resolver.resolve(text) != UNKNOWN]:
            self._write(found)

    def refresh(self) -> None:
        """Resolve everything again when users or aliases changed since the last time."""
        before = one(self._connection, "SELECT value FROM usage.setting WHERE name = 'identity_fingerprint'")
        if before == self._resolver.fingerprint:
            return
        with self._connection.transaction():
            ids = self._connection.execute("SELECT id FROM usage.identity").fetchall()
            self._write(text for (text,) in ids)
            self._connection.execute(_RESOLVE_AGAIN)
            self._connection.execute(_SET_FINGERPRINT, (self._resolver.fingerprint,))

    def _write(self, ids: Iterable[str]) -> None:
        """Store what the ids mean, where that is new."""
        with self._connection.transaction():
            self._connection.execute(_STAGE)
            with self._connection.cursor() as cursor, cursor.copy("COPY staged_identity FROM STDIN") as copy:
                for text in ids:
                    copy.write_row((text, *self._resolver.resolve(text)))
            self._connection.execute(_UPSERT)
            self._connection.execute("DROP TABLE staged_identity")


# Both statements look each id up in the index, so that they cost the same however many ids are stored.
_ADD = """
INSERT INTO usage.identity (id, resolution, candidates)
SELECT n.id, 'unknown', 0 FROM unnest(%s::text[]) AS n (id)
ON CONFLICT (id) DO NOTHING RETURNING id
"""

_STAGE = """
CREATE TEMPORARY TABLE staged_identity ON COMMIT DROP AS
SELECT id, user_id, resolution, candidates FROM usage.identity LIMIT 0
"""

_UPSERT = """
INSERT INTO usage.identity AS i (id, user_id, resolution, candidates) SELECT * FROM staged_identity
ON CONFLICT (id) DO UPDATE
SET user_id = excluded.user_id, resolution = excluded.resolution, candidates = excluded.candidates, resolved_at = now()
WHERE (i.user_id, i.resolution, i.candidates)
IS DISTINCT FROM (excluded.user_id, excluded.resolution, excluded.candidates)
"""

_SET_FINGERPRINT = """
INSERT INTO usage.setting (name, value) VALUES ('identity_fingerprint', %s)
ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""

# Combinations of ids are few, compared with events: resolving all of them again takes a second for some 200,000.
_RESOLVE_AGAIN = f"""
UPDATE usage.event_ids AS e SET user_id = r.user_id, resolution = r.resolution, candidates = r.candidates
FROM (
    SELECT o.ids, {USER} AS user_id,
        {RESOLUTION} AS resolution,
        {CANDIDATES} AS candidates
    FROM usage.event_ids AS o
    LEFT JOIN usage.identity AS i1 ON i1.id = o.user_property
    LEFT JOIN usage.identity AS i2 ON i2.id = o.distinct_id
    LEFT JOIN usage.identity AS i3 ON i3.id = o.before_identity
    LEFT JOIN usage.identity AS i4 ON i4.id = o.original_id
) AS r
WHERE e.ids = r.ids AND (e.user_id, e.resolution, e.candidates) IS DISTINCT FROM (r.user_id, r.resolution, r.candidates)
"""  # noqa: S608 - constants of this package
