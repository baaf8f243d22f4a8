"""The commands of `oseberg config`, as a person sees them."""

from __future__ import annotations

from pathlib import Path

import click

from oseberg.cli.lazy import Group, does


@click.group(cls=Group)
def config() -> None:
    """Show, write and check oseberg.toml.

    \b
    Example:
      oseberg config init
      oseberg config show
    """


@config.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of TOML.")
@does("config.show:run")
def show() -> None:
    """Show every setting that is in effect, and where it comes from.

    The output is a settings file itself. Secrets are never shown.

    \b
    Example:
      oseberg config show
      oseberg config show --json
    """


@config.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default="oseberg.toml",
    show_default=True,
    help="File to write.",
)
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@does("config.init:run")
def init() -> None:
    """Write a settings file with every key, its default and a comment.

    All keys are commented out, so the new file changes nothing until you uncomment a key. Only you can read the file,
    since it may hold secrets.

    \b
    Example:
      oseberg config init
    """


@config.command()
@does("config.check:run")
def check() -> None:
    """Check the settings files and variables: unknown keys, invalid values, missing files.

    Exit status: 0 valid; 1 invalid, with one line for each fault.

    \b
    Example:
      oseberg config check
    """
