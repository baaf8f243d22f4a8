"""Score from a lake: days of Parquet files in a folder or in S3, without the events in the database."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2s
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from oseberg.cli._atomic import write_text
from oseberg.cli.database import load_settings
from oseberg.cli.exits import Failure
from oseberg.cli.score.source import add_unknown, enabled_in
from oseberg.cli.score.stored import export_zone
from oseberg.cli.tracking import user_events
from oseberg.health_model import Lake, lost_weeks
from oseberg.s3utils import S3, S3Url
from oseberg.usage_db import data_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Executor
    from datetime import date

    import pandas as pd

    from oseberg.cli.settings import Settings
    from oseberg.health_model import HealthModel, Week
    from oseberg.usage_db import UsageDatabase


class LakeEvents:
    """The events of a lake; users, aliases and scores are those of the database.

    Args:
        place: A folder or an `s3://` address.
        database: The database with the accounts.
        model: The model to measure with.
        settings: The settings: what `[load]` leaves out or renames is left out and renamed here too.
        executor: Does the work, or None.

    Raises:
        Failure: The folder does not exist.
    """

    def __init__(
        self,
        place: str,
        database: UsageDatabase,
        model: HealthModel,
        settings: Settings,
        executor: Executor | None,
    ) -> None:
        self.database, self.model, self.executor = database, model, executor
        self.zone = export_zone(settings)
        load, ids = load_settings(settings), database.user_ids()
        stamps = list_files(place)
        found = Lake.of_places(stamps, ids.users_of, self.zone, name=place)
        self.lake = Lake(
            found.files,
            ids.users_of,
            self.zone,
            open_file=open_in_s3 if is_s3(place) else None,
            or_user_of=ids.users_by_profile,
            drops=ids.drops,
            only=frozenset(load.include_events),
            omit=frozenset(load.exclude_events),
            sources=sources_of(model.metric_properties, load.rename_properties, load.drop_properties),
        )
        self.known = remember_days(self.lake, stamps, place)

    def loaded_days(self) -> dict[date, datetime]:
        """Return the days of the lake, and when the events of each last changed."""
        return {day: datetime.fromisoformat(entry["changed"]) for day, entry in self.known.items()}

    def lost_weeks(self) -> list[Week]:
        """Return the weeks in which tracking was lost, told by the volume of users' events."""
        names = user_events(self.model)
        volumes = {
            day: sum(number for name, number in entry["events"].items() if name in names)
            for day, entry in self.known.items()
        }
        return lost_weeks(volumes, self.zone, self.model.time_zone)

    def remove_gone(self, days: dict[date, datetime], weeks: Iterable[Week]) -> dict[Week, str]:
        """Remove nothing: a file of a lake is there as a whole or not at all."""
        del days, weeks
        return {}

    def measure_with(self, unknown: dict[str, int]) -> Callable[[Week], pd.DataFrame]:
        """Return a function that measures a week, and counts the events that the model does not know."""
        today = cache(self.database.users)

        def measure(week: Week) -> pd.DataFrame:
            users = enabled_in(self.database, week, today)
            frame = self.model.statistics(self.lake, users, week, only="model", executor=self.executor)
            add_unknown(unknown, frame.attrs.pop("unknown_events"))
            return frame

        return measure


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


def open_in_s3(place: str) -> BinaryIO:
    """Open a file in S3; a worker on another machine does it with that machine's credentials."""
    return cast("BinaryIO", connection(os.environ.get("AWS_ENDPOINT_URL_S3", "")).open(place, "rb"))


@cache
def connection(endpoint: str) -> S3:
    """Return this process's connection to a store: each new one would begin with a handshake."""
    return S3(endpoint_url=endpoint or None)


def sources_of(names: list[str], renamed: dict[str, str], dropped: list[str]) -> dict[str, tuple[str, ...]]:
    """Return which properties of the files hold those of the model, as `[load]` would have stored them.

    Args:
        names: The properties that the model reads.
        renamed: Old name to new name.
        dropped: Properties that are not stored; dropped before others are renamed.

    Returns:
        The names in the files, for each property whose values are not simply under its own name.
    """
    found = {}
    for name in names:
        before = [old for old, new in renamed.items() if new == name]
        own = [] if name in renamed else [name]
        sources = tuple(one for one in (*before, *own) if one not in dropped)
        if sources != (name,):
            found[name] = sources
    return found


def remember_days(lake: Lake, stamps: dict[str, str], place: str) -> dict[date, dict[str, Any]]:
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
    name = place if is_s3(place) else str(Path(place).absolute())
    path = data_folder() / "lakes" / f"{blake2s(name.encode(), digest_size=8).hexdigest()}.json"
    try:
        before: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        before = {}
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
