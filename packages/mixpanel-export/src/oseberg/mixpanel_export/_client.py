"""The client: whole days of raw events, as lines, as a DataFrame or as a file."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Self, TypeVar

from oseberg.mixpanel_export._batch import make_batch
from oseberg.mixpanel_export._budget import RequestBudget
from oseberg.mixpanel_export._days import Day, Plan, split
from oseberg.mixpanel_export._decode import HOT_SHARD, Decoder
from oseberg.mixpanel_export._frame import check_choice, to_frame
from oseberg.mixpanel_export._http import Exporter
from oseberg.mixpanel_export._lines import line_blocks
from oseberg.mixpanel_export._pieces import ATTEMPTS, HEAVY, joined
from oseberg.mixpanel_export._progress import Tracker, each_day
from oseberg.mixpanel_export._report import Report
from oseberg.mixpanel_export._retry import RetryPolicy
from oseberg.mixpanel_export._secret import ServiceAccount
from oseberg.mixpanel_export._settings import MixpanelSettings, endpoint
from oseberg.mixpanel_export._sinks import FORMATS, Format, Reader, ending, write_days
from oseberg.mixpanel_export._spool import DayLines, Spool, SpoolWriter, fingerprint, opened
from oseberg.mixpanel_export._zone import Evidence, zone
from oseberg.mixpanel_export.errors import DeadlineError, SettingsError, TruncatedExportError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd

    from oseberg.mixpanel_export._batch import Batch
    from oseberg.mixpanel_export._frame import Dtype
    from oseberg.mixpanel_export._names import Names
    from oseberg.mixpanel_export._pieces import Hashes, Piece
    from oseberg.mixpanel_export._progress import Listener
    from oseberg.mixpanel_export._table import Schema


Result = TypeVar("Result")


class Query(NamedTuple):
    """Which events of the days are asked for."""

    events: Sequence[str] | None
    where: str | None


class MixpanelClient:
    """Exports the raw events of one Mixpanel project.

    Args:
        project_id: The number of the project.
        username: The service account's name.
        secret: The service account's secret; no output, error or `repr` shows it.
        region: Where the project's data are kept: `us`, `eu` or `in`.
        time_zone: The IANA zone that the exported times are in: UTC for projects from 2023 on (whatever their setting
            is), the project's own zone for older ones.
        api_url: A base address instead of the region's host; http only for this machine.
        verify_time_zone: Compare each day's times with Mixpanel's own UTC stamps, and refuse a wrong `time_zone`.
        restore_hot_shards: Give `$hotshard_events` their original event and distinct_id.
        state_folder: A folder where the count of requests is shared with other processes, and complete days of an
            export to a file are kept until it is done; None keeps the count in memory.
        progress: Called with a `Progress` now and then; `to_stderr` shows it.
        retry: How failures that pass are waited for.
        read_timeout: Seconds without a byte after which an answer is given up. The first byte can take minutes.
        deadline: Seconds that one answer may take as a whole.

    Raises:
        SettingsError: A region, time zone or address is wrong.

    Example:
        >>> client = MixpanelClient(123, "robot.mp-service-account", "secret", region="eu")
        >>> client
        MixpanelClient(project_id='123', username='robot.mp-service-account', secret='***', time_zone='UTC')
    """

    def __init__(
        self,
        project_id: str | int,
        username: str,
        secret: str,
        region: str = "us",
        time_zone: str = "UTC",
        api_url: str | None = None,
        *,
        verify_time_zone: bool = True,
        restore_hot_shards: bool = True,
        state_folder: Path | str | None = None,
        progress: Listener | None = None,
        retry: RetryPolicy | None = None,
        read_timeout: float = 600.0,
        deadline: float = 7200.0,
    ) -> None:
        self.project_id = str(project_id)
        self.time_zone = time_zone
        self.progress = progress
        self.state_folder = None if state_folder is None else Path(state_folder)
        self.restore_hot_shards = restore_hot_shards
        self._verify = verify_time_zone
        self._zone = zone(time_zone)
        url = endpoint(region, api_url)
        budget = RequestBudget(budget_file(self.state_folder, url, self.project_id))
        self._exporter = Exporter(
            url,
            ServiceAccount(username, secret),
            budget,
            retry or RetryPolicy(),
            read_timeout=read_timeout,
            deadline=deadline,
        )

    def __repr__(self) -> str:
        username = self._exporter.account.username
        return (
            f"MixpanelClient(project_id={self.project_id!r}, username={username!r}, secret='***', "
            f"time_zone={self.time_zone!r})"
        )

    @classmethod
    def from_env(
        cls,
        settings: MixpanelSettings | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        **options: Any,  # noqa: ANN401 - those of the class
    ) -> Self:
        """Make a client from `MIXPANEL_PROJECT_ID`, `_USERNAME`, `_SECRET`, `_REGION`, `_TIME_ZONE` and `_API_URL`.

        Args:
            settings: What holds where the environment says nothing.
            environment: Instead of the process's own.
            options: More arguments of the client; they come before the environment.

        Raises:
            SettingsError: Something needed is missing (the message names the variables), or a value is wrong.
        """
        known = (settings or MixpanelSettings()).with_environment(os.environ if environment is None else environment)
        if missing := known.missing():
            raise SettingsError(
                f"{', '.join(missing)} must be set. A service account's name and secret stand in Mixpanel under "
                "Project Settings > Service Accounts, the project's number under Overview."
            )
        values = known.model_dump() | {"secret": known.secret and known.secret.get_secret_value()}
        return cls(**(values | options))

    def export(
        self,
        since: date | str,
        until: date | str,
        *,
        events: Sequence[str] | None = None,
        where: str | None = None,
        names: Names = "raw",
        schema: Schema | None = None,
        dtype: Dtype = "arrow",
    ) -> pd.DataFrame:
        """Export some days, both included, as one DataFrame.

        Args:
            since: The first day, a date or `2026-11-01`.
            until: The last day.
            events: Names of events; None takes all. Restored hot-shard events of these names come with them.
            where: A segmentation expression, such as `properties["county"] == "Andrews"`.
            names: See `normalize`.
            schema: See `normalize`.
            dtype: See `normalize`.

        Returns:
            The frame that `normalize` describes. `attrs["mixpanel_report"]` holds the figures.

        Raises:
            MixpanelExportError: A child of it says what kept the export from being complete; nothing is returned then.

        Example:
            >>> client.export("2026-11-01", "2026-11-07", events=["Atla Query"])  # doctest: +SKIP
        """
        check_choice("names", names, ("raw", "snake"))
        check_choice("dtype", dtype, ("arrow", "numpy_nullable"))
        days, tracker = self._start(since, until)
        report, query = Report(), Query(events, where)
        batches: list[Batch] = []

        def read(group: list[date], body: Iterator[bytes]) -> tuple[int, list[Batch], Decoder]:
            return len(group), *self._batches(body, query, tracker)

        for done, found, decoder in self._answers(Plan(days), query, tracker, read):
            batches += found
            report.add_decoded(decoder)
            tracker.done += done
            tracker.tell()
        report.bytes, report.requests, report.retries = tracker.bytes, tracker.requests, tracker.retries
        return to_frame(batches, report, names=names, schema=schema, dtype=dtype)

    def write(
        self,
        target: Path | str | BinaryIO,
        since: date | str,
        until: date | str,
        *,
        format: Format | None = None,  # noqa: A002 - the option's name
        events: Sequence[str] | None = None,
        where: str | None = None,
        names: Names = "raw",
        schema: Schema | None = None,
        spool: Path | str | None = None,
    ) -> Report:
        """Export some days, both included, to a file, in memory that does not grow with their number.

        The days are spooled to disk first, so that the columns and types are those of the whole result. With a spool
        folder, an export that was broken off goes on without asking again for its complete days (within 24 hours).

        Args:
            target: A path, which appears only when it is whole, or a binary stream.
            since: The first day, a date or `2026-11-01`.
            until: The last day.
            format: `csv`, `jsonl` or `parquet`; None goes by the path's ending.
            events: See `export`.
            where: See `export`.
            names: See `normalize`.
            schema: See `normalize`.
            spool: A folder for the complete days; None takes `spool` in the client's state folder, if it has one.

        Returns:
            The figures of the export.

        Raises:
            MixpanelExportError: A child of it says what kept the export from being complete; the target is untouched.

        Example:
            >>> client.write("events.parquet", "2026-11-01", "2026-11-07").summary()  # doctest: +SKIP
            '48,211 rows, 12 duplicates, 0 quarantined, 2 requests, 0 retries'
        """
        check_choice("names", names, ("raw", "snake"))
        kind = format or ending(target)
        check_choice("format", kind, FORMATS)
        days, tracker = self._start(since, until)
        if spool is None and self.state_folder is not None:
            spool = self.state_folder / "spool"
        request = {"url": self._exporter.url, "project": self.project_id, "events": events, "where": where}
        with opened(None if spool is None else Path(spool), request) as kept:
            found = list(self._days(days, Query(events, where), tracker, kept))
            report = Report(bytes=tracker.bytes, requests=tracker.requests, retries=tracker.retries)
            for day in found:
                report.add_unreadable(day.unreadable)
            write_days(target, kind, Reader(found, self._zone, self.restore_hot_shards), report, names, schema)
            kept.discard(days)
        return report

    def days(
        self, since: date | str, until: date | str, *, events: Sequence[str] | None = None, where: str | None = None
    ) -> Iterator[Day]:
        """Give each day as soon as it is complete, in order; empty days are given too.

        Takes and raises the same as `export`.

        Example:
            >>> for day in client.days("2026-11-01", "2026-11-07"):  # doctest: +SKIP
            ...     print(day.date, len(day.lines))
        """
        days, tracker = self._start(since, until)
        return self._days(days, Query(events, where), tracker, Spool(None, {}))

    def _days(self, days: list[date], query: Query, tracker: Tracker, spool: Spool) -> Iterator[Day]:
        """Fetch the days that the spool does not have, and give all of them."""

        def read(group: list[date], body: Iterator[bytes]) -> None:
            decoder, evidence = self._decoder(query), Evidence()
            with SpoolWriter(spool, group) as writer:
                split(line_blocks(body), decoder, evidence, writer, tracker)
                self._check(evidence)
                writer.finish(decoder.unreadable)

        missing = [day for day in days if not spool.has(day, self._zone)]
        spool.forget(missing)
        answers = self._answers(Plan(missing), query, tracker, read)
        for day in days:
            while not spool.file(day).exists():
                next(answers)
            tracker.done += 1
            tracker.tell()
            yield Day(day, DayLines(spool, day), spool.unreadable(day), self.time_zone, self.restore_hot_shards)

    def _answers(
        self, plan: Plan, query: Query, tracker: Tracker, read: Callable[[list[date], Iterator[bytes]], Result]
    ) -> Iterator[Result]:
        """Ask for one group of days after the other; what never comes whole is asked for in halves, days by time."""
        for group in plan:
            before, tracker.seen = tracker.bytes, 0
            try:
                answer = self._exporter.fetch(self._params(group, query), tracker, partial(read, group))
            except (TruncatedExportError, DeadlineError):
                if plan.halve(group):
                    continue
                if tracker.bytes - before < HEAVY:
                    raise
                answer = self._in_pieces(group[0], query, tracker, partial(read, group))
            plan.learn(len(group), tracker.bytes - before)
            yield answer

    def _in_pieces(
        self, day: date, query: Query, tracker: Tracker, read: Callable[[Iterator[bytes]], Result]
    ) -> Result:
        """Read a day from several answers as if it were one."""
        exporter = replace(self._exporter, retry=self._exporter.retry.at_most(ATTEMPTS))

        def ask(piece: Piece, keep: Callable[[Iterator[bytes]], Hashes]) -> Hashes:
            where = piece.where(query.where)
            return exporter.fetch(self._params([day], query._replace(where=where)), tracker, keep)

        tracker.tell(f"{day} never comes whole: it is asked for in pieces.")
        with joined(day, ask, tracker) as body:
            return read(body)

    def _batches(self, body: Iterator[bytes], query: Query, tracker: Tracker) -> tuple[list[Batch], Decoder]:
        """Turn a body into batches; the decoder has what it set aside."""
        decoder, evidence = self._decoder(query), Evidence()
        batches: list[Batch] = []
        for block in line_blocks(body):
            if found := decoder.decode(block):
                batches.append(make_batch(found, self._zone, evidence))
                tracker.rows += len(found)
                tracker.tell()
        decoder.finish()
        self._check(evidence)
        return batches, decoder

    def _decoder(self, query: Query) -> Decoder:
        """Make a reader that restores hot shards and then keeps the events asked for."""
        events = query.events
        filtered = self.restore_hot_shards and events is not None and HOT_SHARD not in events
        return Decoder(restore=self.restore_hot_shards, events=frozenset(events or ()) if filtered else None)

    def _check(self, evidence: Evidence) -> None:
        if self._verify:
            evidence.check(self._zone)

    def _start(self, since: date | str, until: date | str) -> tuple[list[date], Tracker]:
        """Read the range of days."""
        first, last = a_day(since), a_day(until)
        if last < first:
            raise SettingsError(f"The last day ({last}) is before the first ({first}).")
        days = each_day(first, last)
        return days, Tracker(len(days), listener=self.progress)

    def _params(self, group: list[date], query: Query) -> dict[str, str]:
        """Spell a request as Mixpanel's documentation asks (openapi/export.openapi.yaml)."""
        params = {
            "project_id": self.project_id,
            "from_date": str(group[0]),
            "to_date": str(group[-1]),
            "time_in_ms": "true",
        }
        if query.events is not None:
            more = [HOT_SHARD] if self.restore_hot_shards and HOT_SHARD not in query.events else []
            params["event"] = json.dumps([*query.events, *more], ensure_ascii=False)
        return params | ({"where": query.where} if query.where else {})


def a_day(value: date | str) -> date:
    """Take a day as a date or its ISO form.

    Raises:
        SettingsError: The text is no day.
    """
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise SettingsError(f"{value!r} is no day. Write 2026-11-01.") from None


def budget_file(folder: Path | None, url: str, project_id: str) -> Path | None:
    """Name the file in which processes share the count of a project's requests."""
    if folder is None:
        return None
    return folder / f"mixpanel-requests-{fingerprint({'url': url, 'project': project_id})}.json"
