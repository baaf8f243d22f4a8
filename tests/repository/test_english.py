"""How the project speaks: docstrings of one form, the usual words, American spelling, comments that say why."""

import ast
import importlib
import inspect
import re
import typing
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.repository.figures import MEMBERS, ROOT, comment_lines, sources
from tests.repository.helpers import all_modules, tracked

OPENERS = re.compile(r"(Give|Tell|Say|Take|Hold)s?\b")
BRITISH = re.compile(
    r"\b(licen[c]es?|behaviour\w*|normalis\w*|recognis\w*|summaris\w*|organis(?:e|ed|es|ing|ation)|colour\w*|"
    r"cancell(?:ed|ing)|labell(?:ed|ing)\b|analys(?:ed|ing)|judgement|neighbour\w*|centre\w*|favour\w*|catalogu\w*)\b",
    re.IGNORECASE,
)
CONTRACTS = {"licence", "cancelled", "cancelled_on", "catalogue"}
"""Words that file formats or modules of the design spell so."""
NO = re.compile(r"\b(?:is|are) no (?!longer\b)[a-zA-Z]", re.IGNORECASE)
DELIBERATE = 0
"""How often `is no` or `are no` may stand in texts: each of them where `is not a` would be wrong."""


def public() -> Iterator[tuple[str, Callable[..., object]]]:
    """Yield the functions and methods that a user reaches through the names that modules export."""
    seen: set[object] = set()
    for name in all_modules():
        if any(part.startswith("_") for part in name.split(".")) or name.startswith("oseberg.cli"):
            continue  # the command's functions are described by their help
        module = importlib.import_module(name)
        for export in getattr(module, "__all__", ()):
            thing = getattr(module, export)
            members = [thing] if inspect.isfunction(thing) else []
            if inspect.isclass(thing) and thing.__module__.startswith("oseberg."):
                names = [one for one in vars(thing) if not one.startswith("_")]
                members = [getattr(thing, one) for one in names]
            for member in members:
                function = inspect.unwrap(getattr(member, "__func__", member)) if callable(member) else None
                if inspect.isfunction(function) and function not in seen:
                    seen.add(function)
                    yield f"{name}.{function.__qualname__}", function


PUBLIC = dict(public())


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_public_function_says_what_it_takes_and_returns(name: str) -> None:
    """`Args:` from two parameters on, and `Returns:` (or `Yields:`) where something comes back."""
    function = PUBLIC[name]
    text = inspect.getdoc(function) or ""
    taken = [one for one in inspect.signature(function).parameters if one not in {"self", "cls"}]
    back = function.__annotations__.get("return")
    assert text, "has no docstring"
    assert len(taken) < 2 or "Args:" in text, "lacks Args:"
    assert back in {None, "None", "NoReturn", typing.NoReturn} or re.search("Returns:|Yields:", text), "lacks Returns:"


def documented(path: Path) -> Iterator[tuple[str, str]]:
    """Yield each docstring of a module with the name of what it describes."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield getattr(node, "name", path.name), ast.get_docstring(node) or ""


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_docstrings_open_with_what_happens(member: Path) -> None:
    """Return, Write, Parse, Whether …, and none of the five openers of the former idiom."""
    openers = [
        f"{path.name}: {name}: {text.splitlines()[0]}"
        for path in sources(member)
        for name, text in documented(path)
        if OPENERS.match(text)
    ]
    assert openers == []


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_comments_say_why(member: Path) -> None:
    """At least two comment lines in a hundred: a reader should not have to guess a reason."""
    texts = [path.read_text(encoding="utf-8") for path in sources(member)]
    comments, lines = sum(map(comment_lines, texts)), sum(text.count("\n") for text in texts)
    assert 100 * comments / lines >= 2, f"{comments} in {lines} lines"


def prose() -> Iterator[tuple[str, str]]:
    """Yield what people read: pages, help, messages and docstrings, each with its file."""
    for name in tracked():
        path = ROOT / name
        if name.startswith(("packages", "cli", "docs", ".github")) or name == "README.md":
            if name.endswith((".md", ".html")):
                yield name, path.read_text(encoding="utf-8")
            elif name.endswith(".py"):
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                    if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
                        yield name, node.value


def test_x_is_not_a_y() -> None:
    """`is no` and `are no` are nearly always `is not a`, `is not valid` or `are missing`."""
    found = [
        f"{name}: {text[max(0, at.start() - 30) : at.end() + 30]!r}"
        for name, text in prose()
        for at in NO.finditer(text)
    ]
    assert len(found) <= DELIBERATE, "\n".join(found)


def test_spelling_is_american() -> None:
    """License, recognized, canceled: names of columns and files stay as the contracts write them."""
    found = [
        f"{name}: {word.group()}"
        for name, text in prose()
        for word in BRITISH.finditer(re.sub(r"`[^`]*`", "", text))
        if word.group().lower() not in CONTRACTS
    ]
    assert found == []
