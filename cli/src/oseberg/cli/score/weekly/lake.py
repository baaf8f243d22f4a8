"""Score from a lake: days of Parquet files in a folder or in S3, without the events in the database."""

from __future__ import annotations

import os
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, BinaryIO, cast

from oseberg.cli.database import load_settings
from oseberg.cli.score.lake_days import list_files, remember_days
from oseberg.cli.score.lake_memory import is_s3, user_events_of
from oseberg.cli.score.stored import export_zone
from oseberg.cli.score.weekly.source import add_unknown, enabled_in
from oseberg.cli.tracking import Loss
from oseberg.health_model import Lake, lost_since, lost_weeks
from oseberg.s3utils import S3

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
        """Return the weeks in which tracking was lost, judged by the volume of users' events."""
        return lost_weeks(user_events_of(self.known, self.model), self.zone, self.model.time_zone)

    def find_loss(self) -> Loss:
        """Return since when tracking is lost; a lake doesn't show how many people had a single event."""
        return Loss(lost_since(user_events_of(self.known, self.model)), [])

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
