"""The model of scores that the command uses."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from oseberg.health_model import HealthModel, ScoreSettings

if TYPE_CHECKING:
    from oseberg.cli.settings import Settings


class ScoringSettings(ScoreSettings):
    """`[score]`: the library's settings, and where `oseberg score weekly` reads the events.

    Attributes:
        events: The lake of Parquet days that holds the events, a folder or an `s3://` address; None: the database does.
        workers: Number of processes that read the lake.
        dask: Address of a Dask scheduler whose workers read the lake.
    """

    events: Annotated[str, Field(min_length=1)] | None = None
    workers: Annotated[int, Field(ge=1)] = 1
    dask: Annotated[str, Field(pattern=r"^\w+://.")] | None = None


def read_score_settings(settings: Settings) -> ScoringSettings:
    """Read `[score]` of oseberg.toml."""
    return settings.validated("score", ScoringSettings)


def find_lake(settings: Settings) -> str | None:
    """Return the lake that `[score] events` names, relative to its file; None: the events are in the database."""
    stated = read_score_settings(settings).events
    return stated if stated is None or "://" in stated else str(settings.path("score", "events"))


def load_model(settings: Settings, option: Path | None, weights: Path | None = None) -> HealthModel:
    """Load the model that the option, the environment or oseberg.toml names, else the shipped one.

    Args:
        settings: The settings; a relative path in oseberg.toml starts at that file's folder.
        option: The value of `--model`.
        weights: A sheet with weights that replace the model's own.

    Returns:
        The model.
    """
    read_score_settings(settings)  # a mistyped key is an error even where an option overrides the model
    named = os.environ.get("OSEBERG_MODEL")
    path = option or (Path(named) if named else settings.path("score", "model"))
    return HealthModel.load(path, weights=weights)
