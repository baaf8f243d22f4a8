"""The commands of `oseberg county`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from oseberg.cli._check import check
from oseberg.cli._exit import FAILED, NEEDS_A_PERSON, Failure, is_ours, sentence
from oseberg.cli._output import json_option, print_frame, say
from oseberg.cli._settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oseberg.county_parsers import County


LEDGER = ".processed.jsonl"
"""In the output folder: which files in S3 were parsed into it."""


@click.group()
def county() -> None:
    """Turn a courthouse's index files into standard records, and check them.

    \b
    Example:
      oseberg county parse andrews deliveries/48003/20180605 --out parsed/andrews
      oseberg county check parsed/andrews/records.jsonl --delivery deliveries/48003/20180605
    """


county.add_command(check)


def own_counties() -> Path | None:
    """Give the folder of the user's own county modules: `[county] path`, relative to its oseberg.toml."""
    settings = Settings.load()
    path = settings.get("county", "path")
    return settings.files["county", "path"].parent / Path(path).expanduser() if path else None


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
    rows = [(name, county.name, county.state, county.fips, " ".join(county.patterns)) for name, county in counties]
    print_frame(pd.DataFrame(rows, columns=["name", "county", "state", "fips", "files"]), as_json=as_json)


@county.command()
@click.argument("words", nargs=-1, required=True, metavar="NAME SOURCE")
@click.option("--all", "every", is_flag=True, help="Parse every delivery of every county under SOURCE/FIPS/YYYYMMDD.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Write the results into this folder.")
@click.option(
    "--stable-for",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="MINUTES",
    help="Leave files in S3 alone that are younger: the vendor may still be writing them.",
)
@click.option("--again", is_flag=True, help="Parse a delivery in S3 even if it was parsed into this folder before.")
def parse(words: tuple[str, ...], every: bool, out: Path | None, stable_for: int, again: bool) -> None:  # noqa: FBT001 - click's signature
    """Parse one delivery of the county NAME: a folder, one index file, or an s3:// prefix.

    With --out, writes records.jsonl, rejects.jsonl and summary.json, all or none of them. Without, the records go to
    standard output and the summary to standard error. A delivery in S3 is parsed once for each output folder.

    Exit status: 0 all was read; 3 finished, with rejected rows or totals that differ; 1 it could not be read;
    75 files in S3 are too young.

    \b
    Examples:
      oseberg county parse andrews deliveries/48003/20180605 --out parsed/andrews
      oseberg county parse lea s3://vendor/35025/20180605/ --out parsed/lea
      oseberg county parse --all s3://vendor --out parsed
    """
    if every:
        if len(words) != 1 or not out:
            raise click.UsageError("--all takes a root and --out: oseberg county parse --all ROOT --out DIR")
        parse_every(words[0], out, stable_for=stable_for, again=again)
        return
    if len(words) != len(["NAME", "SOURCE"]):
        raise click.UsageError("Name the county and its delivery (`oseberg county list` shows the counties).")
    name, source = words
    from oseberg.county_parsers import load_county

    declared = load_county(name, own_counties())
    summary = (
        parse_one(declared, source, out, out / LEDGER, stable_for=stable_for, again=again)
        if out
        else print_one(declared, source)
    )
    if needs_a_person(summary):
        raise click.exceptions.Exit(NEEDS_A_PERSON)


def parse_one(
    county: County, source: str, out: Path, ledger: Path, *, stable_for: int, again: bool
) -> Mapping[str, Any]:
    """Parse one delivery into a folder, and say what became of its rows."""
    from oseberg.cli._county_source import fetched
    from oseberg.county_parsers import parse_to

    summary: Mapping[str, Any]
    again = again or not (out / "summary.json").is_file()
    with fetched(source, county, ledger, stable_minutes=stable_for, again=again) as place:
        if place is None:
            say(f"{source}: parsed before; --again parses it once more.")
            summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
        else:
            summary = parse_to(county, place, out)
    say(
        f"{county.name}, {source}: {summary['records']:,} records ({summary['incomplete']:,} incomplete) of "
        f"{summary['rows']:,} rows; {summary['rejected']:,} rejected -> {out}"
    )
    return summary


def print_one(county: County, source: str) -> Mapping[str, Any]:
    """Parse one delivery to standard output, once all of it is read."""
    import shutil
    import sys
    import tempfile

    from oseberg.cli._county_source import fetched
    from oseberg.county_parsers import parse_to

    with fetched(source, county) as place, tempfile.TemporaryDirectory() as folder:
        summary = parse_to(county, place or source, folder)
        with (Path(folder) / "records.jsonl").open("rb") as records:
            shutil.copyfileobj(records, sys.stdout.buffer)
        say((Path(folder) / "summary.json").read_text(encoding="utf-8").rstrip())
    return summary


def parse_every(root: str, out: Path, *, stable_for: int, again: bool) -> None:
    """Parse every county's deliveries; one that can't be read doesn't keep the others from it."""
    from oseberg.cli._county_source import deliveries
    from oseberg.county_parsers import list_counties

    found = [
        (county, delivery) for county in list_counties(own_counties()).values() for delivery in deliveries(root, county)
    ]
    if not found:
        raise Failure(f"{root}: no delivery of a known county lies here. Deliveries are ROOT/FIPS/YYYYMMDD.")
    statuses = set()
    for county, delivery in found:
        folder = out / county.fips / delivery.rstrip("/").rpartition("/")[2]
        statuses.add(try_one(county, delivery, folder, out / LEDGER, stable_for=stable_for, again=again))
    if status := next((status for status in (FAILED, NEEDS_A_PERSON) if status in statuses), max(statuses)):
        raise click.exceptions.Exit(status)


def try_one(county: County, source: str, out: Path, ledger: Path, *, stable_for: int, again: bool) -> int:
    """Parse one of many deliveries; give its exit status, and say what went wrong."""
    from oseberg.cli._exit import status

    try:
        summary = parse_one(county, source, out, ledger, stable_for=stable_for, again=again)
    except Failure as error:
        say(f"oseberg: {error.message}")
        return error.exit_code
    except Exception as error:
        if not is_ours(error):
            raise
        say(f"oseberg: {sentence(error)}")
        return status(error)
    return NEEDS_A_PERSON if needs_a_person(summary) else 0


def needs_a_person(summary: Mapping[str, Any]) -> bool:
    """Tell whether rows were rejected, or the delivery's own totals differ from what was read."""
    return bool(summary["rejected"] or summary["stated_differs"])


@county.command()
@click.argument("name")
@click.argument("fips")
@click.option("--here", is_flag=True, help="Write into this checkout of the project, not into a folder of your own.")
def new(name: str, fips: str, here: bool) -> None:  # noqa: FBT001 - click's signature
    """Write the module, example and failing test of a new county from the template.

    They go into the folder that `[county] path` of oseberg.toml names, or with --here into the checkout of this
    project in which you stand. The test says, step by step, what to do next.

    \b
    Example:
      oseberg county new winkler 48495
    """
    from oseberg.county_parsers import new_county, new_county_here

    folder = own_counties()
    if not here and folder is None:
        file = Path("oseberg.toml").absolute()
        raise Failure(
            f'Say where your counties should live: write these lines into {file}\n\n[county]\npath = "counties"'
        )
    written = new_county_here(name, fips) if here else new_county(name, fips, folder or Path())
    for path in written:
        click.echo(path)
    test = "tests/county_parsers" if here else written[1]
    say(f"1. Put a small real delivery in place of the example in {written[-1].parent}.")
    say(f"2. Declare its files, columns and document types in {written[0]}.")
    say(f"3. Run `python3 -m pytest {test}` (`python3 -m pip install pytest` gets it); it says what comes next.")
