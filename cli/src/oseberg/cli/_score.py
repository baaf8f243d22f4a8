"""The commands of `oseberg score`."""

from __future__ import annotations

import click


@click.group()
def score() -> None:
    """Score users and companies, and explain the scores."""
