"""Clean deliveries of five counties."""

from oseberg.maze_authority._delivery.coverage import business_days
from tests.maze_authority.helpers import FIRST_DAY, clean

SIZE = 240
LEA = {"kind": "plss", "text": "T19S R33E SEC 5", "township": "T19S", "range": "R33E", "section": "5"}
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
