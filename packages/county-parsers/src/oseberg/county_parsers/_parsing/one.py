"""Parse one delivery: into memory, or into files."""

from __future__ import annotations

from contextlib import closing, nullcontext
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from oseberg.county_parsers._declaration.county import County, Several
from oseberg.county_parsers._declaration.registry import blamed, list_counties, load_county, module_file
from oseberg.county_parsers._feeds.apply import AppliedFeed, apply_feed
from oseberg.county_parsers._parsing.collection import rare_collection
from oseberg.county_parsers._parsing.delivery import index_files
from oseberg.county_parsers._parsing.recognize import looks_like
from oseberg.county_parsers._readers.lines import name_of
from oseberg.county_parsers._results.result import Result
from oseberg.county_parsers._results.stores import Folder, Memory
from oseberg.county_parsers._run import Run, Store, Summary
from oseberg.county_parsers._surveys.listed import SurveyList
from oseberg.county_parsers._surveys.load import load_surveys
from oseberg.county_parsers.errors import CountyError, NothingReadError, UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from oseberg.county_parsers._records.row import Part


def parse(
    county: str | County,
    source: str | Path,
    *,
    folder: str | Path | None = None,
    surveys: SurveyList | str | Path | None = None,
) -> Result:
    """Parse a delivery into memory.

    Args:
        county: The name of a county's module, or a declaration.
        source: A delivery's folder, or one index file.
        folder: A folder with county modules of your own.
        surveys: A list of surveys and townships, or its file, that checks and completes the land; see `load_surveys`.

    Returns:
        `records`, `rejects` and `summary`; every row of the delivery is accounted for in them.

    Raises:
        UnknownCountyError: No county has this name.
        BadDeclarationError: Its module can't be loaded, does not fit together, or has a hook that fails.
        NoIndexFileError: The delivery holds no index file of this county.
        UnreadableFileError: An index file is damaged or of another format.
    """
    store = Memory()
    summary = _run(county, source, folder, store, surveys)
    return Result(store.records, store.rejects, summary)


def parse_to(
    county: str | County,
    source: str | Path,
    out: str | Path,
    *,
    folder: str | Path | None = None,
    surveys: SurveyList | str | Path | None = None,
) -> Summary:
    """Parse a delivery into `records.jsonl`, `rejects.jsonl` and `summary.json`.

    Records are written while rows are read. The files appear when everything is read, or not at all. Earlier files
    with other records are kept in `history/`, next to the new ones.

    Args:
        county: The name of a county's module, or a declaration.
        source: A delivery's folder, or one index file.
        out: The folder of the files; it is created when it is missing.
        folder: A folder with county modules of your own.
        surveys: A list of surveys and townships, or its file, that checks and completes the land; see `load_surveys`.

    Returns:
        The summary: counts of rows and records, totals, and problems, as in `summary.json`.

    Raises:
        NothingReadError: Nothing of the county was read, and `out` holds earlier records: they stay.
        CountyError: As `parse`.
        OSError: The files can't be written.
    """
    with Folder(Path(out)) as store:
        summary = _run(county, source, folder, store, surveys)
        # An earlier result is worth more than an empty one: what looks like an empty day may be a wrong file.
        if not summary["used"] and (kept := store.earlier_records()):
            raise NothingReadError(_nothing_read(Path(source), Path(out), summary, kept))
        store.publish(dict(summary))
    return summary


def parse_feed(
    county: str | County,
    source: str | Path,
    out: str | Path,
    *,
    folder: str | Path | None = None,
    surveys: SurveyList | str | Path | None = None,
) -> AppliedFeed:
    """Parse a delivery of a feed, and apply it with all others that were parsed into the folder.

    The delivery's own results are in `out/YYYYMMDD...`; the documents after all deliveries in `out`.

    Args:
        county: The name of a county's module, or a declaration.
        source: A delivery's folder, or one index file.
        out: The folder of the feed.
        folder: A folder with county modules of your own.
        surveys: A list of surveys and townships, or its file, that checks and completes the land; see `load_surveys`.

    Returns:
        What became of the rows of all deliveries, and updates and deletes of documents that no delivery added.

    Raises:
        CountyError: As `parse_to`, or the delivery's day can't be told.
        OSError: The files can't be written.
    """
    declared = county if isinstance(county, County) else load_county(county, folder)
    place = Path(out) / feed_delivery(declared, str(source))
    parse_to(county, source, place, folder=folder, surveys=surveys)
    return apply_feed(declared, Path(out))


def feed_delivery(county: County, source: str) -> str:
    """Return the name under which the results of a feed's delivery are kept, which begins with its day.

    Args:
        county: The declaration.
        source: A delivery's folder or file, or its address elsewhere.

    Returns:
        The name, as `20260605`.

    Raises:
        CountyError: The county's deliveries are not a feed, or neither a folder nor a file's name states the day.
    """
    if county.feed is None:
        raise CountyError(f"The deliveries of {county.name} County are not a feed. Declare feed=Feed(...).")
    # Of a root that holds one delivery, the folder of its files says the day.
    files = [] if "://" in source else index_files(county, Path(source))
    name = county.feed.delivery(str(files[0]) if files else source, [path.name for path in files])
    if name is None:
        raise CountyError(
            f"{source}: the day of this delivery is unknown, but updates are applied in the order of their days. "
            f"Put its files into a folder of their day, such as {county.fips}/20260605."
        )
    return name


def _nothing_read(source: Path, out: Path, summary: Summary, kept: int) -> str:
    why = " ".join(summary.get("problems", [])) or f"The {summary['rows']:,} rows hold no document."
    return (
        f"{source}: nothing was read. {why} The earlier results in {out} ({kept:,} records) were kept; "
        "remove them first if the delivery really is empty."
    )


def _run(
    county: str | County,
    source: str | Path,
    folder: str | Path | None,
    store: Store,
    surveys: SurveyList | str | Path | None,
) -> Summary:
    declared = county if isinstance(county, County) else load_county(county, folder)
    files = index_files(declared, Path(source))
    listed = load_surveys(surveys) if isinstance(surveys, str | Path) else surveys
    run = Run(declared.context(), store, university_blocks=declared.university_blocks, surveys=listed)
    others = _Others(declared, folder)
    with rare_collection(), nullcontext() if isinstance(county, County) else blamed(module_file(county, folder)):
        try:
            # An error's traceback would keep the file open that it is about; its owner may want to move it away.
            with closing(parts_of(declared, files)) as parts:
                declared.documents.read(declared, run, parts)
        except UnreadableFileError as error:
            raise others.blame(error, files) from error
    # Tables inside a zip have no path of their own: whose format they have can't be asked.
    paths = {name_of(path): path for path in files}
    for name, rows in run.nothing_read.items():
        owner = looks_like(paths[name], others.counties) if name in paths else ""
        run.problems.append(f"{name}: none of its {rows:,} rows could be read{owner}.")
    run.problems += others.files_in(Path(source))
    return run.summary(list(paths))


class _Others:
    """The other counties, whose files may have been put into the delivery."""

    def __init__(self, county: County, folder: str | Path | None) -> None:
        self.county = county
        self.folder = folder

    @cached_property
    def counties(self) -> list[County]:
        """All others; loaded only when a file is not the county's, since a user's modules are programs."""
        known = list_counties(self.folder, on_error=lambda _: None).values()
        return [other for other in known if other.fips != self.county.fips]

    def blame(self, error: UnreadableFileError, files: Iterable[Path]) -> UnreadableFileError:
        """Return an error about a file of another format; it names that format's county if it is recognized."""
        path = next((path for path in files if name_of(path) == error.file), None)
        owner = looks_like(path, self.counties) if path else ""
        return UnreadableFileError(error.file, f"{error.problem.removesuffix('.')}{owner}.") if owner else error

    def files_in(self, source: Path) -> Iterator[str]:
        """Yield a sentence for each file of a delivery's folder that is another county's index file."""
        for path in sorted(source.iterdir()) if source.is_dir() else ():
            if path.is_file() and not self.county.is_index(path.name):
                named = [other for other in self.counties if other.is_index(path.name)]
                owner = looks_like(path, named) if named else ""
                if owner:
                    yield f"{name_of(path)} was not read{owner}."


def parts_of(county: County, files: list[Path]) -> Generator[Part, None, None]:
    """Yield the parts of all files; a reader of several tables knows their order, and what is missing."""
    if isinstance(county.reader, Several):
        yield from county.reader.delivery(files)
    else:
        for path in files:
            yield from county.reader.parts(path)
