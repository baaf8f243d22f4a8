"""Deliveries of any size for the benchmarks, written to disk as they are made."""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from oseberg.maze_authority import IndexRecord
from oseberg.maze_authority._delivery.coverage import business_days

YEAR = 1_000_000  # records of a year, which are a series of their own
FIRST_YEAR = 2010
EVERY = 100  # of the records of a faulty delivery one in so many lacks its grantor
NUMBER, DAY, VOLUME, PAGE, GRANTOR, GRANTEE, YEARS, LINE = (f"@{place}@" for place in range(8))
RECORD: dict[str, Any] = {
    "county_fips": "48003",
    "instrument_number": NUMBER,
    "book_type": "OPR",
    "volume": VOLUME,
    "page": PAGE,
    "document_type": "oil_gas_lease",
    "document_type_text": "OGL",
    "grantors": [{"name": f"HALE ROBERT {GRANTOR}"}],
    "grantees": [{"name": f"RED BLUFF {GRANTEE} LLC"}],
    "legals": [
        {"kind": "texas_survey", "text": "SEC 12 BLK A-46 PSL", "survey": "PSL", "block": "A-46", "section": "12"}
    ],
    "images": [{"path": f"images/{NUMBER}.pdf"}],
    "page_count": 3,
    "source": {"file": f"{YEARS}.csv", "lines": [1]},
}
"""A lease whose values that differ from record to record are marks."""


def lines(count: int, kind: str) -> Iterator[str]:
    """Yield the lines of a clean delivery of Andrews, with a PDF for each document; see `write` for the kinds."""
    usual, faulty = template(kind), template(kind, grantors=[])
    for start in range(0, count, YEAR):
        year, size = FIRST_YEAR + start // YEAR, min(YEAR, count - start)
        days = [day.isoformat() for day in business_days("48003", date(year, 1, 1), date(year, 12, 31))]
        per_day = size // len(days) + 1
        for place in range(size):
            line = faulty if kind == "faulty" and place % EVERY == EVERY // 2 else usual
            yield line % {
                NUMBER: f"{year % 100}-{place + 1:07d}",
                DAY: days[place // per_day],
                VOLUME: f"{year}{place // 300:04d}",
                PAGE: 1 + 3 * (place % 300),
                GRANTOR: place % 5000,
                GRANTEE: place % 300,
                YEARS: year,
                LINE: place + 2,
            }


def template(kind: str, **changes: Any) -> str:
    """Return the line of a record, with the marks as the places of a format."""
    record = RECORD | changes
    whole = IndexRecord.model_validate(record).model_dump(mode="json")
    given = record if kind == "sparse" else whole
    given = given | {"recorded_on": DAY, "instrument_date": DAY}
    if kind == "extra":
        given["extra"] = {"FOLIO": NUMBER, "REMARKS": "FILED BY MAIL"}
    line = orjson.dumps(given, option=orjson.OPT_APPEND_NEWLINE).decode().replace('"lines":[1]', f'"lines":[{LINE}]')
    for mark in (NUMBER, DAY, VOLUME, PAGE, GRANTOR, GRANTEE, YEARS, LINE):
        line = line.replace(mark, f"%({mark})s")
    return line


def write(path: Path, count: int, kind: str = "plain") -> None:
    """Write a records.jsonl; memory holds a thousand lines of it.

    Args:
        path: The file.
        count: How many records.
        kind: plain (as parsers write them), sparse (fields that say nothing are left out), extra (plain, each with
            cells beyond the standard), or faulty (plain, one in a hundred lacks its grantor).
    """
    with path.open("w") as file:
        rest = lines(count, kind)
        while part := "".join(islice(rest, 1_000)):
            file.write(part)
