"""Values and comments as Python source."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH = 110


def comment(begin: str, words: Sequence[str]) -> list[str]:
    """Return words as lines of a comment.

    Args:
        begin: What the first line begins with.
        words: The words.

    Returns:
        The lines; none without words.
    """
    lines, line = [], begin
    for word in words:
        if len(line) + len(word) > _WIDTH - len("        # , "):
            lines.append(f"        # {line.rstrip(', ')}")
            line = ""
        line += f"{word}, "
    return [*lines, f"        # {line.rstrip(', ')}"] if words else []


def short(line: str) -> str:
    """Return a line whose comment is cut where the line is too long."""
    if len(line) <= _WIDTH:
        return line
    return line[: _WIDTH - 1] + "…" if "#" in line[: _WIDTH - 1] else line


def py(value: object) -> str:
    """Return a value as Python source, texts in double quotes."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{py(key)}: {py(one)}' for key, one in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(py, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(py, value))}{',' if len(value) == 1 else ''})"
    return repr(value)
