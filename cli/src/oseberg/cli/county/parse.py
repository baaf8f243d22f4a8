"""The work of `oseberg county parse`: one delivery, or every one under a root, several at a time."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import click

from oseberg.cli.county.deliveries import deliveries, open_delivery
from oseberg.cli.county.own import own_counties
from oseberg.cli.exits import DONE, FAILED, NEEDS_ATTENTION, Failure, explains_itself, sentence, status, worst
from oseberg.cli.journal import add_counts
from oseberg.cli.output import count, say
from oseberg.cli.progress import ProgressDisplay
from oseberg.county_parsers import Delivery, Parsed, list_counties, load_county, parse_all, parse_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from concurrent.futures import Executor

NAME_AND_SOURCE = 2  # words of the command line


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
    own = own_counties()
    opened = partial(open_delivery, out=out, own=own, stable_minutes=stable_for, again=again)
    if every:
        if len(words) != 1 or not out:
            raise click.UsageError("--all needs a root and --out: oseberg county parse --all ROOT --out DIR")
        todo, broken = deliveries_under(words[0], out, own)
        for problem in broken:
            say(f"oseberg: {problem}")
        statuses = {FAILED} if broken else set()
        with open_workers(processes, dask) as executor, ProgressDisplay("Parsing", len(todo)) as display:
            display(0, len(todo), "deliveries")
            for parsed in parse_all(todo, executor=executor, folder=own, opened=opened, progress=display):
                statuses.add(report(parsed, own))
        return worst(statuses)
    if len(words) != NAME_AND_SOURCE:
        raise click.UsageError("Name the county and its delivery (`oseberg county list` shows the counties).")
    if processes > 1 or dask:
        raise click.UsageError("--workers and --dask distribute many deliveries: use them with --all.")
    name, source = words
    delivery = Delivery(name, source, out or Path())
    if out is None:
        with opened(delivery) as place:
            return print_records(name, place or Path(source), own)
    (parsed,) = parse_all([delivery], folder=own, opened=opened)
    if parsed.error is not None:
        raise parsed.error
    return report(parsed, own)


def print_records(county: str, place: Path, own: Path | None) -> int:
    """Parse one delivery to standard output, once all of it is read, and its summary to standard error.

    Args:
        county: The county's name.
        place: The delivery's folder or file.
        own: The folder of the user's own county modules.

    Returns:
        The status.
    """
    with tempfile.TemporaryDirectory() as folder:
        summary = parse_to(county, place, folder, folder=own)
        with (Path(folder) / "records.jsonl").open("rb") as records:
            shutil.copyfileobj(records, sys.stdout.buffer)
    say(json.dumps(summary, ensure_ascii=False, indent=2))
    return count_and_rate(summary)


def report(parsed: Parsed, own: Path | None) -> int:
    """Print what became of a delivery.

    Args:
        parsed: The result, or the error.
        own: The folder of the user's own county modules.

    Returns:
        The status.
    """
    delivery = parsed.delivery
    if parsed.error is not None:
        if isinstance(parsed.error, Failure):
            say(f"oseberg: {parsed.error.message}")
            return parsed.error.exit_code
        if not explains_itself(parsed.error):
            raise parsed.error  # a defect of ours: its traceback is what we need
        say(f"oseberg: {sentence(parsed.error)}")
        return status(parsed.error)
    summary: Mapping[str, Any] = parsed.summary or {}
    if parsed.unchanged:
        say(f"{delivery.source}: already parsed; use --again to parse it again.")
    records = f"{count(summary['records'], 'record')} ({summary['incomplete']:,} incomplete)"
    rows = f"{count(summary['rows'], 'row')}; {summary['rejected']:,} rejected"
    say(f"{load_county(delivery.county, own).name}, {delivery.source}: {records} of {rows} -> {delivery.out}")
    return count_and_rate(summary)


def count_and_rate(summary: Mapping[str, Any]) -> int:
    """Count what was read for the log; return 3 when rows were rejected or the delivery's own totals differ, else 0."""
    add_counts(deliveries=1, **{name: summary[name] for name in ("records", "rows", "rejected")})
    return NEEDS_ATTENTION if summary["rejected"] or summary["stated_differs"] else DONE


def deliveries_under(root: str, out: Path, own: Path | None) -> tuple[list[Delivery], list[str]]:
    """Find each delivery `ROOT/FIPS/YYYYMMDD` of every county; its results go to `OUT/FIPS/YYYYMMDD`.

    Args:
        root: A folder or an `s3://` prefix.
        out: The folder of all results.
        own: The folder of the user's own county modules.

    Returns:
        The deliveries, and a message for each county module that can't be used: it doesn't stop the other counties.

    Raises:
        Failure: The root has no delivery.
    """
    broken: list[str] = []
    counties = list_counties(own, on_error=lambda error: broken.append(str(error)))
    found: list[Delivery] = []
    owners: dict[str, str] = {}
    for name, county in counties.items():
        if (owner := owners.setdefault(county.fips, name)) != name:
            broken.append(f"{name}: fips {county.fips} also belongs to {owner}; both would write to the same folder.")
        else:
            results = out / county.fips
            found += [Delivery(name, each, results / PurePath(each).name) for each in deliveries(root, county)]
    if not found and not broken:
        raise Failure(f"{root}: it has no delivery of a known county. Deliveries are ROOT/FIPS/YYYYMMDD.")
    return found, broken


@contextmanager
def open_workers(processes: int, dask: str | None) -> Iterator[Executor | None]:
    """Open the executor of a Dask scheduler, or of this machine's processes.

    Args:
        processes: Number of processes.
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
    elif processes > 1:
        # spawn: a forked child would inherit threads and open connections in an unknown state
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as executor:
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
