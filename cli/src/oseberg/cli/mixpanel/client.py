"""Make the Mixpanel client that options, the environment and the settings describe, and show its progress."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from oseberg.cli.output import say
from oseberg.cli.progress import ProgressDisplay
from oseberg.mixpanel_export import MixpanelClient, MixpanelSettings
from oseberg.usage_db import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oseberg.cli.settings import Settings


def open_client(settings: Settings, **options: Any) -> MixpanelClient:  # noqa: ANN401 - the client's own
    """Make the client of the `MIXPANEL_…` variables and `[mixpanel]`; given options override both.

    The count of requests is shared with other commands through a file in our data folder.
    """
    known = settings.validated("mixpanel", MixpanelSettings)
    given = {name: value for name, value in options.items() if value is not None}
    # notify: sentences such as why the client waits
    return MixpanelClient.from_env(known, state_folder=data_folder() / "mixpanel", notify=say, **given)


@contextmanager
def show_export(client: MixpanelClient, days: int) -> Iterator[ProgressDisplay]:
    """Show how far an export is, for as long as the block lasts."""
    with ProgressDisplay("Exporting", days) as display:
        client.progress = display
        yield display
