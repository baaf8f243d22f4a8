"""Parse many deliveries, in the workers of any executor: one failed delivery does not stop the others."""

from __future__ import annotations

import json
import pickle
from concurrent.futures import BrokenExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from oseberg.county_parsers._parsing.one import parse_to
from oseberg.county_parsers._results.stores import SUMMARY
from oseberg.county_parsers.errors import CountyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor
    from contextlib import AbstractContextManager

    from oseberg.county_parsers._progress import Progress
    from oseberg.county_parsers._run import Summary

    Opened = Callable[["Delivery"], AbstractContextManager[Path | None]]


@dataclass(frozen=True)
class Delivery:
    """A delivery to parse into a folder: names and paths alone, so that any process or machine can do it.

    Args:
        county: The name of a county's module.
        source: A folder or a file; with `opened` of `parse_all`, any address.
        out: The folder of the results.
    """

    county: str
    source: str
    out: Path


@dataclass(frozen=True)
class Parsed:
    """The outcome of a delivery.

    Args:
        delivery: The delivery.
        summary: What became of its rows; None when it failed.
        error: Why it failed; None when it did not.
        unchanged: It was parsed before and has not changed since: the summary is the earlier one.
    """

    delivery: Delivery
    summary: Summary | None = None
    error: Exception | None = None
    unchanged: bool = False


def parse_all(
    deliveries: Iterable[Delivery],
    *,
    executor: Executor | None = None,
    folder: str | Path | None = None,
    opened: Opened | None = None,
    surveys: str | Path | None = None,
    progress: Progress | None = None,
) -> Iterator[Parsed]:
    """Parse many deliveries into their folders; one failed delivery does not stop the others.

    Args:
        deliveries: What to parse, and where the results go.
        executor: Does the work: a process pool, or `client.get_executor(pure=False)` of a Dask client. None: this
            process, one delivery after the other.
        folder: A folder with county modules of your own.
        opened: Returns a context manager with the local path of a delivery, for example one that fetches it; None
            instead of a path means that it has not changed since it was parsed. With an executor of processes or
            machines it must be picklable: a function of a module, or a `partial` of one.
        surveys: The file of a list of surveys and townships that checks and completes the land; see `load_surveys`.
        progress: Called after each delivery.

    Yields:
        What became of each delivery, in the order in which they were given.

    Raises:
        CountyError: A worker ended in the middle of its work.

    Example:
        >>> list(parse_all([Delivery("lea", "nowhere", Path("parsed/lea"))]))[0].error
        NoIndexFileError('nowhere does not exist. Check the path.')
    """
    # The progress needs their number, and an executor takes all of them at once anyway.
    todo = list(deliveries)
    work = partial(_attempt, folder=folder, opened=opened, surveys=surveys)
    try:
        for done, parsed in enumerate(executor.map(work, todo) if executor else map(work, todo), start=1):
            if progress:
                progress(done, len(todo), "deliveries")
            yield parsed
    except BrokenExecutor as error:
        raise CountyError(f"A worker process ended before its work was done ({error}). Run it again.") from error


def _attempt(
    delivery: Delivery, folder: str | Path | None, opened: Opened | None, surveys: str | Path | None
) -> Parsed:
    try:
        with opened(delivery) if opened else nullcontext(Path(delivery.source)) as place:
            if place is None:
                summary: Summary = json.loads((delivery.out / SUMMARY).read_text(encoding="utf-8"))
                return Parsed(delivery, summary, unchanged=True)
            return Parsed(delivery, parse_to(delivery.county, place, delivery.out, folder=folder, surveys=surveys))
    except Exception as error:  # noqa: BLE001 - whatever a delivery does, the others go on; the caller sees it
        return Parsed(delivery, error=_portable(error))


def _portable(error: Exception) -> Exception:
    """Return an error that can be pickled: the error itself, or one with its text."""
    if isinstance(error, CountyError):
        error.__cause__ = error.__context__ = error.__traceback__ = None  # says all by itself; these may not travel
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    except Exception:  # noqa: BLE001 - anything may be wrong with a stranger's error
        return CountyError(str(error))
    return error
