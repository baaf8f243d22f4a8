"""The whole fleet: weeks in which tracking was lost, and weeks in which it really declined.

Two things that look alike in one company and different in all of them. Lost tracking takes nearly everything from
nearly everyone at once. A decline is a fall of the fleet's own aggregate below the band in which it moved before.
Neither says anything about one account, and neither silences one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

STEADY_WEEKS = 4  # a company that was active in each of the last four weeks is expected to be active in the next
FEWEST_COMPANIES = 3  # of two companies that fall, nobody can tell a coincidence from a cause
NEARLY_ALL = 0.9  # of the steady companies
ALMOST_NOTHING = 0.1  # of a company's own level
A_QUARTER = 0.25  # of the fleet's level

BASE_WEEKS = 8  # what the fleet's level is compared with
FEWEST_BASE_WEEKS = 3  # a band needs a few weeks to be one
NOISE_WEEKS = 12  # differences between these weeks tell how much companies move without a reason
BEYOND = 3.0  # standard errors: of 600 made-up years of on-and-off use none had two false alarms, most had none
SMALLEST_FALL = 0.05  # of the level: less is not worth a meeting, however certain
OUTLIERS = 1  # percent of the companies on either side, at least one
BY_CHANCE = 1.4  # how much larger than expected the variance of a dozen weeks may come out without a reason
FEW = 6  # weeks: twice as many are trusted to show two thirds of what the fleet can move together
FLOOR = 0.01  # of the level: companies that never moved could still move a little


@dataclass(frozen=True)
class Decline:
    """One real decline of the fleet.

    Attributes:
        place: The week, as its place among the weeks with tracking.
        first: The first of the one or two weeks whose fall was noticed then.
        before: Mean score before, over the companies of both times.
        after: Mean score in the week or the two weeks that were noticed.
        companies: How many companies that are.
    """

    place: int
    first: int
    before: float
    after: float
    companies: int


def find_lost(levels: Floats) -> Bools:
    """Find the weeks in which nearly every steady company fell to almost nothing.

    Only weeks before are looked at, and of these only weeks with tracking: a loss that lasts stays a loss, and what is
    said of a week never changes later.

    Args:
        levels: Active users (or, where these are unknown, scores), shape (weeks, companies); NaN where unknown.

    Returns:
        Whether tracking was lost, shape (weeks,).
    """
    lost = np.zeros(len(levels), dtype=bool)
    for week in range(1, len(levels)):
        tracked = np.flatnonzero(~lost[:week])[-STEADY_WEEKS:]
        before, now = levels[tracked], levels[week]
        steady = (before > 0).all(axis=0) & ~np.isnan(now)
        if np.count_nonzero(steady) >= FEWEST_COMPANIES:
            fell = now[steady] <= ALMOST_NOTHING * np.median(before[:, steady], axis=0)
            # Where companies come and go at random, a few steady ones may all pause at once, but never the whole fleet.
            emptied = np.nansum(now) <= A_QUARTER * np.median(np.nansum(before, axis=1))
            lost[week] = emptied and np.mean(fell) >= NEARLY_ALL
    return lost


def find_declines(scores: Floats, rulers: Ints) -> list[Decline]:
    """Find the weeks in which the fleet fell below its own band.

    The last week, and the last two together, are compared with up to eight weeks before, over the companies that have
    scores at both times. The band comes from how much each company, and the fleet, moved from week to week before. Once
    a decline is named, the weeks from then on are the new level.

    Args:
        scores: Scores of weeks with tracking, shape (weeks, companies); NaN where a company had none.
        rulers: The number of the reference of each week, shape (weeks,): weeks of different ones are not compared.

    Returns:
        The declines, oldest first.
    """
    found: list[Decline] = []
    start = 0
    for week in range(1, len(scores)):
        if rulers[week] != rulers[week - 1]:
            start = week
        # Two weeks together see a smaller fall than one; one sees a large fall a week earlier.
        for first in (week, week - 1):
            base = np.arange(max(start, first - BASE_WEEKS), first)
            if len(base) >= FEWEST_BASE_WEEKS:
                steps = [at for at in range(max(1, first - NOISE_WEEKS), first) if rulers[at] == rulers[at - 1]]
                steps = [at for at in steps if all(at not in (decline.first, decline.place) for decline in found)]
                decline = fall_of(scores, base, np.arange(first, week + 1), np.array(steps, dtype=np.int64))
                if decline is not None:
                    found.append(decline)
                    start = first
                    break
    return found


def fall_of(scores: Floats, base: Ints, recent: Ints, steps: Ints) -> Decline | None:
    """Return the fall from some weeks to others if it is beyond the fleet's band.

    Args:
        scores: Scores, shape (weeks, companies).
        base: The places of the weeks before.
        recent: The places of the weeks now.
        steps: The places whose difference from the week before tells how companies move without a reason.
    """
    both = ~np.isnan(scores[recent]).any(axis=0) & (np.count_nonzero(~np.isnan(scores[base]), axis=0) * 2 >= len(base))
    if np.count_nonzero(both) < FEWEST_COMPANIES:
        return None
    now, before = scores[recent][:, both].mean(axis=0), np.nanmean(scores[base][:, both], axis=0)
    # Without the largest falls and rises: one account that leaves is not a decline of the fleet.
    aside = max(1, len(now) * OUTLIERS // 100)
    middle = np.argsort(now - before, kind="stable")[aside:-aside]
    level, fall = before.sum(), (now - before).sum()
    broad = (now - before)[middle].sum() * len(now) / len(middle)
    if level <= 0 or max(fall, broad) > -SMALLEST_FALL * level:
        return None
    weeks = 1 / len(recent) + 1 / len(base)
    error = max(spread(scores, steps, both) * np.sqrt(weeks), FLOOR * level)
    if max(fall, broad) > -BEYOND * error:
        return None
    count = int(np.count_nonzero(both))
    return Decline(int(recent[-1]), int(recent[0]), float(level / count), float(now.sum() / count), count)


def spread(scores: Floats, steps: Ints, companies: Bools) -> float:
    """Return the standard deviation of the sum of some companies' scores in one week.

    Taken from differences between successive weeks, which a slow trend doesn't widen. What the companies' own movements
    add up to if they are independent, and beyond that what the fleet moved together. The latter comes from a dozen
    weeks at most: only what is more than chance makes of it counts, and of few weeks it may be more than was seen.
    """
    moves = scores[steps][:, companies] - scores[steps - 1][:, companies]
    if not moves.size:
        return 0.0
    known = np.count_nonzero(~np.isnan(moves), axis=0)
    squares = np.nansum(moves**2, axis=0)
    own = np.divide(squares, 2 * known, out=np.zeros(len(known)), where=known > 0).sum()
    together = np.mean(np.nansum(moves, axis=1) ** 2) / 2 if len(moves) > 1 else 0.0
    return float(np.sqrt(own + max(0.0, together - BY_CHANCE * own) * (1 + FEW / len(moves))))
