"""The client: whole days of raw events, as lines, as a DataFrame or as a file."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from oseberg.mixpanel_export._ask.query import day_range
from oseberg.mixpanel_export._checks import check_count, check_seconds, check_zone, is_text
from oseberg.mixpanel_export._connection import Connection, Selection, state_file
from oseberg.mixpanel_export._days.spool import Spool
from oseberg.mixpanel_export._frame.frame import Dtype, check_options, to_frame
from oseberg.mixpanel_export._frame.names import Names
from oseberg.mixpanel_export._frame.schema import SchemaSource
from oseberg.mixpanel_export._http.account import ServiceAccount
from oseberg.mixpanel_export._http.budget import RequestBudget, default_folder
from oseberg.mixpanel_export._http.exporter import Exporter
from oseberg.mixpanel_export._http.retry import RetryPolicy
from oseberg.mixpanel_export._http.settings import (
    MOST_PARALLEL,
    MixpanelSettings,
    check_project_id,
    endpoint,
    query_endpoint,
)
from oseberg.mixpanel_export._http.tracker import Notify
from oseberg.mixpanel_export._profiles import ProfileClient
from oseberg.mixpanel_export._progress import Progress
from oseberg.mixpanel_export._report import Report
from oseberg.mixpanel_export._write.lake import Lake
from oseberg.mixpanel_export._write.target import Format, Target, format_of
from oseberg.mixpanel_export.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    import pandas as pd

    from oseberg.mixpanel_export._days.day import Day
    from oseberg.mixpanel_export._days.overview import Overview

# The largest `limit` that Mixpanel takes.
MOST_EVENTS = 100_000


class MixpanelClient(ProfileClient):
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
        state_folder: A folder where complete days of an export to a file are kept until it is done, so that an
            interrupted export resumes; None keeps none.
        progress: Called now and then with days done, days in all and a label; `to_stderr` and `to_notebook` show it.
        notify: Called with one sentence when there is something to know, such as why and how long the export waits.
            Without it, the sentence is appended to the label of `progress`.
        retry: How failures that pass are waited for.
        read_timeout: Seconds without a byte after which an answer is given up. The first byte can take minutes.
        deadline: Seconds that one answer may take as a whole.
        parallel: How many requests may run at once; 3 a second and 60 an hour are kept in any case.
        shared_folder: A folder where all processes share the count of requests; None takes `state_folder`, else the
            account's data folder.
        days_per_request: Days of each request; None begins with a few and finds out what works. Days that Mixpanel
            can't deliver together are requested in halves either way.

    Raises:
        SettingsError: A region, time zone, address or span of time is wrong, or something is empty.

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
        progress: Progress | None = None,
        notify: Notify | None = None,
        retry: RetryPolicy | None = None,
        read_timeout: float = 600.0,
        deadline: float = 7200.0,
        parallel: int = 4,
        days_per_request: int | None = None,
        shared_folder: Path | str | None = None,
    ) -> None:
        if not (project_id and is_text(username) and is_text(secret)):
            raise SettingsError("project_id, username and secret must not be empty; the last two must be texts.")
        check_seconds("read_timeout", read_timeout)
        check_seconds("deadline", deadline)
        check_count("parallel", parallel, MOST_PARALLEL)
        check_count("days_per_request", 1 if days_per_request is None else days_per_request)
        self.project_id = check_project_id(project_id)
        self.time_zone = time_zone
        self.progress = progress
        self.notify = notify
        self.state_folder = None if state_folder is None else Path(state_folder)
        self.restore_hot_shards = restore_hot_shards
        zone, url = check_zone(time_zone), endpoint(region, api_url)
        # A folder that is named for sharing comes first: the state may belong to one export alone.
        shared = (Path(shared_folder) if shared_folder else None) or self.state_folder or default_folder()
        account, policy = ServiceAccount(username, secret), retry or RetryPolicy()
        budget = RequestBudget(state_file("requests", shared, {"url": url, "project": self.project_id}))
        exporter = Exporter(url, account, budget, policy, read_timeout=read_timeout, deadline=deadline)
        queries = query_endpoint(region, url)
        budget = RequestBudget(state_file("requests", shared, {"url": queries, "project": self.project_id}))
        self._connection = Connection(
            self.project_id,
            zone,
            verify_time_zone,
            exporter,
            replace(exporter, url=queries, budget=budget),
            shared,
            parallel,
            days_per_request,
        )

    def __repr__(self) -> str:
        username = self._connection.exporter.account.username
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
            settings: Values for what the environment doesn't set.
            environment: Used instead of the process's own.
            options: More arguments of the client; they override the environment.

        Returns:
            The client. It shares the count of requests with the `oseberg` command, in the folder that `OSEBERG_HOME`
            names or the account's data folder.

        Raises:
            SettingsError: Something needed is missing (the message names the variables), or a value is wrong.
        """
        variables = os.environ if environment is None else environment
        known = (settings or MixpanelSettings()).with_environment(variables)
        if missing := known.missing():
            raise SettingsError(
                f"{', '.join(missing)} must be set. You find a service account's name and secret in Mixpanel "
                "under Project Settings > Service Accounts, the project's number under Overview."
            )
        values = known.model_dump() | {"secret": known.secret and known.secret.get_secret_value()}
        values["shared_folder"] = default_folder(variables.get("OSEBERG_HOME"))
        return cls(**(values | options))

    def export(
        self,
        since: date | str,
        until: date | str,
        *,
        events: Iterable[str] | None = None,
        where: str | None = None,
        names: Names = "raw",
        schema: SchemaSource | None = None,
        dtype: Dtype = "arrow",
    ) -> pd.DataFrame:
        """Export some days, both included, as one DataFrame.

        Args:
            since: The first day in the project's zone: a date, a moment in it, or `2026-11-01`.
            until: The last day.
            events: Names of events; None takes all. Restored hot-shard events of these names come with them.
            where: A segmentation expression, such as `properties["county"] == "Andrews"`.
            names: `raw` keeps Mixpanel's property names; `snake` writes them for SQL (`$os` -> `mp_os`).
            schema: Types to pin, by raw property name: `bool`, `int64`, `double`, `string` or `json`.
            dtype: `arrow` gives `pandas.ArrowDtype` columns, `numpy_nullable` pandas' own nullable ones.

        Returns:
            One row for each event, in order of time (UTC), duplicates removed. The columns `event`, `time`,
            `distinct_id`, `user_id`, `device_id`, `distinct_id_before_identity`, `insert_id`, `processed_at`,
            `received_at` and `lib` come first, then every other property, in types that `normalize` describes.
            `attrs["mixpanel_report"]` holds the figures, `attrs["mixpanel_names"]` the raw names.

        Raises:
            SettingsError: A day, an event name or an option is invalid.
            RateLimitError: Mixpanel's requests of the hour are spent; the message says when to come back.
            MixpanelExportError: Another subclass says why the export is incomplete. Nothing is
                returned then.

        Example:
            >>> frame = client.export("2026-11-01", "2026-11-07", events=["Atla Query"])  # doctest: +SKIP
            >>> frame.groupby("county")["distinct_id"].nunique()  # doctest: +SKIP
            >>> frame.attrs["mixpanel_report"]["duplicates"]  # doctest: +SKIP
        """
        least = check_options(names, schema, dtype)
        days = day_range(since, until)
        fetch = self._selected(events, where).fetch(days)
        batches = list(fetch.batches(days))
        return to_frame(batches, fetch.tracker.report, names=names, schema=least, dtype=dtype)

    def write(
        self,
        target: Target,
        since: date | str,
        until: date | str,
        *,
        format: Format | None = None,  # noqa: A002 - the option's name
        events: Iterable[str] | None = None,
        where: str | None = None,
        names: Names = "raw",
        schema: SchemaSource | None = None,
        spool: Path | str | None = None,
        fresh: bool = False,
        keep_duplicates: bool = False,
    ) -> Report:
        """Export some days, both included, to a file, in memory that does not grow with their number.

        The days are spooled to disk first, so that the columns and types are those of the whole result. With a spool
        folder, an export that was broken off goes on without asking again for its complete days (within 24 hours).

        Args:
            target: A path, which appears only when it is whole, a device such as `/dev/stdout`, or a binary stream.
            since: As `export` takes it, like the following ones.
            until: The last day.
            format: `csv`, `jsonl`, `parquet`, or `raw` for Mixpanel's own lines; None goes by the path's extension, and
                takes csv if there is none. A path that ends in `.gz` or `.zst` is compressed.
            events: Names of events; None takes all.
            where: A segmentation expression.
            names: `raw` or `snake`.
            schema: Types to pin, by raw property name.
            spool: A folder for the complete days; None takes `spool` in the client's state folder, if it has one.
            keep_duplicates: Write duplicates as well.
            fresh: Fetch all days again, also those that an earlier run has left there.

        Returns:
            The figures of the export.

        Raises:
            MixpanelExportError: A subclass says why the export is incomplete; the target is untouched.

        Example:
            >>> client.write("events.parquet", "2026-11-01", "2026-11-07").summary()  # doctest: +SKIP
            '48,211 rows, 12 duplicates, 0 quarantined, 2 requests, 0 retries'
        """
        least = check_options(names, schema)
        kind, days = format_of(target, format), day_range(since, until)
        if spool is None and self.state_folder is not None:
            spool = self.state_folder / "spool"
        folder = None if spool is None else Path(spool)
        chosen = self._selected(events, where)
        return chosen.write(target, kind, days, (names, least), folder, fresh=fresh, keep_duplicates=keep_duplicates)

    def write_lake(
        self,
        folder: Path | str,
        since: date | str | None = None,
        until: date | str | None = None,
        *,
        events: Iterable[str] | None = None,
        where: str | None = None,
        names: Names = "raw",
        schema: SchemaSource | None = None,
        keep_duplicates: bool = False,
    ) -> Report:
        """Write days into a folder, a Parquet file for each: `date=2026-11-01/events.parquet`.

        Each day is replaced as a whole. All files have one schema: where a new day needs a new or wider column, the
        files of the other days are rewritten. pandas, DuckDB, polars and Spark read the folder as one table. One folder
        holds one selection of events and one style of names.

        Args:
            folder: The folder; it is created if it is missing.
            since: The first day; None takes the days, from the first one in the folder on, that are missing or were
                fetched before most of their late events had arrived (5 days after their end).
            until: The last day; None takes yesterday in the export's zone.
            events: Names of events; None takes all.
            where: A segmentation expression.
            names: `raw` or `snake`.
            schema: Columns and types that the files have at least.
            keep_duplicates: Write duplicates as well.

        Returns:
            The figures of the days written now.

        Raises:
            SettingsError: The folder is empty and `since` is missing, or an option is invalid.
            BusyError: Another process writes into the folder.
            MixpanelExportError: Another subclass says why the days are incomplete; no file has changed.

        Example:
            >>> client.write_lake("lake", "2026-11-01", "2026-11-30")  # doctest: +SKIP
            >>> pandas.read_parquet("lake")  # doctest: +SKIP
        """
        columns = names, check_options(names, schema)
        chosen = self._selected(events, where)
        return chosen.write_lake(Lake(Path(folder)), since, until, columns, keep_duplicates=keep_duplicates)

    def days(
        self, since: date | str, until: date | str, *, events: Iterable[str] | None = None, where: str | None = None
    ) -> Iterator[Day]:
        """Yield each day as soon as it is complete, in order, empty days included.

        Args:
            since: The first day, as `export` takes it.
            until: The last day.
            events: Names of events; None takes all.
            where: A segmentation expression.

        Yields:
            Complete days. Their lines are in a temporary folder, which goes with the last of them.

        Raises:
            SettingsError: A day, an event name or an option is invalid.
            MixpanelExportError: A subclass says why a day is incomplete; the earlier days came.

        Example:
            >>> for day in client.days("2026-11-01", "2026-11-07"):  # doctest: +SKIP
            ...     print(day.date, len(day.lines))
        """
        days = day_range(since, until)
        return self._selected(events, where).fetch(days).days(days, Spool(None, {}))

    def overview(
        self,
        since: date | str,
        until: date | str,
        *,
        events: Iterable[str] | None = None,
        where: str | None = None,
        limit: int | None = None,
    ) -> Overview:
        """Count which events there are and which properties they have, before exporting them.

        Args:
            since: The first day, as `export` takes it.
            until: The last day.
            events: Names of events; None takes all.
            where: A segmentation expression.
            limit: Look only at so many events, those that Mixpanel sends first (100,000 at most), in one request.

        Returns:
            An `Overview`: its `events` and `properties` are frames.

        Raises:
            SettingsError: A day, an event name or an option is invalid.
            MixpanelExportError: Another subclass says why the days are incomplete.
        """
        days = day_range(since, until)
        if limit is not None:
            check_count("limit", limit, MOST_EVENTS)
        return self._selected(events, where).overview(days, limit)

    # Named here, the methods for profiles are among those of this class in help() and in the documentation.
    profiles, groups, write_profiles = (
        ProfileClient.profiles,
        ProfileClient.groups,
        ProfileClient.write_profiles,
    )

    def _selected(self, events: Iterable[str] | None, where: str | None) -> Selection:
        return Selection(self._connection, self.restore_hot_shards, events, where, self.progress, self.notify)
