"""The cache of a lake's days: how many events each has, and when they changed."""

from __future__ import annotations

import json
from datetime import date
from hashlib import blake2s
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oseberg.cli._atomic import write_text
from oseberg.cli.tracking import user_events
from oseberg.usage_db import data_folder

if TYPE_CHECKING:
    from oseberg.health_model import HealthModel

Days = dict[date, dict[str, Any]]


def is_s3(place: str) -> bool:
    """Whether a place is an address in S3."""
    return place.startswith("s3://")


def known_days(place: str | None) -> Days:
    """Return the cached days of a lake; empty if no run has scored from it."""
    return {date.fromisoformat(day): entry for day, entry in read_memory(place).items()} if place else {}


def user_events_of(days: Days, model: HealthModel) -> dict[date, int]:
    """Return how many events of users each day has."""
    names = user_events(model)
    return {
        day: sum(number for name, number in entry["events"].items() if name in names) for day, entry in days.items()
    }


def memory_of(place: str) -> Path:
    """Return the file with the cached days of a lake."""
    name = place if is_s3(place) else str(Path(place).absolute())
    return data_folder() / "lakes" / f"{blake2s(name.encode(), digest_size=8).hexdigest()}.json"


def read_memory(place: str) -> dict[str, dict[str, Any]]:
    """Read the cached days of a lake; a missing or damaged file is empty."""
    try:
        known: Any = json.loads(memory_of(place).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def write_memory(place: str, days: dict[str, dict[str, Any]]) -> None:
    """Cache the days of a lake."""
    path = memory_of(place)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_text(path, json.dumps(days, indent=1), private=True)
