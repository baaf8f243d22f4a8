"""The weights that people agreed on: a sheet of metric, default, and one column for each segment."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oseberg.health_model._files import read_csv, read_workbook, without_blank_end
from oseberg.health_model._model.definition import Definition
from oseberg.health_model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Weights = dict[str, dict[str, int]]
"""For each metric: `default`, and the segments that differ."""

SHEET = "weights"
IGNORED = ("question", "kind")
LOWEST, HIGHEST = 0, 5  # 0 switches a metric off


def read_weights(path: str | Path, definition: Definition) -> Weights:
    """Read a sheet of weights, CSV or xlsx.

    Raises:
        ModelError: A weight is not a whole number from 0 to 5, or all are 0; a metric or segment is unknown, missing or
            repeated.
    """
    path = Path(path)
    if path.suffix.lower() == ".xlsx":
        rows: Sequence[Sequence[Any]] = read_workbook(path, SHEET)
    else:
        rows = read_csv(path, ModelError)
    return check_weights(rows, definition, str(path))


def check_weights(rows: Sequence[Sequence[Any]], definition: Definition, source: str) -> Weights:
    """Turn the rows of a sheet into weights; every problem is named by file, row and column."""
    heading = without_blank_end([str(cell or "").strip() for cell in rows[0]]) if rows else []
    if "metric" not in heading and "default" not in heading:
        raise ModelError(f"{source} is not a sheet of weights: its first row has neither 'metric' nor 'default'.")
    problems = check_heading(heading, definition)
    weights: Weights = {}
    for number, row in enumerate(rows[1:], start=2):
        cells = {name: str("" if cell is None else cell).strip() for name, cell in zip(heading, row, strict=False)}
        metric = cells.get("metric", "")
        if not any(cells.values()):
            continue
        if metric not in definition.metrics or metric in weights:
            reason = "appears twice" if metric in weights else f"is not a metric of the model {definition.name}"
            problems.append(f"row {number}: {metric!r} {reason}")
            continue
        weights[metric] = read_row(cells, number, problems)
    problems += [f"{metric!r} has no row" for metric in definition.metrics if metric not in weights and not problems]
    if not problems and not any(own["default"] for own in weights.values()):
        problems.append("every default weight is 0, so nobody could have a score")
    if problems:
        raise ModelError("\n".join(f"{source}: {problem}." for problem in problems))
    return {metric: weights[metric] for metric in definition.metrics}


def check_heading(heading: Sequence[str], definition: Definition) -> list[str]:
    """Describe what is wrong with the first row."""
    known = {*definition.segments.job_types, *definition.segments.group_types}
    problems = [f"row 1: column {name!r} is missing" for name in ("metric", "default") if name not in heading]
    for name in dict.fromkeys(heading):
        if heading.count(name) > 1:
            problems.append(f"row 1: column {name!r} appears twice")
        elif name not in known and name not in ("metric", "default", *IGNORED):
            problems.append(
                f"row 1: {name!r} is not a job type or group type of the model (listed under [segments] in its file)"
            )
    return problems


def read_row(cells: Mapping[str, str], number: int, problems: list[str]) -> dict[str, int]:
    """Read one metric's weights; an empty cell of a segment means the default."""
    weights = {}
    for name, cell in cells.items():
        if name in ("metric", *IGNORED) or (not cell and name != "default"):
            continue
        spelled = cell.removesuffix(".0")  # spreadsheets write whole numbers so, once a cell has been a decimal
        if spelled.isdecimal() and LOWEST <= int(spelled) <= HIGHEST:
            weights[name] = int(spelled)
        else:
            problems.append(
                f"row {number}, column {name}: the weight of {cells['metric']} is {cell!r}, not a whole number from"
                f" {LOWEST} to {HIGHEST}"
            )
    return weights


def weight_rows(definition: Definition, weights: Weights) -> list[list[str | int]]:
    """Return the sheet that `read_weights` reads, with the questions next to the metrics."""
    segments = [*definition.segments.job_types, *definition.segments.group_types]
    rows: list[list[str | int]] = [["metric", "question", "kind", "default", *segments]]
    for key, metric in definition.metrics.items():
        own = weights[key]
        rows.append([key, metric.question, metric.kind, own["default"], *(own.get(name, "") for name in segments)])
    return rows


def weights_csv(definition: Definition, weights: Weights) -> str:
    """Return the text of a `weights.csv`: only the segments that differ from the default have a column."""
    used = [
        name
        for name in (*definition.segments.job_types, *definition.segments.group_types)
        if any(name in own for own in weights.values())
    ]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["metric", "default", *used])
    writer.writerows([key, own["default"], *(own.get(name, "") for name in used)] for key, own in weights.items())
    return text.getvalue()
