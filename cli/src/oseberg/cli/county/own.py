"""Find the user's own county modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.cli.settings import Settings
from oseberg.cli.settings.sections import CountySettings

if TYPE_CHECKING:
    from pathlib import Path


def own_counties() -> Path | None:
    """Return the folder that `[county] path` names, relative to its oseberg.toml."""
    settings = Settings.load()
    settings.validated("county", CountySettings)
    return settings.path("county", "path")


def survey_list() -> Path | None:
    """Return the file that `[county] surveys` names, relative to its oseberg.toml."""
    return Settings.load().path("county", "surveys")
