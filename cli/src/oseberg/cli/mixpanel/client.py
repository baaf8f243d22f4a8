"""Makes the Mixpanel client that options, the environment and the settings describe."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Self

import click

from oseberg.cli.output import say
from oseberg.cli.settings import home
from oseberg.cli.types import ZONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from oseberg.cli.settings import Settings
    from oseberg.mixpanel_export import MixpanelClient

OPTIONS = (
    click.option("--time-zone", type=ZONE, help="Zone of the exported times: UTC, or an older project's own."),
    click.option(
        "--verify-time-zone/--no-verify-time-zone",
        default=None,
        help="Whether times that contradict the zone are refused [default: they are].",
    ),
    click.option(
        "--deadline",
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        help="The longest that one answer may take [default: 7200].",
    ),
)


def client_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that `open_client` takes."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def open_client(settings: Settings, **options: Any) -> MixpanelClient:  # noqa: ANN401 - the client's own
    """Give the client of the `MIXPANEL_…` variables and `[mixpanel]`; options that are given come before both.

    The count of requests is shared with other commands through a file in the folder for data of our own.
    """
    from oseberg.mixpanel_export import MixpanelClient, MixpanelSettings

    known = settings.validated("mixpanel", MixpanelSettings)
    given = {name: value for name, value in options.items() if value is not None}
    return MixpanelClient.from_env(known, state_folder=home() / "mixpanel", notify=show_note, **given)


def show_note(note: str) -> None:
    """Print a sentence about the export, such as why it waits, on a line of its own."""
    say(f"\n{note}" if sys.stderr.isatty() else note)


class Progress:
    """Shows an export's progress as a bar of days on standard error; use it as a context manager."""

    def __init__(self, days: int) -> None:
        self._bar: Any = click.progressbar(length=days, label="Mixpanel", file=sys.stderr, item_show_func=shown)
        self._done = 0

    def __enter__(self) -> Self:
        self._bar.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.__exit__(*error)

    def __call__(self, done: int, total: int | None, label: str) -> None:
        """Move the bar."""
        del total
        self._bar.update(max(0, done - self._done), label)
        self._done = done


def shown(label: str | None) -> str | None:
    """Return how much has come: the label without its unit, which the bar shows."""
    return None if label is None else label.removeprefix("days, ")
