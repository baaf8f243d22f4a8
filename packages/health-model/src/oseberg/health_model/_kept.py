"""Tables that several measures build on are measured once."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from oseberg.health_model._activity import Activity

Table = TypeVar("Table")


def once(measure: Callable[[Activity], Table]) -> Callable[[Activity], Table]:
    """Keep a measure's table while its activity lives: several measures build on the counts and days."""

    @wraps(measure)
    def kept(activity: Activity) -> Table:
        if measure not in activity.kept:
            activity.kept[measure] = measure(activity)
        result: Table = activity.kept[measure]
        return result

    return kept
