"""The commands of `oseberg county`, as a person sees them."""

from __future__ import annotations

from pathlib import Path

import click

from oseberg.cli.lazy import Group, does, prints
from oseberg.cli.options import FILE, json_option, wide_option

# The library registers its forms; they are repeated here, since help must not import it.
FORMATS = ("text", "json", "html", "junit", "github", "markdown")


@click.group(cls=Group)
def county() -> None:
    """Turn a county's index files into standard records, and check them.

    \b
    Example:
      oseberg county parse andrews deliveries/48003/20180605 --out parsed/andrews
      oseberg county check parsed/andrews/records.jsonl --delivery deliveries/48003/20180605
    """


@county.command("list")
@wide_option
@json_option
@does("county.list:run")
def list_() -> None:
    """List the counties that can be parsed.

    Exit status: 0; 3 when a county module of your own can't be loaded, with the reason.

    \b
    Example:
      oseberg county list
    """


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
    help="Skip files in S3, and with --all local ones, that are younger: the vendor may still be writing them.",
)
@click.option("--again", is_flag=True, help="Parse a delivery even if it is already parsed into this folder.")
@click.option(
    "--workers",
    "processes",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Number of processes, with --all.",
)
@click.option("--dask", metavar="ADDRESS", help="With --all: use the Dask scheduler at tcp://host:8786.")
@does("county.parse:run")
def parse() -> None:
    """Parse one delivery of the county NAME: a folder, one index file, or an s3:// prefix.

    With --out, writes records.jsonl, rejects.jsonl and summary.json, all or none of them; what they replace is kept in
    history/. A delivery of a feed (Hillsborough, Miami-Dade) is applied to what earlier ones in the folder said, in the
    order of their days; its own results are in DIR/YYYYMMDD. Without --out, the records go to standard output and the
    summary to standard error. A delivery in S3, and with --all a local one, is parsed once for each output folder.

    Exit status: 0 everything was read; 3 finished, with rejected rows, totals that differ, deletes of documents that no
    delivery added, or files that are cut short, missing or not read (with --all: new since the last run); 1 it can't be
    read; 75 files are too young.

    \b
    Example:
      oseberg county parse andrews deliveries/48003/20180605 --out parsed/andrews
      oseberg county parse lea s3://vendor/35025/20180605/ --out parsed/lea
      oseberg county parse --all s3://vendor --out parsed --workers 4
    """


@county.command()
@click.argument("old", type=click.Path(exists=True, path_type=Path))
@click.argument("new", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    show_default=True,
    help="Output format.",
)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@does("county.diff:run")
def diff() -> None:
    """Show what differs between two versions of records: documents added, withdrawn and changed, field by field.

    OLD and NEW are records.jsonl files, or folders that hold one: `oseberg county parse` keeps what it replaces in the
    folder history/ of the results.

    \b
    Example:
      oseberg county diff parsed/lea/history/20261101T060000.000000Z parsed/lea
    """


@county.command()
@click.argument("records", type=FILE)
@click.option("--delivery", metavar="FOLDER_OR_S3", help="The delivery whose images/ the records name.")
@click.option("--history", type=FILE, help="Earlier records.jsonl, to find gaps between deliveries.")
@click.option("--waivers", type=FILE, help="TOML file of waivers.")
@click.option("--county", metavar="FIPS", help="The county that all records should belong to.")
@click.option("--leases-only", is_flag=True, help="The vendor delivers leases only: numbers and pages may have gaps.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="Measure lateness against this day [default: the delivery's last day].",
)
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="Format of the report."
)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the report to this file.")
@click.option(
    "--split",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write good.jsonl and quarantine.jsonl into this folder.",
)
@click.option(
    "--register",
    metavar="PLACE",
    help="Register that remembers all deliveries: FILE, s3://… or postgresql://… [default: oseberg.toml].",
)
@click.option(
    "--delivered",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="Day of the delivery, which sets its order in the register [default: its folder's name, YYYYMMDD].",
)
@click.option("--all-open", is_flag=True, help="With a register: exit with status 3 for old findings, too.")
@click.option(
    "--explain",
    metavar="RULE",
    is_eager=True,
    expose_value=False,
    callback=prints("county.check:explain_rule"),
    help="Explain a rule, such as MA201, and exit.",
)
@click.option(
    "--rules",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=prints("county.check:list_rules"),
    help="Print all rules as Markdown and exit.",
)
@does("county.check:run")
def check() -> None:
    """Check standard records for completeness.

    RECORDS is the records.jsonl that `oseberg county parse` wrote; summary.json and rejects.jsonl in its folder are
    read as well. The section [county.check] of oseberg.toml sets what a rule may let pass.

    With --register, the delivery is judged together with all that came before it and remembered: an open gap stays
    open until it is delivered or waived, and status 3 means that something is new or overdue.

    Exit status: 0 complete; 3 finished, and something is missing; 1 unreadable, or a rule broke; 75 another run uses
    the register.

    \b
    Example:
      oseberg county check andrews/records.jsonl --delivery s3://vendor/48003/20180605/
      oseberg county check parsed/48003/20180605/records.jsonl --register register.sqlite
      oseberg county check --explain MA201
    """


register_option = click.option(
    "--register", metavar="PLACE", help="The register of the checks [default: register in oseberg.toml]."
)
day_option = click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="The day to judge by [default: today]."
)
output_option = click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file."
)


@county.command()
@click.argument("root", required=False)
@register_option
@day_option
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "html"]), default="text", show_default=True, help="Format."
)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@output_option
@does("county.status:run")
def status() -> None:
    """Show the state of each county: certified day, open gaps, missing and late days.

    ROOT is a folder or s3:// prefix with deliveries or parsed results, ROOT/FIPS/YYYYMMDD: those that are not yet
    parsed or checked are listed as well.

    Exit status: 0 nothing is open; 3 something is missing, late or waiting.

    \b
    Example:
      oseberg county status
      oseberg county status parsed --format html -o counties.html
    """


@county.command()
@click.argument("county")
@register_option
@day_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "csv", "xlsx", "html"]),
    default="text",
    show_default=True,
    help="Format; the text can be pasted into a mail.",
)
@output_option
@click.option("--mark-asked", is_flag=True, help="Remember that the vendor was asked for these items today.")
@does("county.ask:run")
def ask() -> None:
    """List what to request from the vendor of a county: everything open, and when it was requested before.

    COUNTY is a county's name or FIPS code.

    \b
    Example:
      oseberg county ask andrews
      oseberg county ask 48003 --format xlsx -o andrews.xlsx --mark-asked
    """


@county.command()
@click.argument("county")
@click.argument("rule")
@click.argument("key")
@click.option("--reason", metavar="TEXT", help="Why the finding is accepted.")
@click.option("--by", metavar="NAME", help="Who accepts it.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Last day on which the waiver holds.")
@click.option(
    "--waivers",
    type=click.Path(dir_okay=False, path_type=Path),
    help="TOML file to add the waiver to [default: waivers in oseberg.toml, or waivers.toml].",
)
@register_option
@click.option("--note", metavar="TEXT", help="Note this about the finding in the register.")
@click.option("--assign", metavar="NAME", help="Assign the finding to somebody in the register.")
@does("county.waive:run")
def waive() -> None:
    """Waive a finding until a day, or note or assign it.

    COUNTY is a name or FIPS code, RULE a rule's id, and KEY the finding's key as reports print it, or a range
    FIRST..LAST of numbers or days.

    \b
    Example:
      oseberg county waive andrews MA201 18-0004513 --reason voided --by Hale --expires 2027-01-31
    """


@county.command()
@click.argument("name")
@click.argument("fips")
@click.option("--here", is_flag=True, help="Write into this checkout of the project, not into a folder of your own.")
@click.option(
    "--from",
    "files",
    multiple=True,
    type=FILE,
    metavar="FILE",
    help="Draft the module from this real index file; repeat it for the tables of one delivery.",
)
@does("county.new:run")
def new() -> None:
    """Write the module, example and failing test of a new county, from the template or drafted from real files.

    They go into the folder that `[county] path` of oseberg.toml names, or with --here into the checkout you are in.
    The test says, step by step, what to do next. --from looks at encoding, delimiter or columns, headings, keys, days,
    parties and land, and says in comments what it recognized each column by.

    \b
    Example:
      oseberg county new winkler 48495
      oseberg county new winkler 48495 --from deliveries/48495/20180605/WINKLER_20180605.csv
    """


@county.command("try")
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--documents", type=click.IntRange(min=1), default=3, show_default=True, help="Number of documents and of rejects."
)
@does("county.try_:run")
def try_() -> None:
    """Show what a county's module reads: the first documents next to their rows, and the column of each reject.

    Nothing is written. FILE is an index file, or a delivery's folder.

    Exit status: 0 everything was read; 3 rows were rejected, totals differ, or files are cut short; 1 it can't be read.

    \b
    Example:
      oseberg county try winkler deliveries/48495/20180605/WINKLER_20180605.csv
    """
