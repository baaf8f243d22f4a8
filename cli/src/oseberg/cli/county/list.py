"""The work of `oseberg county list`."""

from __future__ import annotations

import pandas as pd

from oseberg.cli.county.own import own_counties
from oseberg.cli.exits import DONE, NEEDS_ATTENTION
from oseberg.cli.output import print_frame, say
from oseberg.county_parsers import list_counties


def run(*, as_json: bool) -> int:
    """Print the counties, and the modules that can't be loaded."""
    broken: list[Exception] = []
    counties = list_counties(own_counties(), on_error=broken.append).items()
    rows = [(name, county.name, county.state, county.fips, " ".join(county.patterns)) for name, county in counties]
    print_frame(pd.DataFrame(rows, columns=["name", "county", "state", "fips", "files"]), as_json=as_json)
    for error in broken:
        say(f"oseberg: {error}")
    return NEEDS_ATTENTION if broken else DONE
