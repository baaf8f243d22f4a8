"""Howard County, Texas: fixed-width records in which order alone says what belongs together."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from oseberg.county_parsers import TYPE, County, Field, FixedWidth, InOrder, fields, rows, two_digit_day
from oseberg.county_parsers.errors import UnreadableFileError

if TYPE_CHECKING:
    from oseberg.county_parsers import Context

NO_DAY = {"", "000000"}


def day(context: Context, cell: str) -> str | None:
    """Read `yymmdd`, in the century that the file's run date decides."""
    text = cell.strip()
    return None if text in NO_DAY else two_digit_day(text, run_date(context))


def run_date(context: Context) -> date | None:
    """Return the day on which the file was written: by its header, else by its name `HOWyyjjj.IDX`."""
    if "run date" in context.facts:
        found: date = context.facts["run date"]
        return found
    name = context.file[3:8]
    if not (name.isascii() and name.isdecimal()):
        return None
    return date(2000 + int(name[:2]), 1, 1) + timedelta(days=int(name[2:]) - 1)


county = County(
    name="Howard",
    state="TX",
    fips="48227",
    files="HOW*.IDX",
    basis="made from a description of DuProcess exports; no real delivery seen",
    reviewed="the project's founders, by hand from the format's page",
    reader=FixedWidth(
        encoding="cp437",
        width=160,
        whole=["99"],
        tag=(1, 2),
        records={
            "00": {"county": (3, 22), "run date": (23, 30), "instruments": (31, 37)},
            "10": {
                "number": (3, 12),
                "type": (13, 18),
                "filed": (19, 24),
                "time": (25, 28),
                "volume": (29, 33),
                "page": (34, 37),
                "pages": (38, 40),
                "image": (41, 56),
                "instrument date": (57, 62),
            },
            "20": {"side": (3, 3), "sequence": (4, 6), "name": (7, 46)},
            "30": {"legal": (3, 82)},
            "31": {"legal": (3, 82)},
            "99": {"instruments": (3, 9), "parties": (10, 16), "legals": (17, 23)},
        },
    ),
    documents=InOrder(opens="10"),
    fields={
        "instrument_number": fields.text("number"),
        TYPE: fields.document_type("type"),
        "recorded_on": Field("filed", day, bound=True),
        "recorded_time": fields.hhmm("time"),
        "volume": fields.text("volume"),
        "page": fields.text("page"),
        "page_count": fields.count("pages"),
        "instrument_date": Field("instrument date", day, bound=True, lenient=True),
    },
    rows={
        "00": rows.Header(kinds={"instruments": ["10"]}, required=True),
        "20": rows.Party(
            side="side",
            sides={"1": "grantors", "2": "grantees"},
            place="sequence",
            name="name",
            ditto=frozenset({'"', "DO"}),
        ),
        "30": rows.Legal("legal"),
        "31": rows.Continued("legal"),
        "99": rows.Totals({"instruments": ["10"], "parties": ["20"], "legals": ["30"]}),
    },
    document_types={
        "oil_gas_lease": ["OGL"],
        "lease_memorandum": ["MOGL"],
        "lease_assignment": ["AOGL"],
        "lease_amendment": ["AMOGL"],
        "lease_extension": ["EOGL"],
        "lease_release": ["ROGL", "PROGL"],
        "lease_ratification": ["RATOGL"],
        "top_lease": ["TOPL"],
        "mineral_deed": ["MD", "CMD"],
        "royalty_deed": ["RD"],
        "right_of_way": ["ROW"],
        "pooling": ["UNIT"],
        "affidavit": ["AFFT"],
    },
    partial=["PROGL"],
    correction=["CMD"],
)


@county.hook("00")
def header(context: Context, row: dict[str, str]) -> None:
    """Keep the run date, which decides centuries; a neighboring county's file is refused."""
    named = row["county"].strip()
    if re.fullmatch(r"[A-Z]{3}[A-Z .]*", named) and not named.startswith("HOWARD") and not "HOWARD".startswith(named):
        problem = f"its header names {named} County, not Howard. Move it to that county's folder."
        raise UnreadableFileError(context.file, problem)
    try:
        context.facts["run date"] = datetime.strptime(row["run date"], "%Y%m%d").date()  # noqa: DTZ007 - a local day
    except ValueError:
        return


@county.hook("document")
def images(context: Context, row: dict[str, str], record: dict[str, Any]) -> None:  # noqa: ARG001 - a hook's signature
    """Name one file for each page."""
    base = row["image"].strip()
    if base and record["page_count"]:
        pages = range(1, record["page_count"] + 1)
        record["images"] = [{"path": f"images/{base}.{page:03}", "page": page} for page in pages]
