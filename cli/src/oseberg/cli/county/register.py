"""Open the register of county deliveries: a file, a Postgres, or an object in S3 written back only if unchanged."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from oseberg.cli.county.deliveries import is_s3
from oseberg.cli.county.own import own_counties
from oseberg.cli.exits import TRY_LATER, Failure
from oseberg.cli.settings import Settings
from oseberg.cli.settings.sections import CountySettings
from oseberg.county_parsers import list_counties
from oseberg.maze_authority import COUNTIES, Register
from oseberg.s3utils import S3, Conflict, NotFound, PreconditionFailed, S3Url

if TYPE_CHECKING:
    from collections.abc import Iterator


def register_place(given: str | None) -> str | None:
    """Return where the register is: the option, or `[county] register` relative to its oseberg.toml."""
    if given:
        return given
    settings = Settings.load()
    settings.validated("county", CountySettings)
    # an address in S3 or of Postgres is absolute; a path starts at the folder of its file, wherever the command is run
    stated = settings.get("county", "register")
    if stated is None or "://" in str(stated):
        return None if stated is None else str(stated)
    return str(settings.path("county", "register"))


@contextmanager
def opened_register(given: str | None, *, create: bool = False) -> Iterator[Register]:
    """Open the register, and write one in S3 back when the block ends well and changed it.

    Args:
        given: The value of `--register`, or None for the one of the settings.
        create: Whether a missing register is made.

    Yields:
        The register.

    Raises:
        Failure: No register is named; or (75) another run changed the one in S3 meanwhile.
    """
    place = register_place(given)
    if place is None:
        raise Failure("No register is named. Pass --register FILE, or set register in [county] of oseberg.toml.")
    if not is_s3(place):
        with Register(place, create=create) as register:
            yield register
        return
    url, s3 = S3Url(place), S3()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "register.sqlite"
        etag, before = None, b""
        try:
            found, before = s3.read_object(url)
            etag = found.etag
            copy.write_bytes(before)
        except NotFound:
            if not create:
                raise Failure(f"{place} does not exist. A check with --register makes a register.") from None
        with Register(copy, create=create) as register:
            yield register
        after = copy.read_bytes()
        if after != before:
            try:
                s3.write_bytes(url, after, if_match=etag, if_absent=etag is None)
            except (Conflict, PreconditionFailed):
                raise Failure(f"{place} was changed by another run. Run the command again.", TRY_LATER) from None


def find_fips(name: str) -> str:
    """Return the code of a county that is given by name or code.

    Raises:
        Failure: No county has the name.
    """
    names = {county.name.lower(): fips for fips, county in COUNTIES.items()}
    modules = {one: county.fips for one, county in list_counties(own_counties(), on_error=lambda _: None).items()}
    found = name if name.isdigit() else (modules | names).get(name.lower())
    if found is None:
        raise Failure(f"No county is named {name!r}. `oseberg county list` shows the counties; a FIPS code works too.")
    return found


def day_of(as_of: datetime | None) -> date:
    """Return the day of `--as-of`, or today."""
    return as_of.date() if as_of else datetime.now(tz=UTC).date()
