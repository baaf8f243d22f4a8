"""The commands of `oseberg county`."""

from __future__ import annotations

import click

from oseberg.cli._check import check


@click.group()
def county() -> None:
    """Turn a courthouse's index files into standard records, and check them."""


county.add_command(check)
