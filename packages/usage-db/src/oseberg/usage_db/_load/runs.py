"""Runs: one at a time, each logged, each day of it whole or untouched."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import psycopg

from oseberg.usage_db._identity.table import Identities
from oseberg.usage_db._lines.counts import DayCounts
from oseberg.usage_db._lines.days import Day, zone_of
from oseberg.usage_db._lines.frames import as_lines
from oseberg.usage_db._lines.rows import DayRows
from oseberg.usage_db._load.log import PROJECT_ZONE
from oseberg.usage_db._load.partitions import ArchivedDayError
from oseberg.usage_db._load.reconcile import Slice, rows_of
from oseberg.usage_db._load.rollup import roll_up
from oseberg.usage_db._postgres.connection import lift_time_limits, one
from oseberg.usage_db.errors import LoadError, ShrinkError, UsageDatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from oseberg.usage_db._lines.transform import Transform
    from oseberg.usage_db._postgres.connection import Connection


class LoadRun:
    """A run that loads days; made by `UsageDatabase.load_run`."""

    def __init__(self, connection: Connection, transform: Transform, *, dry_run: bool) -> None:
        self._connection = connection
        self._transform = transform
        self._dry_run = dry_run
        self._identities: Identities | None = None
        self.run_id = 0

    def begin(self, command: str, project_id: str | None, since: date | None = None) -> None:
        """Log the run; killed runs are marked, since no other run can be active.

        Args:
            command: What the log calls the run.
            project_id: The Mixpanel project.
            since: The first day that a person asked for; it is remembered, in case the run dies before it.
        """
        self._check_project(project_id)
        if not self._dry_run:
            if since:
                self._connection.execute(_REMEMBER, (since.isoformat(),))
            self._connection.execute(_INTERRUPTED)
            self.run_id = one(self._connection, _BEGIN, (command, socket.gethostname(), os.getpid()))
        self._identities = Identities(self._connection)
        if not self._dry_run:
            self._identities.refresh()

    def end(self, error: BaseException | None) -> None:
        """Log how the run ended."""
        if not self._dry_run and not self._connection.closed:
            state = ("failed", f"{type(error).__name__}: {error}") if error else ("done", None)
            self._connection.execute(_END, (*state, self.run_id))

    def replace_day(
        self,
        day: date,
        events: Iterable[bytes] | pd.DataFrame,
        *,
        time_zone: str,
        allow_shrink: bool,
        in_utc: bool = False,
    ) -> DayCounts:
        """Make the stored day equal to a complete export of it.

        Args:
            day: The day.
            events: Lines, or a DataFrame.
            time_zone: The zone of the day, and of the times of lines.
            allow_shrink: Whether the day may lose many events.
            in_utc: Whether the times of lines are UTC in any case.
        """
        span = Day(day, zone_of(time_zone))
        self._check_zone(span.zone.key)
        lines, local = as_lines(events)
        local = local and not in_utc
        started = datetime.now(UTC)
        part = Slice(self._connection, span, self.run_id)
        try:
            with self._connection.transaction(force_rollback=self._dry_run):
                lift_time_limits(self._connection)
                mark, digests = part.state()
                if mark != self._last_mark(day):  # somebody changed events, and not their digests
                    digests = set()
                rows = DayRows(span, self._transform, local=local, run_id=self.run_id, stored=digests)
                before = rows_of(mark)
                counts, mark = part.reconcile(rows, lines, mark, allow_shrink=allow_shrink)
                if self._identities:
                    self._identities.add(rows.ids)
                if counts.changed:
                    # Of a day that was empty, the load has seen every row.
                    whole = not before and counts.duplicate == len(rows.repeated)
                    roll_up(self._connection, span, rows.activity() if whole else None)
                self._log(span, counts, started, mark)
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            fault = LoadError(f"{day} can't be stored: {' '.join(str(error).split())}. The day was not changed.")
            self._log_failure(span, "failed", fault, started)
            raise fault from error
        except ArchivedDayError:  # not a failure of the day, which would then wait for an impossible load
            raise
        except UsageDatabaseError as error:
            self._log_failure(span, "refused" if isinstance(error, ShrinkError) else "failed", error, started)
            raise
        except Exception as error:  # the source's, or Postgres's: the day is named in the log in any case
            self._log_failure(span, "failed", error, started)
            raise
        return counts

    def _last_mark(self, day: date) -> str | None:
        """Return the mark that the day's last load left; while it is the same, nobody else changed the day's events."""
        mark: str | None = one(self._connection, _LAST_MARK, (day,))
        return mark

    def _log(self, day: Day, counts: DayCounts, started: datetime, mark: str) -> None:
        """Log a day in the transaction that changes it."""
        values = {**counts.as_dict(), "day": day.date, "state": "loaded", "started_at": started, "run_id": self.run_id}
        more = {"time_zone": day.zone.key, "mark": mark, "message": None}
        self._connection.execute(_SLICE, {**values, **more})

    def _log_failure(self, day: Day, state: str, error: Exception, started: datetime) -> None:
        if self._dry_run or self._connection.closed:
            return
        with suppress(psycopg.Error):  # what stopped the day may stop its log as well; the first error counts
            self._write_failure(day, state, error, started)

    def _write_failure(self, day: Day, state: str, error: Exception, started: datetime) -> None:
        values = {**_NOTHING.as_dict(), "day": day.date, "state": state, "started_at": started, "run_id": self.run_id}
        more = {"time_zone": day.zone.key, "mark": None, "message": str(error)}
        self._connection.execute(_SLICE, {**values, **more})

    def _check_zone(self, name: str) -> None:
        """Raise an error for an export in another zone: its days overlap those that are stored."""
        stored = one(self._connection, PROJECT_ZONE)
        if stored is None and not self._dry_run:
            self._connection.execute(
                "INSERT INTO usage.setting (name, value) VALUES ('time_zone', %s) ON CONFLICT DO NOTHING", (name,)
            )
        elif stored is not None and stored != name and not {stored, name} <= _UTC_NAMES:
            raise LoadError(
                f"The stored days begin and end in the time zone {stored}; this export's days are in {name}, so "
                f"events near midnight would be stored twice. Export in {stored} (MIXPANEL_TIME_ZONE)."
            )

    def _check_project(self, project_id: str | None) -> None:
        if project_id is None:
            return
        stored = one(self._connection, "SELECT value FROM usage.setting WHERE name = 'project_id'")
        if stored is None and not self._dry_run:
            self._connection.execute("INSERT INTO usage.setting (name, value) VALUES ('project_id', %s)", (project_id,))
        elif stored not in (None, project_id):
            raise LoadError(
                f"This database holds the Mixpanel project {stored}, not {project_id}. Use another database for it."
            )


_NOTHING = DayCounts(0, 0, 0, 0, 0, 0, 0)
_REMEMBER = """
INSERT INTO usage.setting AS s (name, value) VALUES ('load_since', %s)
ON CONFLICT (name) DO UPDATE SET value = least(s.value, excluded.value)
"""
_UTC_NAMES = {"UTC", "Etc/UTC", "Etc/UCT", "UCT", "Universal", "Etc/Universal", "Zulu", "Etc/Zulu", "GMT", "Etc/GMT"}
_INTERRUPTED = "UPDATE usage.etl_run SET state = 'interrupted' WHERE state = 'running'"
_BEGIN = "INSERT INTO usage.etl_run (command, state, host, pid) VALUES (%s, 'running', %s, %s) RETURNING run_id"
_END = "UPDATE usage.etl_run SET state = %s, message = %s, finished_at = now() WHERE run_id = %s"
_LAST_MARK = """
SELECT stored_mark FROM usage.etl_slice WHERE day = %s AND state = 'loaded' ORDER BY run_id DESC LIMIT 1
"""
_SLICE = """
INSERT INTO usage.etl_slice (
    day, state, exported, inserted, updated, deleted, unchanged, duplicate, rejected, filtered, time_zone,
    stored_mark, message, started_at, finished_at, run_id
) VALUES (
    %(day)s, %(state)s, %(exported)s, %(inserted)s, %(updated)s, %(deleted)s, %(unchanged)s, %(duplicate)s,
    %(rejected)s, %(filtered)s, %(time_zone)s, %(mark)s, %(message)s, %(started_at)s, clock_timestamp(), %(run_id)s
) ON CONFLICT (day, run_id) DO UPDATE SET
    state = excluded.state, exported = excluded.exported, inserted = excluded.inserted, updated = excluded.updated,
    deleted = excluded.deleted, unchanged = excluded.unchanged, duplicate = excluded.duplicate,
    rejected = excluded.rejected, filtered = excluded.filtered, time_zone = excluded.time_zone,
    stored_mark = excluded.stored_mark, message = excluded.message,
    started_at = excluded.started_at, finished_at = excluded.finished_at
"""
