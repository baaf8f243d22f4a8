"""A description of land cut into tokens: what was recognized, and the runs of words that were not."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from oseberg.county_parsers._legals.aliquots import nominal_acres, part
from oseberg.county_parsers._legals.grammar import BROKEN, INTEREST_WORD, NO_NAMES, PORTION, SURVEYOR, scan

if TYPE_CHECKING:
    import re
    from collections.abc import Collection

UNKNOWN = frozenset({"word", "exception", "besides", "surveyword", "interest", "within"})
_SAYS_NOTHING = frozenset({"nothing", "county", "named_county", "said"})
_LOOSE = UNKNOWN | _SAYS_NOTHING | {"glue"}
# In front of a part these say that the land is inside it: 10 AC OUT OF NE/4, TRACT IN NE/4.
_INSIDE = frozenset({"OF", "IN"})
# What may have halves and quarters besides a section: E/2 OF LOT 3 is not the east half of the section.
_HAVE_PARTS = frozenset({"lots", "block", "bare_block", "survey", "abstract", "word", "surveyword"})
# Sections of 640 acres are the rule, but not exact: less than half of a part's acres is another piece of land, more
# than half again as many are not this part's acres.
_LESS, _MORE = 0.5, 1.5


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
        """The kind of each token, in the order of the text."""
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

    def acres_of_sections(self) -> list[str] | None:
        """Return the acres behind each of several sections; None unless every section has its own."""
        order = [token for token in self.tokens if token.lastgroup in {"section", "acres"}]
        kinds = [token.lastgroup for token in order]
        if len(kinds) > len(("section", "acres")) and kinds == ["section", "acres"] * (len(kinds) // 2):
            return [token["acreage"] for token in order[1::2]]
        return None

    def set_aside(self, unusable: Collection[str]) -> str | None:
        """Return the remainder, verbatim; neighboring parts that it may change are set aside with it.

        Args:
            unusable: Kinds of tokens that mean nothing in this kind of description.

        Returns:
            The words, or None where everything was read.
        """
        if "acres" in self.found:
            unusable = {*unusable, *self._doubtful_acres()}
        if UNKNOWN.isdisjoint(self.found) and self.found.keys().isdisjoint(unusable) and not self._has_part_of():
            return None
        self._make_words(unusable)
        for index in [index for index, kind in enumerate(self.kinds) if kind == "part"]:
            self._set_part_aside(index)
        if any(kind == "part" and self._beside_debris(index) for index, kind in enumerate(self.kinds)):
            self._make_words({"part"})
        return " ".join(self._runs()) or None

    def _has_part_of(self) -> bool:
        if "part" not in self.found or not ("glue" in self.found or "lots" in self.found):
            return False
        return any(map(self._of_what, range(len(self.kinds))))

    def _of_what(self, index: int) -> int:
        """Return the place of the lot, block or survey that a part belongs to; 0 if it is part of a section."""
        at = index + 1
        if self.kinds[index] != "part" or at >= len(self.kinds):
            return 0
        if self.kinds[at] == "lots":
            # E/2 LOT 4 is half of the lot; N/2, LOT 4 is both.
            end, start = self.tokens[index].end("part"), self.tokens[at].start()
            return 0 if self.upper[end:start].strip() else at
        if self._written(at) != "OF":
            return 0
        while at < len(self.kinds) and self.kinds[at] == "glue":
            at += 1
        return at if at < len(self.kinds) and self.kinds[at] in _HAVE_PARTS else 0

    def _set_part_aside(self, index: int) -> None:
        """Set a part aside that is one of a lot, a block or a survey, and with it the lot."""
        if at := self._of_what(index):
            self._make_words({"part", "lots"} if self.kinds[at] == "lots" else {"part"})

    def _doubtful_acres(self) -> set[str]:
        """Return which of part and acres can't be used because the acres are those of other land."""
        # Only a contradiction is acted on: a section of 600 acres is as good as one of 640.
        amounts, sections, parts = self.all("acres"), self.all("section"), self.all("part")
        if len(amounts) > 1:
            return set() if self.acres_of_sections() else {"acres"}
        if len(sections) > 1:
            return set() if self._is_total() else {"acres"}
        if len(parts) == 1 and "lots" not in self.found:
            doubtful = unlike(amounts[0]["acreage"], nominal_acres(part(parts[0]["part"])))
            return {doubtful} if doubtful else set()
        return set()

    def compared_acres(self) -> tuple[str, float] | None:
        """Return the acreage to compare with a part, and the acres of the part; None if there is nothing to compare."""
        amounts, parts = self.all("acres"), self.all("part")
        if amounts and len(parts) == 1:
            return amounts[0]["acreage"], nominal_acres(part(parts[0]["part"]))
        return None

    def acres_of_one(self) -> bool:
        """Whether acres are stated to be out of one of several sections: SEC 8 & 20 AC OUT OF SEC 9."""
        for index, kind in enumerate(self.kinds[:-2]):
            at = index + 1
            while kind == "acres" and at < len(self.kinds) and self.kinds[at] == "glue":
                at += 1
            if kind == "acres" and at > index + 1 and at < len(self.kinds) and self.kinds[at] == "section":
                return "OF" in {self._written(one) for one in range(index + 1, at)} and not self._is_total()
        return False

    def _is_total(self) -> bool:
        """Whether the only acreage of several sections is their total."""
        token = self.found["acres"]
        if token["acres"].startswith(("CONTAINING", "BEING", "TOTAL")):
            return True
        order = [one for one in self.tokens if one.lastgroup in {"section", "part", "acres", "block"}]
        if order[0] is token:
            return True
        before = order[-2]  # of SEC 5, SEC 6 640 AC the acres may be those of section 6 alone
        return order[-1] is token and (
            before.lastgroup == "block" or "," in before[0][len(before[before.lastgroup or 0]) :]
        )

    def _written(self, index: int) -> str:
        token = self.tokens[index]
        return str(token[token.lastgroup or 0])

    def _make_words(self, unusable: Collection[str]) -> None:
        self.kinds[:] = ["word" if kind in unusable else kind for kind in self.kinds]
        for kind in unusable:
            self.found.pop(kind, None)

    def _beside_debris(self, index: int) -> bool:
        """Whether what is next to a part changes it: more of it (`SWASWA`, `CORNER`), or a piece of it (`TRACT IN`)."""
        return self._is_container(index) or any(self._broken(index, step) for step in (-1, 1))

    def _broken(self, index: int, step: int) -> bool:
        kinds, at, words = self.kinds, index + step, []
        while 0 <= at < len(kinds) and kinds[at] in _LOOSE and kinds[at] not in {"exception", "interest"}:
            if kinds[at] in UNKNOWN:
                words.append(self._written(at))
            at += step
        return bool(words) and bool(BROKEN.search(words[0]) or PORTION.search(" ".join(words)))

    def _is_container(self, index: int) -> bool:
        """Whether acres or an unknown word, with OF or IN behind it, precede a part; interests do not count."""
        at, inside = index - 1, False
        while at >= 0 and self.kinds[at] == "glue":
            # 10 AC OF NE/4, WELL IN NE/4: the land is a piece of the part, not the part.
            inside |= self._written(at) in _INSIDE
            at -= 1
        if at < 0 or not inside:
            return False
        return self.kinds[at] == "acres" or (
            self.kinds[at] == "word" and not INTEREST_WORD.fullmatch(self._written(at))
        )

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


def unlike(acreage: str, whole: float) -> str | None:
    """Return which of the two can't be used: the part, whose acres are `whole`, or the acres; None if they agree.

    Args:
        acreage: Acres as printed.
        whole: Acres that the part has.
    """
    acres = number_of(acreage)
    if acres is None or _LESS * whole <= acres <= _MORE * whole:
        return None
    return "part" if acres < _LESS * whole else "acres"


def number_of(acreage: str) -> float | None:
    """Return the number of an acreage as printed: `1,387.66`, `.5`, `2 1/2`; None for anything else."""
    total = 0.0
    for word in acreage.replace(",", "").replace("-", " ").split():
        above, _, below = word.partition("/")
        try:
            total += float(above) / float(below or 1)
        except (ValueError, ZeroDivisionError):
            return None
    return total
