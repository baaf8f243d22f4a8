"""The commands of `oseberg county`."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import click

from oseberg.cli.county.check import check
from oseberg.cli.exits import DONE, NEEDS_A_PERSON, Failure
from oseberg.cli.output import json_option, print_frame, say
from oseberg.cli.settings import Settings


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
    from oseberg.cli.sections import CountySettings

    settings = Settings.load()
    settings.validated("county", CountySettings)
    return settings.path("county", "path")


@county.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:  # noqa: FBT001 - click's signature
    """List the counties that can be parsed.

    Exit status: 0; 3 when a module of your own can't be loaded, which is told with its reason.

    \b
    Example:
      oseberg county list
    """
    import pandas as pd

    from oseberg.county_parsers import list_counties

    broken: list[Exception] = []
    counties = list_counties(own_counties(), on_error=broken.append).items()
    rows = [(name, county.name, county.state, county.fips, " ".join(county.patterns)) for name, county in counties]
    print_frame(pd.DataFrame(rows, columns=["name", "county", "state", "fips", "files"]), as_json=as_json)
    for error in broken:
        say(f"oseberg: {error}")
    ctx.exit(NEEDS_A_PERSON if broken else DONE)


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
@click.option(
    "--workers", "processes", type=click.IntRange(min=1), default=1, show_default=True, help="With --all: processes."
)
@click.option("--dask", metavar="ADDRESS", help="With --all: a Dask scheduler, like tcp://host:8786, does the work.")
@click.pass_context
def parse(
    ctx: click.Context,
    *,
    words: tuple[str, ...],
    every: bool,
    out: Path | None,
    stable_for: int,
    again: bool,
    processes: int,
    dask: str | None,
) -> None:
    """Parse one delivery of the county NAME: a folder, one index file, or an s3:// prefix.

    With --out, writes records.jsonl, rejects.jsonl and summary.json, all or none of them. Without, the records go to
    standard output and the summary to standard error. A delivery in S3 is parsed once for each output folder.

    Exit status: 0 all was read; 3 finished, with rejected rows or totals that differ; 1 it could not be read;
    75 files in S3 are too young.

    \b
    Examples:
      oseberg county parse andrews deliveries/48003/20180605 --out parsed/andrews
      oseberg county parse lea s3://vendor/35025/20180605/ --out parsed/lea
      oseberg county parse --all s3://vendor --out parsed --workers 4
    """
    from oseberg.cli.county.parse import LEDGER, Job, Rules, jobs_under, print_one, run_all, workers, worst

    rules = Rules((out or Path()) / LEDGER, own_counties(), stable_for, again)
    if every:
        if len(words) != 1 or not out:
            raise click.UsageError("--all takes a root and --out: oseberg county parse --all ROOT --out DIR")
        jobs, broken = jobs_under(words[0], out, rules)
        found = set()
        with workers(processes, dask) as executor:
            for done in chain(broken, run_all(jobs, executor)):
                say(done.message)
                found.add(done.status)
        ctx.exit(worst(found))
    if len(words) != len(["NAME", "SOURCE"]):
        raise click.UsageError("Name the county and its delivery (`oseberg county list` shows the counties).")
    if processes > 1 or dask:
        raise click.UsageError("--workers and --dask share out many deliveries: use them with --all.")
    name, source = words
    done = Job(name, source, out, rules).run() if out else print_one(name, source, rules.own)
    say(done.message)
    ctx.exit(done.status)


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
    alone = f"`python3 -m pytest {written[1]}` (`python3 -m pip install pytest` gets it)"
    test = f"`python3 -m nox -s tests -- tests/county_parsers -k {name}`" if here else alone
    say(f"1. Put a small real delivery in place of the example in {written[-1].parent}.")
    say(f"2. Declare its files, columns and document types in {written[0]}.")
    say(f"3. Run {test}; it says what comes next.")
