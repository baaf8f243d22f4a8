"""The work of `oseberg score metrics`."""

from __future__ import annotations

import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oseberg.cli._atomic import write_text
from oseberg.cli.database import open_database
from oseberg.cli.exits import DONE, NEEDS_ATTENTION, Failure
from oseberg.cli.model import load_model
from oseberg.cli.output import count, say
from oseberg.cli.score.commands import FORMATS
from oseberg.cli.score.statistics import measure_all
from oseberg.cli.score.stored import export_zone, stored_reference, weeks_lost
from oseberg.cli.score.weekly.run import shown_warnings
from oseberg.cli.score.weekly.source import loaded_days
from oseberg.cli.settings import Settings
from oseberg.health_model import (
    check_model,
    complete_weeks,
    metrics_csv,
    metrics_html,
    metrics_markdown,
    newest_reference,
    write_metrics_workbook,
)

if TYPE_CHECKING:
    from oseberg.health_model import HealthModel, Reference

CHECKED = 4  # weeks: an event that nobody caused in a month is not tracked
EXTENSIONS = {"": "md", ".txt": "md", ".htm": "html"} | {f".{form}": form for form in FORMATS}


def run(
    *,
    form: str | None,
    output: Path | None,
    weights: Path | None,
    save: Path | None,
    cuts: bool,
    check: bool,
    model_path: Path | None,
) -> int:
    """Print or write the documentation of the metrics, check or save edited weights, or check the model."""
    form = form or format_of(output)
    if form == "xlsx" and output is None and sys.stdout.isatty():
        raise click.UsageError("A terminal can't show a workbook. Write it to a file: -o metrics.xlsx")
    if form == "csv" and cuts:
        raise click.UsageError("The csv holds only the weights; use --cuts with md, html or xlsx.")
    settings = Settings.load()
    model = load_model(settings, model_path, weights)
    if check:
        return check_stored(settings, model)
    if weights is not None or save is not None:
        save_weights(model, save)
    if weights is None or output is not None:
        write_metrics(model, form, output, stored_reference(settings, model) if cuts else None)
    return DONE


def check_stored(settings: Settings, model: HealthModel) -> int:
    """Check a model against the latest stored weeks, and print the findings.

    Args:
        settings: The settings that name the database.
        model: The model.

    Returns:
        3 if there are findings, else 0.

    Raises:
        Failure: No complete week is loaded.
    """
    with open_database(settings) as database:
        lost = set(weeks_lost(database, model, settings))
        complete = complete_weeks(loaded_days(database), export_zone(settings), model.time_zone)
        weeks = [week for week in complete if week not in lost][-CHECKED:]
        if not weeks:
            raise Failure("No complete week with events is loaded yet. Load some: oseberg mixpanel load")
        today = cache(database.users)
        frames = [measure_all(database, model, week, today) for week in weeks]
        stored = newest_reference(database.references(model_version=model.version)["cuts"])
    with shown_warnings():
        findings = check_model(model, frames, stored or model.fit(frames))
    for finding in findings:
        click.echo(f"{finding.kind}: {finding.message}")
    total = sum(metric.weight for metric in model.metrics)
    yes_no = [metric for metric in model.metrics if metric.id in {f.subject for f in findings if f.kind == "yes or no"}]
    if yes_no:
        continuous = [metric for metric in model.metrics if metric.kind == "continuous"]
        points = sum(metric.weight for metric in yes_no)
        said = f"{len(yes_no)} of {len(continuous)} continuous metrics can only be yes or no: {points} of {total}"
        say(f"{said} points of weight.")
    say(f"Checked {weeks[0]} to {weeks[-1]}: {count(len(findings), 'finding')}.")
    return NEEDS_ATTENTION if findings else DONE


def format_of(output: Path | None) -> str:
    """Return the format that a file's extension stands for; Markdown without a file.

    Raises:
        UsageError: The extension is not one of these formats, such as .pdf.
    """
    extension = output.suffix.lower() if output else ""
    if extension not in EXTENSIONS:
        raise click.UsageError(f"{output} does not end in .{', .'.join(FORMATS)}. Choose one with --format.")
    return EXTENSIONS[extension]


def write_metrics(model: HealthModel, form: str, output: Path | None, reference: Reference | None) -> None:
    """Write the documentation of the metrics.

    Args:
        model: The model.
        form: One of the formats.
        output: The file, or None for standard output.
        reference: The reference whose cut-offs are shown, or None for none.
    """
    if form == "xlsx" and output is not None:
        write_metrics_workbook(output, model, reference)
    elif form == "xlsx":
        # a workbook is a zip file, whose writer has to go back: a pipe can't
        with tempfile.TemporaryDirectory() as folder:
            workbook = Path(folder) / "metrics.xlsx"
            write_metrics_workbook(workbook, model, reference)
            sys.stdout.buffer.write(workbook.read_bytes())
    else:
        texts = {"md": metrics_markdown, "html": metrics_html, "csv": lambda model, _: metrics_csv(model)}
        text = texts[form](model, reference)
        if output is None:
            click.echo(text, nl=False)
        else:
            write_text(output, text)
    if output is not None:
        say(f"Wrote {output}")


def save_weights(model: HealthModel, folder: Path | None) -> None:
    """Save a model with its new weights, and print how to use it."""
    if folder is None and model.is_shipped:
        say(f"The weights are valid; they would make the model {model.version}. The shipped model is unchanged:")
        say("keep a copy with these weights with --save FOLDER.")
        return
    path = model.save(folder)
    say(f"Wrote the model {model.version} to {path}. Its scores start with the next run; older scores stay.")
    if folder is not None:
        say(f'Use it: --model {path}, or OSEBERG_MODEL={path}, or in oseberg.toml: [score] model = "{path.as_posix()}"')
