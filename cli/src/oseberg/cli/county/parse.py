"""The work of `oseberg county parse`: one delivery, or every one under a root, several at a time."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from oseberg.cli.county.deliveries import deliveries, fetched
from oseberg.cli.county.own import own_counties
from oseberg.cli.exits import DONE, FAILED, NEEDS_ATTENTION, Failure, explains_itself, sentence, status, worst
from oseberg.cli.output import say
from oseberg.county_parsers import list_counties, load_county, parse_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from concurrent.futures import Executor

LEDGER = ".processed.jsonl"
"""The file of the output folder that records which files in S3 were parsed into it."""
NAME_AND_SOURCE = 2  # words of the command line


class Done(NamedTuple):
    """The result of a job: the command's exit status, and a message for people."""

    status: int
    message: str


@dataclass(frozen=True)
class Rules:
    """How deliveries are parsed.

    Attributes:
        ledger: The file that records which files in S3 were parsed.
        own: The folder of the user's own county modules.
        stable_minutes: How old files in S3 must be.
        again: Whether to parse files that the ledger knows.
    """

    ledger: Path
    own: Path | None = None
    stable_minutes: int = 0
    again: bool = False


@dataclass(frozen=True)
class Job:
    """A delivery to parse into a folder: a name, paths and settings only, so that any process or machine can do it.

    Attributes:
        county: The county's name.
        source: A folder, a file or an `s3://` prefix.
        out: The folder of the results.
        rules: How to parse it.
    """

    county: str
    source: str
    out: Path
    rules: Rules

    def run(self) -> Done:
        """Parse the delivery; the results are written whole or not at all.

        Returns:
            The status and the message.

        Raises:
            Failure: There is nothing to parse, or it is too young.
            oseberg.county_parsers.CountyError: The delivery can't be read.
        """
        rules = self.rules
        county = load_county(self.county, rules.own)
        summary: Mapping[str, Any]
        before = ""
        again = rules.again or not (self.out / "summary.json").is_file()
        with fetched(self.source, county, rules.ledger, stable_minutes=rules.stable_minutes, again=again) as place:
            if place is None:
                before = f"{self.source}: already parsed; use --again to parse it again.\n"
                summary = json.loads((self.out / "summary.json").read_text(encoding="utf-8"))
            else:
                summary = parse_to(self.county, place, self.out, folder=rules.own)
        records = f"{summary['records']:,} records ({summary['incomplete']:,} incomplete)"
        rows = f"{summary['rows']:,} rows; {summary['rejected']:,} rejected"
        message = f"{before}{county.name}, {self.source}: {records} of {rows} -> {self.out}"
        return Done(status_of(summary), message)


def run(
    *,
    words: tuple[str, ...],
    every: bool,
    out: Path | None,
    stable_for: int,
    again: bool,
    processes: int,
    dask: str | None,
) -> int:
    """Parse one delivery, or with `--all` every one under a root."""
    rules = Rules((out or Path()) / LEDGER, own_counties(), stable_for, again)
    if every:
        if len(words) != 1 or not out:
            raise click.UsageError("--all needs a root and --out: oseberg county parse --all ROOT --out DIR")
        return parse_every(words[0], out, rules, processes, dask)
    if len(words) != NAME_AND_SOURCE:
        raise click.UsageError("Name the county and its delivery (`oseberg county list` shows the counties).")
    if processes > 1 or dask:
        raise click.UsageError("--workers and --dask distribute many deliveries: use them with --all.")
    name, source = words
    done = Job(name, source, out, rules).run() if out else print_one(name, source, rules.own)
    say(done.message)
    return done.status


def parse_every(root: str, out: Path, rules: Rules, processes: int, dask: str | None) -> int:
    """Parse every delivery under a root.

    Args:
        root: A folder or an `s3://` prefix.
        out: The folder of all results.
        rules: How to parse.
        processes: Number of processes.
        dask: The address of a Dask scheduler, or None.

    Returns:
        The worst status.
    """
    jobs, broken = jobs_under(root, out, rules)
    found = set()
    with workers(processes, dask) as executor:
        for done in chain(broken, run_all(jobs, executor)):
            say(done.message)
            found.add(done.status)
    return worst(found)


def print_one(county: str, source: str, own: Path | None) -> Done:
    """Parse one delivery to standard output, once all of it is read; the message is the summary."""
    with fetched(source, load_county(county, own)) as place, tempfile.TemporaryDirectory() as out:
        summary = parse_to(county, place or source, out, folder=own)
        with (Path(out) / "records.jsonl").open("rb") as records:
            shutil.copyfileobj(records, sys.stdout.buffer)
    return Done(status_of(summary), json.dumps(summary, ensure_ascii=False, indent=2))


def status_of(summary: Mapping[str, Any]) -> int:
    """Return 3 when rows were rejected, or the delivery's own totals differ from what was read; else 0."""
    return NEEDS_ATTENTION if summary["rejected"] or summary["stated_differs"] else DONE


def jobs_under(root: str, out: Path, rules: Rules) -> tuple[list[Job], list[Done]]:
    """Make a job for each delivery `ROOT/FIPS/YYYYMMDD` of every county, its results in `OUT/FIPS/YYYYMMDD`.

    Args:
        root: A folder or an `s3://` prefix.
        out: The folder of all results.
        rules: How to parse.

    Returns:
        The jobs, and a result for each county module that can't be used: it doesn't stop the other counties.

    Raises:
        Failure: There is no delivery.
    """
    broken: list[str] = []
    counties = list_counties(rules.own, on_error=lambda error: broken.append(str(error)))
    jobs: list[Job] = []
    owners: dict[str, str] = {}
    for name, county in counties.items():
        if (owner := owners.setdefault(county.fips, name)) != name:
            broken.append(f"{name}: fips {county.fips} also belongs to {owner}; both would write to the same folder.")
        else:
            results = out / county.fips
            jobs += [Job(name, source, results / PurePath(source).name, rules) for source in deliveries(root, county)]
    if not jobs and not broken:
        raise Failure(f"{root}: there is no delivery of a known county. Deliveries are ROOT/FIPS/YYYYMMDD.")
    return jobs, [Done(FAILED, f"oseberg: {problem}") for problem in broken]


def run_all(jobs: Iterable[Job], executor: Executor | None = None) -> Iterator[Done]:
    """Do the jobs, in the workers of any executor; a failed delivery does not stop the others.

    Args:
        jobs: The jobs.
        executor: Any executor; None to work in this process.

    Yields:
        The result of each job.

    Raises:
        Failure: A worker died.
    """
    try:
        yield from executor.map(attempt, jobs) if executor else map(attempt, jobs)
    except BrokenExecutor as error:
        raise Failure(f"A worker process died ({error}). Run the command again.") from error


def attempt(job: Job) -> Done:
    """Do a job; an error with a message for people becomes a result."""
    try:
        return job.run()
    except Failure as error:
        return Done(error.exit_code, f"oseberg: {error.message}")
    except Exception as error:
        if not explains_itself(error):
            raise
        return Done(status(error), f"oseberg: {sentence(error)}")


@contextmanager
def workers(count: int, dask: str | None) -> Iterator[Executor | None]:
    """Open the executor of a Dask scheduler, or of this machine's processes.

    Args:
        count: Number of processes.
        dask: The address of a Dask scheduler, or None.

    Yields:
        The executor; None for a single process.

    Raises:
        Failure: Dask is not installed, or its scheduler can't be reached.
    """
    if dask:
        # pure=True would run equal calls only once
        with dask_client(dask) as client, client.get_executor(pure=False) as executor:
            yield executor
    elif count > 1:
        with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as executor:
            yield executor
    else:
        yield None


def dask_client(address: str) -> Any:  # noqa: ANN401 - distributed is optional
    """Connect to a Dask scheduler."""
    try:
        from distributed import Client
    except ImportError:
        raise Failure("--dask needs Dask: pip install 'oseberg[dask]'") from None
    try:
        return Client(address, timeout=10)  # type: ignore[no-untyped-call] # distributed is typed in part
    except (OSError, ValueError) as error:
        raise Failure(f"The Dask scheduler {address} can't be reached: {error}") from None
