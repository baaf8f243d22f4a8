"""The commands of `oseberg s3`, as a person sees them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from oseberg.cli.lazy import Group, does
from oseberg.cli.options import json_option

if TYPE_CHECKING:
    from collections.abc import Callable

dry_run_option: Callable[..., Any] = click.option(
    "--dry-run", is_flag=True, help="Show what would be done, and do nothing."
)
urls_argument: Callable[..., Any] = click.argument("urls", nargs=-1, metavar="[URL]...")


@click.group(cls=Group)
def s3() -> None:
    """Fetch and archive files in S3, and see what was processed.

    Credentials, region and endpoint are found as boto3 does: AWS_PROFILE, AWS_ENDPOINT_URL_S3, roles.

    \b
    Example:
      oseberg s3 get s3://vendor/48003/20180605/ deliveries/48003/20180605
      oseberg s3 archive deliveries/48003/20180605 s3://archive/48003/20180605/
    """


@s3.command()
@click.argument("source", metavar="SRC")
@click.argument("target", metavar="DST", type=click.Path(path_type=Path))
@dry_run_option
@json_option
@does("s3.transfer:get")
def get() -> None:
    """Fetch an object, or a folder with everything in it, to a local path.

    Every file is verified and appears whole or not at all. Files that are there already with the same content are left
    alone, so an interrupted command can simply be run again. A URL that ends in a slash is a folder.

    Exit status: 0 everything is there; 3 some files are not, and are named; 1 nothing could be fetched; 75 try
    again later.

    \b
    Example:
      oseberg s3 get s3://vendor/48003/20180605/ deliveries/48003/20180605
      oseberg s3 get s3://vendor/48003/20180605/ANDREWS.csv . --dry-run
    """


@s3.command()
@click.argument("source", metavar="SRC")
@click.argument("target", metavar="DST")
@click.option(
    "--on-conflict",
    type=click.Choice(["error", "version"]),
    default="error",
    show_default=True,
    help="If the name is taken by other content: report an error, or keep both (a.csv and a.v2.csv).",
)
@dry_run_option
@json_option
@does("s3.transfer:archive")
def archive() -> None:
    """Copy a file or a folder, local or in S3, to an archive in S3; nothing there is ever overwritten.

    Files that are there already with the same content count as done; those with other content are kept and named.

    Exit status: 0 everything is kept; 3 some files are not, and are named; 1 nothing could be done; 75 try again later.

    \b
    Example:
      oseberg s3 archive deliveries/48003/20180605 s3://archive/48003/20180605/
      oseberg s3 archive s3://vendor/48003/ s3://archive/48003/ --on-conflict version --json
    """


@s3.group()
def ledger() -> None:
    """Show what was processed, or have it processed again.

    LEDGER is the file or the s3:// address that commands record processed files in, such as .processed.jsonl in the
    output folder of `oseberg county parse`.

    \b
    Example:
      oseberg s3 ledger list parsed/andrews/.processed.jsonl
    """


@ledger.command("list")
@click.argument("place", metavar="LEDGER")
@urls_argument
@json_option
@does("s3.ledger:show")
def list_() -> None:
    """List the records: what was processed when, and how long after it was written.

    With URLs, only those of these objects, or of everything in these folders (which end in a slash).

    \b
    Example:
      oseberg s3 ledger list parsed/andrews/.processed.jsonl
      oseberg s3 ledger list parsed/andrews/.processed.jsonl s3://vendor/48003/20180605/ --json
    """


@ledger.command()
@click.argument("place", metavar="LEDGER")
@urls_argument
@click.option("--older-than", type=click.IntRange(min=0), metavar="DAYS", help="Only records older than this.")
@dry_run_option
@json_option
@does("s3.ledger:forget")
def forget() -> None:
    """Remove records of objects or folders, so that they are processed again if they are still there.

    \b
    Example:
      oseberg s3 ledger forget parsed/andrews/.processed.jsonl s3://vendor/48003/20180605/
      oseberg s3 ledger forget parsed/andrews/.processed.jsonl --older-than 365 --dry-run
    """


@ledger.command()
@click.argument("place", metavar="LEDGER")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@dry_run_option
@json_option
@does("s3.ledger:retry")
def retry() -> None:
    """Have objects processed again as they are now; records of their earlier states are kept.

    Exit status: 0; 3 when a URL matches no record.

    \b
    Example:
      oseberg s3 ledger retry parsed/andrews/.processed.jsonl s3://vendor/48003/20180605/ANDREWS.csv
    """
