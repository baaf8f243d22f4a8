"""Keeps Mixpanel's profiles, whose e-mail addresses say whom an id means if nothing else does."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import orjson

from oseberg.usage_db._identity.table import Identities
from oseberg.usage_db._lines.lines import RejectedLineError, check_key, json_text
from oseberg.usage_db._load.reconcile import SHRINK_EVENTS, SHRINK_SHARE
from oseberg.usage_db._postgres.connection import lift_time_limits, one
from oseberg.usage_db.errors import LoadError, ShrinkError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from oseberg.usage_db._lines.transform import Transform
    from oseberg.usage_db._postgres.connection import Connection


@dataclass(frozen=True)
class ProfileCounts:
    """What became of a list of profiles.

    Attributes:
        stored: Profiles after it.
        inserted: New ones.
        updated: Those whose properties changed.
        deleted: Those that the list no longer has.
        filtered: Those of users that the settings drop, or who asked to be forgotten.
        rejected: Those that Postgres can't store.
    """

    stored: int
    inserted: int
    updated: int
    deleted: int
    filtered: int
    rejected: int

    def as_dict(self) -> dict[str, int]:
        """Return the counts as a dictionary.

        Returns:
            Each count under its name.
        """
        return asdict(self)


def replace_profiles(
    connection: Connection, profiles: pd.DataFrame, transform: Transform, *, allow_shrink: bool
) -> ProfileCounts:
    """Make the stored profiles equal to a complete list, and resolve the ids again; equal profiles are not written.

    Args:
        connection: The database.
        profiles: All profiles, under Mixpanel's own names.
        transform: The settings of the load, which hold for profiles too.
        allow_shrink: Whether the list may be much shorter than what is stored.

    Returns:
        What became of them.

    Raises:
        LoadError: The list has no column distinct_id.
        ShrinkError: It is much shorter.
    """
    if "distinct_id" not in profiles.columns:
        raise LoadError("The DataFrame has no column distinct_id. Pass profiles that oseberg.mixpanel_export made.")
    rows = _Rows(transform)
    with connection.transaction():
        lift_time_limits(connection)
        before = int(one(connection, "SELECT count(*) FROM usage.profile"))
        connection.execute(_STAGE)
        with connection.cursor() as cursor, cursor.copy("COPY staged_profile FROM STDIN") as copy:
            for row in rows.read(profiles):
                copy.write_row(row)
        # A merged profile may be on two pages of the answer.
        connection.execute(_DEDUPLICATE)
        after = int(one(connection, "SELECT count(*) FROM staged_profile"))
        if not allow_shrink and before - after > max(SHRINK_EVENTS, SHRINK_SHARE * before):
            raise ShrinkError(
                f"The profiles would shrink from {before:,} to {after:,}, so they were kept. "
                "If the source is right, load them with --allow-shrink."
            )
        deleted, updated, inserted = (connection.execute(statement).rowcount for statement in _RECONCILE)
        connection.execute("DROP TABLE staged_profile")
        Identities(connection).refresh()
    return ProfileCounts(after, inserted, updated, deleted, rows.filtered, rows.rejected)


class _Rows:
    """Turns profiles into rows, and counts those that are left out."""

    def __init__(self, transform: Transform) -> None:
        self._transform = transform
        self.filtered = 0
        self.rejected = 0

    def read(self, profiles: pd.DataFrame) -> Iterator[tuple[str, str | None, str | None, str]]:
        """Yield distinct_id, email, name and the properties as JSON of each profile that is kept."""
        names = [str(name) for name in profiles.columns]
        columns = [
            column.astype(object).where(column.notna(), None).tolist()
            for column in (profiles[n] for n in profiles.columns)
        ]
        for values in zip(*columns, strict=True):
            found = {name: value for name, value in zip(names, values, strict=True) if value is not None}
            distinct_id, email = str(found.pop("distinct_id", "")), found.get("$email")
            if not distinct_id.strip() or not self._transform.keeps_person(distinct_id, email):
                self.filtered += 1
                continue
            try:
                check_key(distinct_id, "", "")
                kept = self._transform.changed(found)
                yield distinct_id, _text(kept.get("$email")), _text(kept.get("$name")), _json(kept)
            except RejectedLineError:
                self.rejected += 1


def _text(value: object) -> str | None:
    """Return a text; a hashed one is neither an address nor a name."""
    return value if isinstance(value, str) and not value.startswith("sha256:") else None


def _json(properties: dict[str, Any]) -> str:
    return json_text(orjson.loads(orjson.dumps(properties, default=str, option=orjson.OPT_SERIALIZE_NUMPY))).decode()


_STAGE = """
CREATE TEMPORARY TABLE staged_profile ON COMMIT DROP AS
SELECT distinct_id, email, name, properties FROM usage.profile LIMIT 0
"""
_DEDUPLICATE = """
DELETE FROM staged_profile AS s USING staged_profile AS o WHERE s.distinct_id = o.distinct_id AND s.ctid < o.ctid
"""
_RECONCILE = (
    """
DELETE FROM usage.profile AS p WHERE NOT EXISTS (SELECT FROM staged_profile AS s WHERE s.distinct_id = p.distinct_id)
""",
    """
UPDATE usage.profile AS p SET email = s.email, name = s.name, properties = s.properties, loaded_at = now()
FROM staged_profile AS s WHERE s.distinct_id = p.distinct_id
AND (p.email, p.name, p.properties) IS DISTINCT FROM (s.email, s.name, s.properties)
""",
    """
INSERT INTO usage.profile (distinct_id, email, name, properties)
SELECT s.distinct_id, s.email, s.name, s.properties FROM staged_profile AS s ON CONFLICT DO NOTHING
""",
)
