"""What the commands that write files share: standard output as a target, and the file of `--schema`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

import click

from oseberg.cli.output import say
from oseberg.mixpanel_export import Report, write_schema


def open_target(output: Path | None) -> Path | BinaryIO:
    """Return the path of `-o`, or standard output.

    Raises:
        click.UsageError: Standard output is closed.
    """
    if output is not None and output != Path("-"):
        return output
    if sys.stdout is None:  # as after >&-
        raise click.UsageError("Standard output is closed. Write to a file with -o PATH.")
    return sys.stdout.buffer


def known_schema(path: Path | None) -> Path | None:
    """Return the file of `--schema` if it exists already; its folder must exist in any case."""
    if path and not path.parent.is_dir():
        raise click.BadParameter(f"The folder {path.parent} does not exist; create it first.", param_hint="--schema")
    return path if path and path.is_file() else None


def grow_schema(path: Path, done: Report) -> None:
    """Write the columns and types of the result into the file of `--schema`, and print the types that became wider."""
    for name, (before, now) in done.widened.items():
        say(f"{name} needs the type {now} instead of {before}; {path} has it from now on.")
    write_schema(path, done)
