"""Make the Mixpanel client that options, the environment and the settings describe, and show its progress."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from oseberg.cli.output import say
from oseberg.cli.progress import ProgressDisplay
from oseberg.cli.settings import Settings, home
from oseberg.mixpanel_export import MixpanelClient, MixpanelSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oseberg.mixpanel_export import Progress as Figures


def open_client(settings: Settings, **options: Any) -> MixpanelClient:  # noqa: ANN401 - the client's own
    """Make the client of the `MIXPANEL_…` variables and `[mixpanel]`; given options override both.

    The count of requests is shared with other commands through a file in our data folder.
    """
    known = settings.validated("mixpanel", MixpanelSettings)
    given = {name: value for name, value in options.items() if value is not None}
    return MixpanelClient.from_env(known, state_folder=home() / "mixpanel", **given)


@contextmanager
def show_export(client: MixpanelClient, days: int) -> Iterator[ProgressDisplay]:
    """Show how far an export is, for as long as the block lasts."""
    with ProgressDisplay("Exporting", days) as display:

        def show(figures: Figures) -> None:
            if figures.note:  # such as why the client waits
                say(figures.note)
            display(figures.done, days, f"days, {figures.rows:,} events, {figures.bytes / 1e6:,.1f} MB")

        client.progress = show
        yield display
