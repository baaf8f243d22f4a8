"""Check the register of counties."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from oseberg.cli.config.show import without_secret
from oseberg.cli.county.deliveries import is_s3
from oseberg.cli.county.register import opened_register, register_place
from oseberg.cli.doctor.finding import OK, Finding
from oseberg.cli.output import count
from oseberg.s3utils import S3, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oseberg.cli.settings import Settings


def check_register(settings: Settings) -> Iterator[Finding]:
    """Yield whether the register can be read; one that doesn't exist is made by the first check."""
    del settings
    place = register_place(None)
    if place is None:
        yield Finding("register", OK, "not configured: [county] register is not set")
        return
    shown = without_secret("register", place)
    if not exists(place):
        yield Finding("register", OK, f"{shown} does not exist yet; the first check makes it")
        return
    with opened_register(None) as book:
        known = count(len(book.counties), "county", "counties")
    yield Finding("register", OK, f"{shown} can be read, and holds {known}")


def exists(place: str) -> bool:
    """Whether the register exists; a register in Postgres counts, since opening it shows that."""
    if not is_s3(place):
        return "://" in place or Path(place).exists()
    try:
        S3().stat(place)
    except NotFound:
        return False
    return True
