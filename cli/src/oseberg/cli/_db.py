"""The commands of `oseberg db`."""

from __future__ import annotations

import click


@click.group()
def db() -> None:
    """Create, upgrade and inspect the usage database."""
