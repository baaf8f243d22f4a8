"""A description of surveyed land: from its tokens to its tracts.

A text that contradicts itself (two blocks apart from each other, two ranges, several sections with parts that can't be
told apart) is not read at all.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from oseberg.county_parsers._legals.aliquots import part
from oseberg.county_parsers._legals.grammar import UNIVERSITY
from oseberg.county_parsers._legals.numbers import expand, plain
from oseberg.county_parsers._legals.surveys import canonical
from oseberg.county_parsers._legals.tokens import Tokens
from oseberg.county_parsers._record import TRACT

if TYPE_CHECKING:
    from collections.abc import Collection

    from oseberg.county_parsers._record import Tract

    Groups = list[tuple[str | None, tuple[str, ...]]]
    """Sections with the aliquot part that belongs to them."""

SECTIONS_OF_A_TOWNSHIP = 36
NONE: tuple[str | None, ...] = (None,)
_ONCE = ("undirected", "compact", "range", "depth", "abstract", "league", "labor", "lots")
_BLOCKS = ("block", "bare_block")
_NOT_IN_TEXAS = frozenset({"lots", "range"})
_NOT_IN_TEXAS_BUT_BLOCK = _NOT_IN_TEXAS | {"abstract"}
_NOT_IN_A_TOWNSHIP = frozenset({"abstract", "bare_block"})
_NOT_IN_A_LEAGUE = frozenset({"section", "block", "bare_block", "lots", "range", "township", "compact"})
_CORE = 2
"""Of survey, block, section and abstract a Texas tract names at least so many."""


def describe(text: str, upper: str, *, university_blocks: bool = False) -> tuple[Tract, ...] | None:
    """Return the tracts of a text, which `upper` is in upper case; None when its core can't be read."""
    tokens = Tokens(text, upper)
    found = tokens.found
    if tokens.repeats and any(len(tokens.all(kind)) > 1 for kind in _ONCE):
        return None
    surveys = {canonical(token["survey"]) for token in tokens.all("survey")}
    if "surveyword" in found:
        surveys |= tokens.named_surveys()
    if len(surveys) > 1:
        return None
    survey = surveys.pop() if surveys else None
    if "league" in found or "labor" in found:
        return _league_labor(tokens, survey)
    if "compact" in found or "undirected" in found or ("range" in found and "township" in found):
        return None if survey else _public_land(tokens)
    if survey is None and university_blocks and UNIVERSITY.match(text):
        survey = "UNIVERSITY LANDS"
    return _texas(tokens, survey)


def _league_labor(tokens: Tokens, survey: str | None) -> tuple[Tract, ...] | None:
    tract = _tract(tokens, "league_labor", _NOT_IN_A_LEAGUE)
    groups = _parts_and_sections(tokens)
    if groups is None:
        return None
    for key in ("league", "labor"):
        number = tokens.value(key, f"{key}_number")
        tract[key] = number.lstrip("0") if number else None
    tract["survey"], tract["abstract"], tract["part"] = survey, _abstract(tokens), groups[0][0]
    return (tract,)


def _public_land(tokens: Tokens) -> tuple[Tract, ...] | None:
    if "block" in tokens.found or len(tokens.all("township")) > 1:
        return None
    tract = _tract(tokens, "plss", _NOT_IN_A_TOWNSHIP)
    groups = _parts_and_sections(tokens)
    lots = tokens.value("lots", "lot_numbers")
    numbers = expand(lots) if lots else ()
    if groups is None or numbers is None:
        return None
    tract["lot"] = ",".join(numbers) or None
    if "undirected" in tokens.found:
        tract["remainder"] = tokens.text
    else:
        tract["township"] = "T" + _directed(tokens.value("compact", "t") or tokens.value("township", "town") or "")
        tract["range"] = "R" + _directed(tokens.value("compact", "r") or tokens.value("range", "ranged") or "")
    return tuple(
        {**tract, "part": aliquots, **_section_of_township(section, tokens.text)}
        for aliquots, sections in groups
        for section in sections or NONE
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
    groups, abstract = _parts_and_sections(tokens), _abstract(tokens)
    if groups is None or bool(survey) + bool(blocks) + bool(groups[0][1]) + bool(abstract) < _CORE:
        return None
    tract["survey"], tract["abstract"] = survey, abstract
    if towns:
        tract["township"] = "T" + towns.pop()
    return tuple(
        [
            {**tract, "block": block, "section": section, "part": aliquots}
            for block in blocks or NONE
            for aliquots, sections in groups
            for section in sections or NONE
        ]
    )


def _towns(tokens: Tokens) -> set[str]:
    """Return the townships that stand by themselves or inside the block."""
    towns = {_directed(token["town"]) for token in tokens.all("township")}
    if inside := tokens.value("block", "block_town"):
        towns.add(_directed(inside))
    return towns


def _blocks(tokens: Tokens, survey: str | None) -> tuple[str, ...] | None:
    """Return the blocks as named; None when two places name some."""
    named, bare = tokens.found.get("block"), tokens.found.get("bare_block")
    if (named and bare) or (tokens.repeats and any(len(tokens.all(kind)) > 1 for kind in _BLOCKS)):
        return None
    if named:
        return expand(named["blocks"]) or (named["blocks"],)
    if bare:
        return (bare["bare_block"].removeprefix("" if survey == "PSL" else "B-"),)
    return ()


def _tract(tokens: Tokens, kind: str, unusable: Collection[str]) -> Tract:
    """Return what all tracts of the text have in common; the `unusable` kinds of tokens are remainder."""
    remainder = tokens.set_aside(unusable)
    tract = {**TRACT, "kind": kind, "text": tokens.text, "remainder": remainder}
    if depth := tokens.value("depth", "depth"):
        tract["depth"] = " ".join(depth.split())
    tract["acres"] = tokens.value("acres", "acreage")
    return tract


def _abstract(tokens: Tokens) -> str | None:
    number = tokens.value("abstract", "number")
    return (number.lstrip("0") or "0") if number else None


def _parts_and_sections(tokens: Tokens) -> Groups | None:
    """Return sections with the part that belongs to them; None when that can't be told."""
    if not tokens.repeats and "compact" not in tokens.found:  # at most one of each, as in most texts
        written, listed = tokens.found.get("part"), tokens.found.get("section")
        numbers = expand(listed["sections"]) if listed else ()
        return None if numbers is None else [(part(written["part"]) if written else None, numbers)]
    sections = [expand(token["sections"]) for token in tokens.all("section")]
    if first := tokens.value("compact", "first_section"):
        sections = [(plain(first),)] if not sections and not tokens.value("compact", "unsure") else [None]
    elif bare := tokens.value("compact", "bare_sections"):
        sections.append(expand(bare))
    parts = [part(token["part"]) for token in tokens.all("part")]
    known = [numbers for numbers in sections if numbers]
    if len(known) != len(sections):
        return None
    if not parts or (len(parts) == 1 and len(known) <= 1):
        numbers = known[0] if len(known) == 1 else tuple(number for numbers in known for number in numbers)
        return [(parts[0] if parts else None, numbers)]
    order = [kind for kind in tokens.kinds if kind in {"section", "part"}]
    pairs = (["part", "section"] * len(known), ["section", "part"] * len(known))
    return list(zip(parts, known, strict=True)) if order in pairs else None


@lru_cache(maxsize=1 << 10)
def _directed(text: str) -> str:
    """Return a township's or range's number and direction: `18 South` is 18S."""
    number = "".join(filter(str.isdecimal, text)).lstrip("0") or "0"
    return number + text.lstrip("0123456789 .-\t\n")[0].upper()
