# ruff: noqa: S608 - statements are put together from constants of this module; values are parameters
"""Makes the stored events of one day equal to a complete export of it, in one transaction."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from oseberg.usage_db._lines.copy_format import COLUMNS
from oseberg.usage_db._lines.counts import DayCounts
from oseberg.usage_db._lines.rows import DIGEST_BYTES
from oseberg.usage_db._load.partitions import make_partitions, read_partitions
from oseberg.usage_db._postgres.connection import one
from oseberg.usage_db._postgres.copy import copy_rows
from oseberg.usage_db.errors import LoadError, ShrinkError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from oseberg.usage_db._lines.days import Day
    from oseberg.usage_db._lines.rows import DayRows
    from oseberg.usage_db._postgres.connection import Connection

SHRINK_EVENTS = 100
SHRINK_SHARE = 0.05
_KEY = 'p.distinct_id = s.distinct_id AND p."time" = s."time" AND p.event = s.event AND p.insert_id = s.insert_id'
_SLICE = 'p."time" >= %(start)s AND p."time" < %(end)s'

# Stored events that no line was recognized as: all of them when no digests were compared.
_OPEN = "(%(gone)s::uuid[] IS NULL OR p.line_digest IS NULL OR p.line_digest = ANY (%(gone)s::uuid[]))"

# Bitmap scans of the index of times, and hash joins, cost what the day holds, however many days there are; left to
# statistics that lag behind, Postgres reads the whole month.
_READ_DAY = "SET LOCAL enable_nestloop = off; SET LOCAL enable_indexscan = off"
_PLANNER = f"""
{_READ_DAY}; SET LOCAL enable_mergejoin = off; SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_seqscan = off;
SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL work_mem = '64MB'
"""

# A few lines find their events by the primary key, instead of having the day read once for each statement.
_FEW = 0.05
_LOOK_UP = "ANALYZE staged; SET LOCAL enable_nestloop = on; SET LOCAL enable_indexscan = on"

_STAGE = """
CREATE TEMPORARY TABLE staged (
    distinct_id text COLLATE "C", "time" timestamptz, event text COLLATE "C", insert_id text COLLATE "C",
    properties jsonb, processed_at timestamptz, line_digest uuid, run_id bigint
) ON COMMIT DROP
"""

_DEDUPLICATE = """
DELETE FROM staged WHERE ctid IN (
    SELECT r.ctid FROM (
        SELECT s.ctid, row_number() OVER (
            PARTITION BY s.distinct_id, s."time", s.event, s.insert_id
            ORDER BY s.processed_at DESC NULLS LAST, s.properties DESC
        ) AS place FROM staged AS s
    ) AS r WHERE r.place > 1
)
"""

_SET = """
UPDATE usage.product_event AS p
SET properties = s.properties, processed_at = s.processed_at, line_digest = s.line_digest, run_id = s.run_id,
    loaded_at = now()
FROM staged AS s
"""

# Of rows with one key, the one processed last is right; of those processed together, always the same one.
_UPDATE_LATER = f"""
{_SET} WHERE {_SLICE} AND NOT {_OPEN} AND {_KEY}
AND (coalesce(s.processed_at, '-infinity'), s.properties) > (coalesce(p.processed_at, '-infinity'), p.properties)
"""

_DROP_DUPLICATES = f"""
DELETE FROM staged AS s USING usage.product_event AS p WHERE {_SLICE} AND NOT {_OPEN} AND {_KEY}
"""

_DELETE = f"""
DELETE FROM usage.product_event AS p WHERE {_SLICE} AND {_OPEN} AND NOT EXISTS (SELECT FROM staged AS s WHERE {_KEY})
"""

# Compared as they are stored, which is exact to the last digit and faster than by their meaning.
_UPDATE = f"""
{_SET} WHERE {_SLICE} AND {_OPEN} AND {_KEY}
AND ROW(p.processed_at, p.properties)::record *<> ROW(s.processed_at, s.properties)::record
"""

_INSERT_MISSING = f"""
INSERT INTO usage.product_event ({COLUMNS})
SELECT {COLUMNS} FROM staged AS s
WHERE NOT EXISTS (SELECT FROM usage.product_event AS p WHERE {_SLICE} AND {_KEY})
"""

# Every write gives a row a new xmin: number and sum of them tell whether anybody changed the day since.
_MARK = "count(*) || ':' || coalesce(sum(p.xmin::text::bigint), 0)"
_READ_MARK = f"SELECT {_MARK} FROM usage.product_event AS p WHERE {_SLICE}"
# The rows of a first load all have the transaction's own number.
_WRITTEN_NOW = "SELECT %(rows)s || ':' || %(rows)s::bigint * pg_current_xact_id()::xid::text::bigint"
_READ_STATE = f"SELECT {_MARK}, string_agg(uuid_send(p.line_digest), '') FROM usage.product_event AS p WHERE {_SLICE}"


@dataclass(frozen=True)
class Slice:
    """A day's part of the table, and the run that loads it."""

    connection: Connection
    day: Day
    run_id: int

    @property
    def parameters(self) -> dict[str, object]:
        """The parameters of the statements."""
        return {"start": self.day.start, "end": self.day.end, "run_id": self.run_id}

    def state(self) -> tuple[str, set[bytes]]:
        """Return a text that changes with every change of the day's rows, and the digests of their lines."""
        self.connection.execute(_PLANNER)
        touched = [
            f'"{part.schema}"."{part.name}"'
            for part in read_partitions(self.connection)
            if part.start < self.day.end and self.day.start < part.end
        ]
        self.connection.execute(_SUMMARIZE, {"partitions": touched})
        row = self.connection.execute(_READ_STATE, self.parameters, binary=True).fetchone()
        mark, joined = row or ("", None)
        starts = range(0, len(joined or b""), DIGEST_BYTES)
        return mark, {joined[start : start + DIGEST_BYTES] for start in starts}

    def reconcile(
        self, rows: DayRows, lines: Iterable[bytes], mark: str, *, allow_shrink: bool
    ) -> tuple[DayCounts, str]:
        """Make the stored day, which has this mark, equal to the lines.

        Raises:
            ShrinkError: The day would lose more than 5 % and more than 100 of its events.
            LoadError: The counts don't add up.
        """
        make_partitions(self.connection, self.day.start, self.day.end)
        self.connection.execute(_STAGE)
        before = rows_of(mark)
        filled = None if before else self._fill(rows, lines)
        changes = filled or self._replace(rows, lines, before, allow_shrink=allow_shrink)
        counts = replace(changes, exported=rows.exported, rejected=len(rows.rejects), filtered=rows.filtered)
        if changes.changed:
            query = _READ_MARK if before else _WRITTEN_NOW
            mark = one(self.connection, query, {**self.parameters, "rows": counts.stored})
        if rows_of(mark) != counts.stored or not counts.add_up:
            raise LoadError(f"The counts of {self.day.date} don't add up; the day was not changed. Please report this.")
        self._reconcile_rejects(rows.rejects)
        return counts, mark

    def _fill(self, rows: DayRows, lines: Iterable[bytes]) -> DayCounts:
        """Copy straight into the empty day; rows with a key that came before follow, and win when processed later."""
        copied = copy_rows(self.connection, f"usage.product_event ({COLUMNS})", rows.batches(lines))
        repeated = more = 0
        if rows.repeated:
            repeated = copy_rows(self.connection, "staged", rows.repeated_batches())
            self.connection.execute(_DEDUPLICATE)
            self.connection.execute(_UPDATE_LATER, {**self.parameters, "gone": "{}"})
            more = self.connection.execute(_INSERT_MISSING, self.parameters).rowcount
        return DayCounts(0, copied + more, 0, 0, 0, repeated - more, 0)

    def _replace(self, rows: DayRows, lines: Iterable[bytes], before: int, *, allow_shrink: bool) -> DayCounts:
        """Stage the lines that are not recognized, and delete, update and insert what differs."""
        staged = copy_rows(self.connection, "staged", rows.batches(lines))
        if not staged and rows.recognized == before:
            return DayCounts(0, 0, 0, 0, before, 0, 0)
        if staged + len(rows.repeated) <= _FEW * before:
            self.connection.execute(_LOOK_UP)
        parameters = {**self.parameters, "gone": rows.gone()}
        duplicate = later = 0
        if rows.repeated:
            staged += copy_rows(self.connection, "staged", rows.repeated_batches())
            duplicate = self.connection.execute(_DEDUPLICATE).rowcount
        if rows.recognized:
            later = self.connection.execute(_UPDATE_LATER, parameters).rowcount
            duplicate += self.connection.execute(_DROP_DUPLICATES, parameters).rowcount
        after = rows.recognized + staged - duplicate
        if not allow_shrink:
            check_shrink(self.day.date, before, after)
        updated = self.connection.execute(_UPDATE, parameters).rowcount + later
        inserted = self.connection.execute(_INSERT_MISSING, parameters).rowcount
        self.connection.execute(_READ_DAY)
        deleted = self.connection.execute(_DELETE, parameters).rowcount
        return DayCounts(0, inserted, updated, deleted, after - inserted - updated, duplicate, 0)

    def _reconcile_rejects(self, rejects: list[tuple[bytes, str]]) -> None:
        """Keep the day's rejected lines as last exported; a line that is already stored is not written again."""
        copies: Counter[bytes] = Counter()
        self.connection.execute(_STAGE_REJECTS)
        with self.connection.cursor() as cursor, cursor.copy("COPY staged_reject FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(["bytea", "int8", "text"])
            for line, reason in rejects:
                copies[line] += 1
                copy.write_row((line, copies[line], reason))
        parameters = {**self.parameters, "day": self.day.date}
        self.connection.execute(_DELETE_REJECTS, parameters)
        self.connection.execute(_INSERT_REJECTS, parameters)


def rows_of(mark: str) -> int:
    """Return the number of rows that a mark records."""
    return int(mark.split(":", maxsplit=1)[0])


def check_shrink(day: date, before: int, after: int) -> None:
    """Raise an error for a day that would lose more than 5 % and more than 100 of its events.

    Raises:
        ShrinkError: It would.
    """
    lost = before - after
    if lost > SHRINK_EVENTS and lost > SHRINK_SHARE * before:
        raise ShrinkError(
            f"{day} would shrink from {before:,} to {after:,} events, so it was not changed. "
            "If the source is right, load it with --allow-shrink."
        )


# The last load's pages, should autovacuum not have come by: until then every search for a day would read them all.
_SUMMARIZE = """
SELECT brin_summarize_new_values(i.indexrelid) FROM pg_index AS i JOIN pg_inherits AS h ON h.inhrelid = i.indexrelid
JOIN pg_class AS c ON c.oid = i.indrelid
WHERE h.inhparent = 'usage.product_event_time'::regclass AND i.indrelid = ANY (%(partitions)s::regclass[])
AND pg_has_role(c.relowner, 'USAGE')
"""

_STAGE_REJECTS = "CREATE TEMPORARY TABLE staged_reject (line bytea, copy bigint, reason text) ON COMMIT DROP"

_DELETE_REJECTS = """
DELETE FROM usage.event_reject AS r WHERE r.day = %(day)s AND NOT EXISTS (
    SELECT FROM staged_reject AS s WHERE sha256(s.line) = r.line_sha256 AND s.copy = r.copy AND s.reason = r.reason
)
"""

_INSERT_REJECTS = """
INSERT INTO usage.event_reject (run_id, day, line, reason, copy)
SELECT %(run_id)s, %(day)s, s.line, s.reason, s.copy FROM staged_reject AS s ON CONFLICT DO NOTHING
"""
