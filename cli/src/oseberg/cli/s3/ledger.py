"""Show what was processed, or have it processed again."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pandas as pd

from oseberg.cli.exits import DONE, NEEDS_ATTENTION, Failure
from oseberg.cli.output import check_stdout, count, print_frame, say
from oseberg.cli.s3.records import rows
from oseberg.cli.s3.transfer import address
from oseberg.s3utils import S3, Ledger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oseberg.s3utils import LedgerEntry

COLUMNS = {"processed": "Processed", "late": "Late", "size": "Bytes", "url": "Object"}


def show(place: str, urls: tuple[str, ...], *, as_json: bool) -> None:
    """List the records of a ledger.

    Args:
        place: The ledger.
        urls: Objects and folders; all records without any.
        as_json: Whether to print JSON.
    """
    found = open_ledger(place)
    wanted = addresses(urls)
    entries = [entry for url in wanted for entry in found.entries(url)] if wanted else list(found.entries())
    print_entries(entries, as_json=as_json)


def forget(place: str, urls: tuple[str, ...], *, older_than: int | None, dry_run: bool, as_json: bool) -> None:
    """Remove records.

    Args:
        place: The ledger.
        urls: Objects and folders.
        older_than: Days.
        dry_run: Whether to show the records only.
        as_json: Whether to print JSON.
    """
    if not urls and older_than is None:
        raise click.UsageError("Name objects or folders to forget, or pass --older-than DAYS.")
    check_stdout()  # before anything is done: a command that worked must not end as wrong usage
    age = None if older_than is None else timedelta(days=older_than)
    removed = open_ledger(place).forget(*addresses(urls), older_than=age, dry_run=dry_run)
    print_entries(removed, as_json=as_json)
    say(f"{count(len(removed), 'record')} {'would be ' if dry_run else ''}forgotten.")


def retry(place: str, urls: tuple[str, ...], *, dry_run: bool, as_json: bool) -> int:
    """Have objects processed again.

    Args:
        place: The ledger.
        urls: Objects and folders.
        dry_run: Whether to show the records only.
        as_json: Whether to print JSON.

    Returns:
        The exit status.
    """
    check_stdout()
    found, wanted = open_ledger(place), addresses(urls)
    unknown = [url for url in wanted if not any(found.entries(url))]
    removed = found.retry(*wanted, dry_run=dry_run)
    print_entries(removed, as_json=as_json)
    for url in unknown:
        say(f"oseberg: {place} has no record of {url}. Folders end in a slash.")
    say(f"{count(len(removed), 'object')} {'would be' if dry_run else 'will be'} processed again.")
    return NEEDS_ATTENTION if unknown else DONE


def open_ledger(place: str) -> Ledger:
    """Open a ledger that exists; a new one would only hide a misspelled name."""
    if place.lower().startswith("s3://"):
        s3 = S3()
        if not s3.exists(address(place)):
            raise Failure(f"The ledger {place} does not exist. Check its name.")
        return Ledger(place, s3=s3)
    if not Path(place).is_file():
        raise Failure(f"The ledger {place} does not exist. Check its name.")
    return Ledger(place)


def addresses(urls: Sequence[str]) -> list[str]:
    """Check URLs; an invalid one ends the command with status 2. Local files, which a ledger may hold, are paths."""
    return [url if Path(url).is_absolute() else str(address(url)) for url in urls]


def print_entries(entries: Sequence[LedgerEntry], *, as_json: bool) -> None:
    """Print records as a table or JSON."""
    found = rows(entries)
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for one in found:
        one["processed"] = one["processed_at"][:16].replace("T", " ")
        one["late"] = "-" if one["lateness_seconds"] is None else readable(one["lateness_seconds"])
    print_frame(pd.DataFrame(found)[list(COLUMNS)] if found else pd.DataFrame(), columns=COLUMNS, empty="No records.")


def readable(seconds: int) -> str:
    """Return a length of time for people: `3 d 4 h`, `12 min`."""
    minutes = seconds // 60
    hours, days = minutes // 60, minutes // (24 * 60)
    if days:
        return f"{days} d {hours % 24} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
