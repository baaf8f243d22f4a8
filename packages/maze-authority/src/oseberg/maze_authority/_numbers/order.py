"""The order of numbers and days: which records break it, and which days are probably mistyped."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    Docs = np.ndarray[Any, np.dtype[np.int64]]

FAR = np.timedelta64(300, "D")  # days this far from all others are typing errors, not part of the delivery
MOST_WRONG = 1 / 3  # the share of a series that may be called out of order record by record
FEW = 0.1  # the share of a series that may stand apart; more of them are a delivery of their own
FEWEST = 5
LEAP = np.timedelta64(30, "D")  # a shorter pause between two numbers that follow each other may be one
WEEK = 4  # weekdays; a county that records daily does not pause longer, holidays included
DAILY, RARELY = 10, 0.2  # pauses that show that a county records daily, and the share of them that may be longer
TINY = 2  # documents at an end of a series that may be mistyped; more of them were recorded after a pause
STEPS = 10  # times the longest other pause of its series: what a mistyped day differs by


class Disorder(NamedTuple):
    """A series whose days fall while its numbers rise.

    Attributes:
        county_fips: The county.
        label: The series.
        docs: Its documents in the order of their numbers.
        days: Their days.
        places: The smallest set of places without which the days never fall.
    """

    county_fips: str
    label: str
    docs: Docs
    days: np.ndarray[Any, Any]
    places: list[int]

    @property
    def whole(self) -> bool:
        """Whether so many are out of order that the wrong ones can't be told from the right ones."""
        return len(self.places) > MOST_WRONG * len(self.docs)


@dataclass(frozen=True)
class DayOrder:
    """How the days of documents follow their numbers.

    Attributes:
        numbers: The numbers of documents with a possible day; see `parse_numbers`.
        recorded: The day of each document.
        impossible: For each document whether its day is impossible.
    """

    numbers: pd.DataFrame
    recorded: np.ndarray[Any, Any]
    impossible: np.ndarray[Any, np.dtype[np.bool_]]

    @cached_property
    def disorder(self) -> list[Disorder]:
        """The series whose days don't follow their numbers."""
        return find_disorder(self.numbers, self.recorded)

    @cached_property
    def far(self) -> dict[int, np.datetime64]:
        """The first and last documents of series whose days are far from the others; see `find_far`."""
        return find_far(self.numbers, self.recorded)

    @cached_property
    def misdated(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """For each document whether its day is probably mistyped: impossible, out of order, or far from the others."""
        wrong = self.impossible.copy()
        for one in self.disorder:
            wrong[one.docs[one.places] if not one.whole else []] = True
        wrong[list(self.far)] = True
        return wrong


def find_disorder(numbers: pd.DataFrame, recorded: np.ndarray[Any, Any]) -> list[Disorder]:
    """Return the series whose days don't follow their numbers.

    Args:
        numbers: Numbers of dated documents; see `parse_numbers`.
        recorded: The day of each document.

    Returns:
        The series, in the order of their codes.
    """
    found = []
    for _, group in numbers.groupby("code", sort=True):
        docs, counts = group["doc"].to_numpy(), group["number"].to_numpy()
        if not (np.diff(counts) > 0).all():  # nearly every file is in the order of its numbers
            docs = docs[np.lexsort((docs, recorded[docs], counts))]
        days = recorded[docs]
        places = out_of_order(days.astype(np.int64))
        if places:
            first = group.iloc[0]
            found.append(Disorder(str(first["county_fips"]), str(first["label"]), docs, days, places))
    return found


def find_far(numbers: pd.DataFrame, recorded: np.ndarray[Any, Any]) -> dict[int, np.datetime64]:
    """Return the first and last documents of series whose days are far from the others, with a usual day of each.

    Args:
        numbers: Numbers of dated documents; see `parse_numbers`.
        recorded: The day of each document.

    Returns:
        By document the middle day of its series.
    """
    days_of = recorded.astype("datetime64[D]")
    found: dict[int, np.datetime64] = {}
    for _, group in numbers.groupby("code", sort=True):
        docs, counts = group["doc"].to_numpy(), group["number"].to_numpy()
        if not (np.diff(counts) >= 0).all():
            order = np.argsort(counts, kind="stable")
            docs, counts = docs[order], counts[order]
        days = days_of[docs]
        steps = np.diff(days)
        if len(docs) < FEWEST or (steps < np.timedelta64(0)).any():
            continue  # where documents go back and forth the order itself is wrong
        far = steps > far_from(steps)
        # Where more numbers than days are left out, a document was rather delivered late, or early.
        leaps = np.flatnonzero(far & (np.diff(counts) <= steps.astype(np.int64))) + 1
        few = max(1, int(FEW * len(docs)))
        head, tail = (leaps[leaps <= few], leaps[leaps >= len(docs) - few])
        odd = [*range(int(head.max(initial=0))), *range(int(tail.min(initial=len(docs))), len(docs))]
        odd = odd or alone_at_end(days, counts)
        if len(odd) <= 2 * few:
            found |= dict.fromkeys(docs[odd].tolist(), np.sort(days)[len(days) // 2])
    return found


def alone_at_end(days: np.ndarray[Any, Any], counts: np.ndarray[Any, Any]) -> list[int]:
    """Return the first or last places of a series whose day is separated by empty days from the next number's.

    A clerk who records on nearly every day does not leave a week out between two numbers that follow each other. More
    documents than one or two at an end have had their week: the courthouse was closed.

    Args:
        days: The days in the order of the numbers.
        counts: The numbers.
    """
    left_out = np.busday_count(days[:-1], days[1:])
    pauses = left_out[left_out > 0]
    if len(pauses) < DAILY or (pauses > 1).mean() > RARELY:
        return []
    leaps = np.flatnonzero((left_out > WEEK) & (np.diff(counts) == 1)) + 1
    found: list[int] = []
    for place in leaps.tolist():
        found += range(place) if place <= TINY else range(place, len(days)) if len(days) - place <= TINY else ()
    return found


def far_from(steps: np.ndarray[Any, Any]) -> np.timedelta64:
    """Return the longest plausible pause of a series in days: by its next longest pause, and by `FAR`."""
    usual: np.timedelta64 = min(FAR, max(LEAP, STEPS * np.sort(steps)[-2]))
    return usual


def out_of_order(values: np.ndarray[Any, Any]) -> list[int]:
    """Return the places outside a longest non-decreasing subsequence.

    Examples:
        >>> import numpy as np
        >>> out_of_order(np.array([1, 2, 9, 3, 4]))
        [2]
    """
    # Nearly every series is in order, which is seen without the search below.
    if len(values) < 2 or (np.diff(values) >= 0).all():  # noqa: PLR2004 - nothing can be out of order
        return []
    kept = longest_rising(values.tolist())
    outside = np.ones(len(values), dtype=bool)
    outside[kept] = False
    return [int(place) for place in np.flatnonzero(outside)]


def longest_rising(values: Sequence[int]) -> list[int]:
    """Return the places of a longest non-decreasing subsequence, by patience sorting."""
    tails: list[int] = []
    places: list[int] = []
    before = [-1] * len(values)
    for place, value in enumerate(values):
        # Equal days are in order: to the right of those that are the same.
        pile = bisect_right(tails, value)
        if pile:
            before[place] = places[pile - 1]
        if pile == len(tails):
            tails.append(value)
            places.append(place)
        else:
            tails[pile], places[pile] = value, place
    chain = []
    place = places[-1]
    while place >= 0:
        chain.append(place)
        place = before[place]
    return chain[::-1]
