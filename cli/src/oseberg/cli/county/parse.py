"""Parses deliveries for `oseberg county parse`: one of them, or every one under a root, several at a time."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from oseberg.cli.county.deliveries import deliveries, fetched
from oseberg.cli.exits import DONE, FAILED, NEEDS_A_PERSON, Failure, is_ours, sentence, status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from concurrent.futures import Executor

LEDGER = ".processed.jsonl"
"""In the output folder: which files in S3 were parsed into it."""


class Done(NamedTuple):
    """What became of a job: the command's exit status, and what a person should read."""

    status: int
    message: str


@dataclass(frozen=True)
class Rules:
    """How deliveries are parsed.

    Attributes:
        ledger: Which files in S3 were parsed before.
        own: The folder of the user's own county modules.
        stable_minutes: How old files in S3 must be.
        again: Whether to parse what the ledger knows.
    """

    ledger: Path
    own: Path | None = None
    stable_minutes: int = 0
    again: bool = False


@dataclass(frozen=True)
class Job:
    """A delivery to parse into a folder: a name, paths and settings, so that any process or machine can do it.

    Attributes:
        county: The county's name.
        source: A folder, a file or an `s3://` prefix.
        out: The folder of the results.
        rules: How.
    """

    county: str
    source: str
    out: Path
    rules: Rules

    def run(self) -> Done:
        """Parse the delivery; the results are written whole or not at all.

        Raises:
            Failure: There is nothing to parse, or it is too young.
            oseberg.county_parsers.CountyError: It can't be read.
        """
        from oseberg.county_parsers import load_county, parse_to

        rules = self.rules
        county = load_county(self.county, rules.own)
        summary: Mapping[str, Any]
        before = ""
        again = rules.again or not (self.out / "summary.json").is_file()
        with fetched(self.source, county, rules.ledger, stable_minutes=rules.stable_minutes, again=again) as place:
            if place is None:
                before = f"{self.source}: parsed before; --again parses it once more.\n"
                summary = json.loads((self.out / "summary.json").read_text(encoding="utf-8"))
            else:
                summary = parse_to(self.county, place, self.out, folder=rules.own)
        records = f"{summary['records']:,} records ({summary['incomplete']:,} incomplete)"
        rows = f"{summary['rows']:,} rows; {summary['rejected']:,} rejected"
        message = f"{before}{county.name}, {self.source}: {records} of {rows} -> {self.out}"
        return Done(NEEDS_A_PERSON if needs_a_person(summary) else DONE, message)


def print_one(county: str, source: str, own: Path | None) -> Done:
    """Parse one delivery to standard output, once all of it is read; the summary is what a person should read."""
    from oseberg.county_parsers import load_county, parse_to

    with fetched(source, load_county(county, own)) as place, tempfile.TemporaryDirectory() as out:
        summary = parse_to(county, place or source, out, folder=own)
        with (Path(out) / "records.jsonl").open("rb") as records:
            shutil.copyfileobj(records, sys.stdout.buffer)
    return Done(NEEDS_A_PERSON if needs_a_person(summary) else DONE, json.dumps(summary, ensure_ascii=False, indent=2))


def needs_a_person(summary: Mapping[str, Any]) -> bool:
    """Tell whether rows were rejected, or the delivery's own totals differ from what was read."""
    return bool(summary["rejected"] or summary["stated_differs"])


def jobs_under(root: str, out: Path, rules: Rules) -> tuple[list[Job], list[Done]]:
    """Give a job for each delivery `ROOT/FIPS/YYYYMMDD` of every county, its results in `OUT/FIPS/YYYYMMDD`.

    What became of county modules that can't be used comes second: they keep no other county from being parsed.

    Raises:
        Failure: There is no delivery.
    """
    from oseberg.county_parsers import list_counties

    broken: list[str] = []
    counties = list_counties(rules.own, on_error=lambda error: broken.append(str(error)))
    jobs: list[Job] = []
    owners: dict[str, str] = {}
    for name, county in counties.items():
        if (owner := owners.setdefault(county.fips, name)) != name:
            broken.append(f"{name}: its fips {county.fips} is that of {owner}, in whose folder its results would go.")
        else:
            results = out / county.fips
            jobs += [Job(name, source, results / PurePath(source).name, rules) for source in deliveries(root, county)]
    if not jobs and not broken:
        raise Failure(f"{root}: no delivery of a known county lies here. Deliveries are ROOT/FIPS/YYYYMMDD.")
    return jobs, [Done(FAILED, f"oseberg: {problem}") for problem in broken]


def run_all(jobs: Iterable[Job], executor: Executor | None = None) -> Iterator[Done]:
    """Do the jobs, in the workers of any executor; one that can't be read keeps no other from it.

    Raises:
        Failure: A worker died.
    """
    try:
        yield from executor.map(attempt, jobs) if executor else map(attempt, jobs)
    except BrokenExecutor as error:
        raise Failure(f"A worker ended in the middle of its work ({error}). Run the command again.") from error


def attempt(job: Job) -> Done:
    """Do a job; an error that is meant for people becomes its sentence and status."""
    try:
        return job.run()
    except Failure as error:
        return Done(error.exit_code, f"oseberg: {error.message}")
    except Exception as error:
        if not is_ours(error):
            raise
        return Done(status(error), f"oseberg: {sentence(error)}")


def worst(statuses: set[int]) -> int:
    """Give the status of many jobs: failed before needs a person before try again later."""
    return next((one for one in (FAILED, NEEDS_A_PERSON) if one in statuses), max(statuses))


@contextmanager
def workers(count: int, dask: str | None) -> Iterator[Executor | None]:
    """Give the executor of a Dask scheduler, or of this machine's processes; None for a single one.

    Raises:
        Failure: Dask is not installed, or its scheduler can't be reached.
    """
    if dask:
        with (
            dask_client(dask) as client,
            client.get_executor(pure=False) as executor,
        ):  # pure would run equal calls once
            yield executor
    elif count > 1:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as executor:
            yield executor
    else:
        yield None


def dask_client(address: str) -> Any:  # noqa: ANN401 - distributed is optional
    """Reach a Dask scheduler."""
    try:
        from distributed import Client
    except ImportError:
        raise Failure("--dask needs Dask: pip install 'oseberg[dask]'") from None
    try:
        return Client(address, timeout=10)  # type: ignore[no-untyped-call] # distributed is typed in part
    except (OSError, ValueError) as error:
        raise Failure(f"The Dask scheduler {address} can't be reached: {error}") from None
