"""The index files of a delivery: a folder as the vendor names it, or one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.county_parsers.errors import NoIndexFileError, some_of

if TYPE_CHECKING:
    from pathlib import Path

    from oseberg.county_parsers._declaration.county import County


def index_files(county: County, source: Path) -> list[Path]:
    """Return the index files of a delivery, by name.

    Args:
        county: Whose pattern of names is looked for, in upper or lower case.
        source: The delivery's folder, one index file of any name, or a root `ROOT/FIPS/YYYYMMDD` that holds only one
            delivery of the county.

    Raises:
        NoIndexFileError: The folder or file is missing, it holds no index file, or several deliveries.
    """
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise NoIndexFileError(f"{source} does not exist. Check the path.")
    if files := _directly_in(county, source):
        return files
    place = source if source.name == county.fips else source / county.fips
    deliveries = [files for folder in sorted(place.glob("*/")) if (files := _directly_in(county, folder))]
    if len(deliveries) == 1:
        return deliveries[0]
    if deliveries:
        days = ", ".join(files[0].parent.name for files in deliveries)
        raise NoIndexFileError(f"{place} holds several deliveries: {days}. Pass one of them.")
    raise NoIndexFileError(
        f"{source}: no index file of {county.name} County ({', '.join(county.patterns)}) is in this folder, "
        f"which holds {some_of(path.name for path in source.iterdir())}. "
        f"Pass the folder of one delivery, such as DELIVERIES/{county.fips}/20180605."
    )


def _directly_in(county: County, folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and county.is_index(path.name))
