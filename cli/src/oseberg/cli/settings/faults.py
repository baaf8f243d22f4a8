"""Messages for an invalid value or an unknown key in `oseberg.toml`."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args, get_origin

from pydantic import BaseModel

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

TEXT, WHOLE, NUMBER = 'write a text in quotes, such as "x"', "write a whole number, such as 5", "write a number"
TABLE, LIST = "write a table, such as {{ key = 1 }}", 'write a list, such as ["a", "b"]'
PHRASES = {
    "string_type": TEXT,
    "path_type": TEXT,
    "int_type": WHOLE,
    "int_parsing": WHOLE,
    "int_from_float": WHOLE,
    "float_type": NUMBER,
    "float_parsing": NUMBER,
    "finite_number": NUMBER,
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "list_type": LIST,
    "tuple_type": LIST,
    "set_type": LIST,
    "dict_type": TABLE,
    "model_type": TABLE,
    "model_attributes_type": TABLE,
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "literal_error": "choose {expected}",
    "enum": "choose {expected}",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "does not have the form {pattern}",
}
"""What to do, by the type of pydantic's error: its own messages are for programmers."""


def describe_fault(section: str, model: type[BaseModel], problem: ErrorDetails) -> str:
    """Return where an invalid value is, and why it is invalid; never the value, which may be a secret.

    Args:
        section: The section, with dots before tables in it.
        model: The type of the section.
        problem: What pydantic found.
    """
    place = problem["loc"]
    fault = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        fault = f"unknown key{suggest(place, model)}"
    elif phrase := PHRASES.get(problem["type"]):
        fault = phrase.format_map(problem.get("ctx", {}))
    return f"[{section}] {'.'.join(map(str, place))}".rstrip() + f": {fault}"


def suggest(place: tuple[int | str, ...], model: type[BaseModel]) -> str:
    """Return what to add to the message about an unknown key: the key that was probably meant, and all keys.

    Args:
        place: The keys of the tables that lead to it, and the unknown key.
        model: The type of the section.
    """
    table: Any = model
    for name in place[:-1]:
        table = inside(table, name)
    if not is_model(table):
        return ""
    names = [one.alias or name for name, one in table.model_fields.items()]
    unknown = str(place[-1])
    meant = [name for name in names if name.startswith(unknown)] or get_close_matches(unknown, names, n=1)
    listed = f"he keys are {', '.join(names)}"
    return f"; did you mean {meant[0]}? T{listed}" if meant else f"; t{listed}"


def inside(table: Any, name: int | str) -> Any:  # noqa: ANN401 - a type, or none
    """Return the type of what is under a key of a table, which may have any keys; None if it isn't known."""
    if is_model(table):
        return next((one.annotation for key, one in table.model_fields.items() if name in {key, one.alias}), None)
    return get_args(table)[-1] if get_origin(table) is dict else None


def is_model(kind: Any) -> bool:  # noqa: ANN401 - a type, or none
    """Whether a type is that of a table with known keys."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)
