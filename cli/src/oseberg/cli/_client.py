"""Makes the Mixpanel client that the settings and the environment describe."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Self

from oseberg.cli._settings import Settings, home

if TYPE_CHECKING:
    from oseberg.mixpanel_export import MixpanelClient
    from oseberg.mixpanel_export import Progress as Figures


def open_client(settings: Settings, *, time_zone: str | None = None, **options: Any) -> MixpanelClient:  # noqa: ANN401 - the client's own
    """Give the client of the `MIXPANEL_…` variables and `[mixpanel]`; a time zone from an option comes before both.

    The count of requests is shared with other commands through a file in the folder for data of our own.
    """
    from oseberg.mixpanel_export import MixpanelClient, MixpanelSettings

    known = settings.validated("mixpanel", MixpanelSettings)
    if time_zone:
        options["time_zone"] = time_zone
    return MixpanelClient.from_env(known, state_folder=home() / "mixpanel", **options)


class Progress:
    """Shows an export's progress as a bar of days on standard error; use it as a context manager."""

    def __init__(self, days: int) -> None:
        import click

        self._bar: Any = click.progressbar(length=days, label="Mixpanel", file=sys.stderr, item_show_func=shown)
        self._done = 0

    def __enter__(self) -> Self:
        self._bar.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.__exit__(*error)

    def __call__(self, figures: Figures) -> None:
        """Move the bar; a note, such as why it waits, gets a line of its own."""
        from oseberg.cli._output import say

        if figures.note:
            say(f"\n{figures.note}" if sys.stderr.isatty() else figures.note)
        self._bar.update(max(0, figures.done - self._done), figures)
        self._done = figures.done


def shown(figures: Figures | None) -> str | None:
    """Say how much has come."""
    return None if figures is None else f"{figures.rows:,} events, {figures.bytes / 1e6:.1f} MB"
