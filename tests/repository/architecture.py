"""Write what docs/architecture.md shows of the code: `nox -s pages` does so, and a test compares.

The drawing is made from the import contracts in pyproject.toml and the imports that there are; the plan of each package
from its folders and the first line of each module's docstring.
"""

import ast
import re
import tomllib
from dataclasses import dataclass
from html import escape
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "architecture.md"
DRAWING = ROOT / "docs" / "images" / "packages.svg"
MEMBERS = [ROOT / "cli", *sorted((ROOT / "packages").iterdir())]
MARKS = "<!-- rooms: begin -->", "<!-- rooms: end -->"
LEAVES = {"_atomic.py", "_html.py", "_progress.py", "_zones.py"}
"""Modules that several packages share byte for byte; architecture.md names them once."""


def module_of(member: Path) -> str:
    """Return the import name of a package's folder."""
    return f"oseberg.{member.name.replace('-', '_')}"


def name_of(module: str) -> str:
    """Return a package's name as people write it."""
    name = module.removeprefix("oseberg.").replace("_", "-")
    return "oseberg command" if name == "cli" else name


def first_line(path: Path) -> str:
    """Return the first line of a module's docstring, without its period."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) if path.is_file() else None
    return (text or "").split("\n")[0].removesuffix(".")


def rows(folder: Path, depth: int = 0) -> list[tuple[str, str]]:
    """Return a row for each module and room below a folder: its name, indented, and what it is about."""
    found = []
    for path in sorted(folder.iterdir(), key=lambda path: (path.is_dir(), path.name)):
        indent = "  " * depth
        if path.is_dir() and path.name != "__pycache__":
            inner = [row for row in rows(path, depth + 1) if row[0].strip() != "__init__.py"]
            if any(path.rglob("*.py")):
                found.append((f"{indent}{path.name}/", first_line(path / "__init__.py")))
                found += inner
        elif path.suffix == ".py" and (depth == 0 or path.name != "__init__.py") and path.name not in LEAVES:
            found.append((indent + path.name, first_line(path)))
    return found


def plan(member: Path) -> str:
    """Return a package's plan as a section of the page."""
    found = rows(member / "src" / "oseberg" / module_of(member).split(".")[1])
    width = max(len(name) for name, _ in found) + 2
    lines = "\n".join(f"{name:{width}}{text}".rstrip() for name, text in found)
    return f"### {name_of(module_of(member))}\n\n```text\n{lines}\n```\n"


@dataclass(frozen=True)
class Contracts:
    """What pyproject.toml says about the packages: their layers from above, and who alone talks to which service."""

    layers: list[list[str]]
    services: dict[str, str]


def contracts() -> Contracts:
    """Read the import contracts: the one of layers, and those named `Only PACKAGE talks to SERVICE`."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(one["layers"] for one in settings["contracts"] if one["type"] == "layers")
    named = [re.fullmatch(r"Only (\S+) talks to (\S+)", one["name"]) for one in settings["contracts"]]
    services = {f"oseberg.{found[1].replace('-', '_')}": found[2] for found in named if found}
    return Contracts([layer.split(" | ") for layer in layers], services)


def arrows() -> set[tuple[str, str]]:
    """Return which package imports which."""
    names = [module_of(member) for member in MEMBERS]
    graph = grimp.build_graph(*names, exclude_type_checking_imports=False, cache_dir=None)
    chains = ((one, other) for one in names for other in names if one != other)
    return {
        (one, other)
        for one, other in chains
        if graph.direct_import_exists(importer=one, imported=other, as_packages=True)
    }


WIDTH, HEIGHT, GAP, TOP = 148, 44, 18, 16
STYLE = """.page{fill:#fff;stroke:none}
text{font:14px system-ui,sans-serif;fill:#1f2933}.note{font-size:12px;fill:#52606d}
rect{fill:#f5f7fa;stroke:#7b8794}.top{fill:#e3f0ff}.head{fill:#7b8794;stroke:none}
path{fill:none;stroke:#7b8794;stroke-width:1.5}
@media (prefers-color-scheme:dark){.page{fill:#1a222c}text{fill:#e4e7eb}.note{fill:#9aa5b1}
rect{fill:#26313d}.top{fill:#1d3a5c}}"""


def places(layers: list[list[str]]) -> dict[str, tuple[float, float]]:
    """Return where each package's box begins: a row for each layer, from above."""
    widest = max(len(layer) for layer in layers) * (WIDTH + GAP) - GAP
    found = {}
    for row, layer in enumerate(layers):
        left = GAP + (widest - len(layer) * (WIDTH + GAP) + GAP) / 2
        for column, module in enumerate(layer):
            found[module] = (left + column * (WIDTH + GAP), TOP + row * 120)
    return found


def drawing() -> str:
    """Return the packages, their imports and the services they talk to as SVG."""
    known = contracts()
    boxes = places([[*known.layers[0]], *known.layers[1:]])
    # The one library below the others stands under the library that uses it, so that the arrow is short.
    arrows_there = sorted(arrows())
    for below in known.layers[-1]:
        user = next(one for one, other in arrows_there if other == below and one not in known.layers[0])
        boxes[below] = (boxes[user][0], boxes[below][1])
    parts = []
    for one, other in arrows_there:
        (x1, y1), (x2, y2) = boxes[one], boxes[other]
        start, end = (x1 + WIDTH / 2, y1 + HEIGHT), (x2 + WIDTH / 2, y2)
        if y2 - y1 > 200:  # past the middle row: around its right end
            right = max(x for x, _ in boxes.values()) + WIDTH + GAP
            parts.append(f'<path d="M{x1 + WIDTH} {y1 + 22}H{right}V{y2 + 22}H{x2 + WIDTH + 8}"/>')
            parts.append(f'<path class="head" d="M{x2 + WIDTH} {y2 + 22}l9 -5v10z"/>')
        else:
            parts.append(f'<path d="M{start[0]:g} {start[1]}V{start[1] + 30}H{end[0]:g}V{end[1] - 8}"/>')
            parts.append(f'<path class="head" d="M{end[0]:g} {end[1]}l-5 -9h10z"/>')
    for module, (x, y) in boxes.items():
        mark = ' class="top"' if module in known.layers[0] else ""
        parts.append(f'<rect{mark} x="{x:g}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="6"/>')
        parts.append(f'<text x="{x + WIDTH / 2:g}" y="{y + 27}" text-anchor="middle">{escape(name_of(module))}</text>')
        if module in known.services:
            note = f"talks to {known.services[module]}"
            parts.append(f'<text class="note" x="{x + WIDTH / 2:g}" y="{y + 62}" text-anchor="middle">{note}</text>')
    width = max(x for x, _ in boxes.values()) + WIDTH + 2 * GAP
    height = max(y for _, y in boxes.values()) + HEIGHT + TOP
    body = "\n".join(['<rect class="page" width="100%" height="100%"/>', *parts])
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height}" role="img">'
    return f"{head}<title>Which package imports which</title><style>{STYLE}</style>\n{body}\n</svg>\n"


def page() -> str:
    """Return docs/architecture.md with the plans of today."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(MARKS[0])
    _, after = rest.split(MARKS[1])
    plans = "\n".join(plan(member) for member in MEMBERS)
    return f"{before}{MARKS[0]}\n\n{plans}\n{MARKS[1]}{after}"


def main() -> None:
    """Write the drawing and the plans."""
    DRAWING.parent.mkdir(exist_ok=True)
    DRAWING.write_text(drawing(), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
