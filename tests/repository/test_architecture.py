"""docs/architecture.md shows the packages as they are."""

import pytest

from tests.repository import architecture

STALE = "is out of date; write it anew with `nox -s pages`"


def test_the_plan_of_rooms_is_current() -> None:
    """Every folder and module stands on the page with the first line of its docstring."""
    assert architecture.PAGE.read_text(encoding="utf-8") == architecture.page(), f"docs/architecture.md {STALE}"


def test_the_drawing_follows_the_contracts() -> None:
    """The drawn arrows are the imports that there are, in the layers that pyproject.toml allows."""
    assert architecture.DRAWING.read_text(encoding="utf-8") == architecture.drawing(), f"packages.svg {STALE}"


@pytest.mark.parametrize("member", architecture.MEMBERS, ids=lambda member: member.name)
def test_every_module_says_what_it_is_about(member: architecture.Path) -> None:
    """A line in the plan without words helps nobody."""
    source = member / "src" / "oseberg" / architecture.module_of(member).split(".")[1]
    silent = {name.strip() for name, text in architecture.rows(source) if not text}
    assert silent - {"migrations/", "versions/"} == set()  # folders of scripts, which are not packages
