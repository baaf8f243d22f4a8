"""Forget a person: delete everything of theirs, and remember only hashes, so that no load brings it back."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import orjson

from oseberg.usage_db._archive.forget import LocalStore, forget
from oseberg.usage_db._identity.erased import ID_PROPERTIES, SALT, hashed, same_id, texts_of
from oseberg.usage_db._identity.table import Identities
from oseberg.usage_db._lines.days import zone_of
from oseberg.usage_db._load.log import PROJECT_ZONE, leave_out
from oseberg.usage_db._postgres.connection import lift_time_limits, one
from oseberg.usage_db.errors import UserNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from oseberg.usage_db._archive.forget import ArchiveStore
    from oseberg.usage_db._identity.ids import AccountId
from oseberg.usage_db._postgres.connection import Connection


@dataclass(frozen=True)
class Erased:
    """What an erasure deleted.

    Attributes:
        ids: Ids of the person that no load will store again.
        events: Events deleted.
        score_details: Weeks whose metrics were deleted; the scores themselves stay, for the companies' means.
        rejects: Rejected lines deleted.
        profiles: Profiles deleted.
        archived_events: Events deleted from archives, whose files were written anew.
        archives: Addresses of archives that couldn't be read, and may still hold events of the person.
    """

    ids: int
    events: int
    score_details: int
    rejects: int
    profiles: int
    archived_events: int
    archives: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as a dictionary.

        Returns:
            Each figure under its name.
        """
        return asdict(self)


def erase(
    connection: Connection, user_id: AccountId | None, ids: Iterable[str], store: ArchiveStore | None = None
) -> Erased:
    """Delete everything of a person, in one transaction.

    Args:
        connection: The database.
        user_id: The person's user id; None for an id without a user.
        ids: The person's ids that are known besides those that events carry.
        store: Where the files of archives are; None: in folders of this machine.

    Returns:
        What was deleted.

    Raises:
        UserNotFoundError: Neither a user nor an event has the ids.
    """
    with connection.transaction():
        lift_time_limits(connection)
        salt = one(connection, SALT)
        if salt is None:
            salt = secrets.token_hex(16)
            connection.execute("INSERT INTO usage.setting (name, value) VALUES ('erasure_salt', %s)", (salt,))
        wanted = {text for text in ids if text.strip()}
        if not wanted:
            raise UserNotFoundError("The id is blank. Use an id as events have it, or a user's id or e-mail address.")
        # Ids that mean this user alone; of an ambiguous one, the other holder's events would go as well.
        found = connection.execute("SELECT id FROM usage.identity WHERE user_id = %s", (user_id,)).fetchall()
        wanted |= {text for (text,) in found}
        parameters: dict[str, Any] = {"user": user_id, "ids": sorted(wanted)}
        carried = connection.execute(_COMBINATIONS, parameters).rowcount
        if user_id is None and not carried:
            raise UserNotFoundError(
                f"Neither a user nor an event has the id {', '.join(sorted(wanted))}. Nothing was erased."
            )
        days: dict[date, int] = dict(connection.execute(_DAYS).fetchall())
        connection.execute(_KEEP_DAYS, (list(days),))
        connection.execute(_HASH, ([hashed(salt.encode(), text) for text in sorted(wanted)],))
        events = connection.execute(_EVENTS).rowcount
        store = store or LocalStore()
        zone = zone_of(one(connection, PROJECT_ZONE) or "UTC")
        forgotten = forget(connection, wanted, zone, store)
        leave_out(connection, Counter(days) + forgotten.events)
        connection.execute(_MARKS)
        for statement in _REST:
            connection.execute(statement, parameters)
        details = connection.execute(_DETAILS, parameters).rowcount
        rejects = _erase_rejects(connection, wanted)
        profiles = connection.execute(_PROFILES, parameters).rowcount
        for table in ("erased_ids", "erased_day"):
            connection.execute(f"DROP TABLE {table}")
    for address in forgotten.former:  # the database names the new files now
        store.discard(address)
    Identities(connection).refresh()
    return Erased(len(wanted), events, details, rejects, profiles, forgotten.total, tuple(forgotten.unreached))


def _erase_rejects(connection: Connection, ids: set[str]) -> int:
    """Delete the rejected lines that name one of the ids, also those that are not valid JSON."""
    ids = {same_id(text) for text in ids}  # the ids of these lines were never parsed
    gone = []
    for day, digest, copy, line in connection.execute(_REJECTS).fetchall():
        if _names(line, ids):
            gone.append((day, digest, copy))
    with connection.cursor() as cursor:
        cursor.executemany("DELETE FROM usage.event_reject WHERE day = %s AND line_sha256 = %s AND copy = %s", gone)
    return len(gone)


def _names(line: bytes, ids: set[str]) -> bool:
    try:
        properties = orjson.loads(line)["properties"]
        return any(same_id(str(properties.get(name))) in ids for name in ID_PROPERTIES)
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return any(same_id(text) in ids for text in texts_of(line))


_REJECTS = "SELECT day, line_sha256, copy, line FROM usage.event_reject"
_COMBINATIONS = """
CREATE TEMPORARY TABLE erased_ids ON COMMIT DROP AS
SELECT * FROM usage.event_ids AS e WHERE e.user_id = %(user)s OR e.distinct_id = ANY (%(ids)s)
OR e.user_property = ANY (%(ids)s) OR e.before_identity = ANY (%(ids)s) OR e.original_id = ANY (%(ids)s)
"""
_SAME = """
p.distinct_id = e.distinct_id AND p.properties ->> '$user_id' IS NOT DISTINCT FROM e.user_property
AND p.properties ->> '$distinct_id_before_identity' IS NOT DISTINCT FROM e.before_identity
AND p.properties ->> 'mp_original_distinct_id' IS NOT DISTINCT FROM e.original_id
"""
_ZONE = "coalesce((SELECT s.value FROM usage.setting AS s WHERE s.name = 'time_zone'), 'UTC')"
_DAYS = f"""
SELECT (p."time" AT TIME ZONE {_ZONE})::date AS day, count(*) AS events
FROM usage.product_event AS p JOIN erased_ids AS e ON {_SAME} GROUP BY 1
"""  # noqa: S608 - constants of this module
_KEEP_DAYS = "CREATE TEMPORARY TABLE erased_day ON COMMIT DROP AS SELECT unnest(%s::date[]) AS day"
_EVENTS = f"DELETE FROM usage.product_event AS p USING erased_ids AS e WHERE {_SAME}"  # noqa: S608 - the same
_HASH = "INSERT INTO usage.erased (id_hash) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING"
_MARKS = f"""
UPDATE usage.etl_slice AS s SET stored_mark = m.mark
FROM (
    SELECT d.day, count(p.*) || ':' || coalesce(sum(p.xmin::text::bigint), 0) AS mark
    FROM erased_day AS d LEFT JOIN usage.product_event AS p
    ON p."time" >= (d.day::timestamp AT TIME ZONE {_ZONE}) AND p."time" < ((d.day + 1)::timestamp AT TIME ZONE {_ZONE})
    GROUP BY d.day
) AS m
WHERE s.day = m.day AND s.state = 'loaded'
AND s.run_id = (SELECT max(l.run_id) FROM usage.etl_slice AS l WHERE l.day = s.day AND l.state = 'loaded')
"""  # noqa: S608 - constants of this module
_REST = (
    "DELETE FROM usage.id_day AS d USING erased_ids AS e WHERE d.ids = e.ids",
    "DELETE FROM usage.id_month AS m USING erased_ids AS e WHERE m.ids = e.ids",
    "DELETE FROM usage.event_ids AS o USING erased_ids AS e WHERE o.ids = e.ids",
    "DELETE FROM usage.identity_alias WHERE distinct_id = ANY (%(ids)s) OR user_id = %(user)s",
    "DELETE FROM usage.identity WHERE id = ANY (%(ids)s) OR user_id = %(user)s",
)
_PROFILES = """
DELETE FROM usage.profile
WHERE distinct_id = ANY (%(ids)s) OR lower(btrim(email)) = ANY (SELECT lower(i) FROM unnest(%(ids)s::text[]) AS i)
"""
_DETAILS = "DELETE FROM usage.user_score_detail WHERE user_id = %(user)s"
