"""Runs many small jobs in threads, a few at a time, and stops cleanly."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")
_AHEAD = 4  # jobs waiting for each worker: enough to keep it busy, few enough to stop soon


def run(workers: int, do: Callable[[_Job], _Result], jobs: Iterable[_Job]) -> Iterator[tuple[_Job, Future[_Result]]]:
    """Yield each job with its future as soon as it is done, in no order.

    `jobs` is read as it is needed. When the caller stops or anything is raised (Ctrl-C included), jobs that haven't
    begun are dropped and those that have are waited for, so that they can clean up.
    """
    source = iter(jobs)
    with ThreadPoolExecutor(workers, thread_name_prefix="s3utils") as pool:
        running: dict[Future[_Result], _Job] = {}
        try:
            while True:
                for job in islice(source, workers * _AHEAD - len(running)):
                    running[pool.submit(do, job)] = job
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running.pop(future), future
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
