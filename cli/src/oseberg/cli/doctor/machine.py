"""Check what is on this machine: the model, the county modules, the disk and the versions of packages."""

from __future__ import annotations

import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from oseberg.cli.county.own import own_counties
from oseberg.cli.doctor.finding import FAULT, OK, WARNING, Finding
from oseberg.cli.model import load_model
from oseberg.county_parsers import list_counties
from oseberg.usage_db import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oseberg.cli.settings import Settings

LITTLE, TOO_LITTLE = 10e9, 1e9  # bytes: a load spools a day, and Postgres needs room for its log
PACKAGES = (
    "oseberg",
    "oseberg-mixpanel-export",
    "oseberg-usage-db",
    "oseberg-health-model",
    "oseberg-s3utils",
    "oseberg-maze-authority",
    "oseberg-county-parsers",
)
OTHERS = ("click", "requests", "pandas", "boto3", "psycopg", "pydantic")


def check_model(settings: Settings) -> Iterator[Finding]:
    """Yield whether the model file is valid."""
    model = load_model(settings, None)
    kind = "shipped" if model.is_shipped else "own"
    # comparing it with events takes as long as scoring: that is a command of its own
    text = f"{kind} model {model.version}; `oseberg score metrics --check` compares it with the stored events"
    yield Finding("model", OK, text)


def check_counties(settings: Settings) -> Iterator[Finding]:
    """Yield the number of counties, and the user's own modules that can't be loaded."""
    del settings
    broken: list[Exception] = []
    counties = list_counties(own_counties(), on_error=broken.append)
    yield Finding("counties", OK, f"{len(counties)} counties: {', '.join(counties)}")
    for error in broken:
        yield Finding("counties", FAULT, str(error))


def check_disk(settings: Settings) -> Iterator[Finding]:
    """Yield the free space on the disk that holds the data."""
    del settings
    # the data folder itself may not exist yet, and looking must not create it
    folder = nearest_folder(data_folder())
    free = shutil.disk_usage(folder).free
    text = f"{free / 1e9:,.1f} GB free in {folder}"
    if free < LITTLE:
        yield Finding("disk", FAULT if free < TOO_LITTLE else WARNING, text, "Free some space, or set OSEBERG_HOME.")
    else:
        yield Finding("disk", OK, text)


def nearest_folder(path: Path) -> Path:
    """Return the path, or the nearest folder above it that exists."""
    return next(one for one in (path, *path.parents) if one.is_dir())


def check_versions(settings: Settings) -> Iterator[Finding]:
    """Yield the versions of Python and of the packages."""
    del settings
    yield Finding("versions", OK, f"Python {platform.python_version()} on {platform.system()}")
    for names in (PACKAGES, OTHERS):
        known = {}
        for name in names:
            try:
                known[name] = version(name)
            except PackageNotFoundError:
                yield Finding("versions", FAULT, f"{name} is missing", f"python3 -m pip install {name}")
        yield Finding("versions", OK, ", ".join(f"{name} {number}" for name, number in known.items()))
