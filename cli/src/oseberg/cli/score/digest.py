"""The work of `oseberg score digest`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from oseberg.cli._atomic import write_text
from oseberg.cli.database import open_database
from oseberg.cli.exits import DONE, NEEDS_ATTENTION, Failure
from oseberg.cli.journal import add_counts
from oseberg.cli.model import load_model, read_score_settings
from oseberg.cli.output import say
from oseberg.cli.score.stored import read_history
from oseberg.cli.settings import Settings
from oseberg.health_model import make_digest

if TYPE_CHECKING:
    from pathlib import Path

    from oseberg.health_model import Digest, History

ALARMS, MOST = ("Newly low", "Falling"), 5
"""The sections that need a person, and how many companies of each a sentence names."""


def run(*, owner: str | None, form: str, output: Path | None, model_path: Path | None) -> int:
    """Print or write what changed since the week before; return 3 if a company is newly low or falling."""
    settings = Settings.load()
    model = load_model(settings, model_path)
    threshold = read_score_settings(settings).threshold
    with open_database(settings) as database:
        history = read_history(database, model, settings)
    if owner is not None:
        check_owner(history, owner)
    digest = make_digest(history, threshold, owner=owner)
    add_counts(**{name.lower().replace(" ", "_"): len(rows) for name, rows in digest.sections.items()})
    text = digest.html() if form == "html" else digest.text()
    if output is None:
        click.echo(text, nl=False)
    else:
        write_text(output, text, private=True)
        say(f"Wrote {output}")
    if not digest.needs_a_person:
        return DONE
    if output is not None:  # the text itself has just been printed
        say(describe_alarms(digest, output))
    return NEEDS_ATTENTION


def describe_alarms(digest: Digest, output: Path) -> str:
    """Return which companies need attention, and where to learn why, as a sentence for a run's summary."""
    parts = []
    for name in ALARMS:
        companies = digest.sections[name]["name"].tolist() if name in digest.sections else []
        more = f" and {len(companies) - MOST:,} more" if len(companies) > MOST else ""
        if companies:
            parts.append(f"{name}: {', '.join(companies[:MOST])}{more}.")
    return f"{' '.join(parts)} {output} says why; in detail: oseberg score explain COMPANY"


def check_owner(history: History, owner: str) -> None:
    """Refuse an owner that no company ever had: a mistyped name would bring good news every Monday.

    Args:
        history: The companies' weeks, those of former customers included.
        owner: The owner, in any case.

    Raises:
        Failure: Nobody is called so.
    """
    known = sorted({str(name).strip() for name in history.frame["owner"].dropna()} - {""})
    if owner.casefold() not in {name.casefold() for name in known}:
        raise Failure(f"No company has the owner {owner!r}. Known: {', '.join(known) or 'none'}.")
