"""Tables and bars on a terminal, drawn by rich; a pipe or a log never imports this module."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Column, Table

if TYPE_CHECKING:
    from rich.progress import Progress


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


def draw(columns: list[tuple[str, list[str], bool]], gap: int) -> Table:
    """Make a table with numbers on the right, as text that people read.

    Args:
        columns: The heading and the cells of each column, and whether they are numbers.
        gap: Number of spaces between columns.

    Returns:
        The table.
    """
    # no lines between cells: they would only take room
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
    for name, _, number in columns:
        table.add_column(name, justify="right" if number else "left", overflow="fold", no_wrap=number)
    for row in zip(*(cells for _, cells, _ in columns), strict=True):
        table.add_row(*row)
    return table


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
