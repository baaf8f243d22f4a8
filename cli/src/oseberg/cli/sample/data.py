"""The shipped sample data, and how it is unpacked."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zipfile
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from oseberg.cli._atomic import replacing

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

SINCE, UNTIL = "2026-07-27", "2026-11-02"
"""The days of the sample events."""


def shipped(name: str) -> Traversable:
    """Return one of the shipped files."""
    return files("oseberg.cli.demo") / "sample" / name


def sample_lines() -> list[bytes]:
    """Return the sample events as the lines that Mixpanel would export."""
    return gzip.decompress(shipped("events.jsonl.gz").read_bytes()).splitlines()


def fingerprint() -> str:
    """Return a digest of the sample's events and accounts."""
    names = ("events.jsonl.gz", "users.csv", "groups.csv")
    return hashlib.sha256(b"".join(shipped(name).read_bytes() for name in names)).hexdigest()


def sample_profiles() -> list[dict[str, Any]]:
    """Return the sample users as the profiles that Mixpanel would send."""
    text = io.StringIO(shipped("users.csv").read_text(encoding="utf-8"))
    return [
        {
            "$distinct_id": user["id"],
            "$properties": {
                "$email": user["email"],
                "$name": user["name"],
                "$created": f"{user['created_on'] or SINCE}T12:00:00",
                "job_type": user["job_type"],
            },
        }
        for user in csv.DictReader(text)
    ]


def write_accounts(folder: Path) -> list[Path]:
    """Write users.csv and groups.csv, which fit the sample events, into a folder.

    Args:
        folder: The folder, which exists.

    Returns:
        The two files.
    """
    paths = [folder / name for name in ("users.csv", "groups.csv")]
    for path in paths:
        with replacing(path) as file:
            file.write(shipped(path.name).read_bytes())
    return paths


def delivered_counties() -> list[str]:
    """Return the names of the counties that have a sample delivery."""
    with zipfile.ZipFile(io.BytesIO(shipped("deliveries.zip").read_bytes())) as archive:
        return sorted({"andrews", *(name.split("/")[0] for name in archive.namelist())})


def write_delivery(name: str, folder: Path) -> Path:
    """Write a county's sample delivery below a folder.

    Args:
        name: The county, one of `delivered_counties`.
        folder: Where the folder FIPS/YYYYMMDD is written.

    Returns:
        The delivery's own folder.
    """
    # Andrews has an archive of its own: the demo's, with images and a few planted gaps.
    archive_name, prefix = ("andrews.zip", "") if name == "andrews" else ("deliveries.zip", f"{name}/")
    with zipfile.ZipFile(io.BytesIO(shipped(archive_name).read_bytes())) as archive:
        entries = [entry for entry in archive.namelist() if entry.startswith(prefix) and not entry.endswith("/")]
        for entry in entries:
            path = folder / entry.removeprefix(prefix)
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as file:
                file.write(archive.read(entry))
    return folder.joinpath(*entries[0].removeprefix(prefix).split("/")[:2])
