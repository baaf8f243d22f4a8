"""The answer to all descriptions of one shape, without their numbers."""

from __future__ import annotations

import re
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from oseberg.county_parsers._records.record import Tract

    # A value with %s for each number, and where the numbers are.
    Layout = tuple[str, tuple[int, ...]]

_SEVERAL = 2
_NUMBER = re.compile("[0-9]+")
# A part's digits are those of halves, and the text is set anew.
_SAME = frozenset({"kind", "text", "part"})


class Places:
    """Where the numbers of a text are.

    Args:
        written: The numbers as written.
        plain: The same without zeros in front; counted on behind those as written.
        constant: Places of those that are the same in all texts of the shape.
    """

    __slots__ = ("_constant", "_places", "count")

    def __init__(self, written: Sequence[str], plain: Sequence[str], constant: Collection[int]) -> None:
        self._constant = {written[place] for place in constant}
        self.count = len(written)
        self._places = {number: self.count + place for place, number in enumerate(plain) if place not in constant}
        self._places |= {number: place for place, number in enumerate(written) if place not in constant}

    def of(self, number: str) -> int | None:
        """Return the place of a number that changes from text to text; None for any other."""
        return self._places.get(number)

    def layout(self, value: str) -> Layout | None:
        """Return a value without its numbers; None where a number is not one of the text."""
        numbers = _NUMBER.findall(value)
        if any(number not in self._places and number not in self._constant for number in numbers):
            return None
        changing = [self._places[number] for number in numbers if number in self._places]
        layout = _NUMBER.sub(lambda found: "%s" if found[0] in self._places else found[0], value.replace("%", "%%"))
        return layout, tuple(changing)


class Mold(NamedTuple):
    """A tract without its numbers: keys whose value is one number, has one, or has several."""

    same: Tract
    alone: tuple[tuple[str, int], ...]
    one: tuple[tuple[str, str, int], ...]
    several: tuple[tuple[str, str, Callable[[Sequence[str]], tuple[str, ...]]], ...]
    is_remainder: bool  # whether all of the text is remainder


class Template:
    """Tracts without their numbers.

    Args:
        molds: One for each tract.
        as_written: Whether the numbers as written are enough.
    """

    __slots__ = ("_as_written", "_molds")

    def __init__(self, molds: Sequence[Mold], *, as_written: bool) -> None:
        self._molds = molds
        self._as_written = as_written

    @classmethod
    def of(cls, tracts: Sequence[Tract], places: Places) -> Template | None:
        """Return the template of an answer.

        Args:
            tracts: The answer to a text.
            places: Where the numbers of the text are.

        Returns:
            The template; None where a number of the answer is not one of the text.
        """
        molds: list[Mold] = []
        used: set[int] = set()
        for tract in tracts:
            layouts = {name: places.layout(value) for name, value in tract.items() if _has_numbers(tract, name)}
            if None in layouts.values():
                return None
            changing = {name: layout for name, layout in layouts.items() if layout and layout[1]}
            molds.append(_mold(tract, changing))
            used.update(place for _, among in changing.values() for place in among)
        return cls(molds, as_written=max(used, default=0) < places.count)

    def tracts(self, text: str, written: tuple[str, ...], plain: tuple[str, ...]) -> tuple[Tract, ...]:
        """Return the answer to a text.

        Args:
            text: The text.
            written: Its numbers, as written.
            plain: The same without zeros in front.

        Returns:
            Its tracts.
        """
        numbers = written if self._as_written else written + plain
        found = []
        for same, alone, one, several, is_remainder in self._molds:
            tract = same.copy()
            tract["text"] = text
            for name, place in alone:
                tract[name] = numbers[place]
            for name, layout, place in one:
                tract[name] = layout % numbers[place]
            for name, layout, among in several:
                tract[name] = layout % among(numbers)
            if is_remainder:
                tract["remainder"] = text
            found.append(tract)
        return tuple(found)


def _has_numbers(tract: Tract, name: str) -> bool:
    """Whether a value of a tract may change from text to text."""
    if name in _SAME or not isinstance(tract[name], str):
        return False
    return name != "remainder" or tract[name] != tract["text"]


def _mold(tract: Tract, changing: Mapping[str, Layout]) -> Mold:
    by_count: dict[int, list[tuple[str, Layout]]] = {}
    for name, layout in changing.items():
        by_count.setdefault(0 if layout[0] == "%s" else min(len(layout[1]), _SEVERAL), []).append((name, layout))
    return Mold(
        dict(tract),
        tuple((name, places[0]) for name, (_, places) in by_count.get(0, ())),
        tuple((name, text, places[0]) for name, (text, places) in by_count.get(1, ())),
        tuple((name, text, itemgetter(*places)) for name, (text, places) in by_count.get(_SEVERAL, ())),
        tract["remainder"] == tract["text"],
    )
