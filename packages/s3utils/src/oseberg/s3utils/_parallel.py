"""Runs many small jobs in threads, a few at a time, and stops cleanly."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from itertools import islice
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")
_AHEAD = 4  # jobs waiting for each worker: enough to keep it busy, few enough to stop soon
_PATIENCE = 10.0  # seconds that Ctrl-C waits for jobs that have begun: a network that stalls would keep it for minutes


class Outcome(Generic[_Result]):
    """The outcome of a job."""

    def __init__(self, result: _Result | None, error: BaseException | None) -> None:
        self._result = result
        self._error = error

    def result(self) -> _Result:
        """Return what the job returned, or raise what it raised."""
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value] # set whenever the error is not


def run(workers: int, do: Callable[[_Job], _Result], jobs: Iterable[_Job]) -> Iterator[tuple[_Job, Outcome[_Result]]]:
    """Yield each job with its outcome as soon as it is done, in no order.

    `jobs` is read as it is needed. When the caller stops or anything is raised (Ctrl-C included), jobs that haven't
    begun are dropped and those that have are waited for, so that they can clean up: after Ctrl-C not forever.

    The threads meet in two `SimpleQueue`s alone, which are written in C: an interrupt can't lock them. In an executor
    it sometimes arrives between the acquisition of a lock and the block that releases it, and everybody waits forever.
    """
    source = iter(jobs)
    todo: SimpleQueue[tuple[_Job] | None] = SimpleQueue()
    done: SimpleQueue[tuple[_Job, Outcome[_Result]]] = SimpleQueue()

    def work() -> None:
        while item := todo.get():
            done.put((item[0], _outcome(do, item[0])))

    threads = [Thread(target=work, name=f"s3utils-{number}", daemon=True) for number in range(workers)]
    running, patience = 0, None
    try:
        for thread in threads:
            thread.start()
        while True:
            for job in islice(source, workers * _AHEAD - running):
                todo.put((job,))
                running += 1
            if not running:
                return
            yield done.get()
            running -= 1
    except KeyboardInterrupt:
        patience = _PATIENCE
        raise
    finally:
        _stop(todo, threads, patience)


def ahead(do: Callable[[], _Result]) -> Callable[[], _Result]:
    """Begin a call in a thread of its own.

    Args:
        do: The call; it may be made twice, if this process forks before it has ended.

    Returns:
        A function that waits for it and returns what it returned, or raises what it raised.
    """
    done: SimpleQueue[Outcome[_Result]] = SimpleQueue()
    here = os.getpid()
    Thread(target=lambda: done.put(_outcome(lambda _: do(), None)), name="s3utils-ahead", daemon=True).start()

    def result() -> _Result:
        # A forked child doesn't have the thread: it would wait forever.
        return done.get().result() if os.getpid() == here else do()

    return result


def _outcome(do: Callable[[_Job], _Result], job: _Job) -> Outcome[_Result]:
    try:
        return Outcome(do(job), None)
    except BaseException as error:  # noqa: BLE001 - raised again where the result is asked for
        return Outcome(None, error)


def _stop(todo: SimpleQueue[tuple[_Job] | None], threads: list[Thread], patience: float | None) -> None:
    """Cancel jobs that haven't begun, and wait for the others, for a limited time."""
    with suppress(Empty):
        while True:
            todo.get_nowait()
    for _ in threads:
        todo.put(None)
    until = None if patience is None else time.monotonic() + patience
    for thread in threads:
        if thread.ident is not None:  # it was started
            thread.join(None if until is None else max(0.0, until - time.monotonic()))
