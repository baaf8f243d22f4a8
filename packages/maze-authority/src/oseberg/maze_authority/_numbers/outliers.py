"""Mistyped numbers and what they should be, so that one wrong digit is not reported as a wide gap."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from oseberg.maze_authority._numbers.intervals import Intervals
from oseberg.maze_authority._numbers.series import Series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    DayOf = Callable[[Series, int], date | None]

LIKE = {"O": "0", "Q": "0", "D": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "B": "8"}  # letters typed for digits
FEWEST = 5  # numbers a series needs before it shows where another number belongs
TINY = 2  # a prefix with more documents than this is not a mistyped one
DOMINANT = 10  # times as many numbers: what a mistyped prefix is held against
SUSPECTS = 200  # numbers looked at in a county; of more, most are not mistyped
LOOKED_AT = 40  # numbers whose days show whether a series follows them
DISORDER = 0.1  # the share of falls among them that mistyped dates may cause
JUMP = 50  # an undated leap over fewer numbers is rather a gap


class Outlier(NamedTuple):
    """A number that is probably mistyped.

    Attributes:
        series: The series that it is counted in as printed.
        number: Its place there.
        probable: The number it probably is, as the clerk prints it; None if nothing fits.
        home: The series that it probably belongs to.
        place: Its probable place there.
        reason: Why, as the rest of a sentence that begins with the number.
    """

    series: Series
    number: int
    probable: str | None
    home: Series
    place: int | None
    reason: str


@dataclass(frozen=True)
class Neighbors:
    """Looks for the place of a number among a county's series."""

    day_of: DayOf

    def bracket(self, series: Series, number: int) -> tuple[int, int] | None:
        """Return the numbers before and after a hole that a number would fill; None without such a hole."""
        held = series.held
        if number in held or not held or not held.first < number < held.last:
            return None
        start, end = next((first, last) for first, last in held.gaps() if first <= number <= last)
        return start - 1, end + 1

    def fits(self, series: Series, number: int, day: date | None) -> tuple[int, int] | None:
        """Return the neighbors of a hole if a document of a day belongs there by its date, else None."""
        around = self.bracket(series, number)
        if around is None or day is None:
            return None
        before, after = (self.day_of(series, one) for one in around)
        return around if before and after and before <= day <= after else None

    def sentence(self, series: Series, around: tuple[int, int]) -> str:
        """Describe the neighbors of a hole with their days."""
        one, other = map(series.spell, around)
        days = [str(self.day_of(series, number)) for number in around]
        when = f"on {days[0]}" if days[0] == days[1] else f"on {days[0]} and {days[1]}"
        return f"its neighbors {one} and {other} were recorded {when}"


def find_outliers(series: list[Series], day_of: DayOf) -> list[Outlier]:
    """Find the numbers of one county that are probably mistyped.

    Only series whose days rise with their numbers are judged. A number is suspected when its prefix is nearly alone in
    the county, or when it is far from all others of its series, where its date does not belong. It is an outlier if one
    mistyped character away there is a hole where its date does belong, or if its date contradicts its place and nothing
    fits.

    Args:
        series: The county's series.
        day_of: Returns the day on which a number of a series was recorded.

    Returns:
        The outliers, in the order of series and number.
    """
    look = Neighbors(day_of)
    # The largest series is what a mistyped prefix is compared with.
    largest = max(series, key=lambda one: len(one.held), default=None)
    if largest is None or len(largest.held) < FEWEST:
        return []
    follows = {one.shown: follows_days(one, day_of) for one in series if one is largest or len(one.held) >= FEWEST}
    found = []
    # Where a clerk does not number by day, dates can't say where a number belongs.
    known = [one for one in series if follows.get(one.shown, follows[largest.shown])]
    for one, number, alone in list(suspects(known, largest, day_of))[:SUSPECTS]:
        rest = without(one, number)
        homes = [largest] if alone else [rest]
        day = day_of(one, number)
        fitting = [
            (around[1] - around[0], home, place, around)
            for home in homes
            for text in mistypings(one.spell(number), padded=bool(home.width))
            if (place := home.place(text)) is not None and (around := look.fits(home, place, day))
        ]
        if fitting:
            # The smallest hole is the likeliest: one mistyped number leaves a hole of one.
            _, home, place, around = min(fitting, key=lambda one: (one[0], one[2]))
            probable = home.spell(place)
            reason = f"is probably {probable}: {look.sentence(home, around)}"
            found.append(Outlier(one, number, probable, home, place, reason))
        # Nothing fits: two slips at once, or a document of another county. Its date still shows that it is wrong.
        elif not alone and misplaced(rest, number, day, day_of):
            found.append(Outlier(one, number, None, one, None, f"is out of place: it was recorded on {day}"))
    return found


def suspects(series: Iterable[Series], largest: Series, day_of: DayOf) -> Iterator[tuple[Series, int, bool]]:
    """Yield the numbers that may be mistyped, and whether their prefix is what is odd."""
    for one in series:
        if one is largest or len(one.held) >= FEWEST:
            yield from ((one, number, False) for number in singles(one, day_of))
        elif len(one.held) <= TINY and len(largest.held) >= DOMINANT * len(one.held):
            yield from ((one, number, True) for first, last in one.held.pairs() for number in range(first, last + 1))


def follows_days(series: Series, day_of: DayOf) -> bool:
    """Whether the days of a series rise with its numbers, judged by some of its runs of numbers."""
    runs = [(first, last) for first, last in series.held.pairs() if first < last]
    step = max(1, sum(last - first + 1 for first, last in runs) // LOOKED_AT)
    numbers = [number for first, last in runs for number in range(first, last + 1, min(step, last - first))]
    days = [day for number in numbers[: 2 * LOOKED_AT] if (day := day_of(series, number)) is not None]
    falls = sum(after < before for before, after in pairwise(days))
    return len(days) >= FEWEST and falls <= DISORDER * len(days)


def singles(series: Series, day_of: DayOf) -> Iterator[int]:
    """Yield the numbers with a gap on each side that their dates or the width of the gap make doubtful."""
    pairs = series.held.pairs()
    if len(pairs) < 2:  # noqa: PLR2004 - one run has no gap
        return
    for place, (first, last) in enumerate(pairs):
        if first != last:
            continue
        rest = without(series, first)
        # A lone last number may as well follow a real gap, unless the gap is wider than all that was delivered.
        width = min(abs(first - pairs[near][near < place]) for near in (place - 1, place + 1) if 0 <= near < len(pairs))
        # Within the series the dates decide alone.
        at_end = place in (0, len(pairs) - 1)
        wide = at_end and width > max(JUMP, len(series.held))
        if wide or misplaced(rest, first, day_of(series, first), day_of):
            yield first


def misplaced(rest: Series, number: int, day: date | None, day_of: DayOf) -> bool:
    """Whether a number's day contradicts the days of the numbers before and after it in the rest of its series."""
    if day is None:
        return False
    below = [last for _, last in rest.held.pairs() if last < number]
    above = [first for first, _ in rest.held.pairs() if first > number]
    before = day_of(rest, below[-1]) if below else None
    after = day_of(rest, above[0]) if above else None
    return bool((before and day < before) or (after and day > after))


def without(series: Series, number: int) -> Series:
    """Return a series without one of its numbers."""
    return Series(**(vars(series) | {"held": series.held - Intervals.of((number,))}))


def mistypings(text: str, *, padded: bool) -> Iterator[str]:
    """Yield what a text may have been before one typing error, the likeliest first.

    Args:
        text: The number as printed.
        padded: Whether numbers have a fixed width, so that no digit can be missing or doubled.

    Yields:
        Texts with letters read as digits, two neighbors swapped, one digit replaced, one doubled digit dropped.
    """
    digits = [place for place, mark in enumerate(text) if mark.isdigit()]
    likely = "".join(LIKE.get(mark.upper(), mark) if text[:place] else mark for place, mark in enumerate(text))
    if likely != text:
        yield likely
    for one, other in pairwise(digits):
        if other == one + 1 and text[one] != text[other]:
            yield text[:one] + text[other] + text[one] + text[other + 1 :]
    for place in digits:
        yield from (text[:place] + digit + text[place + 1 :] for digit in "0123456789" if digit != text[place])
    if not padded:
        yield from (text[:place] + text[place + 1 :] for place in digits)
        yield from (text[:place] + digit + text[place:] for place in digits for digit in "0123456789")


def is_among(numbers: pd.DataFrame, outliers: Iterable[Outlier]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which rows of numbers are outliers.

    Args:
        numbers: Rows of a delivery's numbers; see `parse_numbers`.
        outliers: The outliers.

    Returns:
        A mask over the rows.
    """
    found = [(one.series.county_fips, one.series.shown, one.number) for one in outliers]
    # Nearly no delivery has one, and an index of a million numbers takes a second.
    if not found:
        return np.zeros(len(numbers), dtype=bool)
    keys = numbers[["county_fips", "shown", "number"]].astype({"county_fips": object, "shown": object})
    return np.asarray(pd.MultiIndex.from_frame(keys).isin(found))
