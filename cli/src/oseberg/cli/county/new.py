"""The work of `oseberg county new`."""

from __future__ import annotations

from pathlib import Path

import click

from oseberg.cli.county.own import own_counties
from oseberg.cli.exits import Failure
from oseberg.cli.output import say
from oseberg.county_parsers import draft_county, new_county, new_county_here


def run(name: str, fips: str, *, here: bool, files: tuple[Path, ...]) -> None:
    """Write the files of a new county, and print the next steps."""
    folder = own_counties()
    if not here and folder is None:
        file = Path("oseberg.toml").absolute()
        raise Failure(
            f'No folder for your own counties is set. Add these lines to {file}:\n\n[county]\npath = "counties"'
        )
    if files and here:
        raise click.UsageError("--from drafts a county of your own: use it without --here.")
    if files:
        written = draft_county(name, fips, files, folder or Path())
    else:
        written = new_county_here(name, fips) if here else new_county(name, fips, folder or Path())
    for path in written:
        click.echo(path)
    alone = f"`python3 -m pytest {written[1]}` (`python3 -m pip install pytest` installs it)"
    test = f"`python3 -m nox -s tests -- tests/county_parsers -k {name}`" if here else alone
    if files:
        say(f"1. Compare {written[0]} with the files: its comments say what each column was recognized by.")
        say(f"2. See what it reads: `oseberg county try {name} {written[-1]}`. Correct the module until it is right.")
    else:
        say(f"1. Replace the example in {written[-1].parent} with a small real delivery.")
        say(f"2. Declare its files, columns and document types in {written[0]}.")
    say(f"3. Run {test}; it says what comes next.")
