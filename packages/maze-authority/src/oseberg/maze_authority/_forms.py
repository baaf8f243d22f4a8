"""The registry of report formats: each format registers itself by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# Filled when `_reports` is imported, so that a result need not know its reports.
forms: dict[str, Callable[[Any], str]] = {}


def form(name: str) -> Callable[[Callable[[Any], str]], Callable[[Any], str]]:
    """Register a function that turns a `Result` into a text.

    Args:
        name: How users ask for the form, such as `junit`.

    Returns:
        A decorator that leaves the function as it is.
    """

    def register(function: Callable[[Any], str]) -> Callable[[Any], str]:
        forms[name] = function
        return function

    return register
