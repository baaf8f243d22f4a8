"""Names of columns."""

from hashlib import blake2s

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oseberg.mixpanel_export import written_names


@pytest.mark.parametrize(
    ("raw", "written"),
    [
        ("$os", "mp_os"),
        ("Screen deep-linked", "screen_deep_linked"),
        ("Größe (m²)", "gr__e__m__"),
        ("already_snake", "already_snake"),
        ("a$b", "a_b"),
        ("x" * 80, "x" * 63),
        ("", "_"),
        ("User ID", "prop_user_id"),
    ],
)
def test_snake_case_for_sql(raw: str, written: str) -> None:
    """Lower case, `_` for every other character, `mp_` for a leading `$`, at most 63 bytes."""
    assert written_names([raw], "snake") == {raw: written}


def test_raw_names_stay() -> None:
    """Mixpanel's names are kept unless they are a leading column's."""
    assert written_names(["$os", "A b", "lib"]) == {"$os": "$os", "A b": "A b", "lib": "prop_lib"}


def test_colliding_names_all_get_a_suffix_of_their_own() -> None:
    """The suffix comes from the raw name, so that no order of arrival decides."""
    names = written_names(["User Type", "user type", "other"], "snake")
    assert names == {
        "User Type": f"user_type_{blake2s(b'User Type').hexdigest()[:4]}",
        "user type": f"user_type_{blake2s(b'user type').hexdigest()[:4]}",
        "other": "other",
    }
    assert written_names(["lib", "prop_lib"])["lib"].startswith("prop_lib_")


@given(st.lists(st.text(), unique=True), st.sampled_from(["raw", "snake"]), st.randoms(use_true_random=False))
def test_names_are_unique_fit_and_do_not_depend_on_order(raw: list[str], style: str, chance: object) -> None:
    """Whatever the properties are called, each gets one column of its own."""
    names = written_names(raw, style)
    chance.shuffle(raw)
    assert written_names(raw, style) == names
    assert len(set(names.values())) == len(raw)
    assert style == "raw" or all(len(name.encode()) <= 63 for name in names.values())
