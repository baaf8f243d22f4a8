"""Finds the deliveries under a root by county, and the folders and files that belong to none."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from oseberg.county_parsers._declaration.registry import choose_by_fips
from oseberg.county_parsers.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from oseberg.county_parsers._declaration.county import County

FIPS_DIGITS = 5
IMAGES = "images"
FIPS, DAY, FILE = range(3)  # ROOT/FIPS/DAY/FILE


@dataclass
class Found:
    """The deliveries under a root, and everything else that is there.

    Args:
        deliveries: By folder (`48003/20180605`) the county's module and the names of the index files.
        strange: A sentence for each folder or file that nothing reads.
        chosen: A sentence for each county's code that several modules declare.
    """

    deliveries: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)


def find_deliveries(names: Iterable[str], counties: Mapping[str, County], folder: str | Path | None = None) -> Found:
    """Sort the files under a root, `ROOT/FIPS/YYYYMMDD/FILE`, into deliveries.

    Args:
        names: The files' paths below the root, with `/`; folders without files end in `/`.
        counties: The counties by their modules' names, as `list_counties` returns them.
        folder: A folder with county modules of your own, which come first where several declare one county.

    Returns:
        The deliveries, and what belongs to none.

    Example:
        >>> from oseberg.county_parsers import list_counties
        >>> found = find_deliveries(["35025/20180605/LEA_20180605.txt", "35025/20180605/notes.txt"], list_counties())
        >>> found.deliveries
        {'35025/20180605': ('lea', ['LEA_20180605.txt'])}
        >>> found.strange
        ['35025/20180605/notes.txt: not read. It is not named like an index file of Lea County (LEA_*.txt).']
    """
    by_fips, chosen = choose_by_fips(counties, folder)
    found = Found(chosen=chosen)
    folders: dict[str, str] = {}
    strange: dict[str, None] = {}
    for name in sorted(set(names)):
        parts = PurePosixPath(name).parts
        if any(part.startswith(".") for part in parts):
            continue  # hidden files are notes of systems and of this command
        module = by_fips.get(parts[FIPS]) if parts else None
        if problem := _strange(name, parts, counties.get(module or "")):
            strange[printable(problem)] = None
        if module and len(parts) > DAY and (len(parts) > FILE or name.endswith("/")):
            folders["/".join(parts[:FILE])] = module
            if len(parts) == FILE + 1 and not name.endswith("/") and counties[module].is_index(parts[FILE]):
                found.deliveries.setdefault("/".join(parts[:FILE]), (module, []))[1].append(parts[FILE])
    for place, module in folders.items():
        if place not in found.deliveries:
            strange[printable(f"{place} holds no index file of {_described(counties[module])}.")] = None
    found.strange = list(strange)
    return found


def _strange(name: str, parts: tuple[str, ...], county: County | None) -> str | None:
    """Return a sentence about a file or folder that nothing reads; None for index files, images and their folders."""
    is_file = not name.endswith("/")
    if county is None:
        return _of_no_county(parts, is_file=is_file and len(parts) == 1)
    if len(parts) == DAY + 1 and is_file:
        return f"{name}: not read. Put index files into a folder of their day, such as {county.fips}/20180605."
    if len(parts) <= FILE or parts[FILE] == IMAGES or (len(parts) == FILE + 1 and county.is_index(parts[FILE])):
        return None
    if len(parts) > FILE + 1 or not is_file:
        return f"{'/'.join(parts[: FILE + 1])}/: not read. Index files are directly in the folder of their day."
    return f"{name}: not read. It is not named like an index file of {_described(county)}."


def _of_no_county(parts: tuple[str, ...], *, is_file: bool) -> str:
    top = parts[FIPS]
    if is_file:
        return f"{top}: not read. Deliveries are ROOT/FIPS/YYYYMMDD."
    if len(top) == FIPS_DIGITS and top.isascii() and top.isdecimal():
        return f"{top}/: not read. No county has this FIPS code; `oseberg county new NAME {top}` adds it."
    return f"{top}/: not read. It is not a FIPS code of five digits; deliveries are ROOT/FIPS/YYYYMMDD."


def _described(county: County) -> str:
    return f"{county.name} County ({', '.join(county.patterns)})"
