"""A list of surveys and townships from the file that a land office publishes, or from one of the user's own."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from oseberg.county_parsers._legals.in_columns import tract
from oseberg.county_parsers._legals.numbers import plain
from oseberg.county_parsers._surveys.files import DAMAGE, tables
from oseberg.county_parsers._surveys.listed import Listed, SurveyList
from oseberg.county_parsers.errors import CountyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Headings by what they hold; behind the plain ones those of the published tables: the General Land Office's (in the
# names that shapefiles cut at ten letters) and the Bureau of Land Management's.
HEADINGS = {
    "county_fips": ("county_fips", "fips", "cnty_fips", "countyfips"),
    "survey": ("survey", "survey_name", "l1surnam"),
    "block": ("block", "l2block"),
    "section": ("section", "l3surnum", "frstdivno"),
    "abstract": ("abstract", "abstract_no", "abstract_n", "abstract_l", "anum1", "anum2"),
    "township": ("township", "twnshpno"),
    "range": ("range", "rangeno"),
    "township_direction": ("township_direction", "twnshpdir"),
    "range_direction": ("range_direction", "rangedir"),
    "plss_id": ("plssid",),
    "division": ("frstdivtyp",),
}
FIPS_DIGITS = 5
# The identifier of a township in the federal tables: state, meridian, township and range with tenths and directions.
_PLSS_ID = re.compile(r"([A-Z]{2})\d{2}(\d{3})(\d)([NS])(\d{3})(\d)([EW])\w?")
# States of the public land survey by their letters, as census codes.
_STATES = dict(
    zip(
        "AL AK AZ AR CA CO FL ID IL IN IA KS LA MI MN MS MO MT NE NV NM ND OH OK OR SD UT WA WI WY".split(),
        "01 02 04 05 06 08 12 16 17 18 19 20 22 26 27 28 29 30 31 32 35 38 39 40 41 46 49 53 55 56".split(),
        strict=True,
    )
)
# The land office's files of one county are named by its three digits: surv003p.shp.
_COUNTY_FILE = re.compile(r"surv(\d{3})[a-z]?", re.IGNORECASE)
_TEXAS_FIPS = "48"
_SECTION_DIVISION = "SN"


@lru_cache(maxsize=4)  # a list of a state has a quarter of a million rows, and each delivery of a run needs it
def load_surveys(path: str | Path) -> SurveyList:
    """Load a list of surveys and townships.

    Args:
        path: A CSV file with a heading, a workbook, a dBase table, a shapefile or a zip of shapefiles. Columns, in any
            case: county_fips and survey, block, section, abstract (Texas) or township, range, section (public land), or
            the names that the published tables give them.

    Returns:
        The list.

    Raises:
        CountyError: The file can't be read, or lacks a column.
    """
    place = Path(path)
    try:
        found, headings = _rows(place)
    except DAMAGE as error:
        raise CountyError(f"{place}: the list of surveys can't be read: {error}.") from None
    if found is None:
        raise CountyError(
            f"{place}: the list of surveys needs the column county_fips, and abstract, section or township; "
            f"it has {', '.join(headings) or 'no heading'}."
        )
    return SurveyList(found)


def _rows(path: Path) -> tuple[list[Listed] | None, list[str]]:
    """Return the surveys of a file's usable tables, None where none is usable; and the headings."""
    found: list[Listed] | None = None
    seen: list[str] = []
    for name, headings, rows in tables(path):
        seen += headings
        columns = _columns(headings)
        county = _COUNTY_FILE.fullmatch(Path(name).stem)
        if not _is_usable(columns, named=county is not None):
            continue
        found = found if found is not None else []
        fips = _TEXAS_FIPS + county[1] if county else ""
        found.extend(_listed_in(rows, columns, fips))
    return found, seen


def _columns(headings: Sequence[str]) -> dict[str, int]:
    places = {name.strip().lower(): at for at, name in reversed(list(enumerate(headings)))}
    return {
        what: next(places[name] for name in names if name in places)
        for what, names in HEADINGS.items()
        if any(name in places for name in names)
    }


def _is_usable(columns: Mapping[str, int], *, named: bool) -> bool:
    if "plss_id" in columns and "county_fips" not in columns:
        return True
    return ("county_fips" in columns or named) and not {"abstract", "section", "township"}.isdisjoint(columns)


def _listed_in(rows: object, columns: Mapping[str, int], fips: str) -> Iterator[Listed]:
    for row in rows:  # type: ignore[attr-defined] # rows of cells
        cells = {what: row[at].strip() if at < len(row) else "" for what, at in columns.items()}
        if cells.get("division", _SECTION_DIVISION) not in {"", _SECTION_DIVISION}:
            continue  # lots and tracts of a township are not sections
        listed = _of_plss_id(cells) if "county_fips" not in cells and not fips else _of_county(cells, fips)
        if listed:
            yield listed


def _of_county(cells: Mapping[str, str], fips: str) -> Listed:
    names = ("survey", "block", "section", "abstract")
    found = tract("", **{name: cells.get(name, "") for name in names})
    town = _directed("T", cells.get("township", "") + cells.get("township_direction", ""))
    ranged = _directed("R", cells.get("range", "") + cells.get("range_direction", ""))
    survey, block, section, abstract = (found[name] for name in names)
    return Listed(fips or cells["county_fips"].zfill(FIPS_DIGITS), survey, block, section, abstract, town, ranged)


def _of_plss_id(cells: Mapping[str, str]) -> Listed | None:
    """Return a township, or a section of one, of the federal tables; None of one between two townships."""
    found = _PLSS_ID.fullmatch(cells["plss_id"])
    # A tenth other than 0 says a fractional township, T24.5S, which no index writes.
    if found is None or found[3] != "0" or found[6] != "0" or found[1] not in _STATES:
        return None
    town, ranged = f"T{plain(found[2])}{found[4]}", f"R{plain(found[5])}{found[7]}"
    section = plain(cells["section"]) if cells.get("section") else None
    return Listed(_STATES[found[1]], None, None, section, None, town, ranged)


def _directed(letter: str, text: str) -> str | None:
    """Return a township or range in its canonical form: `024S` and `T24S` are T24S."""
    number = text.upper().removeprefix(letter).replace(" ", "").replace("-", "")
    return f"{letter}{plain(number)}" if number[:-1].isdecimal() and number[-1:] in {*"NSEW"} else None
