"""Draw tables and bars with rich, which takes a tenth of a second to import: only where something is drawn."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Column, Table

if TYPE_CHECKING:
    import pandas as pd
    from rich.progress import Progress

NARROW = 80  # columns of the narrowest terminal that tables are made for; pipes get the same columns
SENTENCE = 44  # letters: wider cells are sentences, which wrap
GAP = 2  # spaces between columns
UNLIMITED = 100_000  # columns: wider than any table


def open_console(stream: IO[Any], *, plain: bool, width: int | None = None) -> Console:
    """Make a console that writes escape codes only where they are wanted.

    Args:
        stream: Standard output or standard error.
        plain: Whether it gets bare text.
        width: Number of columns; None for the terminal's own.

    Returns:
        The console.
    """
    colors: dict[str, Any] = {"color_system": None} if plain else {}
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False, **colors)


def fit(frame: pd.DataFrame, width: int) -> pd.DataFrame:
    """Drop columns from the right until a table fits, unless it holds sentences: those wrap inside their column.

    Args:
        frame: The rows, the most important columns first.
        width: Number of columns of the terminal.

    Returns:
        The frame with the columns that fit, at least the first one.
    """
    widths = [max([len(str(name)), *map(len, show_column(frame[name]))]) + GAP for name in frame.columns]
    if max(widths, default=0) > SENTENCE:
        return frame
    kept = len(widths)
    while kept > 1 and sum(widths[:kept]) - GAP > width:
        kept -= 1
    return frame.iloc[:, :kept]


def draw(frame: pd.DataFrame) -> Table:
    """Make a table with numbers on the right, as text that people read."""
    # no lines between cells: they would only take room, and a pipe should get plain columns
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    for name in frame.columns:
        number = frame[name].dtype.kind in "iuf"
        table.add_column(str(name), justify="right" if number else "left", overflow="fold", no_wrap=number)
    for row in zip(*(show_column(frame[name]) for name in frame.columns), strict=True):
        table.add_row(*row)
    return table


def show_column(column: pd.Series[Any]) -> list[str]:
    """Return the cells of a column as text: two decimals, thousands separators, `-` for what is missing."""
    separator = "" if str(column.name).endswith("id") else ","  # an id is a name, not a quantity
    kind = column.dtype.kind
    if kind == "f":
        form = "{:" + separator + ".2f}"
    elif kind in "iu":
        form = "{:" + separator + "}"
    else:
        form = "{}"
    words = {True: "yes", False: "no"}
    missing = column.isna()
    return [
        "-" if absent else words[bool(value)] if kind == "b" else form.format(value)
        for value, absent in zip(column, missing, strict=True)
    ]


def make_bar(stream: IO[Any]) -> Progress:
    """Make the bar of a long operation; its tasks need a field `text` with their figures."""
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # tables need no bar

    text = TextColumn("{task.fields[text]}", table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1))
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", table_column=Column(no_wrap=True)),
        BarColumn(bar_width=12),
        text,
        TimeElapsedColumn(),
        console=open_console(stream, plain=False),
        transient=True,  # the summary that follows says it all; old bars would be noise
        expand=True,
    )
