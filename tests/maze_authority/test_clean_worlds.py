"""Clean worlds of five counties: no rule has anything to say."""

import os

import pytest

from oseberg.maze_authority import Register, check
from oseberg.maze_authority._delivery.coverage import business_days
from tests.maze_authority.helpers import FIRST_DAY, clean, images, records

LEA = {"kind": "plss", "text": "T19S R33E SEC 5", "township": "T19S", "range": "R33E", "section": "5"}
SIZE = 240
SEEDS = range(int(os.environ.get("CLEAN_WORLDS", "3")))  # three keep the suite short; more on demand
FACTS = {"48227": "H&TC RR CO", "48383": "UNIVERSITY LANDS", "48105": "GC&SF RR CO"}


def world(fips: str, seed: int):
    """A clean delivery of a county: its own land, its own holidays, its own way to name books."""
    rows = clean(SIZE, seed)
    days = business_days(fips, FIRST_DAY, FIRST_DAY.replace(year=FIRST_DAY.year + 1))
    for place, row in enumerate(rows):
        day = days[place // 20].isoformat()
        row.update(county_fips=fips, recorded_on=day, instrument_date=None)
        if fips != "48003":
            row["book_type"] = None
        if fips == "35025":
            row["legals"] = [{**LEA, "section": str(place % 36 + 1)} for _ in row["legals"]]
        for legal in row["legals"]:
            if fips in FACTS:
                legal["survey"] = FACTS[fips]
    return rows


@pytest.mark.parametrize("fips", ["48003", "48227", "35025", "48383", "48105"])
def test_no_false_alarm(fips: str) -> None:
    """Several worlds of each county, with images and with themselves as the earlier delivery."""
    for seed in SEEDS:
        rows = world(fips, seed)
        result = check(records(rows), images(rows), records(rows[: SIZE // 2]), fips)
        assert result.findings.empty, (seed, result.findings[["rule", "message"]].to_string())


def test_no_false_alarm_across_deliveries(tmp_path) -> None:
    """The same in parts, through a register: overlapping, in any size."""
    with Register(tmp_path / "register.sqlite") as register:
        rows = world("48003", 3)
        for start, end in ((0, 60), (40, 120), (120, 130), (120, 240), (0, 240)):
            result = check(records(rows[start:end]), register=register)
            assert result.new.empty, result.new[["rule", "message"]].to_string()
            assert result.findings.empty
