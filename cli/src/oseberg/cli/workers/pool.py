"""Processes of this machine as an executor that survives the death of one of them."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import get_context
from threading import Condition
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ATTEMPTS = 4
"""How often a task is tried whose worker dies: a task that kills every worker, for want of memory, must end."""


@dataclass(eq=False)
class Task:
    """A task, and the future that its caller waits for.

    Attributes:
        call: A function with its arguments.
        future: Gets the result.
        attempts: How often it was tried.
    """

    call: tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
    future: Future[Any] = field(default_factory=Future)
    attempts: int = 0


class LastingPool(Executor):
    """A pool of processes that does a task again when the process that did it was killed.

    The tasks must be repeatable: they return something, or write whole files.

    Args:
        workers: Number of processes.
    """

    def __init__(self, workers: int) -> None:
        self._max_workers = workers
        self._waiting: deque[Task] = deque()
        self._under_way = 0
        self._closed = False
        self._changed = Condition()
        self._pool = self._start()

    def _start(self) -> ProcessPoolExecutor:
        # spawn: a forked child would inherit threads and open connections in an unknown state
        return ProcessPoolExecutor(self._max_workers, mp_context=get_context("spawn"))

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - as in Executor
        """Start a task; its future fails only when the task does, or has killed its worker again and again."""
        task = Task((fn, args, kwargs))
        with self._changed:
            if self._closed:
                raise RuntimeError("The pool was shut down.")
            self._waiting.append(task)
            self._hand_out()
        return task.future

    def _hand_out(self) -> None:
        """Start waiting tasks, one per process: a waiting task can't be lost with a process."""
        while self._waiting and self._under_way < self._max_workers:
            task = self._waiting.popleft()
            if task.attempts == 0 and not task.future.set_running_or_notify_cancel():
                continue
            function, args, kwargs = task.call
            try:
                inner = self._pool.submit(function, *args, **kwargs)
            except BrokenProcessPool:
                self._pool = self._start()
                inner = self._pool.submit(function, *args, **kwargs)
            task.attempts += 1
            self._under_way += 1
            pool = self._pool
            # bound now: the loop goes on before the task is done
            inner.add_done_callback(lambda done, task=task, pool=pool: self._finish(task, done, pool))  # type: ignore[misc]

    def _finish(self, task: Task, done: Future[Any], pool: ProcessPoolExecutor) -> None:
        """Pass a result on, or try once more if the process died; runs on a thread of the pool."""
        error = done.exception()
        with self._changed:
            self._under_way -= 1
            if again := isinstance(error, BrokenProcessPool) and task.attempts < ATTEMPTS:
                if self._pool is pool:
                    self._pool = self._start()
                    pool.shutdown(wait=False)  # this is its own thread, which can't wait for itself
                self._waiting.appendleft(task)
        if not again:
            if error is None:
                task.future.set_result(done.result())
            else:
                task.future.set_exception(error)
        with self._changed:
            self._hand_out()
            self._changed.notify_all()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - as in Executor
        """End the processes when the work is done.

        Args:
            wait: Whether to return only then.
            cancel_futures: Whether to drop the tasks that have not begun.
        """
        with self._changed:
            self._closed = True
            if cancel_futures:
                while self._waiting:
                    self._waiting.pop().future.cancel()
            if wait:
                self._changed.wait_for(lambda: not self._waiting and not self._under_way)
            pool = self._pool
        pool.shutdown(wait=wait, cancel_futures=cancel_futures)
