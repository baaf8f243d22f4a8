"""Facts about counties: the dates and the land that a record is compared with."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict

from oseberg.maze_authority._records.record import is_fips
from oseberg.maze_authority.errors import CountyError


class County(BaseModel):
    """Facts about one county; a fact that is None is not checked.

    Attributes:
        fips: Five-digit code; the first two digits are the state's.
        name: The county's name, without the word county.
        created: The day the legislature created it; nothing was recorded there before (a warning only, since a new
            county re-records its parent's deeds: Tex. Loc. Gov't Code 192.003).
        `organized`: The day its own clerk began.
        surveys: The canonical names of the railroad, school and university surveys in the county. A survey
            that is listed for another county and not for this one is suspicious; the name of a private survey never is.
        townships: First and last township south of the base line (New Mexico).
        ranges: First and last range east of the meridian, the neighbors' border sections included.

    Examples:
        >>> COUNTIES["48003"].name
        'Andrews'
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fips: str
    name: str
    created: date | None = None
    organized: date | None = None
    surveys: frozenset[str] | None = None
    townships: tuple[int, int] | None = None
    ranges: tuple[int, int] | None = None

    @property
    def state(self) -> str | None:
        """Return `TX`, `NM`, or None for a state whose law the rules do not know."""
        return STATES.get(self.fips[:2])

    @property
    def first_day(self) -> date:
        """Return the first day on which the county can have recorded anything."""
        return self.created or STATEHOOD.get(self.fips[:2], date.min)


STATES = {"48": "TX", "35": "NM"}
# Before the Republic of Texas and the Territory of New Mexico no county of theirs kept records.
STATEHOOD = {"48": date(1836, 3, 2), "35": date(1850, 9, 9)}
RAILROADS = ("T&P RR CO", "GC&SF RR CO", "GH&SA RR CO", "H&TC RR CO", "H&GN RR CO", "W&NW RR CO", "TC RR CO")
# Surveys that are in known counties only. Others are private surveys, of which there are thousands.
NAMED_SURVEYS = frozenset({*RAILROADS, "PSL", "UNIVERSITY LANDS"})

COUNTIES = {
    county.fips: county
    for county in (
        County(
            fips="48003",
            name="Andrews",
            created=date(1876, 8, 21),
            organized=date(1910, 5, 11),
            surveys=frozenset({"PSL", "UNIVERSITY LANDS", "T&P RR CO", "GH&SA RR CO", "H&TC RR CO"}),
        ),
        County(
            fips="48227",
            name="Howard",
            created=date(1876, 8, 21),
            organized=date(1882, 6, 15),
            surveys=frozenset({"T&P RR CO", "H&TC RR CO", "W&NW RR CO", "GC&SF RR CO", "TC RR CO"}),
        ),
        County(fips="35025", name="Lea", created=date(1917, 3, 17), townships=(9, 26), ranges=(31, 39)),
        County(
            fips="48383",
            name="Reagan",
            created=date(1903, 3, 7),
            surveys=frozenset(
                {"UNIVERSITY LANDS", "T&P RR CO", "GC&SF RR CO", "H&TC RR CO", "TC RR CO", "GH&SA RR CO"}
            ),
        ),
        County(
            fips="48105",
            name="Crockett",
            created=date(1875, 1, 22),
            organized=date(1891, 7, 22),
            surveys=frozenset({"UNIVERSITY LANDS", *RAILROADS} - {"W&NW RR CO"}),
        ),
    )
}


def facts(fips: str) -> County:
    """Return the facts of a county; of an unknown one, its code alone.

    Raises:
        CountyError: It is not a FIPS code.
    """
    if not is_fips(fips):
        known = ", ".join(f"{county.fips} {county.name}" for county in COUNTIES.values())
        raise CountyError(f"{fips!r} is not a FIPS code of five digits, such as {known}.")
    return COUNTIES.get(fips) or County(fips=fips, name=fips)
