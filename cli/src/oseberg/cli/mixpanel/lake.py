"""The work of `oseberg mixpanel export --partition day`: a Parquet file for each day in a folder or in S3."""

from __future__ import annotations

from hashlib import blake2s
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from oseberg.cli.mixpanel.client import check_last_day, show_export
from oseberg.cli.output import say
from oseberg.cli.types import YESTERDAY, day_in
from oseberg.mixpanel_export import MixpanelClient, Report, SchemaError, SettingsError
from oseberg.s3utils import S3, S3Url
from oseberg.usage_db import data_folder

if TYPE_CHECKING:
    from datetime import date, timedelta


def write_lake(
    client: MixpanelClient,
    output: str | None,
    kind: str | None,
    since: date | timedelta | None,
    until: date | timedelta | None,
    **wanted: Any,  # noqa: ANN401 - the client's
) -> Report:
    """Write the days into a folder, or through a copy of it to S3.

    Args:
        client: The client to export from.
        output: The folder or its s3:// address.
        kind: The format that the user named.
        since: The first day; None takes the days that are missing or unsettled.
        until: The last day; None takes yesterday.
        wanted: What else `MixpanelClient.write_lake` takes.

    Returns:
        The figures of the days that were written.

    Raises:
        click.UsageError: The folder is missing or the format is another one.
    """
    if kind not in {None, "parquet"}:
        raise click.UsageError(f"--partition day writes Parquet files. Omit --format {kind}.")
    if output in {None, "", "-"}:
        raise click.UsageError("--partition day needs a folder: -o DIR or -o s3://bucket/folder/.")
    zone = ZoneInfo(client.time_zone)
    last = day_in(zone, YESTERDAY if until is None else until)
    check_last_day(last, zone)
    first = None if since is None else day_in(zone, since)
    try:
        if not str(output).startswith("s3://"):
            return _write(client, Path(str(output)), first, last, wanted)
        url, copy = S3Url(str(output)) / "", copy_of(str(output))
        s3 = S3()
        copy.mkdir(parents=True, exist_ok=True, mode=0o700)
        if next(iter(s3.list(url)), None) is not None:
            s3.sync(url, copy)
        elif first is None:  # the message of the client would name the copy
            raise click.UsageError(f"{output} holds no days yet. Name the first one: --since 2026-01-01.")
        report = _write(client, copy, first, last, wanted)
        (copy / ".lock").unlink(missing_ok=True)
        s3.sync(copy, url)
    except (SettingsError, SchemaError) as error:  # the client could be made, so the error is about an option
        raise click.UsageError(str(error)) from None
    return report


def _write(client: MixpanelClient, folder: Path, first: date | None, last: date, wanted: dict[str, Any]) -> Report:
    """Write the days into a local folder, with progress."""
    with show_export(client, 0 if first is None else (last - first).days + 1):
        report = client.write_lake(folder, first, last, **wanted)
    if not report.requests:
        say(f"Nothing to fetch up to {last}: every day is there and settled.")
    return report


def copy_of(address: str) -> Path:
    """Return the folder with the local copy of a lake in S3, so that only changes are transferred."""
    return data_folder() / "mixpanel" / "lakes" / blake2s(address.rstrip("/").encode(), digest_size=8).hexdigest()
