"""A description of surveyed land: from its tokens to its tracts.

A text that contradicts itself (two blocks apart from each other, two ranges, several sections with parts that can't be
told apart) is not read at all.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from oseberg.county_parsers._legals.aliquots import part
from oseberg.county_parsers._legals.grammar import ADDITION, CALL, CONTAINING, EXCEPTED, UNIVERSITY
from oseberg.county_parsers._legals.numbers import expand, plain
from oseberg.county_parsers._legals.surveys import canonical
from oseberg.county_parsers._legals.tokens import Tokens
from oseberg.county_parsers._records.record import TRACT

if TYPE_CHECKING:
    import re
    from collections.abc import Collection, Sequence

    from oseberg.county_parsers._records.record import Tract


class Group(NamedTuple):
    """Sections, with the aliquot part and the lots that belong to each of them."""

    part: str | None
    lots: str | None
    sections: tuple[str, ...]


SECTIONS_OF_A_TOWNSHIP = 36
NONE: tuple[str | None, ...] = (None,)
_ONCE = ("undirected", "compact", "range", "depth", "abstract", "league", "labor")
_BLOCKS = {"block": "blocks", "bare_block": "bare_block"}
_NOT_IN_TEXAS = frozenset({"lots", "range"})
_NOT_IN_TEXAS_BUT_BLOCK = _NOT_IN_TEXAS | {"abstract"}
_NOT_IN_A_TOWNSHIP = frozenset({"abstract", "bare_block"})
_NOT_IN_A_LEAGUE = frozenset({"section", "block", "bare_block", "lots", "range", "township", "compact"})
# Of survey, block, section and abstract a Texas tract names at least so many.
_CORE = 2
# A single THENCE may be a word of an exception; around land there are at least two.
_CALLS = 2
_TWO = 2  # sections, between which something may be said
_OF_A_SECTION = frozenset({"part", "lots"})


def describe(text: str, upper: str, *, university_blocks: bool = False) -> tuple[Tract, ...] | None:
    """Return the tracts of a text, which `upper` is in upper case; None when its core can't be read."""
    tokens = Tokens(text, upper)
    found = tokens.found
    surveys = {canonical(token["survey"]) for token in tokens.all("survey")}
    if "surveyword" in found:
        surveys |= tokens.named_surveys()
    if len(surveys) > 1 or _contradicts_itself(tokens):
        return None
    survey = surveys.pop() if surveys else None
    if "league" in found or "labor" in found:
        return _league_labor(tokens, survey)
    if "compact" in found or "undirected" in found or ("range" in found and "township" in found):
        return None if survey else _public_land(tokens)
    if survey is None and university_blocks and UNIVERSITY.match(text):
        survey = "UNIVERSITY LANDS"
    if survey is None and "abstract" not in found and (("lots" in found and "word" in found) or ADDITION.search(upper)):
        return None  # the section is not one of a survey: these are lots of something that has a name
    return _texas(tokens, survey)


def _contradicts_itself(tokens: Tokens) -> bool:
    """Whether the text names twice what land has once, or its acres are those of only one of several sections."""
    twice = tokens.repeats and any(len(tokens.all(kind)) > 1 for kind in _ONCE)
    return (
        twice
        or _is_mentioned(tokens)
        or ("acres" in tokens.found and len(tokens.all("section")) > 1 and tokens.acres_of_one())
    )


def _is_mentioned(tokens: Tokens) -> bool:
    """Whether words that are not understood come between two sections: ASSIGNED TO SEC 6, N LINE OF SEC 6."""
    if "word" not in tokens.found or len(tokens.all("section")) < _TWO:
        return False
    kinds = tokens.kinds
    first, last = kinds.index("section"), len(kinds) - 1 - kinds[::-1].index("section")
    return "word" in kinds[first:last]


def _league_labor(tokens: Tokens, survey: str | None) -> tuple[Tract, ...] | None:
    tract = _tract(tokens, "league_labor", _NOT_IN_A_LEAGUE)
    groups = _groups(tokens)
    if groups is None:
        return None
    for key in ("league", "labor"):
        number = tokens.value(key, f"{key}_number")
        tract[key] = number.lstrip("0") if number else None
    tract["survey"], tract["abstract"], tract["part"] = survey, _abstract(tokens), groups[0].part
    return _measured(tokens, [tract])


def _public_land(tokens: Tokens) -> tuple[Tract, ...] | None:
    if "block" in tokens.found or len(tokens.all("township")) > 1:
        return None
    tract = _tract(tokens, "plss", _NOT_IN_A_TOWNSHIP)
    groups = _groups(tokens)
    if groups is None:
        return None
    if "undirected" in tokens.found:
        tract["remainder"] = tokens.text
    else:
        tract["township"] = "T" + _directed(tokens.value("compact", "t") or tokens.value("township", "town") or "")
        tract["range"] = "R" + _directed(tokens.value("compact", "r") or tokens.value("range", "ranged") or "")
    return _measured(
        tokens,
        [
            {**tract, "part": group.part, "lot": group.lots, **_section_of_township(section, tokens.text)}
            for group in groups
            for section in group.sections or NONE
        ],
    )


def _section_of_township(section: str | None, text: str) -> Tract:
    if section is None or (section.isdecimal() and 1 <= int(section) <= SECTIONS_OF_A_TOWNSHIP):
        return {"section": section}
    return {"section": None, "remainder": text}


def _texas(tokens: Tokens, survey: str | None) -> tuple[Tract, ...] | None:
    blocks, towns = _blocks(tokens, survey), _towns(tokens)
    if blocks is None or len(towns) > 1:
        return None
    nameless = survey == "PSL" and not blocks and (tokens.value("abstract", "abstract") or "").startswith("A-")
    # without a block, A-46 may be one: school lands name them so
    tract = _tract(tokens, "texas_survey", _NOT_IN_TEXAS_BUT_BLOCK if nameless else _NOT_IN_TEXAS)
    groups, abstract = _groups(tokens), _abstract(tokens)
    if groups is None or bool(survey) + bool(blocks) + bool(groups[0].sections) + bool(abstract) < _CORE:
        return None
    tract["survey"], tract["abstract"] = survey, abstract
    if towns:
        tract["township"] = "T" + towns.pop()
    return _measured(
        tokens,
        [
            {**tract, "block": block, "section": section, "part": group.part}
            for block in blocks or NONE
            for group in groups
            for section in group.sections or NONE
        ],
    )


def _towns(tokens: Tokens) -> set[str]:
    """Return the townships, whether named separately or inside the block."""
    towns = {_directed(token["town"]) for token in tokens.all("township")}
    if inside := tokens.value("block", "block_town"):
        towns.add(_directed(inside))
    return towns


def _blocks(tokens: Tokens, survey: str | None) -> tuple[str, ...] | None:
    """Return the blocks as named; None if two places name some."""
    named, bare = tokens.found.get("block"), tokens.found.get("bare_block")
    written = {token[group] for kind, group in _BLOCKS.items() for token in tokens.all(kind)}
    if (named and bare) or len(written) > 1:
        return None
    if named:
        return expand(named["blocks"]) or (named["blocks"],)
    if bare:
        return (bare["bare_block"].removeprefix("" if survey == "PSL" else "B-"),)
    return ()


def _tract(tokens: Tokens, kind: str, unusable: Collection[str]) -> Tract:
    """Return the values that all tracts of the text share; the `unusable` kinds of tokens become remainder."""
    remainder = tokens.set_aside(unusable)
    tract = {**TRACT, "kind": kind, "text": tokens.text, "remainder": remainder}
    if depth := tokens.value("depth", "depth"):
        tract["depth"] = " ".join(depth.split())
    return tract


def _measured(tokens: Tokens, tracts: list[Tract]) -> tuple[Tract, ...]:
    """Set each tract's acres as the text states them for it; those of several tracts together are their total."""
    if "acres" in tokens.found:
        each = tokens.acres_of_sections()
        if each and len(each) == len(tracts):
            for tract, acres in zip(tracts, each, strict=True):
                tract["acres"] = acres
        else:
            key = "acres" if len(tracts) == 1 else "total_acres"
            for tract in tracts:
                tract[key] = tokens.value("acres", "acreage")
    elif len(tracts) == 1 and "exception" in tokens.found and (stated := CONTAINING.search(tokens.upper)):
        tracts[0]["acres"] = _of_bounds(tokens, stated["acreage"])
    if "exception" in tokens.found and (calls := len(CALL.findall(tokens.upper))):
        for tract in tracts:
            tract["calls"] = calls
    return tuple(tracts)


def metes_and_bounds(text: str, upper: str) -> tuple[Tract, ...] | None:
    """Return the tract of a description that goes around the land, call after call; None for any other text."""
    calls = len(CALL.findall(upper))
    if calls < _CALLS:
        return None
    stated = CONTAINING.findall(upper)
    return (
        {
            **TRACT,
            "kind": "metes_and_bounds",
            "text": text,
            "acres": stated[0] if len(set(stated)) == 1 else None,
            "calls": calls,
            "remainder": text,
        },
    )


def _of_bounds(tokens: Tokens, acres: str) -> str | None:
    """Return the acres behind metes and bounds, which are those of the tract; those behind an exception are not."""
    exception = tokens.found["exception"]["exception"]
    return acres if exception.startswith(("BEG", "COMMENCING", "THENCE")) else None


def _abstract(tokens: Tokens) -> str | None:
    number = tokens.value("abstract", "number")
    return (number.lstrip("0") or "0") if number else None


def _groups(tokens: Tokens) -> list[Group] | None:
    """Return sections with the part and the lots that belong to them; None when that can't be told."""
    groups = _grouped(tokens)
    if groups is None or "exception" not in tokens.found or "section" not in tokens.found:
        return groups
    # LESS SEC 6 leaves a section out that a list of the text has named; LESS 10 AC leaves all of them.
    excepted = EXCEPTED.fullmatch(tokens.found["exception"]["exception"].strip(" ,;.)"))
    without = set(expand(excepted["sections"]) or ()) if excepted else set()
    left = [group._replace(sections=tuple(n for n in group.sections if n not in without)) for group in groups]
    return [group for group in left if group.sections] or groups


def _grouped(tokens: Tokens) -> list[Group] | None:
    found = tokens.found
    if not tokens.repeats and "compact" not in found and "said" not in found:  # at most one of each, as in most texts
        written, listed = found.get("part"), found.get("section")
        numbers = expand(listed["sections"]) if listed else ()
        lots = _lots(found["lots"]["lot_numbers"]) if "lots" in found else None
        if numbers is None or lots == "":
            return None
        return [Group(part(written["part"]) if written else None, lots, numbers)]
    known = _sections(tokens)
    if known is None:
        return None
    items = [(token.lastgroup or "", _item(token.lastgroup, token)) for token in _ordered(tokens, _OF_A_SECTION)]
    if any(value == "" for _, value in items):
        return None
    if len(known) <= 1 or not items:
        return _of_one(tokens, items, tuple(number for numbers in known for number in numbers))
    return _of_each(tokens)


def _sections(tokens: Tokens) -> list[tuple[str, ...]] | None:
    """Return the lists of sections; a section that is named again is the same land, not another one."""
    sections = [expand(token["sections"]) for token in tokens.all("section")]
    if first := tokens.value("compact", "first_section"):
        sections = [(plain(first),)] if not sections and not tokens.value("compact", "unsure") else [None]
    elif bare := tokens.value("compact", "bare_sections"):
        sections.append(expand(bare))
    said = {plain("".join(filter(str.isdecimal, token["said"]))) for token in tokens.all("said")}
    known = [numbers for numbers in sections if numbers]
    if len(known) != len(sections):
        return None
    named = {number for numbers in known for number in numbers}
    if said and not named:
        return [tuple(said)] if len(said) == 1 else None
    if said - named:
        return None
    return known


def _of_one(tokens: Tokens, items: Sequence[tuple[str, str]], numbers: tuple[str, ...]) -> list[Group] | None:
    """Return the only group: its parts and lots are named once, or again for a section that was named before."""
    parts = [value for kind, value in items if kind == "part" and value]
    lots = [value for kind, value in items if kind == "lots" and value]
    again = "said" in tokens.found
    if len(lots) > 1 or (len(parts) > 1 and not again):
        return None
    return [Group(" & ".join(dict.fromkeys(parts)) or None, lots[0] if lots else None, tuple(dict.fromkeys(numbers)))]


def _of_each(tokens: Tokens) -> list[Group] | None:
    """Return a group for each list of sections, whose parts and lots are all in front of it, or all behind it."""
    order = _ordered(tokens, _OF_A_SECTION | {"section"})
    in_front = order[-1].lastgroup == "section"
    if "compact" in tokens.found or (order[0].lastgroup == "section") == in_front:
        return None
    groups: list[Group] = []
    items: dict[str, str] = {}
    for token in order if in_front else reversed(order):
        kind = token.lastgroup or ""
        if kind == "section" and items:
            groups.append(Group(items.get("part"), items.get("lots"), expand(token["sections"]) or ()))
            items = {}
        elif kind == "section" or kind in items:
            return None  # a section without a part of its own, or with two
        else:
            items[kind] = _item(kind, token)
    # Each section once: named twice with different parts, only a person can tell what is meant.
    numbers = [number for group in groups for number in group.sections]
    if len(set(numbers)) < len(numbers):
        return None  # one section twice, with different parts
    return groups if in_front else groups[::-1]


def _ordered(tokens: Tokens, kinds: Collection[str]) -> list[re.Match[str]]:
    return [token for token in tokens.tokens if token.lastgroup in kinds and token.lastgroup in tokens.found]


def _item(kind: str | None, token: re.Match[str]) -> str:
    return part(token["part"]) if kind == "part" else _lots(token["lot_numbers"])


def _lots(text: str) -> str:
    """Return lots as `1,2,3`; nothing if the list can't be read."""
    return ",".join(expand(text) or ())


@lru_cache(maxsize=1 << 10)
def _directed(text: str) -> str:
    """Return a township's or range's number and direction: `18 South` is 18S."""
    number = "".join(filter(str.isdecimal, text)).lstrip("0") or "0"
    return number + text.lstrip("0123456789 .-\t\n")[0].upper()
