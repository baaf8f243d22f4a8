"""What several packages need is one text: the leaf modules are the same to the byte wherever they are."""

import pytest

from tests.repository.figures import MEMBERS

LEAVES = ["_atomic.py", "_html.py", "_progress.py", "_zones.py", "house.css"]


@pytest.mark.parametrize("name", LEAVES)
def test_a_leaf_module_is_the_same_in_every_package(name: str) -> None:
    """A fault that is fixed in one copy is fixed in all of them."""
    copies = {path: path.read_bytes() for member in MEMBERS for path in (member / "src").rglob(name)}
    assert len(copies) > 1
    assert len(set(copies.values())) == 1, f"these differ: {', '.join(map(str, copies))}"
