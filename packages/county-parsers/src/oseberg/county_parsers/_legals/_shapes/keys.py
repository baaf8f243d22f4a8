"""The numbers in texts of one shape, and which of their digits matter to the grammar.

Two texts of one shape have the same answer, number for number, unless the reader looks at what a number is. It does so
in a few places, and each of them is part of the key or keeps the text out of the memory:

* numbers that may be those of halves and quarters (`N2`, `SW/4`, `1/2`), and the codes `0240S 0330E`: part of the key;
* zeros in front of a number: part of the key;
* the same number twice (`SEC 5 ... SAID SEC 5`): which numbers are equal is part of the key;
* whether a section is one of the 36 of a township: part of the key where a range may be named;
* how many numbers a range has (`22-24`): part of the key; where another number of the text is one of them, the text is
  not remembered.
"""

from __future__ import annotations

import re
from operator import itemgetter
from typing import TYPE_CHECKING

from oseberg.county_parsers._legals.numbers import LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SECTIONS_OF_A_TOWNSHIP = 36
_CODE_DIGITS = 4  # of 0240S
_STEPS = 9  # as many other numbers are tried
# What halves and quarters are written with: 1/2, /4.
_OF_PARTS = frozenset({"1", "2", "4"})
_LONGEST_RANGE = 40

_MASKED = bytes.maketrans(b"123456789", b"000000000")
_NUMBER = re.compile("[0-9]+")
_RANGE = re.compile(r"0\s*(?:-|THRU|THROUGH|TO)\s*(?=0)", re.IGNORECASE)
# Wherever a township may be named; more than the grammar takes for one.
_MAYBE_TOWNSHIP = re.compile(r"R(?:ANGE|GE|NG)?[\s.:\-]*0|0[NS][\s,\-]+0", re.IGNORECASE)
# In SEC 5, 10 E 25 the reader looks for a half behind the list.
_LETTER_BEFORE = re.compile(r"(?:[NSEW]|(?<![A-Z])[NSEW]\s+|[0NSEW]\s*/\s*)\Z", re.IGNORECASE)
_FRACTION_BEHIND = re.compile(r"\s*/\s*0")
# What is sure to belong to a half, a quarter or a fraction, if it is a 1, 2 or 4: SECTION2 and 5 / 2 may be anything.
_PART_BEFORE = re.compile(r"(?:(?<![A-Z])[NSEW]+(?:\s?/\s?)?|0/)\Z", re.IGNORECASE)
_PART_BEHIND = re.compile("/0")


# The numbers of a text as written and without zeros in front, those between the ends of its ranges included; and the
# key: all that the reader looks at of them, None where it can't be said. A plain tuple: one is made for each text.
Numbers = tuple[tuple[str, ...], tuple[str, ...], object]


def masked(text: str) -> bytes | None:
    """Return the shape of a text: each digit as a zero; None if it has letters that no index has."""
    # Translating bytes takes a twentieth of the time of translating text.
    try:
        return text.encode("latin-1").translate(_MASKED)
    except UnicodeEncodeError:
        return None


class NumbersOfShape:
    """Where the numbers of all texts of a shape are.

    Args:
        shape: A text with each digit a zero.
    """

    __slots__ = (
        "_count",
        "_first_digits",
        "_fractions",
        "_free",
        "_maybe_fractions",
        "_parts",
        "_ranges",
        "_spans",
        "_township",
        "_written",
    )

    def __init__(self, shape: str) -> None:
        self._spans = [found.span() for found in _NUMBER.finditer(shape)]
        self._written = _several([slice(*span) for span in self._spans])
        ends = [end for _, end in self._spans]
        self._maybe_fractions = [place for place, span in enumerate(self._spans) if _is_fraction(shape, *span)]
        self._fractions = _several(self._maybe_fractions)
        self._parts = [
            place
            for place in self._maybe_fractions
            if _PART_BEFORE.search(shape[: self._spans[place][0]]) or _PART_BEHIND.match(shape, ends[place])
        ]
        free = [place for place in range(len(ends)) if place not in self._parts]
        self._free, self._count = _several(free), len(free)
        self._first_digits = _several([start for start, _ in self._spans])
        self._ranges = [ends.index(found.start() + 1) for found in _RANGE.finditer(shape)]
        self._township = bool(_MAYBE_TOWNSHIP.search(shape))

    def of(self, text: str) -> Numbers:
        """Return the numbers of a text of this shape.

        Args:
            text: The text.

        Returns:
            The numbers and their key.
        """
        written = plain = self._written(text)[1:]
        zeros: object = None
        if "0" in self._first_digits(text):
            plain = tuple([number.lstrip("0") or "0" for number in written])
            pairs = zip(written, plain, strict=True)
            zeros = tuple([n if _is_verbatim(n) else len(n) - len(p) for n, p in pairs])
        fractions, compared, count = self._fractions(written), self._free(plain), self._count
        if not _OF_PARTS.issuperset(fractions):
            constant = self.constant(written)
            compared = tuple([number for place, number in enumerate(plain) if place not in constant])
            fractions, count = tuple(map(_beginning, fractions)), len(compared)
        township = tuple([int(number) <= _SECTIONS_OF_A_TOWNSHIP for number in plain]) if self._township else None
        equal = tuple(map(compared.index, compared)) if len(set(compared)) < count else None
        key = (fractions, zeros, township, equal)
        return self._with_ranges(written, plain, key) if self._ranges else (written, plain, key)

    def constant(self, written: Sequence[str]) -> set[int]:
        """Return the places of the numbers of a text that belong to halves and quarters.

        Args:
            written: The numbers of the text.

        Returns:
            Their places.
        """
        return {place for place in self._parts if written[place] in _OF_PARTS}

    def _with_ranges(self, written: tuple[str, ...], plain: tuple[str, ...], key: object) -> Numbers:
        steps = [int(plain[place + 1]) - int(plain[place]) for place in self._ranges]
        between: list[str] = []
        for place, step in zip(self._ranges, steps, strict=True):
            if _LONGEST_RANGE < step < LIMIT:
                return written, plain, None
            if 1 < step < LIMIT:
                first = int(plain[place])
                between.extend(map(str, range(first + 1, first + step)))
        if between and not set(plain).isdisjoint(between):
            return written, plain, None
        # What runs backward or across more than the limit is not a range, however far it runs.
        key = (key, "steps", tuple([step if 0 <= step < LIMIT else None for step in steps]))
        return (*written, *between), (*plain, *between), key

    def another(self, text: str, numbers: Numbers) -> tuple[str, Numbers] | None:
        """Return a text of the same shape and key with other numbers; None where none is found.

        Args:
            text: A text of this shape.
            numbers: Its numbers.

        Returns:
            The other text and its numbers.
        """
        written, plain, key = numbers
        written = written[: len(self._spans)]  # behind them are those between the ends of ranges
        for step in range(1, _STEPS):
            changed = [self._stepped(number, place, step) for place, number in enumerate(written)]
            for place in self._ranges:
                distance = int(plain[place + 1]) - int(plain[place])
                if 0 <= distance < LIMIT:
                    last = int(changed[place]) + distance
                    changed[place + 1] = str(last).zfill(len(changed[place + 1]))
            pairs = enumerate(zip(written, changed, strict=True))
            differs = all(one != other or self._is_same(place, one) for place, (one, other) in pairs)
            second = self._replaced(text, changed)
            if differs and masked(second) == masked(text) and (found := self.of(second))[2] == key:
                return second, found
        return None

    def _stepped(self, number: str, place: int, step: int) -> str:
        """Return another number that the grammar treats alike: with as many digits and the same beginning."""
        plain = number.lstrip("0")
        if self._is_same(place, number):
            return number
        if self._township and len(plain) == len(str(_SECTIONS_OF_A_TOWNSHIP)):
            value = int(plain)
            least, most = (10, 36) if value <= _SECTIONS_OF_A_TOWNSHIP else (37, 99)
            return str(least + (value - least + 5 * step) % (most - least + 1)).zfill(len(number))
        kept = plain[0] if place in self._maybe_fractions and len(plain) > 1 else ""
        digits = "356789" if place in self._maybe_fractions and not kept else "123456789"
        # A zero within a number is as good as any other digit, and becomes one.
        rest = (digits[(digits.find(digit) + step) % len(digits)] for digit in plain[len(kept) :])
        return (kept + "".join(rest)).zfill(len(number))

    def _is_same(self, place: int, number: str) -> bool:
        """Whether a number is the same in all texts of the key."""
        return _is_verbatim(number) or (place in self._maybe_fractions and number in _OF_PARTS)

    def _replaced(self, text: str, numbers: Sequence[str]) -> str:
        pieces, at = [], 0
        for number, (start, end) in zip(numbers, self._spans, strict=True):
            pieces += [text[at:start], number]
            at = end
        return "".join([*pieces, text[at:]])


def _several(places: Sequence[int | slice]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    """Return a getter for the items at these places, the first of them twice, so that it always returns a tuple."""
    return itemgetter(*places[:1], *places) if places else lambda _: ()


def _beginning(number: str) -> str:
    """Return the beginning of a number that matters after N, S, E, W or a slash: N25 begins with N2."""
    return number if number in _OF_PARTS else f"{number[0]}_" if number[0] in _OF_PARTS else "_"


def _is_verbatim(number: str) -> bool:
    """Whether a number is nothing but zeros, or may be a township's or range's code: 0240S."""
    return number[0] == "0" and (len(number) == _CODE_DIGITS or not number.strip("0"))


def _is_fraction(shape: str, start: int, end: int) -> bool:
    """Whether a number may be one of a half, a quarter or a fraction."""
    return bool(_LETTER_BEFORE.search(shape[:start]) or _FRACTION_BEHIND.match(shape, end))
