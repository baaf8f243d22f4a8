"""The commands of `oseberg sample`, as a person sees them."""

from __future__ import annotations

from pathlib import Path

import click

from oseberg.cli.lazy import Group, does

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group(cls=Group)
def sample() -> None:
    """Serve sample events, and write sample deliveries.

    \b
    Example:
      oseberg sample serve
      oseberg sample county andrews deliveries
    """


@sample.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="Port; 0 for any free one."
)
@click.option(
    "--out",
    type=FOLDER,
    default=".",
    show_default=True,
    help="Folder for users.csv and groups.csv, which fit the events.",
)
@does("sample.serve:run")
def serve() -> None:
    """Serve 30,000 sample events through a local stand-in for Mixpanel's API, until Ctrl-C.

    Prints the variables that point the other commands to it; paste them into another terminal. The events are from
    2026-07-27 to 2026-11-01, of about 200 invented users. No account at Mixpanel is needed.

    \b
    Example:
      oseberg sample serve --port 8765
      oseberg mixpanel export --since 2026-07-27 --until 2026-11-01 -o events.csv    (in another terminal)
    """


@sample.command()
@click.argument("name")
@click.argument("folder", type=FOLDER)
@does("sample.deliveries:run")
def county(name: str, folder: Path) -> None:
    """Write a sample delivery of county NAME below FOLDER, as FOLDER/FIPS/YYYYMMDD.

    The deliveries are invented and have the kinds of faults that real ones have.

    \b
    Example:
      oseberg sample county howard deliveries
      oseberg county parse howard deliveries/48227/20180605 --out parsed/howard
    """
