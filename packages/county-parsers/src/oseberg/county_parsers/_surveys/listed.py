"""A list of surveys and townships given by the user: it checks the land, and completes it if one answer fits.

The General Land Office of Texas publishes the Original Texas Land Survey, the Bureau of Land Management the Public Land
Survey System; both come as tables with a row for each survey or section.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oseberg.county_parsers._records.record import Tract

STATE_DIGITS = 2
_TEXAS = ("survey", "block", "section", "township")


class Listed(NamedTuple):
    """One survey or section of a list, in the canonical forms of the standard record.

    Attributes:
        county_fips: The county's five digits; the state's two where a list of townships does not name counties.
    """

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
        if tract_["kind"] == "plss":
            # The federal list names states, not counties; township and range occur once in a state.
            place = county_fips if county_fips in self._counties else county_fips[:STATE_DIGITS]
            return tract_, self._doubt_of_township(tract_, place)
        # A list of another county says nothing about this one.
        if county_fips not in self._counties:
            return tract_, None
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
            return tract_, None  # several fit, or the remainder may name another one
        found = {name: tract_[name] or getattr(fitting[0], name) for name in (*_TEXAS, "abstract")}
        return {**tract_, **found}, None

    def _doubt_of_township(self, tract_: Tract, fips: str) -> str | None:
        town, section = (tract_["township"], tract_["range"]), tract_["section"]
        towns = self._townships.get(fips)
        if not towns or None in town:
            return None
        if town not in towns:
            where = "state" if len(fips) == STATE_DIGITS else "county"
            return f"{town[0]} {town[1]} is not in the list of townships of {where} {fips}"
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
