"""The work of `oseberg db archive` and `oseberg db restore`."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oseberg.cli.database import open_database
from oseberg.cli.exits import DONE
from oseberg.cli.output import count, say
from oseberg.cli.progress import ProgressDisplay
from oseberg.cli.settings import Settings
from oseberg.cli.settings.sections import RetentionSettings
from oseberg.s3utils import S3, S3Error, S3Url

if TYPE_CHECKING:
    from datetime import date

S3_SCHEME = "s3://"


def archive(*, before: date | None, to: str | None, as_json: bool) -> int:
    """Archive the months before one, into a folder or below an s3:// address."""
    settings = Settings.load()
    retention = settings.validated("retention", RetentionSettings)
    target = to or retention.to
    first_kept = before or (months_back(retention.keep_months) if retention.keep_months else None)
    if not target or not first_kept:
        raise click.UsageError("Name the first month to keep and where to archive: --before 2026-01 --to FOLDER.")
    with open_database(settings) as database, ProgressDisplay("Archiving") as display:
        if target.startswith(S3_SCHEME):
            with tempfile.TemporaryDirectory(prefix="oseberg-archive-") as folder:
                done = database.archive(first_kept, folder, keep=Uploader(S3Url(target) / ""), progress=display)
        else:
            done = database.archive(first_kept, target, progress=display)
    if as_json:
        click.echo(json.dumps([vars(one) for one in done], indent=2, default=str))
    for one in done:
        say(f"{one.name}: {count(one.events, 'event')} archived to {one.address}")
    if not done:
        say(f"Nothing to archive: no month before {first_kept:%Y-%m} is in the database.")
    return DONE


def restore(month: str, *, source: str | None) -> int:
    """Restore an archived month, from one file or several."""
    with open_database(Settings.load()) as database, ProgressDisplay("Restoring") as display:
        parts = {month: source} if source else {one.name: one.address for one in database.find_archives(month)}
        for name, address in parts.items():
            if address.startswith(S3_SCHEME):
                with tempfile.TemporaryDirectory(prefix="oseberg-restore-") as folder:
                    path = Path(folder) / "month.parquet"
                    S3().download(address, path)
                    done = database.restore(name, path, progress=display)
            else:
                done = database.restore(name, address, progress=display)
            say(f"{done.name}: {count(done.events, 'event')} restored from {address}")
    return DONE


class Uploader:
    """Uploads each verified file of an archive, before its month is dropped."""

    def __init__(self, prefix: S3Url) -> None:
        self._prefix = prefix

    def __call__(self, path: Path) -> str:
        """Upload one file, and return its address."""
        url = self._prefix / path.name
        S3().upload(path, url)
        path.unlink()  # a year of months would fill the temporary folder
        return str(url)


class Archives:
    """Files of archives on this machine and in S3, for an erasure."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fetch(self, address: str) -> Path:
        """Return the file, or a copy of the object."""
        if not address.startswith(S3_SCHEME):
            return self._existing(Path(address))
        path = self._folder / S3Url(address).name
        try:
            S3().download(address, path)
        except S3Error as error:
            raise OSError(str(error)) from error
        return path

    @staticmethod
    def _existing(path: Path) -> Path:
        if not path.is_file():
            raise FileNotFoundError(path)
        return path

    def keep(self, path: Path, address: str) -> str:
        """Upload a new file next to the object; a file of this machine stays where it is."""
        if not address.startswith(S3_SCHEME):
            return str(path)
        url = S3Url(address).parent / path.name
        S3().upload(path, url)
        return str(url)

    def discard(self, address: str) -> None:
        """Delete the former file or object."""
        if address.startswith(S3_SCHEME):
            S3().delete(address)
        else:
            Path(address).unlink(missing_ok=True)


def months_back(months: int) -> date:
    """Return the first day of the month so many months before this one."""
    now = datetime.now(UTC)
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    return now.date().replace(year=year, month=month + 1, day=1)
