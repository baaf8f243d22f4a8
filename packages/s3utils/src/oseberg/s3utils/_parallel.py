"""Runs many small jobs in threads, a few at a time, and stops cleanly."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from queue import SimpleQueue
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
    running: dict[Future[_Result], _Job] = {}
    done: SimpleQueue[Future[_Result]] = SimpleQueue()  # `wait` would look at all that run each time one is done
    with ThreadPoolExecutor(workers, thread_name_prefix="s3utils") as pool:
        try:
            while True:
                for job in islice(source, workers * _AHEAD - len(running)):
                    future = pool.submit(do, job)
                    running[future] = job
                    future.add_done_callback(done.put)
                if not running:
                    return
                future = done.get()
                yield running.pop(future), future
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
