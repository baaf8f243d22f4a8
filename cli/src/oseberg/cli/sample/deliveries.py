"""The work of `oseberg sample county`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from oseberg.cli.output import say
from oseberg.cli.sample.data import delivered_counties, write_delivery

if TYPE_CHECKING:
    from pathlib import Path


def run(name: str, folder: Path) -> None:
    """Write the delivery, print its folder, and say how to parse it."""
    if name not in delivered_counties():
        raise click.BadParameter(
            f"{name} has no sample delivery. Choose one of {', '.join(delivered_counties())}.", param_hint="NAME"
        )
    delivery = write_delivery(name, folder)
    click.echo(delivery)
    say(f"Parse it: oseberg county parse {name} {shlex.quote(str(delivery))} --out {name}")
