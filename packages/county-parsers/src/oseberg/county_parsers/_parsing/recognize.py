"""Recognizes a file's county, so that a file in the wrong folder is named, not rejected row by row."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from oseberg.county_parsers._records.row import STRUCTURAL
from oseberg.county_parsers.errors import CountyError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from oseberg.county_parsers._declaration.county import County

# So many rows show what a file is; one in ten of them may be dirt.
ROWS = 100
SHARE = 0.9


def looks_like(path: Path, counties: Iterable[County]) -> str:
    """Name the counties whose format a file has, for a message.

    Args:
        path: The file.
        counties: The counties that may be meant.

    Returns:
        `; it looks like Lea's` for a message, or nothing when no county or too many would do. Its name counts before
        its content.
    """
    known = list(counties)
    named = [county for county in known if county.is_index(path.name)]
    found = [county for county in named or known if _reads(county, path)]
    names = sorted({county.name for county in found})
    owners = " or ".join(f"{name}'s" for name in names)
    return f"; it looks like {owners}" if owners else ""


def _reads(county: County, path: Path) -> bool:
    """Whether the county's reader finds rows in the file, nearly all of them of a kind that the county has."""
    good = bad = 0
    try:
        for part in county.reader.parts(path):
            for row in islice(part.rows, ROWS):
                good += row.problem is None
                bad += row.problem not in {None, STRUCTURAL}
    except (CountyError, OSError):
        return False
    return good > 0 and good >= SHARE * (good + bad)
