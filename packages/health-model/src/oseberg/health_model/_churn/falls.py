"""Falls of single accounts: against their last eight weeks and the fleet, with the odds of that by chance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oseberg.health_model._churn.fleet import BASE_WEEKS, FEWEST_BASE_WEEKS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RAREST = 1 / 200  # the odds by chance at which a fall is named: of 200 accounts that only stray, one a week
SMALLEST_SHARE, SMALLEST_POINTS = 0.2, 2.0  # a fall of less is not worth a call, however certain
FEWEST_STEADY = 5  # companies: fewer are not a fleet whose median means much
PRIOR_WEEKS = 4  # how many weeks of an account's own movements the fleet's usual movements are worth
LEAST_NOISE = 0.03  # of the level: no account is so even that any change means something
TRIMMED = 1.46  # what the mean square of normal moves loses when the largest of about seven is left out


def own_falls(scores: Floats) -> pd.DataFrame:
    """Compare each company's latest week with its own earlier weeks and with the fleet.

    Args:
        scores: Scores of weeks with tracking and of one reference, oldest first, shape (weeks, companies).

    Returns:
        A row for each company, in order: level (its mean over up to eight weeks before), expected (the level after the
        fleet's fall, if the fleet fell), fall (points below that; negative if above), odds (the chance of such a fall
        without a reason; 1 where too little is known), falling.
    """
    scores = np.asarray(scores, dtype=np.float64)
    now, base = scores[-1], scores[-1 - BASE_WEEKS : -1]
    known = np.count_nonzero(~np.isnan(base), axis=0)
    level = np.divide(np.nansum(base, axis=0), known, out=np.full(len(now), np.nan), where=known > 0)
    both = ~np.isnan(now) & ~np.isnan(level)
    expected = level * np.minimum(fleet_move(now, base, level), 1.0)
    fall = expected - now
    noise = noise_of(base, level)
    enough = both & (known >= FEWEST_BASE_WEEKS)
    odds = np.ones(len(now))
    for place in np.flatnonzero(enough & (fall > 0)):
        error = noise[place] * math.sqrt(1 + 1 / known[place])  # above 0: who falls had a level
        odds[place] = chance(fall[place] / error, int(known[place]) - 1 + PRIOR_WEEKS)
    large = (fall >= SMALLEST_POINTS) & (fall >= SMALLEST_SHARE * expected)
    falling = enough & large & (odds <= RAREST)
    return pd.DataFrame({"level": level, "expected": expected, "fall": fall, "odds": odds, "falling": falling})


def fleet_move(now: Floats, base: Floats, level: Floats) -> Floats:
    """Return the share of its level that the rest of the fleet kept in the latest week, for each company.

    The median over companies that are active in every week, which no single account can move. Where use comes and goes,
    the total over the others instead: a median would be nothing whenever half of them are off.
    """
    steady = (base > 0).all(axis=0) & ~np.isnan(now)
    if np.count_nonzero(steady) >= FEWEST_STEADY:
        return np.full(len(now), np.median(now[steady] / level[steady]))
    both = ~np.isnan(now) & ~np.isnan(level)
    kept, before = np.where(both, now, 0.0), np.where(both, level, 0.0)
    others = before.sum() - before
    return np.asarray(np.divide(kept.sum() - kept, others, out=np.ones(len(now)), where=others > 0))


def noise_of(base: Floats, level: Floats) -> Floats:
    """Return the standard deviation of each company's score from week to week.

    The largest move is left out, so that a fall is not hidden by itself in the weeks after it. Few weeks are blended
    with what is usual in the fleet at the company's level.
    """
    moves = np.diff(base, axis=0) ** 2
    known = np.count_nonzero(~np.isnan(moves), axis=0)
    squares = np.nansum(moves, axis=0)
    if len(moves):
        squares = squares - np.nan_to_num(moves).max(axis=0)
    count = np.maximum(known - 1, 0)
    own = np.divide(TRIMMED * squares, 2 * count, out=np.zeros(len(level)), where=count > 0)
    height = np.where(np.isnan(level), 0.0, level)
    relative = np.sqrt(own[(count > 0) & (height > 0)]) / height[(count > 0) & (height > 0)]
    usual = (float(np.median(relative)) if relative.size else LEAST_NOISE) * height
    variance = (count * own + PRIOR_WEEKS * usual**2) / (count + PRIOR_WEEKS)
    return np.asarray(np.maximum(np.sqrt(variance), LEAST_NOISE * height))


def chance(distance: float, freedom: int) -> float:
    """Return the chance of a value at least so many standard errors out, with few degrees of freedom (Student's t).

    Exact: the finite sums of Abramowitz and Stegun 26.7.3 and 26.7.4 for whole degrees of freedom.
    """
    angle = math.atan(distance / math.sqrt(freedom))
    step = math.cos(angle) ** 2
    odd = freedom % 2
    term = math.cos(angle) if odd else 1.0
    total = 0.0 if freedom == 1 else term
    for power in range(2 + odd, freedom - 1, 2):
        term *= step * (power - 1) / power
        total += term
    inside = math.sin(angle) * total
    return 0.5 - (angle + inside) / math.pi if odd else 0.5 * (1 - inside)
