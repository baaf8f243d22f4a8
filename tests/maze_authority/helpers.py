"""Generates deliveries whose truth is known: a clean world, and one planted defect for each rule."""

import itertools
import os
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from oseberg.maze_authority import IndexRecord, Register, check
from oseberg.maze_authority._delivery.coverage import business_days

TYPES = [
    ("oil_gas_lease", "OGL"),
    ("lease_memorandum", "MEMO OGL"),
    ("lease_assignment", "ASG OGL"),
    ("lease_release", "REL OGL"),
    ("mineral_deed", "MINERAL DEED"),
    ("affidavit", "AFFIDAVIT"),
]
SURNAMES = "HALE COX DAVIS ORTIZ HOLT MOSS NEAL VEGA BIZZELL JONES".split()
GIVEN = "ROBERT RUTH ELIZABETH JOHN LINDA MARIA JOE ANN JAMES MARY".split()
COMPANIES = "RED BLUFF|BITTER LAKE|SIX MILE|HORNED TOAD|PECAN RIDGE|TWIN WELLS|DRY FORK|SADDLE GAP".split("|")
SURVEYS = [("PSL", "A-46"), ("UNIVERSITY LANDS", "13"), ("T&P RR CO", "39")]


Rows = list[dict[str, Any]]


FIRST_DAY = date(2018, 1, 2)


def clean(count: int = 400, seed: int = 1, per_day: int = 20) -> list[dict[str, Any]]:
    """A delivery of Andrews County without a defect, as JSON values."""
    chance = random.Random(seed)
    days = business_days("48003", FIRST_DAY, FIRST_DAY + timedelta(days=2 * count // per_day + 20))
    rows = []
    page = 1
    for place in range(count):
        kind, text = TYPES[0] if place == 0 else chance.choice(TYPES)
        pages = chance.randint(1, 9)
        survey, block = chance.choice(SURVEYS)
        recorded = days[place // per_day]
        number = f"18-{place + 1:07d}"
        rows.append(
            {
                "county_fips": "48003",
                "instrument_number": number,
                "book_type": "OPR",
                "volume": str(1000 + page // 900),
                "page": str(page % 900),
                "document_type": kind,
                "document_type_text": text,
                "recorded_on": recorded.isoformat(),
                "recorded_time": f"{8 + 9 * (place % per_day) // per_day:02d}:30:00",
                "instrument_date": (recorded - timedelta(days=chance.randint(0, 60))).isoformat(),
                "grantors": [{"name": f"{chance.choice(SURNAMES)} {chance.choice(GIVEN)}"}],
                "grantees": [{"name": f"{chance.choice(COMPANIES)} RESOURCES LLC"}],
                "legals": []
                if kind == "affidavit"
                else [
                    {
                        "kind": "texas_survey",
                        "text": f"SEC {place % 40 + 1} BLK {block} {survey}",
                        "survey": survey,
                        "block": block,
                        "section": str(place % 40 + 1),
                    }
                ],
                "references": [
                    {"text": rows[0]["instrument_number"], "instrument_number": rows[0]["instrument_number"]}
                ]
                if kind in ("lease_assignment", "lease_release")
                else [],
                "images": [{"path": f"images/{number}_{n:03d}.tif", "page": n} for n in range(1, pages + 1)],
                "page_count": pages,
                "source": {"file": "ANDREWS.csv", "lines": [place + 2]},
            }
        )
        page += pages
        if page % 900 < pages and page // 900 != (page - pages) // 900:
            page = 900 * (page // 900) + 1 if page % 900 == 0 else page
    return rows


def records(rows: list[dict[str, Any]]) -> list[IndexRecord]:
    return [IndexRecord.model_validate(row) for row in rows]


def images(rows: list[dict[str, Any]]) -> list[tuple[str, int, str]]:
    """The image files that the records name, each with bytes of its own."""
    paths = [image["path"] for row in rows for image in row["images"]]
    return [(path, 1000, f"digest of {path}") for path in paths]


def of_type(rows: list[dict[str, Any]], kind: str, after: int = 50) -> int:
    """The place of a document of a type, not among the first."""
    return next(place for place in range(after, len(rows)) if rows[place]["document_type"] == kind)


def months(count: int = 3, size: int = 100) -> list[Rows]:
    """Deliveries that follow each other, of one clean world."""
    rows = clean(count * size)
    return [rows[start : start + size] for start in range(0, count * size, size)]


def written(folder: Path, name: str, rows: Rows, moment: int) -> Path:
    """Write a delivery's records.jsonl as it arrived at a moment."""
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    path = place / "records.jsonl"
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    os.utime(path, ns=(moment, moment))
    return path


def story(folder: Path) -> list[Path]:
    """Deliveries with everything that happens: gaps, late, corrected, withdrawn, overlapping and mistyped ones."""
    april, may, june = months(3, 50)
    april[10]["grantors"] = []
    may[30]["instrument_number"] = "18-0090081"
    late = april.pop(40)
    june_short = [row for row in june if row is not june[20]]
    fixed = [dict(row) for row in april]
    fixed[10]["grantors"] = [{"name": "HALE RUTH"}]
    parts = [
        ("20180201/a", april),
        ("20180301", may),
        ("20180401", june_short),
        ("20180402", [late, *june[:3]]),
        ("20180201/b", [row for row in fixed if row is not fixed[5]]),
        ("20180403", [{**may[30], "instrument_number": "18-0000081"}]),
        ("20180404", [*may[40:], *june_short]),
    ]
    return [written(folder, name, rows, 1_700_000_000_000_000_000 + place) for place, (name, rows) in enumerate(parts)]


def fail_at_each_statement(register: Register, records: Path, monkeypatch: pytest.MonkeyPatch, *, every: int) -> None:
    """Let a check fail at its first statement, then `every` ones later; only a whole one may change the register."""
    before, run = register.dump(), register.store.run
    for last in itertools.count(0, every):
        left = [last]

        def failing(*arguments: object, left: list[int] = left) -> int:
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
            return run(*arguments)

        monkeypatch.setattr(register.store, "run", failing)
        try:
            check(records, register=register)
        except KeyboardInterrupt:
            monkeypatch.undo()
            assert register.dump() == before
        else:
            break
    monkeypatch.undo()
    assert register.dump() != before
