"""The commands of `oseberg county`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from oseberg.cli._check import check
from oseberg.cli._exit import NEEDS_A_PERSON
from oseberg.cli._output import json_option, print_frame, say
from oseberg.cli._settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping


@click.group()
def county() -> None:
    """Turn a courthouse's index files into standard records, and check them.

    \b
    Example:
      oseberg county parse andrews deliveries/48003/20180605 --out parsed/andrews
      oseberg county check parsed/andrews/records.jsonl --delivery deliveries/48003/20180605
    """


def own_counties() -> Path | None:
    """Give the folder of the user's own county modules, if `[county] path` names one."""
    path = Settings.load().get("county", "path")
    return Path(path).expanduser() if path else None


@county.command("list")
@json_option
def list_(as_json: bool) -> None:  # noqa: FBT001 - click's signature
    """List the counties that can be parsed.

    \b
    Example:
      oseberg county list
    """
    import pandas as pd

    from oseberg.county_parsers import list_counties

    counties = list_counties(own_counties()).items()
    rows = [(name, county.name, county.state, county.fips, county.files) for name, county in counties]
    print_frame(pd.DataFrame(rows, columns=["name", "county", "state", "fips", "files"]), as_json=as_json)


@county.command()
@click.argument("name")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Write the three files into this folder.")
def parse(name: str, source: Path, out: Path | None) -> None:
    """Parse one delivery of the county NAME: a folder, or one index file.

    With --out, writes records.jsonl, rejects.jsonl and summary.json. Without, the records go to standard output and
    the summary to standard error.

    \b
    Example:
      oseberg county parse andrews deliveries/48003/20180605 --out parsed/andrews
    """
    import shutil
    import sys
    import tempfile

    from oseberg.county_parsers import parse_to

    if out:
        summary = parse_to(name, source, out, folder=own_counties())
    else:
        with tempfile.TemporaryDirectory() as folder:
            summary = parse_to(name, source, folder, folder=own_counties())
            with (Path(folder) / "records.jsonl").open("rb") as records:
                shutil.copyfileobj(records, sys.stdout.buffer)
            say((Path(folder) / "summary.json").read_text(encoding="utf-8").rstrip())
    if needs_a_person(summary):
        raise click.exceptions.Exit(NEEDS_A_PERSON)


def needs_a_person(summary: Mapping[str, Any]) -> bool:
    """Tell whether rows were rejected, or the delivery's own totals differ from what was read."""
    return bool(summary["rejected"] or summary["stated_differs"])


county.add_command(check)
