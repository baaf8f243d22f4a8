"""Options that several commands share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

# Files that are read: a missing one is wrong usage, told before anything is opened.
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _need_output(_: click.Context, __: click.Parameter, wanted: bool) -> bool:  # noqa: FBT001 - click's signature
    """Refuse `--json` before anything is done if standard output is closed."""
    if wanted and sys.stdout is None:
        raise click.UsageError("Standard output is closed.")
    return wanted


json_option: Callable[..., Any] = click.option(
    "--json", "as_json", is_flag=True, callback=_need_output, help="Print JSON instead of a table."
)
wide_option: Callable[..., Any] = click.option("--wide", is_flag=True, help="Print every column, at its full width.")
