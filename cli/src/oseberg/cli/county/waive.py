"""The work of `oseberg county waive`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic import ValidationError

from oseberg.cli.county.register import find_fips, opened_register, register_place
from oseberg.cli.exits import Failure
from oseberg.cli.output import say
from oseberg.cli.settings import Settings
from oseberg.maze_authority import Waiver, add_waiver, explain

if TYPE_CHECKING:
    from datetime import datetime


def waivers_file(given: Path | None) -> Path | None:
    """Return the file of waivers: the option, or `[county] waivers` relative to its oseberg.toml."""
    return given or Settings.load().path("county", "waivers")


def run(
    county: str,
    rule: str,
    key: str,
    *,
    reason: str | None,
    by: str | None,
    expires: datetime | None,
    waivers: Path | None,
    register: str | None,
    note: str | None,
    assign: str | None,
) -> None:
    """Write a waiver, or note or assign a finding in the register."""
    fips, rule = find_fips(county), rule.upper()
    explain(rule)  # a rule that does not exist waives nothing
    if note or assign:
        with opened_register(register) as book:
            found = book.findings(fips)
            mine = found.loc[(found["rule"] == rule) & (found["key"] == key), "fingerprint"]
            if mine.empty:
                raise Failure(f"{rule} {key} is not open in {county}. `oseberg county status` lists what is open.")
            book.annotate(fips, mine.iloc[0], note=note, assignee=assign)
        say(f"{rule} {key}: noted")
    if not (reason or by or expires):
        if not (note or assign):
            raise click.UsageError("Pass --reason, --by and --expires to waive, or --note or --assign.")
        return
    if not (reason and by and expires):
        raise click.UsageError("A waiver needs --reason, --by and --expires.")
    place = {"range": key} if ".." in key else {"key": key}
    common = {"rule": rule, "reason": reason, "by": by, "expires": expires.date(), "county_fips": fips}
    try:
        waiver = Waiver.model_validate({**common, **place})
    except ValidationError:  # pages and names have a key with two dots as well
        waiver = Waiver.model_validate({**common, "key": key})
    target = waivers_file(waivers) or Path("waivers.toml")
    add_waiver(target, waiver)
    if register_place(register) is not None:
        with opened_register(register) as book:
            book.waive(fips, waiver)
    say(f"{target}: {rule} {key} is waived until {waiver.expires}")
