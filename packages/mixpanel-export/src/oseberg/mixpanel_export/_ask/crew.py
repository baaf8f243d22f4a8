"""Several requests at once: tasks in threads that never outlive the export."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


@dataclass
class Crew(Generic[Result]):
    """Runs tasks in the background, and returns each as it ends.

    Threads are daemons: Ctrl-C must not wait for an answer that Mixpanel may take minutes to begin.

    Attributes:
        size: How many tasks run at once at most; a crew of one runs its task in the caller's thread.
    """

    size: int
    running: int = 0
    ended: queue.SimpleQueue[tuple[Any, Result | None, BaseException | None]] = field(
        default_factory=queue.SimpleQueue, repr=False
    )

    @property
    def idle(self) -> bool:
        """Whether another task may start."""
        return self.running < self.size

    def start(self, key: object, task: Callable[[], Result]) -> None:
        """Start a task.

        Args:
            key: Returned with its result.
            task: What is done.
        """
        self.running += 1
        if self.size == 1:
            self._run(key, task)
        else:
            threading.Thread(target=self._run, args=(key, task), daemon=True, name="mixpanel-request").start()

    def next(self) -> tuple[Any, Result | None, Exception | None]:
        """Return the key of the task that ends next, with its result or its error."""
        key, result, error = self.ended.get()
        self.running -= 1
        if error is not None and not isinstance(error, Exception):
            raise error  # Ctrl-C or the end of the process
        return key, result, error

    def _run(self, key: object, task: Callable[[], Result]) -> None:
        try:
            self.ended.put((key, task(), None))
        except BaseException as error:  # noqa: BLE001 - raised again where the result is taken
            self.ended.put((key, None, error))
