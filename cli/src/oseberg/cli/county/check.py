"""The command `oseberg county check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from oseberg.cli.county.deliveries import is_s3
from oseberg.cli.exits import Failure
from oseberg.cli.output import say, write_whole
from oseberg.cli.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime

    from oseberg.maze_authority import Result

FORMATS = ("text", "json", "html", "junit", "github", "markdown")


def print_explanation(ctx: click.Context, param: click.Parameter, value: str | None) -> None:  # noqa: ARG001 - click's signature
    """Print one rule's explanation and leave."""
    if value and not ctx.resilient_parsing:
        from oseberg.maze_authority import explain

        click.echo(explain(value))
        ctx.exit()


def print_rules(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001, FBT001 - click's signature
    """Print the documentation page of the rules and leave."""
    if value and not ctx.resilient_parsing:
        from oseberg.maze_authority import rules_page

        click.echo(rules_page(), nl=False)
        ctx.exit()


@click.command()
@click.argument("records", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--delivery", metavar="FOLDER_OR_S3", help="The delivery whose images/ the records name.")
@click.option("--history", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Earlier records.jsonl.")
@click.option("--waivers", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="TOML file of waivers.")
@click.option("--county", metavar="FIPS", help="The county that all records should be of.")
@click.option("--leases-only", is_flag=True, help="The vendor delivers leases only: numbers and pages may have gaps.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Judge lateness by this day.")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="Form of the report."
)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the report to this file.")
@click.option(
    "--split",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write good.jsonl and quarantine.jsonl there.",
)
@click.option(
    "--explain",
    metavar="RULE",
    is_eager=True,
    expose_value=False,
    callback=print_explanation,
    help="Explain a rule, such as MA201, and exit.",
)
@click.option(
    "--rules",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=print_rules,
    help="Print all rules as Markdown and exit.",
)
def check(
    records: Path,
    delivery: str | None,
    history: Path | None,
    waivers: Path | None,
    county: str | None,
    leases_only: bool,  # noqa: FBT001 - click passes flags by name
    as_of: datetime | None,
    form: str,
    output: Path | None,
    split: Path | None,
) -> None:
    """Check standard records for completeness.

    RECORDS is the records.jsonl that `oseberg county parse` wrote; summary.json and rejects.jsonl beside it are read
    as well. What a rule may let pass is set in oseberg.toml, in `[county.check]`.

    Exit status 0: complete; 3: finished, and something is missing; 1: unreadable, or a rule broke.

    \b
    Example:
      oseberg county check andrews/records.jsonl --delivery s3://vendor/48003/20180605/
      oseberg county check --explain MA201
    """
    from oseberg.maze_authority import CheckSettings
    from oseberg.maze_authority import check as check_records

    if output is not None and output.exists() and output.samefile(records):
        raise click.BadParameter(f"{output} are the records themselves.", param_hint="-o")
    settings = Settings.load().validated("county.check", CheckSettings)
    result = check_records(
        records,
        images=None if delivery is None else list_images(delivery),
        history=history,
        county=county,
        waivers=waivers,
        complete_series=not leases_only,
        as_of=as_of.date() if as_of else None,
        settings=settings,
    )
    write_report(result, form, output)
    if split is not None:
        write_split(result, split)
    if result.exit_code:
        raise click.exceptions.Exit(result.exit_code)


def list_images(delivery: str) -> str | list[tuple[str, int | None, str | None]]:
    """Give a delivery's image files: a folder as it is, an `s3://` prefix as listed."""
    if not is_s3(delivery):
        if not delivery or not Path(delivery).is_dir():
            raise Failure(f"{delivery or 'Nothing'} is no folder. Give the delivery's folder or its s3:// address.")
        return delivery
    from oseberg.s3utils import S3, S3Url

    given, s3 = S3Url(delivery), S3()
    folder = given.parent if given.name == "images" else given
    images = folder / "images/"
    start = len(images.key) - len("images/")
    found: list[tuple[str, int | None, str | None]] = [
        (one.key[start:], one.size, one.etag) for one in s3.list(images) if not one.is_folder_marker
    ]
    if not found and next(iter(s3.list(folder / "")), None) is None:
        raise Failure(f"There is nothing under {delivery}. Give the delivery's address, which holds images/.")
    return found


def write_report(result: Result, form: str, output: Path | None) -> None:
    """Print the report, or write it whole and say where."""
    if output is None:
        click.echo(result.report(form), nl=False)
        return
    write_whole(output, result.report(form))
    say(f"{output}: {'complete' if result.ok else 'not complete'}")


def write_split(result: Result, folder: Path) -> None:
    """Write the good records and the quarantine as JSON Lines."""
    folder.mkdir(parents=True, exist_ok=True)
    good, quarantine = result.write_split(folder)
    say(f"{folder}: {good} good records, {quarantine} in quarantine")
