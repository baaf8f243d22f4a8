"""Records of another county than their delivery's, or their file's."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from oseberg.maze_authority._delivery.county import County
from oseberg.maze_authority._numbers.series import MOST

if TYPE_CHECKING:
    import pandas as pd


class Foreign(NamedTuple):
    """A record of another county.

    Attributes:
        value: Its county, as a part of a sentence.
        expected: Of which county it should be, and why.
        home: That county's code.
    """

    value: str
    expected: str
    home: str


def find_foreign(documents: pd.DataFrame, county: County | None) -> dict[int, Foreign]:
    """Find the records of another county than the delivery's, or nearly all others of their file.

    Args:
        documents: The document table.
        county: The county that all of them should be of, where it is known.

    Returns:
        What was found, by document.
    """
    fips = documents["county_fips"]
    if county is not None:
        expected = f"the delivery is of {county.name} ({county.fips})"
        other = np.flatnonzero(fips != county.fips)
        return {int(doc): Foreign(f"county {fips[doc]}", expected, county.fips) for doc in other}
    if fips.nunique() < 2:  # noqa: PLR2004 - no other county
        return {}
    found: dict[int, Foreign] = {}
    for file, group in fips.groupby(documents["source_file"], sort=True):
        usual = str(group.mode().iloc[0])
        if (group == usual).mean() >= MOST:
            expected = f"{file} is of {usual}"
            found |= {int(doc): Foreign(f"county {group[doc]}", expected, usual) for doc in group.index[group != usual]}
    return found
