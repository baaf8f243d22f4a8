"""The work of `oseberg county list`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from oseberg.cli.county.own import own_counties
from oseberg.cli.exits import DONE, NEEDS_ATTENTION
from oseberg.cli.output import print_frame, say
from oseberg.county_parsers import is_own, list_counties

if TYPE_CHECKING:
    from pathlib import Path


COLUMNS = {name: name for name in ("name", "fips", "module", "files")}
"""What fits 80 columns; the FIPS code implies the state, and the name of the module the county."""


def module_of(name: str, own: Path | None) -> str:
    """Return where a county's module comes from: `shipped`, `own`, or `own (replaces the shipped one)`."""
    if not is_own(name, own):
        return "shipped"
    return "own (replaces the shipped one)" if name in list_counties() else "own"


def run(*, wide: bool, as_json: bool) -> int:
    """Print the counties, and the modules that can't be loaded."""
    broken: list[Exception] = []
    counties = list_counties(own_counties(), on_error=broken.append).items()
    own = own_counties()
    rows = [
        (name, county.name, county.state, county.fips, " ".join(county.patterns), module_of(name, own), county.basis)
        for name, county in counties
    ]
    frame = pd.DataFrame(rows, columns=["name", "county", "state", "fips", "files", "module", "basis"])
    frame["reviewed"] = [county.reviewed for _, county in counties]
    print_frame(frame, as_json=as_json, columns=None if wide else COLUMNS)
    for error in broken:
        say(f"oseberg: {error}")
    return NEEDS_ATTENTION if broken else DONE
