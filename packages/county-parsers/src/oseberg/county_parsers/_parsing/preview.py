"""A preview: the first documents of a file next to their rows, for authors of a county's module."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from oseberg.county_parsers._declaration.county import County
from oseberg.county_parsers._declaration.registry import load_county
from oseberg.county_parsers._parsing.delivery import index_files
from oseberg.county_parsers._parsing.one import parse, parts_of
from oseberg.county_parsers._readers.lines import shown

if TYPE_CHECKING:
    from oseberg.county_parsers._records.record import Record
    from oseberg.county_parsers._records.row import Reject
    from oseberg.county_parsers._run import Summary


class Preview(NamedTuple):
    """The first documents of a file, as they are read.

    Attributes:
        documents: Records, each with the rows that it was made of, by file and line.
        rejects: The first rows that could not be used.
        summary: What became of every row of the file.
    """

    documents: list[tuple[Record, dict[tuple[str, int], str]]]
    rejects: list[Reject]
    summary: Summary


def preview(
    county: str | County, source: str | Path, *, documents: int = 3, folder: str | Path | None = None
) -> Preview:
    """Parse a file, and put its first documents next to their rows.

    Args:
        county: The name of a county's module, or a declaration.
        source: An index file, or a delivery's folder.
        documents: How many documents and rejects.
        folder: A folder with county modules of your own.

    Returns:
        The documents with their rows, the first rejects, and the summary.

    Raises:
        CountyError: As `parse`.
    """
    declared = county if isinstance(county, County) else load_county(county, folder)
    result = parse(county, source, folder=folder)
    first = result.data[:documents]
    wanted = {(record["source"]["file"], line) for record in first for line in record["source"]["lines"]}
    rows = {}
    for part in parts_of(declared, index_files(declared, Path(source))):
        for row in part.rows:
            if (part.name, row.line) in wanted:
                rows[part.name, row.line] = shown(row.text)
    found = []
    for record in first:
        file, lines = record["source"]["file"], record["source"]["lines"]
        found.append((record, {(file, line): rows[file, line] for line in lines if (file, line) in rows}))
    return Preview(found, result.rejects[:documents], result.summary)
