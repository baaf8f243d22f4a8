"""The work of `oseberg mixpanel profiles`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from oseberg.cli.exits import DONE
from oseberg.cli.mixpanel.client import open_client
from oseberg.cli.mixpanel.files import grow_schema, known_schema, open_target
from oseberg.cli.output import say
from oseberg.cli.progress import ProgressDisplay
from oseberg.cli.settings import Settings
from oseberg.mixpanel_export import SchemaError, SettingsError

if TYPE_CHECKING:
    from pathlib import Path


def run(
    *,
    where: str | None,
    group: str | None,
    properties: tuple[str, ...],
    kind: str | None,
    output: Path | None,
    names: str,
    schema: Path | None,
) -> int:
    """Write the profiles, and say how many there are."""
    client = open_client(Settings.load())
    target = open_target(output)
    wanted: dict[str, Any] = {"group": group, "format": kind, "names": names, "schema": known_schema(schema)}
    try:
        with ProgressDisplay("Fetching profiles") as display:
            client.progress = display
            report = client.write_profiles(target, where, properties=properties or None, **wanted)
    except (SettingsError, SchemaError) as error:  # the client could be made, so the error is about an option
        raise click.UsageError(str(error)) from None
    if schema:
        grow_schema(schema, report)
    profiles = "1 profile" if report.rows == 1 else f"{report.rows:,} profiles"
    requests = "1 request" if report.requests == 1 else f"{report.requests} requests"
    say(f"{profiles}, {requests}, {report.retries} retries")
    return DONE
