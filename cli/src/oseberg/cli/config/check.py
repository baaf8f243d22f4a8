"""The work of `oseberg config check`."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click

from oseberg.cli.config.known import MODELS, VARIABLES
from oseberg.cli.database import load_settings
from oseberg.cli.exits import DONE, FAILED, Failure
from oseberg.cli.output import say
from oseberg.cli.run.notify import check_ping_url
from oseberg.cli.settings import NAME, Settings, settings_folders
from oseberg.mixpanel_export import MixpanelSettings
from oseberg.mixpanel_export import SettingsError as MixpanelSettingsError

SCHEMES = {
    ("county", "source"): ("s3",),
    ("county", "register"): ("s3", "postgresql", "postgres"),
    ("retention", "to"): ("s3",),
    ("score", "events"): ("s3",),
}
"""The addresses that a setting may be instead of a path."""


def run() -> int:
    """Print every fault of the settings, or which files are valid."""
    settings = Settings.load()
    faults = find_faults(settings) or find_missing_folders(settings)
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
    """Return a message for each value whose fault would otherwise only show when it is used."""
    faults = []
    for check in (check_mixpanel_variables, check_ping, check_database, check_salt):
        try:
            check(settings)
        except (MixpanelSettingsError, Failure) as error:
            faults.append(error.message if isinstance(error, Failure) else str(error))
    return faults + find_odd_addresses(settings)


def check_mixpanel_variables(settings: Settings) -> None:
    """Check the variables of Mixpanel."""
    settings.validated("mixpanel", MixpanelSettings).with_environment(os.environ)


def check_ping(settings: Settings) -> None:
    """Check the address to ping, without printing it."""
    check_ping_url(str(settings.get("run", "ping_url", "OSEBERG_PING_URL") or "").strip())


def check_database(settings: Settings) -> None:
    """Check that the addresses of the database are those of Postgres, without printing them.

    Raises:
        Failure: One is not.
    """
    for key in ("url", "direct_url"):
        variable = VARIABLES["database", key]
        url = str(settings.get("database", key, variable) or "")
        if "://" in url and not url.startswith(("postgresql://", "postgres://")):
            raise Failure(f"[database] {key} or {variable}: must start with postgresql://")


def check_salt(settings: Settings) -> None:
    """Check that there is a salt where properties are hashed.

    Raises:
        Failure: There is none.
    """
    load = load_settings(settings)
    if load.hash_properties and not load.hash_salt.get_secret_value():
        raise Failure("[load] hash_properties: needs a salt; set OSEBERG_HASH_SALT or [load] hash_salt")


def find_odd_addresses(settings: Settings) -> list[str]:
    """Return a message for each place that is neither a path nor an address that its command can read."""
    found = []
    for (section, key), schemes in SCHEMES.items():
        value = str(settings.get(section, key) or "")
        scheme = re.match(r"([A-Za-z][\w+.-]+):/", value)  # two letters at least: C:/ is a drive
        if scheme and not value.startswith(tuple(f"{one}://" for one in schemes)):
            file = settings.file_of(section, key)
            known = " or ".join(f"{one}://…" for one in schemes)
            found.append(f"{file}: [{section}] {key}: {scheme[1]}: is not known here; write a path or {known}")
    return found


def find_missing_paths(settings: Settings) -> list[str]:
    """Return a message for each path in the settings that does not exist."""
    model = os.environ.get("OSEBERG_MODEL")
    found: list[tuple[str, Path | None]] = [
        ("OSEBERG_MODEL", Path(model)) if model else ("[score] model", settings.path("score", "model")),
        ("[county] path", settings.path("county", "path")),
        ("[county] surveys", settings.path("county", "surveys")),
    ]
    return [f"{key}: {path} does not exist" for key, path in found if path is not None and not path.exists()]


def find_missing_folders(settings: Settings) -> list[str]:
    """Return a message for each folder that a run needs and that is missing, as when a network drive is not mounted."""
    found = [(f"[run] {key}: the folder", settings.path("run", key)) for key in ("report", "digest")]
    folders = [(key, path and path.parent) for key, path in found]
    if ":/" not in str(settings.get("county", "source") or ""):
        folders.append(("[county] source:", settings.path("county", "source")))
    return [f"{key} {path} does not exist" for key, path in folders if path is not None and not path.is_dir()]
