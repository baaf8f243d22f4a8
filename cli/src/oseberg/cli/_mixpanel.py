"""The commands of `oseberg mixpanel`."""

from __future__ import annotations

import click


@click.group()
def mixpanel() -> None:
    """Export product events from Mixpanel, or load them into the database."""
