"""Counts the rows of a part in one loop; rows without content end here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.county_parsers._records.row import STRUCTURAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oseberg.county_parsers._records.row import Part, Row
    from oseberg.county_parsers._run import Run


def carrying(run: Run, part: Part) -> Iterator[Row]:
    """Yield the rows of a part that have content; headings, blanks and titles are counted as structural.

    After the last row the parse learns of a part that carries rows, none of which could be read.

    Args:
        run: The parse, which counts.
        part: The file or table.

    Yields:
        The rows that are to be used, recognized as duplicates, or rejected.
    """
    read, rejected = run.used + run.duplicate, run.rejected
    for row in part.rows:
        run.rows += 1
        if row.problem == STRUCTURAL:
            run.structural += 1
        else:
            yield row
    # An empty day has headings and trailers, which are not rejected: it is not a file of which nothing was read.
    run.end(part, run.rejected - rejected if run.used + run.duplicate == read else 0)
