"""Rows that were seen before, recognized by 8 bytes each."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_FIRST_SIZE = 1 << 10
_BITS = (1 << 64) - 1


def fingerprint(cells: Iterable[str]) -> int:
    """Return a 64-bit fingerprint of a row, never 0; a million rows collide with a chance of 3 in 100 million."""
    return hash(tuple(cells)) & _BITS or 1


class Seen:
    """A set of fingerprints in one array, at most half full: 16 to 32 bytes a row, where a `set` takes over 100."""

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _FIRST_SIZE))
        self._mask = _FIRST_SIZE - 1
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __contains__(self, number: int) -> bool:
        return self._slots[self._place(number)] == number

    def add(self, number: int) -> None:
        """Add a fingerprint."""
        place = self._place(number)
        if not self._slots[place]:
            self._slots[place] = number
            self._count += 1
            if self._count * 2 > self._mask:
                self._grow()

    def _place(self, number: int) -> int:
        """Return the slot of a fingerprint, or the empty one where it belongs."""
        slots, mask = self._slots, self._mask
        place = number & mask
        while slots[place] and slots[place] != number:
            place = (place + 1) & mask
        return place

    def _grow(self) -> None:
        old = self._slots
        self._mask = 2 * len(old) - 1
        self._slots = array("Q", bytes(8 * 2 * len(old)))
        for number in filter(None, old):
            self._slots[self._place(number)] = number
