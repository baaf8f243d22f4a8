"""Sets of whole numbers as intervals: a county's twenty years of numbers are as many intervals as it has gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

Numbers = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Intervals:
    """A set of whole numbers: ascending intervals that neither overlap nor touch.

    Attributes:
        starts: The first number of each interval.
        ends: The last number of each interval.
    """

    starts: Numbers
    ends: Numbers

    @classmethod
    def of(cls, numbers: Iterable[int] | Numbers = ()) -> Intervals:
        """Build the set of some numbers, in any order and with repeats.

        Args:
            numbers: The numbers.

        Returns:
            The set.
        """
        values = np.asarray(numbers if isinstance(numbers, np.ndarray) else list(numbers), dtype=np.int64)
        steps = np.diff(values)
        if not (steps > 0).all():
            values = np.unique(values)
            steps = np.diff(values)
        edges = np.flatnonzero(steps > 1)
        return (
            cls(values[np.append(0, edges + 1)], values[np.append(edges, -1)]) if len(values) else cls(values, values)
        )

    @classmethod
    def joining(cls, starts: Numbers, ends: Numbers) -> Intervals:
        """Build the set of the numbers in some intervals, which may overlap and be in any order.

        Args:
            starts: The first number of each interval.
            ends: The last number of each interval.

        Returns:
            The set.
        """
        starts, ends = np.asarray(starts, dtype=np.int64), np.asarray(ends, dtype=np.int64)
        if not len(starts):
            return cls(starts, ends)
        # Sorted by start, an interval opens a new run when it begins beyond all ends before it.
        order = np.argsort(starts, kind="stable")
        starts, reach = starts[order], np.maximum.accumulate(ends[order])
        opens = np.append(True, starts[1:] > reach[:-1] + 1)
        return cls(starts[opens], reach[np.append(np.flatnonzero(opens)[1:] - 1, len(reach) - 1)])

    def __or__(self, other: Intervals) -> Intervals:
        if not len(other.starts):
            return self
        return Intervals.joining(np.append(self.starts, other.starts), np.append(self.ends, other.ends))

    def __sub__(self, other: Intervals) -> Intervals:
        # What is left of a set are the gaps of its complement together with what is taken away.
        if not len(self.starts) or not len(other.starts):
            return self
        low, high = int(self.starts[0]) - 1, int(self.ends[-1]) + 1
        outside = Intervals.joining(self.ends[:-1] + 1, self.starts[1:] - 1) | Intervals.of((low, high)) | other
        gaps = [gap for gap in outside.gaps() if low < gap[0] and gap[1] < high]
        return Intervals(*(np.array([gap[end] for gap in gaps], dtype=np.int64) for end in (0, 1)))

    def __bool__(self) -> bool:
        return bool(len(self.starts))

    def __contains__(self, number: int) -> bool:
        place = int(np.searchsorted(self.starts, number, side="right")) - 1
        return place >= 0 and number <= int(self.ends[place])

    @property
    def first(self) -> int:
        """The smallest number."""
        return int(self.starts[0])

    @property
    def last(self) -> int:
        """The largest number."""
        return int(self.ends[-1])

    def __len__(self) -> int:
        return int((self.ends - self.starts + 1).sum())

    def gaps(self) -> list[tuple[int, int]]:
        """Return the missing intervals between the first and the last number, both ends included."""
        return list(zip((self.ends[:-1] + 1).tolist(), (self.starts[1:] - 1).tolist(), strict=True))

    def pairs(self) -> list[tuple[int, int]]:
        """Return the intervals, both ends included."""
        return list(zip(self.starts.tolist(), self.ends.tolist(), strict=True))

    def median(self) -> float:
        """Return the middle number."""
        sizes = np.cumsum(self.ends - self.starts + 1)
        middle = (int(sizes[-1]) - 1) // 2
        place = int(np.searchsorted(sizes, middle, side="right"))
        return float(self.starts[place] + middle - (sizes[place - 1] if place else 0))
