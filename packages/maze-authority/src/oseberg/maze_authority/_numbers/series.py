"""Instrument numbers: which series a number belongs to, its place there, and the numbers that are missing.

A series is what a clerk counts through: `18-0004512` is number 4512 of `18-`, `20180123` is number 123 of `2018` where
the first digits are the year, `0001200` is number 1200 of a running series, or of `2018/` where the count starts over
each year. A letter at the end (`18-0004512A`) is an insertion and takes no number of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from oseberg.maze_authority._numbers.intervals import Intervals
from oseberg.maze_authority._records.coded import TEXT, coded_texts, smallest
from oseberg.maze_authority._records.instrument_number import LONGEST, parse_all, split

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

MOST = 0.9  # the share of a county's numbers that settles what its numbers look like
REUSED = 0.2  # the share of a year's numbers that were used the year before; mistyped years reuse a few
EARLY = 20  # a count that has just started over has come no further
MIN_YEAR = 5  # numbers a year must have before its position says that the count started over


class Stratum(NamedTuple):
    """The numbers of one prefix that one county recorded in one year: what a register keeps of them.

    Attributes:
        county_fips: The county.
        prefix: What precedes the digits in a printed number.
        year: The year of recording, 0 for undated documents.
        width: Digits of a zero-padded number; 0 where numbers are not padded.
        held: The numbers.
    """

    county_fips: str
    prefix: str
    year: int
    width: int
    held: Intervals


@dataclass(frozen=True)
class Series:
    """One series of one county.

    Attributes:
        county_fips: The county.
        label: How people know the series (`18-`, `2018`, `2018/`, or `running`).
        prefix: What precedes the digits in a printed number.
        shown: What precedes the digits in a key: the prefix, and the year where the count starts over.
        width: Digits of a zero-padded number; 0 where numbers are not padded.
        year: The year of a count that starts over each year, else None.
        numbers: This delivery's numbers, sorted, without repeats.
        days: For each of them the day it was recorded (NaT where unknown), the earliest of several.
        held: The numbers of this delivery and of those before it.
    """

    county_fips: str
    label: str
    prefix: str
    shown: str
    width: int
    year: int | None
    numbers: np.ndarray[Any, np.dtype[np.int64]]
    days: np.ndarray[Any, Any]
    held: Intervals

    def spell(self, number: int) -> str:
        """Format a number for people: as printed, with the year where a count starts over."""
        return f"{self.shown}{number:0{self.width}d}"

    def printed(self, number: int) -> str:
        """Format a number as the clerk prints it."""
        return f"{self.prefix}{number:0{self.width}d}"

    def span(self, start: int, end: int) -> str:
        """Format an interval by both its ends."""
        return self.spell(start) if start == end else f"{self.spell(start)}..{self.spell(end)}"

    def place(self, text: str) -> int | None:
        """Parse a printed number as one of this series; None when it is not."""
        prefix, digits, _ = split(text)
        if not (prefix + digits).startswith(self.prefix):
            return None
        rest = (prefix + digits)[len(self.prefix) :]
        fits = (
            rest.isascii() and rest.isdigit() and len(rest) <= LONGEST and (not self.width or len(rest) >= self.width)
        )
        return int(rest) if fits else None

    def day_of(self, number: int) -> date | None:
        """Return the day on which this delivery's document of a number was recorded, None if there is none."""
        place = int(np.searchsorted(self.numbers, number))
        if place == len(self.numbers) or self.numbers[place] != number or np.isnat(self.days[place]):
            return None
        day: date = self.days[place].astype("datetime64[D]").item()
        return day

    def __contains__(self, number: int) -> bool:
        return number in self.held


def parse_numbers(documents: pd.DataFrame, before: Iterable[Stratum] = ()) -> pd.DataFrame:
    """Place every numbered document in its series.

    Args:
        documents: The document table (county_fips, instrument_number, recorded_on).
        before: The numbers of earlier deliveries: three documents into January, only they show that a count starts
            anew each year.

    Returns:
        One row for each document with a number, in their order: doc, county_fips, text, prefix, length (how many digits
        it has), valid, number, label, shown, code (of the series), year (0 when undated), zero (whether the digits
        begin with 0).
    """
    docs = np.flatnonzero(documents["instrument_number"].notna().to_numpy())
    named = documents[["county_fips", "instrument_number", "recorded_on"]]
    named = named if len(docs) == len(documents) else named.iloc[docs]  # not copied where all have a number
    text = named["instrument_number"].array
    parsed = parse_all(arrow_texts(text))
    prefix = coded_texts(pd.Series(pd.array(parsed.prefixes, dtype=TEXT)))
    frame = pd.DataFrame(
        {
            "doc": docs.astype(np.int32),
            "county_fips": named["county_fips"].array,
            "text": text,
            "prefix": prefix,
            "length": parsed.length.astype(np.int32),
            "valid": parsed.number >= 0,
            "year": named["recorded_on"].dt.year.fillna(0).to_numpy(dtype=np.int16),
            "number": parsed.number,
        },
        copy=False,
    )
    embedded_years(frame)
    frame["zero"] = frame["valid"].to_numpy() & (frame["number"] < 10.0 ** (frame["length"] - 1)).to_numpy()
    name_series(frame, find_restarts([*strata_of(frame), *before]))
    frame["code"] = series_codes(frame)
    return frame


def name_series(frame: pd.DataFrame, anew: set[tuple[str, str]]) -> None:
    """Add the label of each number's series, and what precedes its digits in a key.

    Args:
        frame: The numbers.
        anew: The counties and prefixes whose count starts over each year.
    """
    if not anew:
        frame["shown"] = frame["prefix"]
        texts = frame["prefix"].cat.categories.tolist()
        frame["label"] = recoded([text or "running" for text in texts], frame["prefix"].cat.codes.to_numpy())
    else:
        restarts = pd.MultiIndex.from_frame(frame[["county_fips", "prefix"]]).isin(list(anew))
        years = np.where(restarts, frame["year"].to_numpy(), -1)
        keys = pd.DataFrame({"prefix": frame["prefix"].array, "year": years})
        codes = keys.groupby(["prefix", "year"], sort=False).ngroup().to_numpy()
        distinct = [(str(prefix), int(year)) for prefix, year in keys.drop_duplicates().itertuples(index=False)]
        shown = [prefix if year < 0 else f"{year}/{prefix}" if year else "undated" for prefix, year in distinct]
        frame["shown"] = recoded(shown, codes)
        frame["label"] = recoded([text or "running" for text in shown], codes)


def recoded(texts: list[str], codes: np.ndarray[Any, Any]) -> Any:  # noqa: ANN401 - pandas' categories
    """Return texts by their codes, as categories in the order of the texts."""
    ordered = sorted(set(texts))
    place = {text: number for number, text in enumerate(ordered)}
    places = np.array([place[text] for text in texts], dtype=smallest(len(ordered)))
    return pd.Categorical.from_codes(places[codes], categories=pd.Index(ordered, dtype=TEXT))


def arrow_texts(texts: Any) -> pa.LargeStringArray:  # noqa: ANN401 - pandas' array of texts
    """Return texts as one array of Arrow's."""
    held = pc.cast(pa.array(texts), pa.large_string())
    return held.combine_chunks() if isinstance(held, pa.ChunkedArray) else held


def series_codes(frame: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Number the pairs of county and label, in their order; equal codes are one series."""
    counties, labels = (frame[name].cat for name in ("county_fips", "label"))
    return np.asarray(counties.codes.astype(np.int64) * len(labels.categories) + labels.codes, dtype=np.int32)


def embedded_years(frame: pd.DataFrame) -> None:
    """Move a year that opens bare digits (`20180123`, `1800123`) into the prefix, where most numbers agree with it."""
    bare = (frame["prefix"] == "") & (frame["length"] >= 7) & frame["valid"]  # noqa: PLR2004 - year and count
    if not bare.any():
        return
    rows = frame.loc[bare, ["county_fips", "length", "year", "number"]]
    prefix = np.array(frame["prefix"], dtype=object)
    number, length = (frame[name].to_numpy().copy() for name in ("number", "length"))
    for (_, digits), group in rows.groupby(["county_fips", "length"], sort=True):
        values, years = group["number"].to_numpy(), group["year"].to_numpy().astype(np.int64)
        # Four digits first: the last two of them would pass as a year as well.
        for size, modulus in ((4, 10_000), (2, 100)):
            heads = values // 10 ** (int(str(digits)) - size)
            late = years - heads == 1  # numbered on the last day of a year, recorded in the next
            right = ((heads == years % modulus) | late)[years > 0]
            if len(right) and right.mean() >= MOST:
                spelled, codes = np.unique(heads, return_inverse=True)
                texts = np.array([f"{head:0{size}d}" for head in spelled.tolist()], dtype=object)
                prefix[group.index] = texts[codes]
                number[group.index] = values % 10 ** (int(str(digits)) - size)
                length[group.index] -= size
                break
    frame["prefix"] = coded_texts(pd.Series(prefix, dtype=TEXT))
    frame["number"], frame["length"] = number, length


def strata_of(numbers: pd.DataFrame) -> list[Stratum]:
    """Return the numbers by county, prefix and year of recording; see `parse_numbers` for the table."""
    valid = numbers["valid"].to_numpy()
    if not valid.any():
        return []
    columns = ["county_fips", "prefix", "year", "number", "length", "zero"]
    rows = numbers[columns] if valid.all() else numbers.loc[valid, columns]
    return [
        Stratum(
            str(fips),
            str(prefix),
            int(str(year)),
            padded_width(group["length"].to_numpy(), group["zero"].to_numpy()),
            Intervals.of(group["number"].to_numpy()),
        )
        for (fips, prefix, year), group in rows.groupby(["county_fips", "prefix", "year"], sort=True)
    ]


def by_prefix(strata: Iterable[Stratum]) -> dict[tuple[str, str], dict[int, Stratum]]:
    """Join strata of the same county, prefix and year, and return them by county and prefix, then by year."""
    found: dict[tuple[str, str], dict[int, Stratum]] = {}
    for key, same in groupby(sorted(strata, key=lambda one: one[:3]), key=lambda one: one[:3]):
        first, *others = same
        for other in others:
            first = first._replace(width=max(first.width, other.width), held=first.held | other.held)
        found.setdefault(key[:2], {})[key[2]] = first
    return found


def find_restarts(strata: Iterable[Stratum]) -> set[tuple[str, str]]:
    """Return the counties and prefixes whose count starts over each year."""
    return {
        key
        for key, years in by_prefix(strata).items()
        if any(starts_anew(years[one].held, years[other].held) for one, other in pairwise(sorted(years)) if one)
    }


def starts_anew(before: Intervals, after: Intervals) -> bool:
    """Whether a count started over between two years.

    With enough numbers their middles decide, or how many of them are used in both years. The first few numbers of a
    year decide if they are at the very beginning of a count and close together, and were used the year before or are
    well below what is known of it; so do a few of the year before, late ones say, if they are well above all of the
    later one.
    A number that fills a hole of the other year is rather a document with a mistyped year.

    Args:
        before: The numbers of a year.
        after: Those of a later one.

    Returns:
        True if the later numbers begin a new count.
    """
    used = len(before) + len(after) - len(before | after)
    if len(before) >= MIN_YEAR and len(after) >= MIN_YEAR:
        # A busier year has a higher middle, but it uses the numbers of the year before again.
        return after.median() <= before.median() or used >= REUSED * min(len(before), len(after))
    close = after.last - after.first < 5 * len(after) + EARLY
    if len(before) < MIN_YEAR <= len(after):
        return bool(close and after.last + EARLY < before.first)
    begins = after.first <= EARLY and close and (used > 0 or after.last + 1 < before.first)
    return bool(len(before) >= MIN_YEAR and begins and after.last < before.last)


def build_series(
    numbers: pd.DataFrame, recorded: pd.Series, own_strata: Iterable[Stratum], before: Iterable[Stratum] = ()
) -> list[Series]:
    """Gather the series in the order of county and label.

    Args:
        numbers: As `parse_numbers` returns them.
        recorded: The day each document was recorded, by document.
        own_strata: Their strata.
        before: The numbers of earlier deliveries.

    Returns:
        The series of this delivery and those before it; without undated numbers of a count that starts over.
    """
    # Everything known decides together: a few numbers alone do not show how a county counts.
    strata = [*own_strata, *before]
    anew = find_restarts(strata)
    own = own_numbers(numbers)
    none = (np.empty(0, dtype=np.int64),) * 2
    found = []
    for (fips, prefix), years in by_prefix(strata).items():
        split_up = (fips, prefix) in anew
        for year in [one for one in years if one] if split_up else [None]:
            parts = [years[year]] if year is not None else list(years.values())
            shown = f"{year}/{prefix}" if split_up else prefix
            placed = place_numbers(*own.get((fips, shown), none), recorded.to_numpy())
            found.append(joined(fips, prefix, shown, year, parts, placed))
    return sorted(found, key=lambda one: (one.county_fips, one.label))


def joined(
    fips: str,
    prefix: str,
    shown: str,
    year: int | None,
    parts: list[Stratum],
    placed: tuple[np.ndarray[Any, np.dtype[np.int64]], np.ndarray[Any, Any]],
) -> Series:
    """Build a series of strata, and of this delivery's numbers and days."""
    held = Intervals.joining(
        np.concatenate([part.held.starts for part in parts]), np.concatenate([part.held.ends for part in parts])
    )
    # A part whose numbers fill the width shows no padding; another part may.
    width = max(part.width for part in parts)
    return Series(fips, shown or "running", prefix, shown, width, year, *placed, held)


def own_numbers(
    numbers: pd.DataFrame,
) -> dict[tuple[str, str], tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
    """Return the documents and numbers of each series, by county and what precedes the digits in a key."""
    usable = np.flatnonzero(numbers["valid"].to_numpy() & (numbers["label"] != "undated").to_numpy())
    codes = numbers["code"].to_numpy()[usable]
    # Most deliveries have one series, and its rows need not be gathered.
    order = usable if len(codes) and (codes == codes[0]).all() else usable[np.argsort(codes, kind="stable")]
    docs, values = numbers["doc"].to_numpy()[order], numbers["number"].to_numpy()[order]
    edges = np.flatnonzero(np.diff(numbers["code"].to_numpy()[order])) + 1
    starts = [0, *edges.tolist()] if len(order) else []
    keys = numbers[["county_fips", "shown"]].iloc[order[starts]].itertuples(index=False)
    ends = [*edges.tolist(), len(order)]
    return {
        (str(fips), str(shown)): (docs[start:end], values[start:end])
        for (fips, shown), start, end in zip(keys, starts, ends[: len(starts)], strict=True)
    }


def place_numbers(
    docs: np.ndarray[Any, Any], values: np.ndarray[Any, Any], recorded: np.ndarray[Any, Any]
) -> tuple[np.ndarray[Any, np.dtype[np.int64]], np.ndarray[Any, Any]]:
    """Return the distinct numbers of a series in order, and the earliest day of each."""
    days = recorded[docs]
    if (np.diff(values) > 0).all():  # as a clerk counts
        return values, days
    order = np.lexsort((days, values))
    unique, first = np.unique(values[order], return_index=True)
    return unique, days[order][first]


def padded_width(length: np.ndarray[Any, Any], zero: np.ndarray[Any, Any]) -> int:
    """Return the width that zero-padded numbers share, or 0 when they are not padded.

    Args:
        length: Digits of each number.
        zero: Whether each number begins with a zero that is not its only digit.
    """
    values, counts = np.unique(length, return_counts=True)
    return int(values[np.argmax(counts)]) if zero.any() and counts.max() >= MOST * len(length) else 0
