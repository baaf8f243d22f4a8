"""A description of land cut into tokens: what was recognised, and the runs of words that were not."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from oseberg.county_parsers._legals.grammar import BROKEN, NO_NAMES, PORTION, SURVEYOR, scan

if TYPE_CHECKING:
    import re
    from collections.abc import Collection

UNKNOWN = frozenset({"word", "exception", "besides", "surveyword"})
_SAYS_NOTHING = frozenset({"nothing", "county", "named_county"})
_LOOSE = UNKNOWN | _SAYS_NOTHING | {"glue"}


class Tokens:
    """One text, scanned from left to right by the grammar.

    Args:
        text: The description as the index has it.
        upper: The same in upper case, letter for letter.
    """

    __slots__ = ("__dict__", "found", "repeats", "text", "tokens", "upper")

    def __init__(self, text: str, upper: str) -> None:
        self.text = text
        self.upper = upper
        self.tokens = scan(upper)
        self.found = {token.lastgroup or "": token for token in reversed(self.tokens)}  # the first of each kind
        self.repeats = len(self.found) < len(self.tokens)

    @cached_property
    def kinds(self) -> list[str]:
        """What each token is taken for, in the order of the text."""
        return [token.lastgroup or "" for token in self.tokens]

    def all(self, kind: str) -> list[re.Match[str]]:
        """Return the tokens of a kind."""
        if kind not in self.found:
            return []
        return [token for token in self.tokens if token.lastgroup == kind] if self.repeats else [self.found[kind]]

    def value(self, kind: str, group: str) -> str | None:
        """Return what a group of a kind's first token matched; None without such a token."""
        token = self.found.get(kind)
        return token[group] if token else None

    def named_surveys(self) -> set[str]:
        """Return the words in front of SURVEY as its name, unless they are not a name."""
        names = set()
        for index in [index for index, kind in enumerate(self.kinds) if kind == "surveyword"]:
            first = index
            while first and (self.kinds[first - 1] == "word" or self._written(first - 1) == "&"):
                first -= 1
            name = self.upper[self.tokens[first].start() : self.tokens[index].start()].strip(" ,;:")
            words = name.split()
            if words and SURVEYOR.fullmatch(name) and NO_NAMES.isdisjoint(words):
                names.add(" ".join(words))
                self.kinds[first : index + 1] = ["survey"] * (index + 1 - first)
            else:
                self.kinds[index] = "word"  # a stray one
        return names

    def set_aside(self, unusable: Collection[str]) -> str | None:
        """Return what was not understood, verbatim; parts beside it that it may change are set aside with it.

        Args:
            unusable: Kinds of tokens that mean nothing in this kind of description.
        """
        if self.repeats and len(self.all("acres")) > 1:
            unusable = {*unusable, "acres"}
        if UNKNOWN.isdisjoint(self.found) and self.found.keys().isdisjoint(unusable):
            return None
        self._make_words(unusable)
        if any(kind == "part" and self._beside_debris(index) for index, kind in enumerate(self.kinds)):
            self._make_words({"part"})
        return " ".join(self._runs()) or None

    def _written(self, index: int) -> str:
        token = self.tokens[index]
        return str(token[token.lastgroup or 0])

    def _make_words(self, unusable: Collection[str]) -> None:
        self.kinds[:] = ["word" if kind in unusable else kind for kind in self.kinds]
        for kind in unusable:
            self.found.pop(kind, None)

    def _beside_debris(self, index: int) -> bool:
        """Whether the words next to a part look like more of it: `SWASWA`, `= 1/4`, `CORNER`."""
        kinds = self.kinds
        for step in (-1, 1):
            at, words = index + step, []
            while 0 <= at < len(kinds) and kinds[at] in _LOOSE and kinds[at] != "exception":
                if kinds[at] in UNKNOWN:
                    words.append(self._written(at))
                at += step
            if words and (BROKEN.search(words[0]) or PORTION.search(" ".join(words))):
                return True
        return False

    def _runs(self) -> list[str]:
        """Return the runs of unknown words, small words among and around them included."""
        runs: list[str] = []
        index, end = 0, len(self.kinds)
        while index < end:
            last = index
            while last < end and self.kinds[last] in _LOOSE:
                last += 1
            if not UNKNOWN.isdisjoint(self.kinds[index:last]):
                runs.append(self._run(index, last - 1))
            index = max(last, index + 1)
        return runs

    def _run(self, first: int, last: int) -> str:
        while self.kinds[first] in _SAYS_NOTHING:
            first += 1
        while self.kinds[last] in _SAYS_NOTHING and self.kinds[last - 1] != "glue":
            last -= 1
        start, end = self.tokens[first].start(), self.tokens[last].end(self.tokens[last].lastgroup or 0)
        if self.text[start - 1 : start] == "(" and self.text[end : end + 1] == ")":
            start, end = start - 1, end + 1
        return self.text[start:end].strip(" ,;:")
