"""A list of surveys and townships given by the user: it checks what is read, and completes it where one answer fits.

The General Land Office of Texas publishes the Original Texas Land Survey, the Bureau of Land Management the Public Land
Survey System; both come as tables with a row for each survey or section.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from oseberg.county_parsers._legals.in_columns import tract
from oseberg.county_parsers._legals.numbers import plain
from oseberg.county_parsers.errors import CountyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from oseberg.county_parsers._record import Tract

# Headings by what they hold; behind the plain ones those of the two published tables.
HEADINGS = {
    "county_fips": ("county_fips", "fips", "cnty_fips", "countyfips"),
    "survey": ("survey", "survey_name", "l1surnam"),
    "block": ("block", "l2block"),
    "section": ("section", "l3surnum", "frstdivno"),
    "abstract": ("abstract", "abstract_no", "abstract_n", "abstract_l", "anum1"),
    "township": ("township", "twnshpno"),
    "range": ("range", "rangeno"),
    "township_direction": ("township_direction", "twnshpdir"),
    "range_direction": ("range_direction", "rangedir"),
}
FIPS_DIGITS = 5
_TEXAS = ("survey", "block", "section", "township")


class Listed(NamedTuple):
    """One survey or section of a list, in the canonical forms of the standard record."""

    county_fips: str
    survey: str | None
    block: str | None
    section: str | None
    abstract: str | None
    township: str | None
    range: str | None


class SurveyList:
    """The surveys and townships of some counties.

    Args:
        rows: Surveys and sections.
    """

    def __init__(self, rows: Iterable[Listed]) -> None:
        self._counties: set[str] = set()
        self._abstracts: dict[tuple[str, str], list[Listed]] = {}
        self._places: dict[tuple[str, str | None, str | None], list[Listed]] = {}
        self._townships: dict[str, dict[tuple[str, str], set[str]]] = {}
        for row in rows:
            self._counties.add(row.county_fips)
            if row.abstract:
                self._abstracts.setdefault((row.county_fips, row.abstract), []).append(row)
            self._places.setdefault((row.county_fips, row.block, row.section), []).append(row)
            if row.township and row.range:
                towns = self._townships.setdefault(row.county_fips, {})
                towns.setdefault((row.township, row.range), set()).update({row.section} - {None})  # type: ignore[arg-type]

    def check(self, tract_: Tract, county_fips: str) -> tuple[Tract, str | None]:
        """Compare a tract with the list.

        Args:
            tract_: A tract as it was read.
            county_fips: Its county; one that is not in the list is not compared.

        Returns:
            The tract, completed where exactly one listed survey fits, and the doubt where none does.
        """
        # A list of another county says nothing about this one.
        if county_fips not in self._counties:
            return tract_, None
        if tract_["kind"] == "plss":
            return tract_, self._doubt_of_township(tract_, county_fips)
        return self._of_texas(tract_, county_fips) if tract_["kind"] == "texas_survey" else (tract_, None)

    def _of_texas(self, tract_: Tract, fips: str) -> tuple[Tract, str | None]:
        number = tract_["abstract"]
        if number:
            listed = self._abstracts.get((fips, number), [])
            if not listed:
                return tract_, f"abstract {number} is not in the list of surveys of county {fips}"
        else:
            listed = self._places.get((fips, tract_["block"], tract_["section"]), [])
        fitting = [row for row in listed if _agrees(row, tract_)]
        if listed and not fitting:
            return tract_, f"{_named(tract_)} is {' or '.join(map(_described, listed[:3]))} in the list of surveys"
        if len(set(fitting)) != 1 or tract_["remainder"]:
            return tract_, None  # several fit, or what was not understood may name another one
        found = {name: tract_[name] or getattr(fitting[0], name) for name in (*_TEXAS, "abstract")}
        return {**tract_, **found}, None

    def _doubt_of_township(self, tract_: Tract, fips: str) -> str | None:
        town, section = (tract_["township"], tract_["range"]), tract_["section"]
        towns = self._townships.get(fips)
        if not towns or None in town:
            return None
        if town not in towns:
            return f"{town[0]} {town[1]} is not in the list of townships of county {fips}"
        if section and towns[town] and section not in towns[town]:
            return f"section {section} is not in the list of {town[0]} {town[1]}"
        return None


def _agrees(row: Listed, tract_: Tract) -> bool:
    pairs = [(getattr(row, name), tract_[name]) for name in _TEXAS]
    return all(one == other for one, other in pairs if one and other)


def _named(tract_: Tract) -> str:
    return f"abstract {tract_['abstract']}" if tract_["abstract"] else f"section {tract_['section']}"


def _described(row: Listed) -> str:
    words = (row.survey, row.block and f"block {row.block}", row.township, row.section and f"section {row.section}")
    return " ".join(filter(None, words)) or f"abstract {row.abstract}"


@lru_cache(maxsize=4)  # a list of a state has a quarter of a million rows, and each delivery of a run needs it
def load_surveys(path: str | Path) -> SurveyList:
    """Load a list of surveys and townships.

    Args:
        path: A CSV file with a heading. Columns, in any case: county_fips and survey, block, section, abstract (Texas)
            or township, range, section (public land), or the names that the published tables give them.

    Returns:
        The list.

    Raises:
        CountyError: The file can't be read, or lacks a column.
    """
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            return SurveyList(_rows(csv.DictReader(file), Path(path)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CountyError(f"{path}: the list of surveys can't be read: {error}.") from None


def _rows(reader: csv.DictReader[str], path: Path) -> Iterator[Listed]:
    headings = {name.strip().lower(): name for name in reader.fieldnames or ()}
    columns = {
        what: next(headings[name] for name in names if name in headings)
        for what, names in HEADINGS.items()
        if any(name in headings for name in names)
    }
    if "county_fips" not in columns or not {"abstract", "section", "township"} & columns.keys():
        raise CountyError(
            f"{path}: the list of surveys needs the column county_fips, and abstract, section or township; "
            f"it has {', '.join(headings) or 'no heading'}."
        )
    for row in reader:
        yield _listed({what: (row[column] or "").strip() for what, column in columns.items()})


def _listed(cells: Mapping[str, str]) -> Listed:
    names = ("survey", "block", "section", "abstract")
    found = tract("", **{name: cells.get(name, "") for name in names})
    town = _directed("T", cells.get("township", "") + cells.get("township_direction", ""))
    ranged = _directed("R", cells.get("range", "") + cells.get("range_direction", ""))
    survey, block, section, abstract = (found[name] for name in names)
    return Listed(cells["county_fips"].zfill(FIPS_DIGITS), survey, block, section, abstract, town, ranged)


def _directed(letter: str, text: str) -> str | None:
    """Return a township or range in its canonical form: `024S` and `T24S` are T24S."""
    number = text.upper().removeprefix(letter).replace(" ", "").replace("-", "")
    return f"{letter}{plain(number)}" if number[:-1].isdecimal() and number[-1:] in {*"NSEW"} else None
