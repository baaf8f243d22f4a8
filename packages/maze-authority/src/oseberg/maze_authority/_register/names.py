"""A delivery's name and day: as stated by a person, its manifest or its folder."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOLDER_DAY = re.compile(r"(?:18|19|20)\d{6}")


def name_of(path: Path) -> str | None:
    """Return a delivery's name as the folders around its records say: FIPS/YYYYMMDD, or nothing."""
    names = (folder.name for folder in path.absolute().parents)
    return next((name for name in names if day_of(name) is not None), None)


def day_of(name: str | None) -> date | None:
    """Return the day that a delivery's name states, None if it is not a day."""
    if name is None or not FOLDER_DAY.fullmatch(name):
        return None
    try:
        return datetime.strptime(name, "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None


def dated(name: str | None, summary: Mapping[str, Any] | None, delivered: date | None) -> date | None:
    """Return the stated day of a delivery: the given one, else its manifest's, else that of its name.

    Args:
        name: Its name.
        summary: The parser's summary, in which `delivered` is the day of a manifest.
        delivered: The day that is given.

    Returns:
        The day, None where nothing says it.
    """
    stated = str((summary or {}).get("delivered") or "")[:10]
    try:
        return delivered or (date.fromisoformat(stated) if stated else day_of(name))
    except ValueError:
        return day_of(name)
