"""The shape of the repository: names, namespace, and what must not stand in it."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.repository.helpers import MEMBERS, NAMES, ROOT, tracked


@pytest.mark.parametrize("member", MEMBERS, ids=NAMES)
def test_namespace_folder_has_no_init(member: Path) -> None:
    """`oseberg` stays a namespace that many distributions share."""
    assert not (member / "src" / "oseberg" / "__init__.py").exists()


@pytest.mark.parametrize("member", MEMBERS, ids=NAMES)
def test_package_has_the_common_skeleton(member: Path) -> None:
    """Every package has the files that a newcomer looks for, and the names of the design."""
    project = tomllib.loads((member / "pyproject.toml").read_text())["project"]
    assert project["name"] == ("oseberg" if member.name == "cli" else f"oseberg-{member.name}")
    assert all((member / name).is_file() for name in ("README.md", "CHANGELOG.md", "LICENSE"))
    assert (member / "src" / "oseberg" / member.name.replace("-", "_") / "py.typed").is_file()
    assert (ROOT / "tests" / member.name.replace("-", "_")).is_dir()


@pytest.mark.parametrize("member", MEMBERS, ids=NAMES)
def test_sibling_requirements_are_ranges(member: Path) -> None:
    """Siblings are asked for as ranges, so that versions can move on their own."""
    project = tomllib.loads((member / "pyproject.toml").read_text())["project"]
    siblings = [text for text in project["dependencies"] if text.startswith("oseberg")]
    assert all(">=0.1,<0.2" in text for text in siblings)


def test_top_level_holds_only_what_the_design_names() -> None:
    """A newcomer sees the whole house from the front door."""
    allowed = {"packages", "cli", "tests", "docs", "noxfile.py", "pyproject.toml", "README.md", "LICENSE"}
    top = {path.split("/")[0] for path in tracked()}
    assert {name for name in top if not name.startswith(".")} <= allowed | {"constraints.txt"}


def test_no_lock_file_is_tracked() -> None:
    """Lock files name package indexes, which differ from machine to machine."""
    assert not [path for path in tracked() if path.endswith(("uv.lock", "poetry.lock", "package-lock.json"))]


@pytest.mark.parametrize("page", [path for path in tracked() if path.endswith(".md")])
def test_links_of_a_page_lead_somewhere(page: str) -> None:
    """A relative link names a file of the repository; a package's page, read elsewhere, has none."""
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", (ROOT / page).read_text(encoding="utf-8"))
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).is_file()] == []
    assert links == [] or not page.startswith(("cli/", "packages/"))


@pytest.mark.parametrize("page", [path for path in tracked() if path.startswith("tests/") and path.endswith(".py")])
def test_no_module_imports_a_test_module(page: str) -> None:
    """What several tests need is in a helper, so that a test file can be moved or removed by itself."""
    assert [name for name in imported(page) if name.rpartition(".")[2].startswith("test_")] == []


def imported(path: str) -> list[str]:
    """Return the names of the modules that a file imports anywhere."""
    nodes = list(ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))))
    named = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return named + [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]


@pytest.mark.parametrize("member", MEMBERS, ids=NAMES)
def test_tests_of_a_package_need_that_package_alone(member: Path) -> None:
    """What joins packages is tested in end_to_end/, since each package's tests run beside its wheel alone."""
    project = tomllib.loads((member / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[\[<>= ]", text)[0] for text in project["dependencies"]} | {project["name"]}
    known = {f"oseberg.{name.removeprefix('oseberg-').replace('-', '_')}" for name in needed}
    known |= {"oseberg.cli"} if member.name == "cli" else set()
    folder = f"tests/{member.name.replace('-', '_')}/"
    foreign = [
        f"{path}: {name}"
        for path in tracked()
        if path.startswith(folder) and path.endswith(".py")
        for name in imported(path)
        if name.startswith("oseberg.") and ".".join(name.split(".")[:2]) not in known
    ]
    assert foreign == []
