# ruff: noqa: PLC0415 - a worker imports what its task needs
"""What workers do in the tests: apart from the tests, so that a new process needn't import what they need."""

import os
import signal
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any


def square(number: int) -> int:
    """Return a number times itself."""
    return number * number


def die_once(mark: Path, number: int) -> int:
    """Kill the process that does it for the first time, as the kernel does when memory runs out."""
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return square(number)
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def die_always() -> None:
    """Kill every process that does it."""
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    """Fail, as a task may."""
    raise ValueError("no such county")


def wait_for(seconds: float) -> int:
    """Take a while, and return the process that did."""
    time.sleep(seconds)
    return os.getpid()


def open_slowly(seconds: float, delivery: Any) -> AbstractContextManager[Path]:
    """Open a delivery that takes a while to arrive."""
    time.sleep(seconds)
    return nullcontext(Path(delivery.source))


def check_slowly(folder: Path) -> list[tuple[str, str]]:
    """Check the records of a folder; what was found travels back."""
    from oseberg.maze_authority import check

    time.sleep(0.3)
    found = check(folder / "records.jsonl").findings
    return sorted(zip(found["rule"], found["message"], strict=True))
