"""Runs many tasks in any executor, a few at a time, and returns their results in order."""

from __future__ import annotations

from collections import deque
from concurrent.futures import BrokenExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from oseberg.health_model.errors import HealthModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor, Future

Result = TypeVar("Result")

AHEAD = 2  # tasks for each worker: the next one waits for it, and no more results than that wait for us
UNKNOWN_WORKERS = 16  # an executor of machines doesn't say how many it has


def in_order(
    executor: Executor | None, work: Callable[..., Result], tasks: Iterable[tuple[Any, ...]]
) -> Iterator[Result]:
    """Yield the results of tasks in order; at most a few tasks for each worker are under way.

    Args:
        executor: Does the work; None does it here.
        work: A function of a module, so that it can travel.
        tasks: Its arguments.

    Yields:
        Each result.

    Raises:
        HealthModelError: A worker ended in the middle of its work, and the executor doesn't replace it.
    """
    if executor is None:
        yield from (work(*task) for task in tasks)
        return
    most = AHEAD * (getattr(executor, "_max_workers", None) or UNKNOWN_WORKERS)
    under_way: deque[Future[Result]] = deque()
    try:
        for task in tasks:
            if len(under_way) >= most:
                yield under_way.popleft().result()
            under_way.append(executor.submit(work, *task))
        while under_way:
            yield under_way.popleft().result()
    except BrokenExecutor as error:
        raise HealthModelError(f"A worker process ended before its work was done ({error}). Run it again.") from error
    finally:
        for future in under_way:
            future.cancel()
