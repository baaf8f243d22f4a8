"""The days of a lake: its files, and how many events each day has."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oseberg.cli.exits import Failure
from oseberg.cli.score.lake_memory import is_s3, read_memory, write_memory
from oseberg.s3utils import S3, S3Url

if TYPE_CHECKING:
    from oseberg.cli.score.lake_memory import Days
    from oseberg.health_model import Lake


def list_files(place: str) -> dict[str, str]:
    """List the Parquet files of a lake, each with a stamp that changes when the file does.

    Raises:
        Failure: The folder does not exist.
    """
    if is_s3(place):
        return {str(one.url): str(one.etag) for one in S3().list(S3Url(place) / "", suffix=".parquet")}
    if not place.strip() or not Path(place).is_dir():
        fault = f"{place} is not a folder" if place.strip() else "--events is empty"
        raise Failure(f"{fault}. Pass the folder of exported days, or its s3:// address.")
    found = {}
    for path in Path(place).absolute().glob("*/*.parquet"):  # workers have working folders of their own
        known = path.stat()
        found[path.as_posix()] = f"{known.st_size}-{known.st_mtime_ns}"
    return found


def remember_days(lake: Lake, stamps: dict[str, str], place: str) -> Days:
    """Return how many events of each name each day has, and when they changed; known files aren't opened.

    A day that is fetched once more without a change keeps its moment, as a day in the database does: its scores need
    no second look. What is known is kept in the data folder, and is only a shortcut: without it every day counts as
    changed when it was fetched.

    Args:
        lake: The lake.
        stamps: The stamp of each file.
        place: The lake's name.

    Returns:
        The days.
    """
    before = read_memory(place)
    after: dict[str, dict[str, Any]] = {}
    for day in lake.days:
        stamp, old = stamps[lake.files[day]], before.get(str(day), {})
        if old.get("stamp") == stamp:
            after[str(day)] = old
            continue
        file = lake.describe(day)
        moment = (file.fetched or datetime.now(UTC)).isoformat()
        changed = old["changed"] if old.get("fingerprint") == file.fingerprint else moment
        after[str(day)] = {
            "stamp": stamp,
            "fingerprint": file.fingerprint,
            "changed": changed,
            "events": lake.count_events(day),
        }
    if after != before:
        write_memory(place, after)
    return {day: after[str(day)] for day in lake.days}
