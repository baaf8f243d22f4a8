"""What can be known without Windows and macOS: no module needs Unix to be imported, and texts name their encoding."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repository.helpers import MEMBERS, NAMES

UNIX = {"fcntl", "grp", "pty", "pwd", "resource", "termios", "tty"}
TEXT_CALLS = {"read_text", "write_text"}


def trees(member: Path) -> Iterator[tuple[str, ast.Module]]:
    """Yield each module of a package with its syntax tree."""
    for path in sorted((member / "src").rglob("*.py")):
        yield path.name, ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("member", MEMBERS, ids=NAMES)
def test_no_module_needs_unix_to_be_imported(member: Path) -> None:
    """Modules that only Unix has are imported inside the function that uses them, or below a check of the system."""
    found = [
        f"{name}: {alias.name}"
        for name, tree in trees(member)
        for node in tree.body
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name in UNIX
    ]
    found += [
        f"{name}: {node.module}"
        for name, tree in trees(member)
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module in UNIX
    ]
    assert found == []


@pytest.mark.parametrize("member", MEMBERS, ids=NAMES)
def test_texts_name_their_encoding(member: Path) -> None:
    """Windows would take its own code page where no encoding is named."""
    found = [
        f"{name}:{node.lineno}"
        for name, tree in trees(member)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in TEXT_CALLS
        and "encoding" not in {keyword.arg for keyword in node.keywords}
        and len(node.args) < (1 if node.func.attr == "read_text" else 2)
    ]
    assert found == []
