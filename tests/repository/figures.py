"""Measure how the code is laid out: `python -m tests.repository.figures` prints a row for each package.

Counted are source files below `packages/` and `cli/`. A function's length is its body without the docstring. A public
function returns something when its annotation says so; it has `Returns:` or `Yields:` when its docstring does.
"""

import ast
import io
import statistics
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[2]
MEMBERS = [*sorted((ROOT / "packages").iterdir()), ROOT / "cli"]
Function = ast.FunctionDef | ast.AsyncFunctionDef
SILENT = {"None", "NoReturn", "Never"}


@dataclass
class Figures:
    """What is counted of one package."""

    files: list[int] = field(default_factory=list)
    folders: set[Path] = field(default_factory=set)
    functions: list[int] = field(default_factory=list)
    comments: int = 0
    returning: int = 0
    described: int = 0
    circles: int = 0

    @property
    def comment_density(self) -> float:
        """Comment lines per 100 lines."""
        return 100 * self.comments / max(1, sum(self.files))


def sources(member: Path) -> list[Path]:
    return sorted(path for path in (member / "src").rglob("*.py"))


def functions(tree: ast.AST) -> Iterator[tuple[Function, bool]]:
    """Yield each function of a module, and whether it is public: neither private itself nor inside a private class."""

    def visit(node: ast.AST, *, public: bool) -> Iterator[tuple[Function, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Function):
                yield child, public and not child.name.startswith("_")
                yield from visit(child, public=False)
            elif isinstance(child, ast.ClassDef):
                yield from visit(child, public=public and not child.name.startswith("_"))
            else:
                yield from visit(child, public=public)

    return visit(tree, public=True)


def body_length(function: Function) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def is_overload(function: Function) -> bool:
    return any("overload" in ast.unparse(mark) for mark in function.decorator_list)


def is_property(function: Function) -> bool:
    """Whether a function reads as an attribute, whose first line says what it is."""
    return any(ast.unparse(mark).endswith(("property", "setter")) for mark in function.decorator_list)


def returns_something(function: Function) -> bool:
    return function.returns is not None and ast.unparse(function.returns).strip("'\"") not in SILENT


def comment_lines(text: str) -> int:
    """Count comments that speak to a reader, not to a tool."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    marks = ("# type:", "# noqa", "# pragma", "# fmt")
    count = 0
    for token in tokens:
        if token.type == tokenize.COMMENT:
            spoken = not token.string.startswith(marks) or " - " in token.string
            count += spoken
    return count


def circles(package: str) -> int:
    """Count the imports that would have to go so that no two siblings import each other, types included."""
    graph = grimp.build_graph(package, exclude_type_checking_imports=False, cache_dir=None)
    parents = {package, *(module for module in graph.modules if graph.find_children(module))}
    return sum(len(graph.nominate_cycle_breakers(parent)) for parent in parents)


def measure(member: Path) -> Figures:
    figures = Figures(circles=circles(f"oseberg.{member.name.replace('-', '_')}"))
    for path in sources(member):
        code = path.read_text(encoding="utf-8")
        figures.files.append(code.count("\n"))
        figures.folders.add(path.parent)
        figures.comments += comment_lines(code)
        for function, public in functions(ast.parse(code)):
            figures.functions.append(body_length(function))
            if public and returns_something(function) and not is_overload(function) and not is_property(function):
                figures.returning += 1
                figures.described += any(
                    word in (ast.get_docstring(function) or "") for word in ("Returns:", "Yields:")
                )
    return figures


def main() -> None:
    head = (
        "package",
        "files",
        "folders",
        "lines",
        "file med",
        "max",
        "func med",
        "p90",
        "max",
        "why/100",
        "Returns",
        "circles",
    )
    print("{:17}{:>6}{:>8}{:>7}{:>9}{:>5}{:>9}{:>5}{:>5}{:>8}{:>9}{:>8}".format(*head))
    for member in MEMBERS:
        found = measure(member)
        lengths = sorted(found.functions)
        print(
            f"{member.name:17}{len(found.files):6}{len(found.folders):8}{sum(found.files):7}"
            f"{statistics.median(found.files):9.0f}{max(found.files):5}{statistics.median(lengths):9.0f}"
            f"{lengths[int(len(lengths) * 0.9)]:5}{lengths[-1]:5}{found.comment_density:8.1f}"
            f"{found.described / max(1, found.returning):9.0%}{found.circles:8}"
        )


if __name__ == "__main__":
    main()
