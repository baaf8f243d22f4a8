"""Conditions on an event's properties, so that one event of the tracking tool can be several of the model's."""

from __future__ import annotations

import math
import operator
import re
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator

if TYPE_CHECKING:
    from collections.abc import Callable

COMPARISON = re.compile(r"\s*(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)\s*")
OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
Scalar = bool | int | float | str
Condition = Scalar | tuple[Scalar, ...]


def is_sound(condition: Condition) -> Condition:
    """Refuse a condition that nothing could meet."""
    if isinstance(condition, tuple) and not condition:
        raise ValueError("an empty list matches nothing; name at least one value")
    compares = isinstance(condition, str) and condition.lstrip().startswith(("<", ">"))
    if compares and not COMPARISON.fullmatch(str(condition)):
        raise ValueError(f'{condition!r} must compare with a number; write ">= 100"')
    return condition


Where = dict[str, Annotated[Condition, AfterValidator(is_sound)]]
"""Property -> a value, a list of values, or a comparison such as ">= 100"; all properties must match."""


def meets(value: Any, condition: Condition) -> bool:  # noqa: ANN401 - a property
    """Whether a property's value meets a condition; values may be native or text, as databases return them.

    Args:
        value: The value; a missing one meets no condition.
        condition: The condition.

    Returns:
        Whether it does.
    """
    if isinstance(condition, tuple):
        return any(meets(value, one) for one in condition)
    comparison = COMPARISON.fullmatch(condition) if isinstance(condition, str) else None
    if comparison:
        number = as_number(value)
        return not math.isnan(number) and OPERATORS[comparison[1]](number, float(comparison[2]))
    if isinstance(condition, bool):
        return str(value).lower() == str(condition).lower()
    if isinstance(condition, int | float):
        return as_number(value) == condition
    return str(value) == condition


def as_number(value: Any) -> float:  # noqa: ANN401 - a property
    """Return a number, however it is written; NaN for what is not one."""
    if isinstance(value, bool):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan
