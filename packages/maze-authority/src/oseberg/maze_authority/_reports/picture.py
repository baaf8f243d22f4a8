"""The picture of a series: a strip with a bar for each interval of numbers that is missing or waived."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    Interval = tuple[int, int]

WIDTH, HEIGHT = 1000, 24
"""Units of the strip."""
NARROWEST = 3  # narrower bars are drawn this wide, to be visible on a phone
FEW = 100  # more intervals than this would cover the strip, each drawn wider than it is: then columns tell their share
COLUMNS = 250
LOWEST = 0.25  # the part of the height that a column has at least, to be seen


class Bar(NamedTuple):
    """A rectangle of the picture, in units of the strip."""

    left: int
    top: int
    width: int
    height: int
    fill: str


def bars(intervals: Sequence[Interval], first: int, expected: int, fill: str) -> list[Bar]:
    """Draw intervals of a series.

    Args:
        intervals: First and last number of each, ascending and apart.
        first: The series' first number.
        expected: How many numbers it should have.
        fill: What colors the bars.

    Examples:
        >>> bars([(3, 4)], first=1, expected=10, fill="hole")
        [Bar(left=200, top=0, width=200, height=24, fill='hole')]
    """
    # Thousands of small gaps, each drawn wide enough to be seen, would paint the whole strip.
    draw = strips if len(intervals) <= FEW else columns
    return [Bar(left, HEIGHT - height, width, height, fill) for left, width, height in draw(intervals, first, expected)]


def strips(intervals: Sequence[Interval], first: int, expected: int) -> list[tuple[int, int, int]]:
    """Return each interval's left end, width and height; touching ones are joined."""
    joined: list[tuple[int, int, int]] = []
    for start, end in intervals:
        left = min(round(WIDTH * (start - first) / expected), WIDTH - NARROWEST)
        right = left + max(NARROWEST, round(WIDTH * (end - start + 1) / expected))
        if joined and left <= sum(joined[-1][:2]):
            left, before, _ = joined.pop()
            right = max(right, left + before)
        joined.append((left, right - left, HEIGHT))
    return joined


def columns(intervals: Sequence[Interval], first: int, expected: int) -> list[tuple[int, int, int]]:
    """Return columns as high as the share of their numbers in the intervals."""
    starts, ends = np.array(intervals).T + np.array([[0], [1]])
    before = np.cumsum(ends - starts)
    places, inside = np.ravel([starts, ends], "F"), np.ravel([before - (ends - starts), before], "F")
    edges = first + np.linspace(0, expected, COLUMNS + 1)
    shares = np.diff(np.interp(edges, places, inside)) * COLUMNS / expected
    wide = WIDTH // COLUMNS
    heights = np.ceil(HEIGHT * shares.clip(LOWEST, 1)).astype(int)
    return [(wide * place, wide, int(heights[place])) for place in np.flatnonzero(shares > 0).tolist()]
