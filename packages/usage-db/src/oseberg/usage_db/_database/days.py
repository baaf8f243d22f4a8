"""Load, check and read days of events."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from oseberg.usage_db._accounts.imports import catch_up
from oseberg.usage_db._database.opened import Opened
from oseberg.usage_db._events import read_event_counts, read_events
from oseberg.usage_db._identity.erased import ErasedIds
from oseberg.usage_db._lines.counts import DayCounts
from oseberg.usage_db._lines.transform import Transform
from oseberg.usage_db._load import log
from oseberg.usage_db._load import profiles as profiles_room
from oseberg.usage_db._load import verify as verify_room
from oseberg.usage_db._load.adopt import EventTable
from oseberg.usage_db._load.profiles import ProfileCounts
from oseberg.usage_db._load.runs import LoadRun
from oseberg.usage_db._load.stored_settings import agreed_load, remember_load
from oseberg.usage_db._load.verify import verify_days
from oseberg.usage_db._postgres.connection import readable_errors
from oseberg.usage_db._postgres.lock import exclusive

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pandas as pd


@contextmanager
def load_run(
    self: Opened,
    command: str = "load",
    *,
    project_id: str | None = None,
    dry_run: bool = False,
    since: date | None = None,
) -> Iterator[None]:
    """Keep the lock and log one run, for several calls of `replace_day`.

    Args:
        command: What the log calls the run.
        project_id: The Mixpanel project; the first one is stored, and another one is refused.
        dry_run: Roll every day back, and log nothing.
        since: The first day that a person asked for: if the run dies, `pending_days` goes on from there.

    Yields:
        Nothing; call `replace_day` in the block.

    Raises:
        BusyError: Another run holds the lock; `try_again` is true.
        LoadError: The database holds another project.
        SettingsError: The settings of the load differ from those that the database stores.
    """
    connection = self._ready()
    with readable_errors(), exclusive(self._direct_url, command, connection):
        if not dry_run:
            catch_up(connection, self._accounts)
        settings = agreed_load(connection, self._load)
        run = LoadRun(connection, Transform(settings, ErasedIds(connection)), dry_run=dry_run)
        run.begin(command, project_id, since)
        if not dry_run:
            remember_load(connection, settings)
        self._run = run
        try:
            yield
        except BaseException as error:
            run.end(error)
            raise
        else:
            run.end(None)
        finally:
            self._run = None


@readable_errors()
def replace_day(
    self: Opened,
    day: date,
    events: Iterable[bytes] | pd.DataFrame,
    *,
    time_zone: str = "UTC",
    allow_shrink: bool = False,
    dry_run: bool = False,
) -> DayCounts:
    """Make the stored events of a day equal to a complete export of it: whole or not at all.

    Events come late, change their `distinct_id` when identities merge, and are deleted; so the day is compared,
    and what differs is inserted, updated, deleted. An unchanged day writes nothing. Of lines with one key (event,
    distinct_id, time, `$insert_id`: Mixpanel's own rule) the one processed last counts.

    Args:
        day: The day, in the export's zone.
        events: Raw JSON lines, duplicates included, or a DataFrame as `oseberg.mixpanel_export` makes it.
        time_zone: The zone of the export's times and days (IANA name); a DataFrame's times are UTC in any case.
        allow_shrink: Accept that the day loses more than 5 % and more than 100 of its events.
        dry_run: Roll back (inside `load_run`, that run's `dry_run` counts).

    Returns:
        What became of the day's lines.

    Raises:
        ShrinkError: The day would shrink.
        LoadError: The day can't be stored.
        BusyError: Another run holds the lock.
        TypeError: The events are neither lines of bytes nor a DataFrame.
    """
    if self._run is None:
        with load_run(self, "replace_day", dry_run=dry_run):
            return replace_day(self, day, events, time_zone=time_zone, allow_shrink=allow_shrink)
    return self._run.replace_day(day, events, time_zone=time_zone, allow_shrink=allow_shrink)


@readable_errors()
def replace_profiles(self: Opened, profiles: pd.DataFrame, *, allow_shrink: bool = False) -> ProfileCounts:
    """Make the stored profiles equal to all of Mixpanel's; their e-mail addresses resolve ids that mean nobody.

    A profile counts after an event's own ids. The settings of the load hold for profiles as they do for events.

    Args:
        profiles: All profiles, as `MixpanelClient.profiles` returns them.
        allow_shrink: Accept that more than 5 % and more than 100 of the profiles are gone.

    Returns:
        The numbers of profiles stored, inserted, updated, deleted, filtered and rejected.

    Raises:
        ShrinkError: Too many profiles would be deleted.
        LoadError: The frame has no column distinct_id.
        BusyError: Another run holds the lock.
    """
    connection = self._ready()
    transform = Transform(agreed_load(connection, self._load), ErasedIds(connection))
    if self._run is not None:
        return profiles_room.replace_profiles(connection, profiles, transform, allow_shrink=allow_shrink)
    with exclusive(self._direct_url, "mixpanel profiles", connection):
        return profiles_room.replace_profiles(connection, profiles, transform, allow_shrink=allow_shrink)


@readable_errors()
def import_events(self: Opened, table: str, *, time_zone: str = "UTC") -> pd.DataFrame:
    """Adopt the events of another table or view of the database, such as those that an earlier tool loaded.

    Days that are loaded already are left alone. Its columns event, time and distinct_id are needed; insert_id and
    properties (JSON) are used if they exist, and every other column becomes a property.

    Args:
        table: The table's name, with its schema.
        time_zone: The zone of the days, and of times without a zone (IANA name).

    Returns:
        A row for each day, in their order: day (`datetime.date`), state (str: `loaded` or `skipped`), and the counts
        of `replace_day` (Int64).

    Raises:
        LoadError: The table doesn't exist or lacks a column, or a day can't be stored.
        BusyError: Another run holds the lock.
    """
    import pandas as pd  # noqa: PLC0415 - half a second, which commands that read nothing need not wait for

    connection = self._ready()
    source = EventTable(connection, table, time_zone)
    known = set(log.read_loaded_days(connection).query("state == 'loaded'")["day"])
    rows: list[dict[str, Any]] = []
    with load_run(self, f"import {table}"):
        for day in source.days():
            row: dict[str, Any] = {"day": day, "state": "skipped" if day in known else "loaded"}
            if day not in known and self._run:
                lines = list(source.lines(day))  # the same connection copies them
                row |= self._run.replace_day(day, lines, time_zone=time_zone, allow_shrink=False, in_utc=True).as_dict()
            rows.append(row)
    return pd.DataFrame(rows, columns=["day", "state", *DayCounts.__dataclass_fields__]).convert_dtypes()


@readable_errors()
def pending_days(self: Opened, until: date, *, now: datetime | None = None) -> list[date]:
    """Return the days to load: since the first loaded one, those missing, failed or not settled.

    A day is settled when it was loaded `settle_days` days after its end. If the last `recheck_days` days were not
    all loaded within a week, all of them are returned.

    Args:
        until: The last day to load.
        now: The present; for tests.

    Returns:
        The days in their order.

    Raises:
        LoadError: Nothing is loaded yet.
    """
    return log.pending_days(self._ready(), until, self._load, now or datetime.now(UTC))


@readable_errors()
def loaded_days(self: Opened) -> pd.DataFrame:
    """Return the days that were ever loaded or tried.

    Returns:
        A row for each day, in their order: day (`datetime.date`), state (str: `loaded`, `refused` or `failed`, of the
        last load), loaded_at (datetime64, UTC: when the day's events last changed) and events (Int64: how many the
        last complete load stored).
    """
    return log.read_loaded_days(self._ready())


@readable_errors()
def missing_events(self: Opened, days: Iterable[date]) -> pd.DataFrame:
    """Return those of the days whose stored events are not as many as the log says: gone is not zero.

    A week must not be scored from such days: a dropped partition would look like a week without any use.

    Args:
        days: Loaded days.

    Returns:
        A row for each such day, in their order: day (`datetime.date`), logged and stored (Int64: numbers of events)
        and state (str: `gone` or `added`); empty if every day is complete.
    """
    return verify_room.missing_events(self._ready(), days)


@readable_errors()
def verify(self: Opened, since: date | None = None, until: date | None = None) -> pd.DataFrame:
    """Compare the stored events of each day with the log of loads.

    Args:
        since: The first day; default: the first loaded one.
        until: The last day; default: the last loaded one.

    Returns:
        A row for each day, in their order: day (`datetime.date`), logged and stored (Int64: numbers of events) and
        state (str): `ok`, `gone` (fewer than loaded), `added` (more), `touched` (as many, but written since by
        something other than a load) or `unlogged` (events of a day that was never loaded).
    """
    return verify_days(self._ready(), since, until)


@readable_errors()
def events(self: Opened, since: datetime, until: datetime, properties: Sequence[str] = ()) -> pd.DataFrame:
    """Return the events of a half-open span, in the order of time.

    Args:
        since: The first instant (aware).
        until: The instant after the last (aware).
        properties: Names of properties, as Mixpanel spells them.

    Returns:
        A row for each event: user_id (the account's; Int64 or str, missing without a user), distinct_id and event
        (str), time (datetime64, UTC), and a str column for each property, as JSON spells its value (`true`, `12.5`,
        `abc`).

    Raises:
        ValueError: A bound has no time zone, or a property's name is given twice or is that of another column.
    """
    if any(getattr(bound, "tzinfo", None) is None for bound in (since, until)):
        raise ValueError("since and until need a time zone: datetime(2026, 11, 9, tzinfo=UTC)")
    connection = self._ready()
    return read_events(connection, since, until, list(properties), self._accounts.user_ids)


@readable_errors()
def event_counts(self: Opened, since: date | None = None) -> pd.DataFrame:
    """Count each event on each day, from the roll-up: quick, however many events there are.

    Args:
        since: The first day; default: the first loaded one.

    Returns:
        A row for each day and event, in their order: day (`datetime.date`, of the export), event (str), events and ids
        (Int64; ids are combinations of ids, about as many as people). Days without events have no rows.
    """
    return read_event_counts(self._ready(), since)
