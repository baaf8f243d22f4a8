"""Print for people and programs: data on standard output, messages on standard error."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from typing import IO, TYPE_CHECKING, Any
from unicodedata import combining, east_asian_width

import click

from oseberg.cli.exits import printable
from oseberg.cli.journal import current_log, note_message

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from rich.console import Console

NARROW = 80  # columns of the narrowest terminal that tables are made for; pipes get the same columns
SENTENCE = 44  # columns, the gap included: wider cells are sentences, which wrap
GAP = 2  # spaces between columns
UNLIMITED = 100_000  # columns: wider than any table
live_consoles: list[Console] = []
"""The console of the progress that is being drawn, if any: messages go through it, so that both stay readable."""


def check_stdout() -> None:
    """Check that standard output is open for data.

    Raises:
        click.UsageError: It is closed, as after `>&-`.
    """
    if sys.stdout is None:
        raise click.UsageError("Standard output is closed.")


def is_plain(stream: IO[Any] | None) -> bool:
    """Whether a stream gets bare text: not a terminal, a dumb one, or colors are switched off (https://no-color.org)."""
    if stream is None:  # closed, as after 2>&-
        return True
    return not stream.isatty() or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") in {"dumb", "unknown"}


def say(message: str, *, style: str = "") -> None:
    """Print a message that is not data, on standard error.

    Args:
        message: The text.
        style: How a terminal shows it: `bold`, `dim` (a command to copy, so it isn't wrapped), or as usual.
    """
    message = printable(message)
    note_message(message)
    log = current_log()
    if log:
        log.emit(message.strip())
    if log and log.quiet:
        return
    if live_consoles:
        live_consoles[-1].print(wrap(message), style=style, soft_wrap=True)
    elif is_plain(sys.stderr):
        click.echo(message, err=True)
    else:
        from oseberg.cli.drawing import open_console  # rich, which a log does not wait for

        open_console(sys.stderr, plain=False).print(
            message if style == "dim" else wrap(message), style=style, soft_wrap=True
        )


def wrap(message: str) -> str:
    """Wrap a message at the words, for a terminal; a long path stays in one piece."""
    try:
        width = os.get_terminal_size(sys.stderr.fileno()).columns  # standard output may be a pipe
    except (OSError, ValueError):
        width = shutil.get_terminal_size().columns
    lines = (
        textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False, drop_whitespace=True)
        for line in message.splitlines()
    )
    return "\n".join(lines)


def print_frame(
    frame: pd.DataFrame, *, as_json: bool = False, columns: Mapping[str, str] | None = None, empty: str = ""
) -> None:
    """Print a table for people, or one JSON array for programs (missing values are null, dates ISO).

    A table with chosen columns fits a terminal of 80 columns; a line says how to see the others.

    Args:
        frame: The rows.
        as_json: Whether to print JSON, with every column.
        columns: The columns that a table shows, with their headings; None for all of them, at their full width.
        empty: What to say instead of a table without rows.

    Raises:
        click.UsageError: Standard output is closed.
    """
    check_stdout()
    if as_json:
        # pandas writes dates and missing values, json the layout: pandas' own indentation is not stable
        text = frame.to_json(orient="records", date_format="iso", double_precision=15)
        click.echo(json.dumps(json.loads(text), indent=2, ensure_ascii=False))
    elif frame.empty:
        if empty:
            say(empty)
    else:
        shown = frame if columns is None else frame[[name for name in columns if name in frame]].rename(columns=columns)
        if columns is not None:
            width = shutil.get_terminal_size().columns if sys.stdout.isatty() else NARROW
            shown = fit(shown, max(NARROW, width))
        for line in table_lines(shown, wrapped=columns is not None):
            click.echo(line.rstrip(), color=True)  # escape codes are only there where they are wanted
        if hidden := len(frame.columns) - len(shown.columns):
            say(f"{count(hidden, 'more column')}: --wide or --json.")


def table_lines(frame: pd.DataFrame, *, wrapped: bool) -> list[str]:
    """Return a table as lines, with numbers on the right; a pipe gets plain columns, and one line for each row.

    Args:
        frame: The rows.
        wrapped: Whether a terminal wraps wide cells instead of showing every column at its full width.

    Returns:
        The lines, the headings first.
    """
    columns = [(str(name), show_column(frame[name]), frame[name].dtype.kind in "iuf") for name in frame.columns]
    if not sys.stdout.isatty():
        aligned = [align(name, cells, number=number) for name, cells, number in columns]
        return ["".join(row) for row in zip(*aligned, strict=True)]
    from oseberg.cli.drawing import draw, open_console  # as above

    console = open_console(sys.stdout, plain=is_plain(sys.stdout), width=None if wrapped else UNLIMITED)
    with console.capture() as drawn:
        console.print(draw(columns, GAP))
    return drawn.get().splitlines()


def align(name: str, cells: list[str], *, number: bool) -> list[str]:
    """Return the heading and the cells of a column, of one width and with a gap behind them."""
    texts = [" ".join(text.splitlines()).expandtabs() for text in (name, *cells)]
    widths = [cells_of(text) for text in texts]
    padding = [" " * (max(widths) - width) for width in widths]
    gap = " " * GAP
    return [blank + text + gap if number else text + blank + gap for text, blank in zip(texts, padding, strict=True)]


def cells_of(text: str) -> int:
    """Return the width of a text in columns: East Asian letters take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(letter) else 1 + (east_asian_width(letter) in "WF") for letter in text)


def fit(frame: pd.DataFrame, width: int) -> pd.DataFrame:
    """Drop columns from the right until a table fits; sentences wrap inside their column instead.

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


def show_column(column: pd.Series[Any]) -> list[str]:
    """Return the cells of a column as text: two decimals, thousands separators, `-` for what is missing."""
    separator = "" if str(column.name).endswith("id") else ","  # an id is a name, not a quantity
    kind = column.dtype.kind
    if kind == "f":
        form = "{:z" + separator + ".2f}"  # a value that rounds to zero has no sign
    elif kind in "iu":
        form = "{:" + separator + "}"
    else:
        form = "{}"
    words = {True: "yes", False: "no"}
    missing = column.isna()
    return [
        "-" if absent else words[bool(value)] if kind == "b" else printable(form.format(value))
        for value, absent in zip(column, missing, strict=True)
    ]


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun, as in `1 event` or `48,211 events`.

    Args:
        number: How many.
        noun: The noun of one.
        plural: The noun of several, where it isn't formed with an `s`.

    Returns:
        The phrase.
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
