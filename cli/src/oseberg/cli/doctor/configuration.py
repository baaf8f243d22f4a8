"""Check the settings: valid, and secrets readable by their owner alone."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from oseberg.cli.config.check import find_faults, find_missing_folders
from oseberg.cli.config.show import DEFAULT, settings_in_effect
from oseberg.cli.doctor.finding import FAULT, OK, WARNING, Finding
from oseberg.cli.output import count
from oseberg.usage_db import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oseberg.cli.settings import Settings


def check_settings(settings: Settings) -> Iterator[Finding]:
    """Yield what is wrong with the settings, or each setting that is set and where it comes from."""
    faults = find_faults(settings)
    for fault in faults:
        yield Finding("settings", FAULT, fault, "`oseberg config init -o example.toml` writes a file with every key.")
    if faults:
        return
    shown = [one for one in settings_in_effect(settings) if one.source != DEFAULT]
    for one in shown:
        value = "set, not shown" if one.secret else one.value
        yield Finding("settings", OK, f"[{one.section}] {one.key} = {value} ({one.source})")
    if not shown:
        yield Finding("settings", OK, "every setting has its default")
    yield Finding("settings", OK, f"data folder {data_folder()}")
    for missing in find_missing_folders(settings):
        yield Finding("settings", WARNING, missing, "Create or mount the folder, or change the setting.")
    with_secrets = {one.source for one in shown if one.secret}
    for path in sorted(set(settings.files.values())):
        if str(path) in with_secrets and is_readable_by_others(path):
            text = f"{path} holds {count(1, 'secret')} or more, and others can read it"
            yield Finding("settings", WARNING, text, f"chmod 600 {path}")


def is_readable_by_others(path: Path) -> bool:
    """Whether accounts other than the owner can read a file."""
    # Windows keeps rights in lists that its administrators see anyway
    return os.name != "nt" and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
