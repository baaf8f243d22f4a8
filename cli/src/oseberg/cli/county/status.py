"""The work of `oseberg county status`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oseberg.cli._atomic import write_text
from oseberg.cli.county.deliveries import is_s3
from oseberg.cli.county.register import day_of, opened_register
from oseberg.cli.exits import DONE, NEEDS_ATTENTION
from oseberg.cli.journal import add_counts
from oseberg.cli.output import say
from oseberg.cli.settings import Settings
from oseberg.maze_authority import CheckSettings, CountyStatus, Register, county_status, status_page, status_text
from oseberg.s3utils import S3, S3Url

if TYPE_CHECKING:
    from datetime import date, datetime

DELIVERY = re.compile(r"(\d{5})/((?:18|19|20)\d{6})/(.+)")


def run(root: str | None, *, register: str | None, as_of: datetime | None, form: str, output: Path | None) -> int:
    """Print the state of each county in the register, or write it to a file."""
    today = day_of(as_of)
    with opened_register(register) as book:
        counties = all_counties(book, root, today)
    add_counts(counties=len(counties), deliveries_waiting=sum(len(one.waiting) for one in counties))
    text = {
        "text": lambda: status_text(counties, today=today),
        "json": lambda: json.dumps([one.to_dict() for one in counties], indent=2) + "\n",
        "html": lambda: status_page(counties, today=today),
    }[form]()
    if output is None:
        click.echo(text, nl=False)
    else:
        write_text(output, text, private=True)  # findings name people
        say(f"{output}: written")
    return NEEDS_ATTENTION if any(one.late or one.open_errors or one.waiting for one in counties) else DONE


def all_counties(book: Register, root: str | None, today: date) -> list[CountyStatus]:
    """Return the status of the register's counties, and of those that have a delivery under the root."""
    settings = Settings.load().validated("county.check", CheckSettings)
    found = deliveries_under(root) if root else {}
    counties = sorted({*book.counties, *found})
    return [
        county_status(
            book,
            fips,
            today=today,
            lag_days=settings.of(fips).lag_days,
            waiting=waiting(book, fips, found.get(fips, {})),
        )
        for fips in counties
    ]


def waiting(book: Register, fips: str, found: dict[str, bool]) -> list[tuple[str, str]]:
    """Return the deliveries that are not in the register, and how far each has come."""
    known = set(book.deliveries(fips)["name"])
    state = {True: "parsed, not checked", False: "arrived, not parsed"}
    return [(name, state[parsed]) for name, parsed in sorted(found.items()) if name not in known]


def deliveries_under(root: str) -> dict[str, dict[str, bool]]:
    """Return each county's deliveries under ROOT/FIPS/YYYYMMDD, and whether each is parsed."""
    if is_s3(root):
        prefix = S3Url(root) / ""
        paths = [one.key[len(prefix.key) :] for one in S3().list(prefix)]
    else:
        place = Path(root)
        paths = [path.relative_to(place).as_posix() for path in place.glob("*/*/*")]
    found: dict[str, dict[str, bool]] = {}
    for match in filter(None, map(DELIVERY.fullmatch, paths)):
        fips, name, file = match.groups()
        known = found.setdefault(fips, {})
        known[name] = known.get(name, False) or file == "records.jsonl"
    return found
