"""The model of scores that the command uses."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from oseberg.health_model import HealthModel, ScoreSettings

if TYPE_CHECKING:
    from oseberg.cli.settings import Settings


def read_score_settings(settings: Settings) -> ScoreSettings:
    """Read `[score]` of oseberg.toml."""
    return settings.validated("score", ScoreSettings)


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
