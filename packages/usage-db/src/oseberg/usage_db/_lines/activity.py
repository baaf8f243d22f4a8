"""Counts, while lines are read, what each combination of ids did on a day: the roll-up of the day's events."""

from __future__ import annotations

from itertools import islice
from struct import Struct
from typing import TYPE_CHECKING

from oseberg.usage_db._lines.copy_format import EPOCH_2000_MS, SIGNATURE, TRAILER, packed_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    _Row = tuple[Callable[..., bytes], bytes]

Ids = tuple[str | None, str, str | None, str | None]
_DAY = Struct("!iii").pack
_LENGTH = Struct("!i").pack
_ROW_START = Struct("!hi").pack(6, 8)  # the number of columns, and the length of the first
_ORDINAL_2000 = 730_120  # of the day from which Postgres counts days
_PIECE_ROWS = 1_000
_NO_ROW: _Row = (bytes, b"")


class Activity:
    """How often each combination of ids had each event, and when first and last.

    All that grows with the day are lists and dictionaries of numbers: an object for each place would make Python's
    garbage collector pass over all of them again and again.

    Attributes:
        exact: Whether the counts are those that Postgres would find.
    """

    def __init__(self) -> None:
        self.exact = True
        self._ids: dict[Ids, int] = {}
        self._places: dict[str, dict[int, int]] = {}  # for each event, by the number of the ids
        self._events: list[int] = []
        self._first: list[int] = []
        self._last: list[int] = []

    def count(self, ids: Ids, event: str, time_ms: int) -> int:
        """Count an event.

        Args:
            ids: $user_id, distinct_id, the id before the identity, and the original id.
            event: Its name.
            time_ms: Its time, in milliseconds since 1970.

        Returns:
            The place of these ids and this name.
        """
        number = self._ids.get(ids)
        if number is None:
            number = self._ids[ids] = len(self._ids)
        places = self._places.get(event)
        if places is None:
            places = self._places[event] = {}
        place = places.get(number)
        if place is None:
            place = places[number] = len(self._events)
            self._events.append(1)
            self._first.append(time_ms)
            self._last.append(time_ms)
            return place
        self._events[place] += 1
        if time_ms < self._first[place]:
            self._first[place] = time_ms
        elif time_ms > self._last[place]:
            self._last[place] = time_ms
        return place

    def discount(self, place: int) -> None:
        """Remove an event from the count: a duplicate in its place has the same time."""
        self._events[place] -= 1

    def ids(self) -> set[str]:
        """Return every id of all combinations."""
        return {text for ids in self._ids for text in ids if text is not None}

    def combinations(self) -> Iterator[bytes]:
        """Return the combinations of ids in pieces of binary COPY, each with its number."""
        return _pieces(packed_ids(number, ids) for ids, number in self._ids.items())

    def rows(self, stored: Sequence[tuple[int, int]], day: date) -> Iterator[bytes]:
        """Return the roll-up in pieces of binary COPY.

        Args:
            stored: What the database calls each combination, and its number as in `combinations`; the rows follow in
                this order.
            day: The day.
        """
        of_each: list[list[int]] = [[] for _ in self._ids]
        rows: list[_Row] = [_NO_ROW] * len(self._events)
        for event, places in self._places.items():
            row = _row_of(event, day)
            for number, place in places.items():
                of_each[number].append(place)
                rows[place] = row
        return _pieces(self._packed(stored, of_each, rows))

    def _packed(self, stored: Sequence[tuple[int, int]], of_each: list[list[int]], rows: list[_Row]) -> Iterator[bytes]:
        events, first, last = self._events, self._first, self._last
        for ids, number in stored:
            for place in of_each[number]:
                pack, middle = rows[place]
                yield pack(
                    _ROW_START,
                    ids,
                    middle,
                    events[place],
                    8,
                    (first[place] - EPOCH_2000_MS) * 1000,
                    8,
                    (last[place] - EPOCH_2000_MS) * 1000,
                )


def _row_of(event: str, day: date) -> _Row:
    """Return the function that writes rows of an event, and the bytes that all these rows share."""
    name = event.encode()
    middle = _DAY(4, day.toordinal() - _ORDINAL_2000, len(name)) + name + _LENGTH(8)
    return Struct(f"!6sq{len(middle)}sqiqiq").pack, middle


def _pieces(rows: Iterator[bytes]) -> Iterator[bytes]:
    yield SIGNATURE
    while piece := b"".join(islice(rows, _PIECE_ROWS)):
        yield piece
    yield TRAILER
