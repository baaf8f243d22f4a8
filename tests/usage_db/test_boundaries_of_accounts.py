"""Boundaries of users, companies and their ids, without a database."""

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest
from pydantic import ValidationError

from oseberg.usage_db import AccountFileError, AccountSettings
from oseberg.usage_db._accounts import files
from oseberg.usage_db._accounts.intervals import Interval, begin, change, disable, overlay, stated
from oseberg.usage_db._accounts.settings import column_name
from oseberg.usage_db._accounts.shape import _both_missing
from oseberg.usage_db._identity.erased import hashed
from oseberg.usage_db._identity.ids import same_uuid, uuid_text, whole
from oseberg.usage_db._identity.resolver import Resolution, Resolver

A, B, C = {"enabled": True, "group_id": 1}, {"enabled": True, "group_id": 2}, {"enabled": True, "group_id": 3}


def day(number: int) -> date:
    return date(2026, 11, number)


def spans(*parts: tuple) -> list[Interval]:
    return [Interval(day(start), day(end) if end else None, facts) for start, end, facts in parts]


@pytest.mark.parametrize(("number", "holds"), [(4, False), (5, True), (9, True), (10, False)])
def test_facts_hold_from_their_first_day_to_the_day_before_the_next(number: int, holds: bool) -> None:
    """Of two neighbors one holds, never both."""
    assert spans((5, 10, A))[0].covers(day(number)) is holds


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (5, spans((5, 10, A), (10, None, B))),
        (9, spans((9, 10, A), (10, None, B))),
        (10, spans((10, None, B))),
        (11, spans((10, None, B))),
        (None, spans((10, None, B))),
    ],
)
def test_events_from_before_the_first_list_keep_what_it_said(seen: int | None, expected: list[Interval]) -> None:
    """A second list of the first day replaces its facts; who was seen before it existed with the former ones."""
    assert change(spans((10, None, A)), day(10), B, seen=day(seen) if seen else None) == expected


def test_events_prove_nothing_of_a_later_list() -> None:
    """Only the first facts reach back to the first event."""
    known = spans((1, 10, A), (10, None, B))
    assert change(known, day(10), C, seen=day(5)) == spans((1, 10, A), (10, None, C))


@pytest.mark.parametrize(
    ("next_list", "expected"),
    [
        (7, spans((1, 5, A), (5, 7, C), (7, 10, A), (10, None, B))),
        (10, spans((1, 5, A), (5, 10, C), (10, None, B))),
        (12, spans((1, 5, A), (5, 10, C), (10, None, B))),
    ],
)
def test_an_old_list_ends_with_the_next_list_or_change(next_list: int, expected: list[Interval]) -> None:
    """Whichever comes first; on one day they are the same."""
    assert change(spans((1, 10, A), (10, None, B)), day(5), C, next_list=day(next_list)) == expected


@pytest.mark.parametrize(
    ("first", "expected"), [(9, spans((9, 10, A), (10, None, B))), (10, spans((10, None, B))), (1, None)]
)
def test_a_known_first_day_cuts_off_what_ends_with_it(first: int, expected: list[Interval] | None) -> None:
    """Facts that end on that day never held after it."""
    known = spans((1, 10, A), (10, None, B))
    assert begin(known, day(first)) == (expected or known)


@pytest.mark.parametrize(("number", "left"), [(10, [True, False]), (11, [True, True, False])])
def test_who_leaves_on_the_day_of_a_change_never_had_the_new_facts(number: int, left: list[bool]) -> None:
    """A day later it held for a day."""
    parts = disable(spans((1, 10, A), (10, None, B)), day(number))
    assert [part.facts["enabled"] for part in parts] == left
    assert parts[-1].start == day(number)


def test_a_cut_at_a_beginning_cuts_nothing() -> None:
    """Neither does one at an end."""
    known = spans((1, 5, A), (5, 10, B))
    assert [part.start.day for part in overlay(known, day(5), {"x": 1})] == [1, 5]
    assert [part.start.day for part in overlay(known, day(10), {"x": 1})] == [1, 5]


def test_an_empty_segment_is_no_segment() -> None:
    """Zero, an empty text and false are values; missing facts other than segments stay."""
    facts = {"segment.a": None, "segment.b": 0, "segment.c": "", "group_id": None}
    assert stated(facts) == {"segment.b": 0, "segment.c": "", "group_id": None}


@pytest.mark.parametrize(("count", "more"), [(20, ""), (21, "\n... and 1 more")])
def test_twenty_faults_are_shown(count: int, more: str) -> None:
    """All of twenty; of one more it is said that there is one."""
    with pytest.raises(AccountFileError) as error:
        files.fail(["x"] * count)
    assert str(error.value) == "\n".join(["x"] * 20) + more + "\nNothing was imported."


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (files.boolean, "YES", True),
        (files.boolean, "F", False),
        (files.products, "Sol;Atla", "Atla;Sol"),
        (files.products, "Sol; Sol", "Sol"),
        (files.group_type, "smb", "SMB"),
        (files.currency, "usd", "USD"),
        (files.size, "0", 0),
        (files.day, "2024-02-29", date(2024, 2, 29)),
    ],
)
def test_values_of_files(read, text: str, value: object) -> None:
    """Case and order make no difference."""
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text"),
    [(files.currency, "US"), (files.currency, "USDX"), (files.size, "-0.01"), (files.day, "2026-02-29")],
)
def test_values_that_no_file_may_hold(read, text: str) -> None:
    """Each just beyond the last that is allowed."""
    with pytest.raises(ValueError, match="is not"):
        read(text)


def test_a_frame_as_a_file_would_hold_it() -> None:
    """Rows count from 1; a date has no time, and only a whole number no point."""
    table = files.from_frame(
        pd.DataFrame({"a": [1.0, 1.5], "b": [pd.Timestamp("2026-11-02"), pd.Timestamp("2026-11-02 00:00:01")]}), "users"
    )
    assert table.rows == [(1, {"a": "1", "b": "2026-11-02"}), (2, {"a": "1.5", "b": "2026-11-02 00:00:01"})]


@pytest.mark.parametrize(("text", "column"), [(7, "id,name\n1,a\n\n2,b\n"), (0, "a;b\n")])
def test_blank_lines_and_semicolons(tmp_path, text: int, column: str) -> None:
    """A blank line is no row; a header of one column with a semicolon in it is a mistake."""
    path = tmp_path / "users.csv"
    path.write_text(column)
    if text:
        assert [line for line, _ in files.read_file(path).rows] == [2, 4]
    else:
        with pytest.raises(AccountFileError, match=r"separated by ';'"):
            files.read_file(path)


@pytest.mark.parametrize("text", [str(2**63 - 1), str(-(2**63 - 1)), "0"])
def test_whole_numbers_of_64_bits(text: str) -> None:
    """Both ends, the lowest of all aside, which has no opposite."""
    assert whole(text) == int(text)
    with pytest.raises(ValueError, match="is not a whole number"):
        whole(str(int(text) + (1 if int(text) >= 0 else -1)) if text != "0" else "0.0")


def test_a_uuid_means_the_same_in_either_case() -> None:
    """A text that only looks like one stays as it is."""
    text = "3F2504E0-4F89-41D3-9A0C-0305E82C3301"
    assert uuid_text(text) == same_uuid(text) == text.lower()
    assert same_uuid(text + "0") == text + "0"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [(" Ann@X.com", "ann@x.com", True), ("Ann", "ann", False), ("ann ", "ann", False), ("ann", "ann", True)],
)
def test_one_person_has_one_hash(one: str, other: str, same: bool) -> None:
    """An e-mail address in any case and with blanks around it; usernames of another case may be other people."""
    assert (hashed(b"salt", one) == hashed(b"salt", other)) is same


def test_a_device_is_known_by_its_profile() -> None:
    """As by an alias; a user called like a device is not meant."""
    resolver = Resolver([(1, "ann@x.com", "$device:1")], {}, {"$device:2": " Ann@X.com "})
    assert resolver.resolve("$device:2") == Resolution(1, "profile", 1)
    assert resolver.resolve("$device:1") == Resolution(None, "anonymous", 0)


def test_an_earlier_kind_wins_and_both_count() -> None:
    """A username of one that is the e-mail address of another, and two holders besides."""
    users = [(1, "ann@x.com", "a"), (2, None, "ann@x.com"), (3, None, "ann@x.com")]
    assert Resolver(users, {}).resolve("ann@x.com") == Resolution(1, "email", 3)


@pytest.mark.parametrize(
    ("users", "aliases", "profiles", "same"),
    [
        ([(1, "a@x.com", "ann")], {}, {}, True),
        ([(1, "b@x.com", "ann")], {}, {}, False),
        ([(1, "a@x.com", "bob")], {}, {}, False),
        ([(2, "a@x.com", "ann")], {}, {}, False),
        ([(1, "a@x.com", "ann")], {"x": 1}, {}, False),
        ([(1, "a@x.com", "ann")], {"x": 9}, {}, True),
        ([(1, "a@x.com", "ann")], {}, {"x": "a@x.com"}, False),
    ],
    ids=["same", "email", "username", "id", "alias", "alias of nobody", "profile"],
)
def test_whatever_ids_mean_is_in_the_fingerprint(users: list, aliases: dict, profiles: dict, same: bool) -> None:
    """Ids are resolved again when, and only when, it has changed."""
    before = Resolver([(1, "a@x.com", "ann")], {})
    assert (Resolver(users, aliases, profiles).fingerprint == before.fingerprint) is same


@pytest.mark.parametrize(("number", "listed"), [(5, "a, b, c, d, e. "), (6, "a, b, c, d, e, .... ")])
def test_five_tables_nearby_are_named(number: int, listed: str) -> None:
    """Of more it is only said that there are."""
    rows = [(name,) for name in "abcdef"[:number]]
    connection = SimpleNamespace(execute=lambda *_: SimpleNamespace(fetchall=lambda: rows))
    (said,) = _both_missing(connection, AccountSettings())
    assert f"the schema account holds {listed}Set" in said


@pytest.mark.parametrize(
    ("given", "kept"),
    [("0", 0), ("3", 3), ("9" * 18, 10**18 - 1), ("9" * 19, "9" * 19), ("03", "03"), ("x", "x"), (3, 3), (None, None)],
)
def test_our_own_company_is_the_number_that_the_database_knows(given: object, kept: object) -> None:
    """Unless it is written as no number would be."""
    assert AccountSettings(own_group_id=given).own_group_id == kept


def test_smb_may_begin_at_nothing() -> None:
    """Then no company is small; below it no limit makes sense."""
    assert AccountSettings().smb_below == 50_000
    assert AccountSettings(smb_below=0).smb_below == 0
    with pytest.raises(ValidationError):
        AccountSettings(smb_below=-1)


@pytest.mark.parametrize(("setting", "column"), [('"Full name"', "Full name"), ("name", "name"), ('"a""b"', 'a"b')])
def test_a_name_in_quotes_is_without_them(setting: str, column: str) -> None:
    """As SQL has it."""
    assert column_name(setting) == column
