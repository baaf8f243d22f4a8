"""How the libraries report progress: one callback with the same three arguments everywhere.

This module is the same text in every package that reports progress; a test of the repository compares the copies.
"""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """A callback that is called now and then while a long operation runs.

    Any callable with three positional parameters will do, for example one that moves a tqdm bar:

    Example:
        >>> def show(done, total, label):
        ...     print(f"{done}/{total} {label}")
        >>> show(2, 7, "days, 48,211 events")
        2/7 days, 48,211 events

        With tqdm: `lambda done, total, label: bar.update(done - bar.n)`.
    """

    def __call__(self, done: int, total: int | None, label: str, /) -> object:
        """Show how far the operation is.

        Args:
            done: Units finished so far; never decreases within one operation.
            total: Units in all, or None while that is unknown.
            label: What the units are, and what else is worth showing, as one short line of text.
        """
