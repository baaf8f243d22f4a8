"""The work behind the client's methods: one project with its account and limits, and its exports."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from oseberg.mixpanel_export._ask.fetch import Fetch
from oseberg.mixpanel_export._ask.plan import Sizes
from oseberg.mixpanel_export._ask.query import Query, a_day, day_range, event_names
from oseberg.mixpanel_export._days.intake import Intakes
from oseberg.mixpanel_export._days.overview import Overview
from oseberg.mixpanel_export._days.spool import Spool, fingerprint, opened
from oseberg.mixpanel_export._days.store import Room
from oseberg.mixpanel_export._frame.names import Names
from oseberg.mixpanel_export._frame.schema import Schema, joined_types
from oseberg.mixpanel_export._http.exporter import Exporter
from oseberg.mixpanel_export._http.tracker import Notify, Tracker
from oseberg.mixpanel_export._progress import Progress
from oseberg.mixpanel_export._read.decode import Decoder
from oseberg.mixpanel_export._report import Report
from oseberg.mixpanel_export._write.lake import Lake
from oseberg.mixpanel_export._write.sinks import Outline, write_days
from oseberg.mixpanel_export._write.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Connection:
    """One project.

    Attributes:
        project_id: Its number.
        zone: The zone of the exported times.
        verify: Whether times that contradict the zone are rejected.
        exporter: Sends requests for events.
        queries: Sends queries for profiles, which have limits of their own.
        shared: The folder in which processes share what they know about requests.
        parallel: How many requests may run at once.
        days_per_request: Days of each request; None finds out what works.
    """

    project_id: str
    zone: ZoneInfo
    verify: bool
    exporter: Exporter
    queries: Exporter
    shared: Path | None
    parallel: int
    days_per_request: int | None


@dataclass(frozen=True)
class Selection:
    """The events that a method was asked for, and the callbacks that it reports to.

    Attributes:
        connection: The project.
        restore: Whether hot-shard events get their original names back.
        events: Names; None takes all.
        where: A segmentation expression; None takes all.
        progress: Hears of days, events and bytes.
        notify: Hears sentences for people.
    """

    connection: Connection
    restore: bool
    events: Iterable[str] | None
    where: str | None
    progress: Progress | None
    notify: Notify | None

    def fetch(self, days: list[date], limit: int | None = None) -> Fetch:
        """Prepare the export of some days, or of a limited number of their events."""
        one = self.connection
        query = Query(one.project_id, event_names(self.events), self.where, self.restore, limit)
        return Fetch(
            one.exporter,
            query,
            one.zone,
            one.verify,
            Tracker(len(days), progress=self.progress, notify=self.notify),
            one.parallel,
            one.days_per_request if limit is None else len(days),
            Sizes(state_file("days", one.shared, asdict(query) | {"url": one.exporter.url})),
        )

    def intakes(self, room: Room, *, keep_duplicates: bool, stored: bool = True) -> Intakes:
        """Prepare the reading of days into columns."""
        return Intakes(self.connection.zone, self.restore, keep_duplicates, stored, room)

    def write(
        self,
        target: Target,
        kind: str,
        days: list[date],
        columns: tuple[Names, Schema],
        spool: Path | None,
        *,
        fresh: bool,
        keep_duplicates: bool,
    ) -> Report:
        """Write days to a file.

        Args:
            target: The path or stream.
            kind: The format.
            days: The days.
            columns: The style of their names, and those that the file has at least.
            spool: The folder of what an earlier run has left; None keeps nothing.
            fresh: Whether that is fetched again.
            keep_duplicates: Whether duplicates are written as well.

        Returns:
            The figures.
        """
        fetch = self.fetch(days)
        report, lines = fetch.tracker.report, kind == "raw"
        with opened(spool, fetch.request) as kept, Room() as room:
            if fresh:
                kept.forget(days)
            intakes = self.intakes(room, keep_duplicates=keep_duplicates, stored=not lines)
            found = list(fetch.intakes(days, kept, intakes, lines=lines or spool is not None))
            write_days(target, kind, Outline.of(found, report, *columns))
            kept.discard(days)
        return report

    def write_lake(
        self,
        lake: Lake,
        since: date | str | None,
        until: date | str | None,
        columns: tuple[Names, Schema],
        *,
        keep_duplicates: bool,
    ) -> Report:
        """Write days into a lake.

        Args:
            lake: The lake.
            since: The first day; None takes those that are missing or may have changed.
            until: The last day; None takes yesterday.
            columns: The style of their names, and those that the files have at least.
            keep_duplicates: Whether duplicates are written as well.

        Returns:
            The figures.
        """
        last = datetime.now(self.connection.zone).date() - timedelta(days=1) if until is None else a_day(until)
        names, least = columns
        with lake.opened(), Room() as room:
            days = lake.pending(last) if since is None else day_range(since, last)
            fetch = self.fetch(days)
            report = fetch.tracker.report
            if not days:
                return report
            intakes = self.intakes(room, keep_duplicates=keep_duplicates)
            found = list(fetch.intakes(days, Spool(None, {}), intakes, lines=False))
            types = Schema(joined_types(lake.schema(), least))
            form = lake.form(Outline.of(found, report, names, types).form)
            report.properties = form.types
            lake.write(found, form)
        return report

    def overview(self, days: list[date], limit: int | None) -> Overview:
        """Count the events of some days and their properties."""
        overview = Overview(self.connection.zone)
        for day in self.fetch(days, limit).days(days, Spool(None, {})):
            decoder = Decoder(restore=self.restore)
            for block in day.lines.blocks():
                overview.add(decoder.decode(block))
        return overview


def state_file(what: str, folder: Path | None, key: Mapping[str, Any]) -> Path | None:
    """Return the file in which processes share state about the same requests, or None without a folder."""
    return None if folder is None else folder / f"mixpanel-{what}-{fingerprint(key)}.json"
