"""Names of columns."""

import re
from hashlib import blake2s

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oseberg.mixpanel_export import written_names


def suffix(name: str) -> str:
    return blake2s(name.encode()).hexdigest()[:4]


@pytest.mark.parametrize(
    ("raw", "written"),
    [
        ("$os", "mp_os"),
        ("Screen deep-linked", "screen_deep_linked_822a"),
        ("Größe (m²)", "gr__e__m___db3a"),
        ("already_snake", "already_snake"),
        ("a$b", "a_b_3cb0"),
        ("x" * 80, "x" * 58 + "_0309"),
        ("", "__6921"),
        ("2fa", "_2fa_" + suffix("2fa")),
        ("$2fa", "mp_2fa"),
        ("$Foo", "mp_foo_" + suffix("$Foo")),
        ("user_id", "prop_user_id"),
        ("prop_user_id", "prop_user_id_" + suffix("prop_user_id")),
        ("$country_code", "mp_country_code_" + suffix("$country_code")),
        ("mp_country_code", "mp_country_code"),
        ("User ID", "user_id_fd13"),
    ],
)
def test_snake_case_for_sql(raw: str, written: str) -> None:
    """Own names stay, `$x` is `mp_x`, others are converted and get a suffix; at most 63 bytes, no leading digit."""
    assert written_names([raw], "snake") == {raw: written}


def test_raw_names_stay() -> None:
    """Mixpanel's names are kept unless they are a leading column's."""
    assert written_names(["$os", "A b", "lib"]) == {"$os": "$os", "A b": "A b", "lib": "prop_lib"}


def test_a_name_depends_on_the_raw_name_alone() -> None:
    """The columns of one day are those of every day, whatever other properties occur."""
    raw = ["County", "county", "COUNTY", "$county", "mp_os", "$os", "lib", "prop_lib"]
    names = written_names(raw, "snake")
    assert names == {
        "$county": "mp_county",
        "$os": f"mp_os_{suffix('$os')}",  # the one exception: mp_os occurs too
        "COUNTY": f"county_{suffix('COUNTY')}",
        "County": f"county_{suffix('County')}",
        "county": "county",
        "lib": "prop_lib",
        "mp_os": "mp_os",
        "prop_lib": f"prop_lib_{suffix('prop_lib')}",
    }
    for name in set(raw) - {"$os"}:
        assert written_names([name], "snake") == {name: names[name]}


def test_a_name_that_looks_like_a_suffixed_one_keeps_its_own() -> None:
    """The suffixed name gets more digits instead."""
    taken = f"county_{suffix('County')}"
    names = written_names([taken, "County"], "snake")
    assert names == {taken: taken, "County": f"county_{blake2s(b'County').hexdigest()[:8]}"}


@given(st.lists(st.text(), unique=True), st.sampled_from(["raw", "snake"]), st.randoms(use_true_random=False))
def test_names_are_unique_fit_and_do_not_depend_on_order(raw: list[str], style: str, chance: object) -> None:
    """Whatever the properties are called, each gets one column of its own."""
    names = written_names(raw, style)
    chance.shuffle(raw)
    assert written_names(raw, style) == names
    assert len(set(names.values())) == len(raw)
    assert style == "raw" or all(re.fullmatch("[a-z_][a-z0-9_]{0,62}", name) for name in names.values())
