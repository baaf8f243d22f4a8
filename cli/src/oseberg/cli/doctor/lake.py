"""Check the lake that scores are made from, and the workers that read it."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from oseberg.cli.county.deliveries import is_s3
from oseberg.cli.doctor.finding import FAULT, OK, WARNING, Finding
from oseberg.cli.exits import Failure
from oseberg.cli.model import find_lake, read_score_settings
from oseberg.cli.output import count
from oseberg.cli.workers.opened import dask_client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oseberg.cli.settings import Settings


def check_lake(settings: Settings) -> Iterator[Finding]:
    """Yield what a local lake holds, and whether the Dask scheduler answers; `check_s3` covers a lake in S3."""
    place, dask = find_lake(settings), read_score_settings(settings).dask
    if not place:
        yield Finding("lake", OK, "not configured: scores are made from the events in the database")
        return
    if not is_s3(place):
        yield check_folder(Path(place), fills=bool(settings.get("mixpanel", "project_id", "MIXPANEL_PROJECT_ID")))
    if dask:
        yield check_dask(dask)


def check_folder(folder: Path, *, fills: bool) -> Finding:
    """Return the days that a folder has.

    Args:
        folder: The lake.
        fills: Whether `oseberg run` exports into it.
    """
    days = sorted(path.parent.name.removeprefix("date=") for path in folder.glob("date=*/*.parquet"))
    if not days:
        return Finding("lake", WARNING, f"{folder} holds no days yet", begin_lake(str(folder)))
    text = f"{folder} holds {count(len(days), 'day')}, {days[0]} to {days[-1]}"
    if fills and not os.access(folder, os.W_OK):
        fix = f"Let this account write into {folder}, or set [score] events to another folder."
        return Finding("lake", FAULT, f"{text}, and this account can't write into it", fix)
    return Finding("lake", OK, text)


def check_dask(address: str) -> Finding:
    """Return how many workers a Dask scheduler has."""
    try:
        with dask_client(address) as client:
            workers = len(client.scheduler_info(n_workers=-1)["workers"])
    except Failure as failure:
        return Finding("lake", FAULT, failure.message, "Start the scheduler, or fix [score] dask.")
    if not workers:
        fix = f"Start some on machines with the same versions: dask worker {address}"
        return Finding("lake", FAULT, f"the Dask scheduler {address} has no workers", fix)
    return Finding("lake", OK, f"the Dask scheduler {address} has {count(workers, 'worker')}")


def begin_lake(place: str) -> str:
    """Return the command that exports the first days into a lake."""
    return f"oseberg mixpanel export --since 90d --partition day -o {shlex.quote(place)}"
