"""The index files of a delivery: a folder as the vendor names it, or one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.county_parsers.errors import NoIndexFileError

if TYPE_CHECKING:
    from pathlib import Path

    from oseberg.county_parsers._county import County


def index_files(county: County, source: Path) -> list[Path]:
    """Give the index files of a delivery, by name.

    Args:
        county: Whose pattern of names is looked for, in upper or lower case.
        source: The delivery's folder, or one index file of any name.

    Raises:
        NoIndexFileError: There is no such folder or file, or no index file in the folder.
    """
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise NoIndexFileError(f"{source}: there is no such file or folder.")
    files = sorted(path for path in source.iterdir() if path.is_file() and county.is_index(path.name))
    if not files:
        raise NoIndexFileError(
            f"{source}: no index file of {county.name} County ({', '.join(county.patterns)}) lies in this folder. "
            f"Name the folder of one delivery, as DELIVERIES/{county.fips}/20180605."
        )
    return files
