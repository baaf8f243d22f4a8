"""Read a model file; errors name file, line and key."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from oseberg.health_model._model.definition import Definition
from oseberg.health_model.errors import ModelError

SHIPPED = Path(__file__).parents[1] / "shipped" / "model.toml"
# Neither tomllib nor pydantic reports line numbers: these patterns find the line that states a key.
HEADER = re.compile(r"\s*\[([\w.\"' -]+)\]")
ENTRY = re.compile(r"\s*[\"']?([\w-]+)[\"']?\s*=")
PATH = re.compile(r"((?:events|metrics)\.\w+): (.*)", re.DOTALL)


def model_schema() -> dict[str, Any]:
    """Return the JSON Schema of model files, for editors that complete and check them as one types.

    The shipped model names its copy in the first line (`#:schema`), as Taplo and VS Code's Even Better TOML read it.

    Returns:
        The schema as plain data.
    """
    return Definition.model_json_schema()


def read_definition(path: Path) -> Definition:
    """Read a model file.

    Raises:
        ModelError: It is not TOML, a key is unknown, a value is wrong, or metrics and events do not fit together.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        return Definition.model_validate(tomllib.loads(text))
    except UnicodeDecodeError as error:
        raise ModelError(f"{path}: {error}. Save the file as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"{path}: {error}. Correct the file; https://toml.io shows the format.") from None
    except ValidationError as error:
        problems = [describe(problem["loc"], problem["msg"], text) for problem in error.errors()]
        raise ModelError("\n".join(f"{path}, {problem}" for problem in problems)) from None


def describe(place: tuple[Any, ...], message: str, text: str) -> str:
    """Describe one problem with its line and key."""
    message = message.removeprefix("Value error, ")
    keys = [str(part) for part in place if not isinstance(part, int)]
    found = PATH.fullmatch(message)
    if not keys and found:
        keys, message = found[1].split("."), found[2]
    reason = "unknown key" if message.startswith("Extra inputs") else message
    return f"line {line_of(text, keys)}: {'.'.join(keys) or 'the file'}: {reason}."


def line_of(text: str, keys: list[str]) -> int:
    """Find the line that states a key, or the nearest table or key above it."""
    table: list[str] = []
    best, line = 0, 1
    for number, content in enumerate(text.splitlines(), start=1):
        header, entry = HEADER.match(content), ENTRY.match(content)
        if header:
            table = [part.strip().strip("\"'") for part in header[1].split(".")]
            here = table
        elif entry:
            here = [*table, entry[1]]
        else:
            continue
        if len(here) > best and here == keys[: len(here)]:
            best, line = len(here), number
    return line
