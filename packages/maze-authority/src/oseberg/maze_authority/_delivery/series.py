"""Instrument numbers: which series a number belongs to, its place there, and the numbers that are missing.

A series is what a clerk counts through: `18-0004512` is number 4512 of `18-`, `20180123` is number 123 of `2018` where
the first digits are the year, `0001200` is number 1200 of a running series, or of `2018/` where the count starts anew
each year. A letter at the end (`18-0004512A`) is an insertion and takes no number of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.maze_authority._records.instrument_number import LONGEST, split, split_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST = 0.9  # the share of a county's numbers that settles what its numbers look like
MIN_YEAR = 5  # numbers a year must have before its position says that the count started anew


@dataclass(frozen=True)
class Series:
    """One series of one county, with the numbers that are present.

    Attributes:
        county_fips: The county.
        label: How people know the series (`18-`, `2018`, `2018/`, or `running`).
        prefix: What precedes the digits in a printed number.
        shown: What precedes the digits in a key: the prefix, and the year where the count starts anew.
        width: Digits of a zero-padded number; 0 where numbers are not padded.
        numbers: Sorted, without repeats.
        days: For each number the day it was recorded (NaT where unknown), the earliest of several.
    """

    county_fips: str
    label: str
    prefix: str
    shown: str
    width: int
    numbers: np.ndarray[Any, np.dtype[np.int64]]
    days: np.ndarray[Any, Any]

    def spell(self, number: int) -> str:
        """Write a number as the clerk prints it, with the year of a count that starts anew."""
        return f"{self.shown}{number:0{self.width}d}"

    def span(self, start: int, end: int) -> str:
        """Write an interval by both its ends."""
        return self.spell(start) if start == end else f"{self.spell(start)}..{self.spell(end)}"

    def place(self, text: str) -> int | None:
        """Read a printed number as one of this series; None when it is not."""
        prefix, digits, _ = split(text)
        if not (prefix + digits).startswith(self.prefix):
            return None
        rest = (prefix + digits)[len(self.prefix) :]
        fits = (
            rest.isascii() and rest.isdigit() and len(rest) <= LONGEST and (not self.width or len(rest) >= self.width)
        )
        return int(rest) if fits else None

    def __contains__(self, number: int) -> bool:
        place = int(np.searchsorted(self.numbers, number))
        return place < len(self.numbers) and int(self.numbers[place]) == number

    def gaps(self, also: Iterable[int] = (), *, since: int | None = None) -> list[tuple[int, int]]:
        """Return the missing intervals, both ends included.

        Args:
            also: Numbers known from elsewhere (rejected rows, undated records): no gap of the vendor's.
            since: The last number of an earlier delivery, where the count continues.
        """
        first, last = int(self.numbers[0]), int(self.numbers[-1])
        known = self.numbers
        start = min(first, since) if since is not None else first
        extra = [number for number in also if start <= number <= last]
        if since is not None and since < first:
            extra.append(since)
        if extra:
            known = np.union1d(known, np.array(extra, dtype=np.int64))
        holes = np.flatnonzero(np.diff(known) > 1)
        return [(int(known[hole]) + 1, int(known[hole + 1]) - 1) for hole in holes]


def parse_numbers(documents: pd.DataFrame) -> pd.DataFrame:
    """Place every numbered document in its series.

    Args:
        documents: The document table (county_fips, instrument_number, recorded_on).

    Returns:
        One row for each document with a number: doc, county_fips, text, prefix, digits, valid, number, label, shown,
        code (of the series), year (0 when undated), zero (whether the digits begin with 0).
    """
    named = documents.loc[documents["instrument_number"].notna(), ["county_fips", "instrument_number", "recorded_on"]]
    prefixes, digits, _ = split_all(named["instrument_number"].tolist())
    length = np.fromiter(map(len, digits), dtype=np.int64, count=len(digits))
    frame = pd.DataFrame(
        {
            "doc": named.index,
            "county_fips": named["county_fips"].array,
            "text": named["instrument_number"].array,
            "prefix": pd.array(prefixes, dtype="str"),
            "digits": pd.Series(digits, dtype=object),
            "length": length,
            "valid": (length > 0) & (length <= LONGEST),
            "year": named["recorded_on"].dt.year.fillna(0).to_numpy(dtype=np.int64),
        }
    )
    embedded_years(frame)
    frame["number"] = -1
    valid = frame["valid"].to_numpy()
    frame.loc[valid, "number"] = np.fromiter(map(int, frame["digits"].to_numpy()[valid]), dtype=np.int64)
    frame["zero"] = valid & (frame["number"] < 10.0 ** (frame["length"] - 1))
    frame["shown"] = frame["prefix"]
    frame["label"] = frame["prefix"].where(frame["prefix"] != "", "running")
    restarts(frame)
    frame["code"] = series_codes(frame)
    return frame


def series_codes(frame: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Number the pairs of county and label, in their order; equal codes are one series."""
    counties, _ = pd.factorize(frame["county_fips"], sort=True)
    labels, texts = pd.factorize(frame["label"], sort=True)
    return np.asarray(counties * len(texts) + labels, dtype=np.int64)


def embedded_years(frame: pd.DataFrame) -> None:
    """Move a year that opens bare digits (`20180123`, `1800123`) into the prefix, where most numbers agree with it."""
    bare = frame.loc[(frame["prefix"] == "") & (frame["length"] >= 7) & frame["valid"]]  # noqa: PLR2004 - year and count
    for _, group in bare.groupby(["county_fips", "length"], sort=True):
        dated = group.loc[group["year"] > 0]
        for size, modulus in ((4, 10_000), (2, 100)):
            heads = np.fromiter((int(text[:size]) for text in dated["digits"]), dtype=np.int64, count=len(dated))
            if len(dated) and np.mean(heads == dated["year"].to_numpy() % modulus) >= MOST:
                frame.loc[group.index, "prefix"] = [text[:size] for text in group["digits"]]
                frame.loc[group.index, "digits"] = [text[size:] for text in group["digits"]]
                frame.loc[group.index, "length"] = group["length"] - size
                break


def restarts(frame: pd.DataFrame) -> None:
    """Split a series by year where the count starts anew: a later year's numbers lie no higher than the last year's."""
    dated = frame.loc[(frame["year"] > 0) & frame["valid"]]
    if dated["year"].nunique() < 2:  # noqa: PLR2004 - one year cannot start anew
        return
    medians = dated.groupby(["county_fips", "prefix", "year"], sort=True)["number"].agg(["median", "count"])
    middle = medians.loc[medians["count"] >= MIN_YEAR, "median"]
    falls = middle.groupby(level=[0, 1]).diff().le(0).groupby(level=[0, 1]).any()
    for county, prefix in falls.index[falls.to_numpy()]:
        rows = (frame["county_fips"] == county) & (frame["prefix"] == prefix)
        label = [f"{year}/{prefix}" if year else "undated" for year in frame.loc[rows, "year"]]
        frame.loc[rows, "label"] = label
        frame.loc[rows, "shown"] = label


def build_series(numbers: pd.DataFrame, recorded: pd.Series) -> list[Series]:
    """Gather the series from placed numbers, in the order of county and label.

    Args:
        numbers: As `parse_numbers` gives them.
        recorded: The day each document was recorded, by document.
    """
    return list(_build(numbers.loc[numbers["valid"] & (numbers["label"] != "undated")], recorded.to_numpy()))


def _build(numbers: pd.DataFrame, recorded: np.ndarray[Any, Any]) -> Iterator[Series]:
    for _, group in numbers.groupby("code", sort=True):
        days = recorded[group["doc"].to_numpy()]
        order = np.lexsort((days, group["number"].to_numpy()))
        unique, first = np.unique(group["number"].to_numpy()[order], return_index=True)
        row = group.iloc[0]
        yield Series(
            county_fips=row["county_fips"],
            label=row["label"],
            prefix=row["prefix"],
            shown=row["shown"],
            width=padded_width(group["length"].to_numpy(), group["zero"].to_numpy()),
            numbers=unique,
            days=days[order][first],
        )


def padded_width(length: np.ndarray[Any, Any], zero: np.ndarray[Any, Any]) -> int:
    """Return the width that zero-padded numbers share, or 0 when they are not padded.

    Args:
        length: Digits of each number.
        zero: Whether each number begins with a zero that is not its only digit.
    """
    values, counts = np.unique(length, return_counts=True)
    return int(values[np.argmax(counts)]) if zero.any() and counts.max() >= MOST * len(length) else 0
