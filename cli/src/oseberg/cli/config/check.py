"""The work of `oseberg config check`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from oseberg.cli.config.known import MODELS
from oseberg.cli.exits import DONE, FAILED, Failure
from oseberg.cli.output import say
from oseberg.cli.settings import NAME, Settings, settings_folders
from oseberg.mixpanel_export import MixpanelSettings
from oseberg.mixpanel_export import SettingsError as MixpanelSettingsError

if TYPE_CHECKING:
    from pathlib import Path


def run() -> int:
    """Print every fault of the settings, or which files are valid."""
    settings = Settings.load()
    faults = find_faults(settings)
    for fault in faults:
        say(f"oseberg: {fault}")
    if faults:
        return FAILED
    for folder in settings_folders():
        state = "valid" if (folder / NAME).is_file() else "does not exist"
        click.echo(f"{folder / NAME}: {state}")
    return DONE


def find_faults(settings: Settings) -> list[str]:
    """Return a message for each fault of the files and of the variables that override them."""
    faults: list[str] = []
    for section, model in MODELS.items():
        try:
            settings.validated(section, model)
        except Failure as failure:
            faults += failure.message.splitlines()
    if not faults:
        faults += find_variable_faults(settings)
        faults += find_missing_paths(settings)
    return faults


def find_variable_faults(settings: Settings) -> list[str]:
    """Return a message for each variable with an invalid value."""
    try:
        settings.validated("mixpanel", MixpanelSettings).with_environment(os.environ)
    except MixpanelSettingsError as error:
        return [str(error)]
    return []


def find_missing_paths(settings: Settings) -> list[str]:
    """Return a message for each path that the settings name and that does not exist."""
    found: list[tuple[str, Path | None]] = [
        ("[score] model", settings.path("score", "model")),
        ("[county] path", settings.path("county", "path")),
    ]
    return [f"{key}: {path} does not exist" for key, path in found if path is not None and not path.exists()]
