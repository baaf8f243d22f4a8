"""Two ready-made progress callbacks: one line on standard error, and one line below a notebook's cell."""

from __future__ import annotations

import shutil
import sys
from functools import lru_cache
from typing import Any


def to_stderr(done: int, total: int | None, label: str, /) -> None:
    """Show progress as one line on standard error that is rewritten; it ends when everything is done.

    For terminals: pass it as `progress=to_stderr`. In notebooks `to_notebook` looks better.

    Args:
        done: Days that are complete.
        total: Days in all, or None while that is unknown.
        label: The figures, as one line.
    """
    # A line that wraps can't be renewed: the cursor returns to the start of its last row only.
    room = shutil.get_terminal_size().columns - 1
    text = line(done, total, label)[:room].ljust(min(room, 72))
    sys.stderr.write(f"\r{text}" + ("\n" if done == total else ""))
    sys.stderr.flush()


def to_notebook(done: int, total: int | None, label: str, /) -> None:
    """Show progress as one line below the cell that is rewritten; a saved notebook keeps its last state.

    For Jupyter and other frontends of an IPython kernel: pass it as `progress=to_notebook`. Elsewhere it behaves as
    `to_stderr`.

    Args:
        done: Days that are complete.
        total: Days in all, or None while that is unknown.
        label: The figures, as one line.
    """
    ipython: Any = sys.modules.get("IPython")  # a notebook has imported it
    shell = ipython and ipython.get_ipython()
    if hasattr(shell, "kernel"):  # IPython in a terminal can't renew a line
        text = line(done, total, label)
        line_below(ipython, shell.execution_count).update({"text/plain": text}, raw=True)
    else:
        to_stderr(done, total, label)


def line(done: int, total: int | None, label: str) -> str:
    """Return the progress as text, such as `2/7 days, 48,211 events, 3.4 MB`."""
    return f"{done}/{total} {label}" if total is not None else f"{done} {label}"


@lru_cache(maxsize=1)
def line_below(ipython: Any, cell: int) -> Any:  # noqa: ANN401, ARG001 - a module; the cell only tells calls apart
    """Show a line below the running cell, and return the handle that renews it: one handle per cell."""
    return ipython.display.display({"text/plain": ""}, raw=True, display_id=True)
