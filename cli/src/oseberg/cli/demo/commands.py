"""The command `oseberg demo`, as a person sees it."""

from __future__ import annotations

from pathlib import Path

import click

from oseberg.cli.lazy import does


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default="demo",
    show_default=True,
    help="Folder for the files and pages that the demo writes.",
)
@click.option("--keep", is_flag=True, help="Keep the sample server and the database up until Ctrl-C.")
@click.option("--verbose", is_flag=True, help="Show each command's whole output.")
@does("demo.run:run")
def demo() -> None:
    """Run everything on sample data, from start to finish.

    Serves 14 weeks of sample events through a local stand-in for Mixpanel's API, loads them into embedded Postgres,
    scores users and companies, and writes the health page; then parses a sample delivery of Andrews County, checks it
    and writes that report. Each step is a command that you can run on your own. A second run changes nothing.

    \b
    Example:
      oseberg demo --out demo
    """
