"""Descriptions that differ only in their numbers are read once: the next one gets the answer with its own numbers.

A template is used only after a second text with other numbers has given the same answer by the whole way.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from oseberg.county_parsers._legals._shapes.keys import NumbersOfShape, masked
from oseberg.county_parsers._legals._shapes.molds import Places, Template
from oseberg.county_parsers._legals.spelling import in_capitals, spelled
from oseberg.county_parsers._legals.tokens import Tokens, unlike

if TYPE_CHECKING:
    from collections.abc import Callable

    from oseberg.county_parsers._legals._shapes.keys import Numbers
    from oseberg.county_parsers._legals._shapes.molds import Layout
    from oseberg.county_parsers._records.record import Tract

    Reader = Callable[[str], tuple[Tract, ...]]

# Longer texts are prose, which does not come twice with other numbers.
_LONGEST = 500
# Enough for the writings of a county; what a damaged file brings must not fill the memory.
_MOST_SHAPES = 1 << 11
_MOST_KEYS = 1 << 8
# A number may equal another one of the answer by chance, and the second text contradicts; then the next text is tried.
_MOST_FAILURES = 3
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f½¼±]")
_ACRES = re.compile(r"0\s*(?:±|\+/-)?\s*AC", re.IGNORECASE)


class Shapes:
    """The shapes seen so far, each with what was learned of it."""

    def __init__(self) -> None:
        self._known: dict[bytes, Shape | None] = {}

    def tracts(self, text: str, read: Reader) -> tuple[Tract, ...]:
        """Return the tracts of a text.

        Args:
            text: A description without blanks around it.
            read: Reads a description the whole way.

        Returns:
            What `read` returns for the text.
        """
        shape = masked(text)
        if shape is None or len(text) > _LONGEST:
            return read(text)
        known = self._known.get(shape)
        if known is not None:
            return known.tracts(text, read)
        self._meet(shape)
        return read(text)

    def _meet(self, shape: bytes) -> None:
        # Most texts of a free hand never come again: only the second one of a shape is looked at closely.
        if shape in self._known:
            self._known[shape] = Shape(shape.decode("latin-1"))
            return
        if len(self._known) >= _MOST_SHAPES:
            self._known.clear()
        self._known[shape] = None


class Shape:
    """What is known of the texts of one shape.

    Args:
        shape: A text with each digit a zero.
    """

    __slots__ = ("_measured", "_numbers", "_templates", "_usable", "_weighed")

    def __init__(self, shape: str) -> None:
        self._numbers = NumbersOfShape(shape)
        self._usable = "0" in shape and not _BEYOND_ASCII.search(shape)
        self._measured = bool(_ACRES.search(shape))
        # Of a key that came before: the acres that are compared with a part, as a layout, and the acres of the part.
        self._weighed: dict[object, tuple[Layout, float] | Literal["seen"] | None] = {}
        self._templates: dict[object, Template | int] = {}

    def tracts(self, text: str, read: Reader) -> tuple[Tract, ...]:
        """Return the tracts of a text of this shape.

        Args:
            text: The text.
            read: Reads a description the whole way.

        Returns:
            What `read` returns for the text.
        """
        if not self._usable:
            return read(text)
        written, plain, key = numbers = self._numbers.of(text)
        if self._measured and key is not None:
            key = self._with_weight(text, numbers)
        if key is None:
            return read(text)
        template = self._templates.get(key, 0)
        if not isinstance(template, int):
            return template.tracts(text, written, plain)
        found = read(text)
        # A key that comes a second time will come again.
        learned = self._learned(text, numbers, key, found, read) if 0 < template <= _MOST_FAILURES else None
        if len(self._templates) >= _MOST_KEYS:
            self._templates.clear()
        self._templates[key] = learned or template + 1
        return found

    def _with_weight(self, text: str, numbers: Numbers) -> object:
        """Return the key with whether the acres agree with the part that they are compared with; None at first."""
        written, plain, key = numbers
        if key not in self._weighed:
            if len(self._weighed) >= _MOST_KEYS:
                self._weighed.clear()
            self._weighed[key] = "seen"
            return None
        compared = self._weighed[key]
        if compared == "seen":
            compared = self._weighed[key] = self._compared(text, numbers)
        if compared is None:
            return key
        (layout, places), whole = compared
        acreage = layout % tuple([(written + plain)[place] for place in places])
        return key, "acres", unlike(acreage, whole)

    def _compared(self, text: str, numbers: Numbers) -> tuple[Layout, float] | None:
        upper = spelled(in_capitals(text))
        compared = Tokens(upper, upper).compared_acres()
        if compared is None:
            return None
        acreage, whole = compared
        layout = self._places(numbers).layout(acreage)
        return (layout, whole) if layout else None

    def _places(self, numbers: Numbers) -> Places:
        written, plain, _ = numbers
        return Places(written, plain, self._numbers.constant(written))

    def _learned(
        self, text: str, numbers: Numbers, key: object, found: tuple[Tract, ...], read: Reader
    ) -> Template | None:
        """Return the template of an answer, if it gives the answers to this text and to a second one."""
        learned = Template.of(found, self._places(numbers))
        if learned is None or learned.tracts(text, numbers[0], numbers[1]) != found:
            return None
        another = self._numbers.another(text, numbers)
        if another is None or (self._measured and self._with_weight(*another) != key):
            return None
        second, (written, plain, _) = another
        return learned if learned.tracts(second, written, plain) == read(second) else None
