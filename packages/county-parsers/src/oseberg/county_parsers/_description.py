"""A description of surveyed land: what was recognised, and the runs of words that were not."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from oseberg.county_parsers._aliquots import part
from oseberg.county_parsers._grammar import BROKEN, NO_NAMES, PORTION, SURVEYOR, UNIVERSITY, scan
from oseberg.county_parsers._numbers import expand
from oseberg.county_parsers._surveys import canonical

if TYPE_CHECKING:
    import re
    from collections.abc import Collection

Tract = dict[str, Any]

KEYS = (
    "kind",
    "text",
    "survey",
    "abstract",
    "block",
    "township",
    "range",
    "section",
    "lot",
    "addition",
    "league",
    "labor",
    "part",
    "depth",
    "acres",
    "remainder",
)
BLANK: Tract = dict.fromkeys(KEYS)
SECTIONS_OF_A_TOWNSHIP = 36
NONE: tuple[str | None, ...] = (None,)
_ONCE = ("undirected", "compact", "range", "depth", "abstract", "league", "labor", "lots")
_UNKNOWN = frozenset({"word", "exception", "besides", "surveyword"})
_SAYS_NOTHING = frozenset({"nothing", "county", "named_county"})
_SMALL = _SAYS_NOTHING | {"glue"}
_SURVEYS = frozenset({"rail", "psl", "university"})
_CORE = 2
"""Of survey, block, section and abstract a Texas tract names at least so many."""


class Description:
    """One text, scanned from left to right by the grammar.

    A text that contradicts itself (two blocks apart from each other, two ranges, several sections with parts that
    can't be told apart) is not read at all.
    """

    def __init__(self, text: str, *, university_blocks: bool = False) -> None:
        self.text = text
        upper = text.upper()
        if len(upper) != len(text):  # a few letters grow: ß is SS
            upper = "".join(letter if len(letter.upper()) > 1 else letter.upper() for letter in text)
        self.tokens = scan(upper)
        self.kinds: list[str] = [token.lastgroup or "" for token in self.tokens]
        self.found = dict(zip(reversed(self.kinds), reversed(self.tokens), strict=True))  # the first of each kind
        self.repeats = len(self.found) < len(self.tokens)
        self.surveys = {
            canonical(kind, token[kind])
            for kind, token in zip(self.kinds, self.tokens, strict=True)
            if kind in _SURVEYS
        }
        if "surveyword" in self.found:
            self._name_surveys(upper)
        if not self.surveys and university_blocks and UNIVERSITY.match(text):
            self.surveys.add("UNIVERSITY LANDS")

    def tracts(self) -> tuple[Tract, ...] | None:
        """Give the tracts, or None when the core of the text can't be read."""
        found = self.found
        if len(self.surveys) > 1 or (self.repeats and any(len(self._all(kind)) > 1 for kind in _ONCE)):
            return None
        if "league" in found or "labor" in found:
            return self._league_labor()
        if "compact" in found or "undirected" in found or ("range" in found and "township" in found):
            return self._public_land()
        return self._texas()

    def _all(self, kind: str) -> list[re.Match[str]]:
        if self.repeats:
            return [token for now, token in zip(self.kinds, self.tokens, strict=True) if now == kind]
        return [self.found[kind]] if kind in self.found else []

    def _written(self, index: int) -> str:
        token = self.tokens[index]
        return str(token[token.lastgroup or 0])

    def _value(self, kind: str, group: str) -> str | None:
        token = self.found.get(kind)
        return token[group] if token else None

    def _name_surveys(self, upper: str) -> None:
        """Take the words in front of SURVEY as its name, unless they are no name."""
        for index in [index for index, kind in enumerate(self.kinds) if kind == "surveyword"]:
            first = index
            while first and (self.kinds[first - 1] == "word" or self._written(first - 1) == "&"):
                first -= 1
            name = upper[self.tokens[first].start() : self.tokens[index].start()].strip(" ,;:")
            words = name.split()
            if words and SURVEYOR.fullmatch(name) and NO_NAMES.isdisjoint(words):
                self.surveys.add(" ".join(words))
                self.kinds[first : index + 1] = ["survey"] * (index + 1 - first)
            else:
                self.kinds[index] = "word"  # a stray one

    def _set_aside(self, *unusable: str) -> str | None:
        """Give what was not understood, verbatim; parts beside it that it may change are set aside with it."""
        found = self.found
        if self.repeats and len(self._all("acres")) > 1:
            unusable = (*unusable, "acres")
        if found.keys().isdisjoint(_UNKNOWN) and found.keys().isdisjoint(unusable):
            return None
        self._make_words(unusable)
        if any(kind == "part" and self._beside_debris(index) for index, kind in enumerate(self.kinds)):
            self._make_words(["part"])
        return " ".join(self._runs()) or None

    def _make_words(self, unusable: Collection[str]) -> None:
        self.kinds = ["word" if kind in unusable else kind for kind in self.kinds]
        for kind in unusable:
            self.found.pop(kind, None)

    def _beside_debris(self, index: int) -> bool:
        """Tell whether the words next to a part look like more of it: `SWASWA`, `= 1/4`, `CORNER`."""
        kinds = self.kinds
        for step in (-1, 1):
            at, words = index + step, []
            while 0 <= at < len(kinds) and (kinds[at] in _UNKNOWN or kinds[at] in _SMALL):
                if kinds[at] == "exception":
                    break
                if kinds[at] in _UNKNOWN:
                    words.append(self._written(at))
                at += step
            if words and (BROKEN.search(words[0]) or PORTION.search(" ".join(words))):
                return True
        return False

    def _runs(self) -> list[str]:
        """Give the runs of unknown words, small words among and around them included."""
        runs: list[str] = []
        index, end = 0, len(self.kinds)
        while index < end:
            last = index
            while last < end and (self.kinds[last] in _UNKNOWN or self.kinds[last] in _SMALL):
                last += 1
            if any(kind in _UNKNOWN for kind in self.kinds[index:last]):
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

    def _parts_and_sections(self) -> list[tuple[str | None, tuple[str, ...]]] | None:
        """Give sections with the part that belongs to them; None when that can't be told."""
        if not self.repeats and "compact" not in self.found:  # at most one of each, as in most texts
            written, listed = self._value("part", "part"), self._value("section", "sections")
            found = expand(listed) if listed else ()
            return None if found is None else [(part(written) if written else None, found)]
        sections = [expand(token["sections"]) for token in self._all("section")]
        if compact := self._value("compact", "bare_sections"):
            sections.append(expand(compact))
        parts = [part(token["part"]) for token in self._all("part")]
        known = [numbers for numbers in sections if numbers]
        if len(known) != len(sections):
            return None
        if not parts or (len(parts) == 1 and len(known) <= 1):
            numbers = known[0] if len(known) == 1 else tuple(number for numbers in known for number in numbers)
            return [(parts[0] if parts else None, numbers)]
        order = [kind for kind in self.kinds if kind in {"section", "part"}]
        pairs = (["part", "section"] * len(known), ["section", "part"] * len(known))
        return list(zip(parts, known, strict=True)) if order in pairs else None

    def _tract(self, kind: str, **values: str | None) -> Tract:
        """Give what all tracts of the text have in common."""
        depth = self._value("depth", "depth")
        return {
            **BLANK,
            "kind": kind,
            "text": self.text,
            "depth": " ".join(depth.split()) if depth else None,
            "acres": self._value("acres", "acreage"),
            **values,
        }

    def _abstract(self) -> str | None:
        number = self._value("abstract", "number")
        return (number.lstrip("0") or "0") if number else None

    def _league_labor(self) -> tuple[Tract, ...] | None:
        remainder = self._set_aside("section", "block", "bare_block", "lots", "range", "township", "compact")
        groups = self._parts_and_sections()
        if groups is None:
            return None
        numbers = {key: self._value(key, f"{key}_number") for key in ("league", "labor")}
        return (
            self._tract(
                "league_labor",
                **{key: number.lstrip("0") if number else None for key, number in numbers.items()},
                survey=next(iter(self.surveys), None),
                abstract=self._abstract(),
                part=groups[0][0],
                remainder=remainder,
            ),
        )

    def _public_land(self) -> tuple[Tract, ...] | None:
        if self.surveys or "block" in self.found or len(self._all("township")) > 1:
            return None
        remainder = self._set_aside("abstract", "bare_block")
        groups = self._parts_and_sections()
        lots = self._value("lots", "lot_numbers")
        numbers = expand(lots) if lots else ()
        if groups is None or numbers is None:
            return None
        tract = self._tract("plss", remainder=remainder, lot=",".join(numbers) or None)
        if "undirected" in self.found:
            tract["remainder"] = self.text
        else:
            tract["township"] = "T" + _directed(self._value("compact", "t") or self._value("township", "town") or "")
            tract["range"] = "R" + _directed(self._value("compact", "r") or self._value("range", "ranged") or "")
        return tuple(
            {**tract, "part": aliquots, **self._section_of_township(section)}
            for aliquots, sections in groups
            for section in sections or NONE
        )

    def _section_of_township(self, section: str | None) -> Tract:
        if section is None or (section.isdecimal() and 1 <= int(section) <= SECTIONS_OF_A_TOWNSHIP):
            return {"section": section}
        return {"section": None, "remainder": self.text}

    def _texas(self) -> tuple[Tract, ...] | None:
        survey = next(iter(self.surveys), None)
        blocks = self._blocks(survey)
        if blocks is None:
            return None
        towns = self._towns()
        if len(towns) > 1:
            return None
        if survey == "PSL" and not blocks and (self._value("abstract", "abstract") or "").startswith("A-"):
            remainder = self._set_aside("lots", "range", "abstract")  # A-46 may be the block: school lands name them so
        else:
            remainder = self._set_aside("lots", "range")
        groups, abstract = self._parts_and_sections(), self._abstract()
        if groups is None or bool(survey) + bool(blocks) + bool(groups[0][1]) + bool(abstract) < _CORE:
            return None
        township = "T" + towns[0] if towns else None
        tract = self._tract("texas_survey", survey=survey, abstract=abstract, township=township, remainder=remainder)
        return tuple(
            [
                {**tract, "block": block, "section": section, "part": aliquots}
                for block in blocks or NONE
                for aliquots, sections in groups
                for section in sections or NONE
            ]
        )

    def _towns(self) -> list[str]:
        """Give the townships that stand by themselves or inside the block."""
        written = [token["town"] for token in self._all("township")]
        if inside := self._value("block", "block_town"):
            written.append(inside)
        return sorted(set(map(_directed, written))) if written else []

    def _blocks(self, survey: str | None) -> tuple[str, ...] | None:
        """Give the blocks as named; None when two places name some."""
        named, bare = self._all("block"), self._all("bare_block")
        if len(named) + len(bare) > 1:
            return None
        if bare:
            text = bare[0]["bare_block"]
            return (text if survey == "PSL" else text[2:],)
        if not named:
            return ()
        text = named[0]["blocks"]
        return expand(text) or (text,)


@lru_cache(maxsize=1 << 10)
def _directed(text: str) -> str:
    """Give a township's or range's number and direction: `18 South` is 18S."""
    number = "".join(filter(str.isdecimal, text)).lstrip("0") or "0"
    return number + text.lstrip("0123456789 .-\t\n")[0].upper()
