"""The work of `oseberg mixpanel events`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from oseberg.cli.exits import DONE
from oseberg.cli.mixpanel.client import check_last_day, open_client, show_export
from oseberg.cli.output import check_stdout, print_frame, say
from oseberg.cli.settings import Settings
from oseberg.cli.types import YESTERDAY, day_in
from oseberg.mixpanel_export import Overview, SettingsError

if TYPE_CHECKING:
    from datetime import date, timedelta


def run(
    *,
    since: date | timedelta,
    until: date | timedelta | None,
    events: tuple[str, ...],
    limit: int | None,
    as_json: bool,
    **options: Any,  # noqa: ANN401 - the client's
) -> int:
    """Print the events of some days, or the properties of those that were named."""
    check_stdout()
    client = open_client(Settings.load(), **options)
    zone = ZoneInfo(client.time_zone)
    first = day_in(zone, since)
    last = max(first, day_in(zone, YESTERDAY)) if until is None else day_in(zone, until)
    check_last_day(last, zone)
    try:
        with show_export(client, (last - first).days + 1):
            overview = client.overview(first, last, events=events or None, limit=limit)
    except SettingsError as error:  # the client could be made, so the error is about an option
        raise click.UsageError(str(error)) from None
    if as_json:
        click.echo(json.dumps(as_values(overview), indent=2, ensure_ascii=False))
    elif overview.events.empty:
        say(f"No events from {first} to {last}.")
    elif events:
        print_frame(overview.properties)
    else:
        print_frame(overview.events.astype({"first_day": "str", "last_day": "str"}))
        say("The properties of an event: --event NAME.")
    return DONE


def as_values(overview: Overview) -> list[dict[str, Any]]:
    """Return the events, each with its properties, as JSON can hold them."""
    found = overview.events.astype({"first_day": "str", "last_day": "str"}).to_dict("records")
    groups = dict(iter(overview.properties.groupby("event"))) if len(overview.properties) else {}
    for event in found:
        own = groups.get(event["event"])
        event["properties"] = [] if own is None else own.drop(columns="event").to_dict("records")
    return [{str(key): value for key, value in event.items()} for event in found]
