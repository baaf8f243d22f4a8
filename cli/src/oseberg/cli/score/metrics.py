"""The work of `oseberg score metrics`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oseberg.cli._atomic import write_text
from oseberg.cli.output import say
from oseberg.cli.score.commands import FORMATS
from oseberg.cli.score.stored import load_model, stored_reference
from oseberg.cli.settings import Settings
from oseberg.health_model import metrics_csv, metrics_html, metrics_markdown, write_metrics_workbook

if TYPE_CHECKING:
    from oseberg.health_model import HealthModel, Reference

EXTENSIONS = {"": "md", ".txt": "md", ".htm": "html"} | {f".{form}": form for form in FORMATS}


def run(
    *,
    form: str | None,
    output: Path | None,
    weights: Path | None,
    save: Path | None,
    cuts: bool,
    model_path: Path | None,
) -> None:
    """Print or write the documentation of the metrics, and check or save edited weights."""
    form = form or format_of(output)
    if form == "xlsx" and output is None and sys.stdout.isatty():
        raise click.UsageError("A terminal can't show a workbook. Write it to a file: -o metrics.xlsx")
    if form == "csv" and cuts:
        raise click.UsageError("The csv holds only the weights; use --cuts with md, html or xlsx.")
    settings = Settings.load()
    model = load_model(settings, model_path, weights)
    if weights is not None or save is not None:
        save_weights(model, save)
    if weights is None or output is not None:
        write_metrics(model, form, output, stored_reference(settings, model) if cuts else None)


def format_of(output: Path | None) -> str:
    """Return the format that a file's extension stands for; Markdown without a file.

    Raises:
        UsageError: The extension is not one of ours, such as .pdf.
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
