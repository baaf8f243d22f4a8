"""The days of a lake: its files, how many events each day has, and what is remembered of them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from hashlib import blake2s
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oseberg.cli._atomic import write_text
from oseberg.cli.exits import Failure
from oseberg.cli.tracking import user_events
from oseberg.s3utils import S3, S3Url
from oseberg.usage_db import data_folder

if TYPE_CHECKING:
    from oseberg.health_model import HealthModel, Lake

Days = dict[date, dict[str, Any]]


def is_s3(place: str) -> bool:
    """Whether a place is an address in S3."""
    return place.startswith("s3://")


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
    path, before = memory_of(place), read_memory(place)
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
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_text(path, json.dumps(after, indent=1), private=True)
    return {day: after[str(day)] for day in lake.days}


def known_days(place: str | None) -> Days:
    """Return what the last run that scored from a lake knew of its days; nothing where none did."""
    return {date.fromisoformat(day): entry for day, entry in read_memory(place).items()} if place else {}


def user_events_of(days: Days, model: HealthModel) -> dict[date, int]:
    """Return how many events of users each day has."""
    names = user_events(model)
    return {
        day: sum(number for name, number in entry["events"].items() if name in names) for day, entry in days.items()
    }


def memory_of(place: str) -> Path:
    """Return the file that remembers the days of a lake."""
    name = place if is_s3(place) else str(Path(place).absolute())
    return data_folder() / "lakes" / f"{blake2s(name.encode(), digest_size=8).hexdigest()}.json"


def read_memory(place: str) -> dict[str, dict[str, Any]]:
    """Read what is remembered of a lake; a missing or damaged file is empty."""
    try:
        known: Any = json.loads(memory_of(place).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
