"""Parse one delivery: into memory, or into files."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from oseberg.county_parsers._county import County
from oseberg.county_parsers._delivery import index_files
from oseberg.county_parsers._registry import blamed, load_county, module_file
from oseberg.county_parsers._results.result import Result
from oseberg.county_parsers._results.stores import Folder, Memory
from oseberg.county_parsers._run import Run, Store, Summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oseberg.county_parsers._row import Part


def parse(county: str | County, source: str | Path, *, folder: str | Path | None = None) -> Result:
    """Parse a delivery into memory.

    Args:
        county: The name of a county's module, or a declaration.
        source: A delivery's folder, or one index file.
        folder: A folder with county modules of your own.

    Returns:
        `records`, `rejects` and `summary`; every row of the delivery is accounted for in them.

    Raises:
        UnknownCountyError: No county has this name.
        BadDeclarationError: Its module can't be loaded, does not fit together, or has a hook that fails.
        NoIndexFileError: The delivery holds no index file of this county.
        UnreadableFileError: An index file is damaged or of another format.
    """
    store = Memory()
    summary = _run(county, source, folder, store)
    return Result(store.records, store.rejects, summary)


def parse_to(county: str | County, source: str | Path, out: str | Path, *, folder: str | Path | None = None) -> Summary:
    """Parse a delivery into `records.jsonl`, `rejects.jsonl` and `summary.json`.

    Records are written while rows are read. The files appear when everything is read, or not at all.

    Args:
        county: The name of a county's module, or a declaration.
        source: A delivery's folder, or one index file.
        out: The folder of the files; it is created when it is missing.
        folder: A folder with county modules of your own.

    Returns:
        What became of every row.

    Raises:
        CountyError: As `parse`.
        OSError: The files can't be written.
    """
    with Folder(Path(out)) as store:
        summary = _run(county, source, folder, store)
        store.publish(dict(summary))
    return summary


def _run(county: str | County, source: str | Path, folder: str | Path | None, store: Store) -> Summary:
    declared = county if isinstance(county, County) else load_county(county, folder)
    files = index_files(declared, Path(source))
    run = Run(declared.context(), store, university_blocks=declared.university_blocks)
    with nullcontext() if isinstance(county, County) else blamed(module_file(county, folder)):
        declared.documents.read(declared, run, _parts(declared, files))
    return run.summary([path.name for path in files])


def _parts(county: County, files: list[Path]) -> Iterator[Part]:
    for path in files:
        yield from county.reader.parts(path)
