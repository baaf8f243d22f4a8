"""The metrics explained for the people who agree on them: Markdown, HTML, and a workbook with weights to edit."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from oseberg.health_model._explain.words import amount
from oseberg.health_model._files import Limits, write_workbook
from oseberg.health_model._health_model import HealthModel
from oseberg.health_model._model.definition import Metric
from oseberg.health_model._model.weights import HIGHEST, LOWEST, SHEET, weight_rows
from oseberg.health_model._pages.html import render
from oseberg.health_model._rounding import half_up
from oseberg.health_model._score.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HEADING = ("Metric", "Question", "Kind", "Weight", "At most", "Formula")
CUTS_HEADING = ("Users with 0", "0.5 =", "0.9 =")
SCORE = (
    "A user's score is 100 x the sum of weight x points / the sum of the weights, over the metrics of the products that"
    " the user has."
)
SOURCE = (
    "Weights are what customer success and sales agreed on from their accounts: judgments, to be compared with"
    " cancellations (`oseberg score threshold`). Sources say what is known about such behavior in general, not about"
    " these products."
)
KINDS = (
    "Continuous metrics give decile points: 0.7 means that at least 70 % of all users did less; 0.9 is the most."
    " Percentages count as they are, from 0 to 1. Yes counts 1, no counts 0."
)


def metric_rows(model: HealthModel, reference: Reference | None = None) -> list[list[str]]:
    """Return one row of text for each metric, a heading first.

    Columns: metric, question, kind, weight (with the segments that differ), the largest contribution to a score of the
    default weights, formula; with a reference also the share of users with 0 and what earns 0.5 and 0.9.
    """
    total = sum(metric.weight for metric in model.metrics)
    rows = [[*HEADING, *(CUTS_HEADING if reference else ())]]
    for metric in model.metrics:
        detail = model.definition.metrics[metric.id]
        # Deciles end at 0.9: nobody does more than everybody, themselves included.
        best = 90 if metric.kind == "continuous" else 100
        weights = ", ".join([str(metric.weight), *(f"{name} {weight}" for name, weight in metric.weights.items())])
        row = [metric.id, metric.question, metric.kind, weights, f"{half_up(best * metric.weight / total):.2f}"]
        rows.append([*row, formula(detail), *(cut_cells(metric.id, detail, reference) if reference else ())])
    return rows


def formula(metric: Metric) -> str:
    """Write a metric's formula."""
    value = " + ".join(metric.numerator)
    if metric.denominator:
        below = " + ".join(metric.denominator)
        value = f"({value}) / ({below})" if metric.minimum == 1 else f"({value}) / max({below}, {metric.minimum})"
    return {"continuous": f"decile({value})", "percentage": value, "boolean": f"{value} > 0"}[metric.kind]


def cut_cells(key: str, metric: Metric, reference: Reference) -> tuple[str, str, str]:
    """Return the share of users with 0, and what a user must exceed for 0.5 and 0.9."""
    if metric.kind != "continuous" or not reference.cuts.get(key):
        return "", "", ""
    half, best = (f"more than {amount(reference.cuts[key][place], metric.unit)}" for place in (4, 8))
    return f"{half_up(100 * reference.zeros.get(key, 0.0), 0):.0f} %", half, best


def introduction(model: HealthModel, reference: Reference | None) -> list[str]:
    """Describe in a few sentences how the metrics make a score."""
    zone, best = model.time_zone, half_up(model.attainable)
    weeks = f"Weeks run from Monday to Sunday in {zone}. The largest attainable score is {best:.2f}."
    sentences = [SCORE, KINDS, weeks, f"Model {model.version}."]
    if reference:
        span = f"{reference.weeks[0]} to {reference.weeks[-1]}" if reference.weeks else "unnamed weeks"
        sentences.append(f"Users are compared with {reference.users:,} users of {span}.")
    return sentences


def metrics_markdown(model: HealthModel, reference: Reference | None = None) -> str:
    """Document the metrics as Markdown.

    Args:
        model: The model to document.
        reference: Adds what value earns how many points.

    Returns:
        A page with one table.
    """
    rows = metric_rows(model, reference)
    lines = [f"# The metrics of {model.definition.title or model.definition.name}", ""]
    lines += [*introduction(model, reference), "", markdown_row(rows[0]), markdown_row(["---"] * len(rows[0]))]
    lines += map(markdown_row, rows[1:])
    if told := reasons(model):
        lines += ["", "## Why they matter", "", SOURCE, "", *(f"- **{key}**: {why}" for key, why in told)]
    return "\n".join(lines) + "\n"


def reasons(model: HealthModel) -> list[tuple[str, str]]:
    """Return why each metric matters, with the source, as far as the model file states them."""
    return [
        (key, f"{metric.why} Source: {metric.source}" if metric.source else metric.why)
        for key, metric in model.definition.metrics.items()
        if metric.why
    ]


def markdown_row(cells: Sequence[str]) -> str:
    """Write a table row; a bar within a cell is not a border."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def metrics_html(model: HealthModel, reference: Reference | None = None) -> str:
    """Document the metrics as one HTML page that needs no network.

    Args:
        model: The model to document.
        reference: Adds what value earns how many points.

    Returns:
        The page.
    """
    heading, *rows = metric_rows(model, reference)
    return render(
        "metrics.html",
        title=f"The metrics of {model.definition.title or model.definition.name}",
        sentences=introduction(model, reference),
        heading=heading,
        rows=rows,
        source=SOURCE,
        reasons=reasons(model),
    )


def metrics_csv(model: HealthModel) -> str:
    """Return the sheet of weights as CSV: it can be edited and read back (`HealthModel.load(weights=...)`).

    Returns:
        The text, with a heading.
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(weight_rows(model.definition, model.weights))
    return text.getvalue()


def write_metrics_workbook(path: str | Path, model: HealthModel, reference: Reference | None = None) -> None:
    """Write a workbook: the sheet `weights` can be edited and read back (`HealthModel.load(weights=...)`).

    Args:
        path: The `.xlsx` file, written whole or not at all.
        model: The model to document.
        reference: Adds what value earns how many points.

    Raises:
        ModelError: openpyxl (the extra `xlsx`) is not installed.
    """
    weights = weight_rows(model.definition, model.weights)
    limits = {SHEET: Limits(weights[0].index("default") + 1, LOWEST, HIGHEST)}
    notes = [["About"], *([sentence] for sentence in introduction(model, reference))]
    sheets: dict[str, Sequence[Sequence[Any]]] = {
        SHEET: weights,
        "metrics": with_numbers(metric_rows(model, reference)),
        "about": notes,
    }
    write_workbook(path, sheets, limits)


def with_numbers(rows: Sequence[Sequence[str]]) -> list[list[str | float]]:
    """Let a spreadsheet add up weights and points; a weight that differs by segment stays a text."""
    weight, most = (HEADING.index(name) for name in ("Weight", "At most"))
    cells: list[list[str | float]] = [list(row) for row in rows]
    # A weight that differs by segment is a text with commas, which no spreadsheet could add up.
    for row in cells[1:]:
        row[most] = float(row[most])
        row[weight] = int(row[weight]) if str(row[weight]).isdecimal() else row[weight]
    return cells
