"""Make the Mixpanel client that options, the environment and the settings describe, and show its progress."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import click

from oseberg.cli.output import say
from oseberg.cli.progress import ProgressDisplay
from oseberg.mixpanel_export import MixpanelClient, MixpanelSettings
from oseberg.usage_db import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from oseberg.cli.settings import Settings


LATEST = timezone(timedelta(hours=14))  # where a day begins first: what is in the future there is so everywhere


def open_client(settings: Settings, **options: Any) -> MixpanelClient:  # noqa: ANN401 - the client's own
    """Make the client of the `MIXPANEL_…` variables and `[mixpanel]`; given options override both.

    The count of requests is shared with other commands through a file in our data folder.
    """
    known = settings.validated("mixpanel", MixpanelSettings)
    given = {name: value for name, value in options.items() if value is not None}
    # notify: sentences such as why the client waits
    return MixpanelClient.from_env(known, state_folder=data_folder() / "mixpanel", notify=say, **given)


def check_last_day(last: date, zone: ZoneInfo) -> None:
    """Reject a day in the future before the first request, and warn about a day that is not over.

    Args:
        last: The last day.
        zone: The time zone of the export's days.

    Raises:
        click.BadParameter: The day has not begun anywhere.
    """
    if last > datetime.now(LATEST).date():
        raise click.BadParameter(f"{last} is in the future. The last possible day is today.", param_hint="--until")
    if last >= datetime.now(zone).date():
        say(f"{last} is not over: these are its events so far. Export it again once it is over.")


@contextmanager
def show_export(client: MixpanelClient, days: int) -> Iterator[ProgressDisplay]:
    """Show how far an export is, for as long as the block lasts."""
    with ProgressDisplay("Exporting", days) as display:
        client.progress = display
        yield display
