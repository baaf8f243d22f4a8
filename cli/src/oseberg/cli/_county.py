"""The commands of `oseberg county`."""

from __future__ import annotations

import click


@click.group()
def county() -> None:
    """Turn a courthouse's index files into standard records, and check them."""
