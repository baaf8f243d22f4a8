"""The forms of instrument numbers: which of them don't look like the others of their county or series."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.maze_authority._numbers.series import MOST, padded_width
from oseberg.maze_authority._records.columns import factorized

if TYPE_CHECKING:
    Mask = np.ndarray[Any, np.dtype[np.bool_]]

RARE = 0.01


def shape_of_most(numbers: pd.DataFrame) -> str:
    """Return an example of the commonest form: a number from the middle."""
    good = numbers.loc[numbers["valid"]]
    if good.empty:
        return "nothing that was delivered"
    # Digits in a prefix are a year or a book, so their values don't matter for the form.
    shapes = good["prefix"].astype(object).map(lambda prefix: re.sub(r"\d", "9", prefix))
    common = sorted(good.loc[shapes == shapes.mode().iloc[0], "text"])
    return str(common[len(common) // 2])


def misshapen(numbers: pd.DataFrame) -> Mask:
    """Return the numbers whose prefix has a form that hardly any other number of the county has."""
    codes, prefixes = factorized(numbers["prefix"])
    shapes, _ = factorized([shape(prefix) for prefix in prefixes])
    counties, _ = pd.factorize(numbers["county_fips"])
    frame = pd.DataFrame({"county": counties, "shape": shapes[codes]})
    count = frame.groupby(["county", "shape"])["shape"].transform("size").to_numpy()
    total = frame.groupby("county")["shape"].transform("size").to_numpy()
    most = pd.Series(count).groupby(counties).transform("max").to_numpy()
    settled = (most >= MOST * total) | ((total < 10) & (most > total / 2))  # noqa: PLR2004 - a handful: the majority
    return np.asarray(settled & (count < most) & (count <= np.maximum(2, RARE * total)))


def shape(prefix: str) -> str:
    """Return a prefix with every letter as A and every digit as 9."""
    return re.sub(r"\d", "9", re.sub(r"[A-Za-z]", "A", prefix))


def badly_padded(numbers: pd.DataFrame) -> Mask:
    """Return the numbers that break their series' zero padding; a count may outgrow its width."""
    bad = np.zeros(len(numbers), dtype=bool)
    good = numbers["valid"].to_numpy()
    length = numbers["length"].to_numpy()
    zero = numbers["zero"].to_numpy() & (length > 1)
    # By prefix, not by series: a count that starts over keeps its width.
    codes = numbers.groupby(["county_fips", "prefix"], sort=False).ngroup().to_numpy()
    for code in np.unique(codes[good]):
        mine = good & (codes == code)
        width = padded_width(length[mine], zero[mine])
        if width:
            bad |= mine & (length != width) & ((length < width) | zero)
        elif mine.sum() > 2:  # noqa: PLR2004 - one or two numbers tell nothing about padding
            bad |= mine & zero
    return bad


def late_zeros(numbers: pd.DataFrame, recorded: np.ndarray[Any, Any]) -> Mask:
    """Return the numbers 0 that are not the first of their series: a clerk counts from 1, or from 0 and goes on with 1.

    Args:
        numbers: All numbers; see `parse_numbers`.
        recorded: The day of each document.
    """
    bad: Mask = numbers["valid"].to_numpy() & (numbers["number"].to_numpy() == 0)
    for row in np.flatnonzero(bad):
        mine = numbers.loc[(numbers["code"] == numbers["code"].iloc[row]).to_numpy() & ~bad, ["doc", "number"]]
        days = recorded[mine["doc"].to_numpy()]
        days = days[~np.isnat(days)]
        later = len(days) > 0 and recorded[numbers["doc"].iloc[row]] > days.min()
        bad[row] = later or (len(mine) > 0 and not (mine["number"] == 1).any())
    return bad


def find_placeless(numbers: pd.DataFrame, recorded: np.ndarray[Any, Any]) -> set[int]:
    """Return the documents whose number breaks the padding of its series, or is 0: it says nothing about their place.

    Args:
        numbers: All numbers; see `parse_numbers`.
        recorded: The day of each document.
    """
    if numbers.empty:  # as what a register asks the rules with, for each delivery several times
        return set()
    wrong = badly_padded(numbers) | late_zeros(numbers, recorded)
    return set(numbers["doc"].to_numpy()[wrong].tolist())
