"""The work of `oseberg score digest`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from oseberg.cli._atomic import write_text
from oseberg.cli.database import open_database
from oseberg.cli.exits import DONE, NEEDS_ATTENTION
from oseberg.cli.journal import add_counts
from oseberg.cli.model import load_model, read_score_settings
from oseberg.cli.output import say
from oseberg.cli.score.stored import read_history
from oseberg.cli.settings import Settings
from oseberg.health_model import make_digest

if TYPE_CHECKING:
    from pathlib import Path


def run(*, owner: str | None, form: str, output: Path | None, model_path: Path | None) -> int:
    """Print or write what changed since the week before; return 3 if a company is newly low or falling."""
    settings = Settings.load()
    model = load_model(settings, model_path)
    threshold = read_score_settings(settings).threshold
    with open_database(settings) as database:
        digest = make_digest(read_history(database, model, settings), threshold, owner=owner)
    add_counts(**{name.lower().replace(" ", "_"): len(rows) for name, rows in digest.sections.items()})
    text = digest.html() if form == "html" else digest.text()
    if output is None:
        click.echo(text, nl=False)
    else:
        write_text(output, text, private=True)
        say(f"Wrote {output}")
    return NEEDS_ATTENTION if digest.needs_a_person else DONE
