"""The lines that matter in the output of each demo step: the whole demo has to fit two screens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Digest = Callable[[str], list[str]]

COLUMN_GAP = re.compile(r" {2,}")


def everything(output: str) -> list[str]:
    """Return every line: the output is short."""
    return output.rstrip().splitlines()


def rows(output: str, heading: str) -> list[list[str]]:
    """Return the cells of a printed table below its heading line.

    Args:
        output: What the command printed.
        heading: The name of the table's first column.

    Returns:
        A list of cells for each row; empty if the table is missing.
    """
    lines = output.splitlines()
    start = next((number for number, line in enumerate(lines, 1) if line.startswith(heading)), len(lines))
    table = [COLUMN_GAP.split(line.strip()) for line in lines[start:]]
    width = len(COLUMN_GAP.split(lines[start - 1].strip())) if table else 0
    return [cells for cells in table if len(cells) == width]


def of_load(output: str) -> list[str]:
    """Count the loaded days and their events instead of listing 99 days."""
    table = rows(output, "day")
    if not table:
        return everything(output)
    inserted, unchanged = (sum(int(cells[column].replace(",", "")) for cells in table) for column in (2, 5))
    return [f"{len(table)} days are complete: {inserted:,} events are new, {unchanged:,} were already there."]


def of_weeks(output: str) -> list[str]:
    """Compare the first scored week with the last."""
    listed = rows(output, "week")
    table = [cells for cells in listed if cells[2] != "-"]
    if not table:
        return everything(output)
    first, last = table[0], table[-1]
    lost = [cells[0] for cells in listed if cells[1] == "not tracked"]
    untold = f"; {', '.join(lost)} is not: tracking was lost, and lost events are not zero" if lost else ""
    return [
        f"{len(table)} weeks are scored{untold}.",
        f"From {first[0]} to {last[0]} the mean score of {last[2]} users went from {first[4]} to {last[4]},",
        f"and the number of active users from {first[3]} to {last[3]}.",
    ]


def of_check(output: str) -> list[str]:
    """Show through which day the county is certified, the failed checks and the conclusion."""
    lines = output.rstrip().splitlines()
    failed = [line for line in lines if re.match(r"MA\d+ +failed", line)]
    return [*lines[:1], *failed, *lines[-1:]]
