"""Runs many exports, of several projects, in the workers of any executor; a failed one does not stop the others."""

from __future__ import annotations

import os
import pickle
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from oseberg.mixpanel_export._client import MixpanelClient
from oseberg.mixpanel_export._http.settings import VARIABLES
from oseberg.mixpanel_export.errors import MixpanelExportError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from concurrent.futures import Executor
    from datetime import date
    from pathlib import Path

    from oseberg.mixpanel_export._progress import Progress
    from oseberg.mixpanel_export._report import Report


@dataclass(frozen=True)
class Export:
    """An export to do: names, days and paths, so that any process or machine can do it.

    Args:
        target: A file, or with `partition` a folder; of no other export, since two can't write the same one.
        since: The first day; None only with `partition`, as `MixpanelClient.write_lake` takes it.
        until: The last day, included; None only with `partition`.
        client: Arguments of `MixpanelClient` that differ from the worker's environment, such as
            `{"project_id": 2, "time_zone": "America/Chicago"}`. The environment is the place of the secret: one that
            is passed here travels to the worker, though it is never shown.
        options: Arguments of `MixpanelClient.write` or `write_lake`, such as `{"events": ["Login"]}`.
        partition: Write a Parquet file for each day into a folder.
    """

    target: Path | str
    since: date | str | None = None
    until: date | str | None = None
    client: Mapping[str, Any] = field(default_factory=dict, repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)
    partition: bool = False


@dataclass(frozen=True)
class Exported:
    """The outcome of an export.

    Args:
        export: The export.
        report: Its figures; None when it failed.
        error: Why it failed, with its target untouched; None when it did not.
    """

    export: Export
    report: Report | None = None
    error: Exception | None = None


def export_all(
    exports: Iterable[Export], *, executor: Executor | None = None, progress: Progress | None = None
) -> Iterator[Exported]:
    """Run many exports; a failed one does not stop the others.

    The hourly budget of requests of a project is shared by the processes of a machine. Several machines each have
    their own: give each a part of the day's exports, or a service account's limit is reached.

    Args:
        exports: What to export, and where to.
        executor: Does the work: a pool of threads or processes, or `client.get_executor(pure=False)` of a Dask client.
            None: this process, one export after the other.
        progress: Called after each export.

    Yields:
        What became of each export, in the order in which they were given.

    Raises:
        SettingsError: Two exports have the same target; nothing was exported.
        MixpanelExportError: A worker ended in the middle of its work.

    Example:
        >>> months = [Export(f"{project}.parquet", "2026-11-01", "2026-11-30", {"project_id": project})
        ...     for project in (101, 102)]
        >>> [done.report.rows for done in export_all(months)]  # doctest: +SKIP
        [48211, 1207]
    """
    todo = list(exports)
    if len({str(one.target) for one in todo}) < len(todo):
        raise SettingsError("Two exports have the same target. Give each a file or a folder of its own.")
    try:
        for done, exported in enumerate(executor.map(_attempt, todo) if executor else map(_attempt, todo), start=1):
            if progress:
                progress(done, len(todo), "exports")
            yield exported
    except BrokenExecutor as error:
        raise MixpanelExportError(
            f"A worker process ended before its work was done ({error}). Run it again."
        ) from error


def _attempt(export: Export) -> Exported:
    """Run one export; any error is returned to the caller and does not stop the others."""
    try:
        return Exported(export, _write(export, _client_of(export)))
    except Exception as error:  # noqa: BLE001 - see above
        return Exported(export, error=_portable(error))


def _client_of(export: Export) -> MixpanelClient:
    """Make the client of an export; this worker's environment supplies what the export doesn't state."""
    own = {VARIABLES[name]: str(value) for name, value in export.client.items() if name in VARIABLES}
    rest = {name: value for name, value in export.client.items() if name not in VARIABLES}
    return MixpanelClient.from_env(environment=os.environ | own, **rest)


def _write(export: Export, client: MixpanelClient) -> Report:
    """Write one export.

    Raises:
        SettingsError: A day is missing.
    """
    if export.partition:
        return client.write_lake(export.target, export.since, export.until, **export.options)
    if export.since is None or export.until is None:
        raise SettingsError("An export into a file needs its first and its last day.")
    return client.write(export.target, export.since, export.until, **export.options)


def _portable(error: Exception) -> Exception:
    """Return an error that can be pickled: the error itself, or one with its text."""
    error.__cause__ = error.__context__ = error.__traceback__ = None  # may not travel, and hold the secret's frames
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    except Exception:  # noqa: BLE001 - anything may be wrong with a stranger's error
        return MixpanelExportError(str(error))
    return error
