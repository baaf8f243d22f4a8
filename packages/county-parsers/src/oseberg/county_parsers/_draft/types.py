"""The table of document types of a draft, from what the shipped counties map."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from oseberg.county_parsers._declaration.registry import list_counties
from oseberg.county_parsers._draft.source import comment, py

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oseberg.county_parsers._draft.kinds import Kind

_WORDS = re.compile(r"[A-Z0-9/.\-]+")
# Words that clerks cut, each in its own way; compared with those of the counties that are known.
_SHORT = {
    short: word
    for word, shorts in {
        "OIL GAS LEASE": ("OGL", "O&GL"),
        "OIL GAS MINERAL LEASE": ("OGML",),
        "ASSIGNMENT": ("ASG", "ASGN", "ASGMT", "ASSGN", "ASSIGN"),
        "RELEASE": ("REL", "RLS", "RLSE"),
        "AMENDMENT": ("AMD", "AMEND", "AMDT"),
        "EXTENSION": ("EXT", "EXTN"),
        "RATIFICATION": ("RATIF", "RAT", "RATF"),
        "MEMORANDUM": ("MEMO", "MEM"),
        "MINERAL": ("MIN",),
        "ROYALTY": ("ROY",),
        "AFFIDAVIT": ("AFF", "AFFT", "AFFD", "AFFIDAVITS"),
        "LEASE": ("LSE",),
    }.items()
    for short in shorts
}
_CUT = 15  # texts of the same length that are at least so long were cut by the system


def types_lines(kind: Kind) -> list[str]:
    """Return the lines of a declaration that map the texts of the type's column to the standard types."""
    column = kind.column("type")
    known = known_types()
    counts = Counter(text.partition(" - [")[0].strip() for text in (kind.cells(column) if column else ()))
    cut = max(map(len, counts), default=0)
    is_cut = sum(len(text) >= cut - 1 for text in counts) > 1 and cut >= _CUT
    mapped: dict[str, list[str]] = {}
    unknown: list[str] = []
    for text, count in counts.most_common():
        standard = known.get(plain_type(text))
        if standard is None and is_cut and len(text) >= cut - 1:
            standard = _begun(plain_type(text), known)
        if standard:
            mapped.setdefault(standard, [])
            if text not in mapped[standard]:
                mapped[standard].append(text)
        else:
            unknown.append(f"{text} ({count})")
    lines = [
        "    document_types={",
        *(f"        {py(name)}: {py(texts)}," for name, texts in mapped.items()),
    ]
    lines += comment("not mapped, with how often they occur: ", unknown)
    return [*[f"    types_cut_at={cut},"] * is_cut, *lines, "    },"]


def _begun(text: str, known: Mapping[str, str]) -> str | None:
    """Return the standard type of a text that the system cut; None where several begin so."""
    begun = {name for other, name in known.items() if other.startswith(text)}
    return begun.pop() if len(begun) == 1 else None


def plain_type(text: str) -> str:
    """Return a type's text as it is compared: OIL, GAS AND MINERAL LEASE and OIL GAS & MINERAL LEASE are one."""
    words = [word for word in _WORDS.findall(text.upper()) if word not in {"AND", "OF", "THE"}]
    return " ".join(_SHORT.get(word, word) for word in words)


def known_types() -> dict[str, str]:
    """Return the standard type of each text that the shipped counties map; omits those mapped differently."""
    found: dict[str, set[str]] = {}
    for county in list_counties().values():
        for name, texts in county.document_types.items():
            for text in texts:
                found.setdefault(plain_type(text), set()).add(name)
    return {text: names.pop() for text, names in found.items() if len(names) == 1}
