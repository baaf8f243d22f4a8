"""One cause is one finding: a mistyped digit, wherever it is, brings one sentence and no gap."""

from typing import Any

import pytest

from oseberg.maze_authority import Register, check
from tests.maze_authority.helpers import clean, records

pytestmark = pytest.mark.unmeasured

Rows = list[dict[str, Any]]
WORLD = clean(300)


def with_change(place: int, **values: Any) -> Rows:
    rows = [dict(row) for row in WORLD]
    rows[place].update(values)
    return rows


def said(result) -> list[tuple[str, str]]:
    return list(zip(result.findings["rule"], result.findings["message"], strict=True))


@pytest.mark.parametrize(
    ("place", "wrong"),
    [(57, "18-0000158"), (57, "18-0000059"), (57, "18-0000055"), (150, "18-0000251"), (150, "18-0000051")],
    ids=["of another day", "the next one", "of the same day", "a later one", "an earlier one"],
)
def test_a_number_that_is_another_documents(place: int, wrong: str) -> None:
    """Its day, or its page, shows which of the two is mistyped; there is neither a contradiction nor a gap."""
    right = WORLD[place]["instrument_number"]
    result = check(records(with_change(place, instrument_number=wrong)))
    assert [rule for rule, _ in said(result)] == ["MA202"]
    assert f"{wrong} is probably {right}: its neighbors" in said(result)[0][1]
    assert result.coverage["missing"].tolist() == [0]
    assert result.bad.nonzero()[0].tolist() == [place]


def test_a_number_of_two_documents_that_nothing_parts() -> None:
    """Of the same day and without pages: both are named, and the gap is one."""
    rows = with_change(57, instrument_number="18-0000059")
    for row in rows:
        row.update(volume=None, page=None)
    assert [rule for rule, _ in said(check(records(rows)))] == ["MA111", "MA111", "MA201"]


def test_a_document_that_was_delivered_twice_is_not_mistyped() -> None:
    """The same content twice, next to a real gap."""
    rows = [row for row in WORLD if row is not WORLD[57]]
    rows.append({**WORLD[58], "source": {"file": "ANDREWS.csv", "lines": [9000]}})
    found = [rule for rule, _ in said(check(records(rows)))]
    assert {"MA110", "MA201"} <= set(found)
    assert "MA202" not in found


@pytest.mark.parametrize(
    "values",
    [{"page": "600"}, {"page": "309"}, {"page": "3041"}, {"page": "299"}, {"volume": "1301"}, {"book_type": "OPP"}],
    ids=["another document's", "a few off", "a digit more", "before", "volume", "kind of book"],
)
def test_a_mistyped_place_in_the_books(values: dict[str, str]) -> None:
    """The document is named with the place that its neighbors leave for it."""
    row = WORLD[57]
    result = check(records(with_change(57, **values)))
    rule, verb = ("MA204", "begins") if values.get("page") in ("600", "309", "299") else ("MA205", "is")
    assert [found for found, _ in said(result)] == [rule]
    assert f"18-0000058 {verb} on page {'/'.join(({**row, **values})[name] for name in PLACE)}" in said(result)[0][1]
    assert (
        f"probably OPR/1000/{row['page']}: the documents before and after it leave room for pages" in said(result)[0][1]
    )
    assert result.exit_code == 3


PLACE = ("book_type", "volume", "page")


def test_a_place_is_only_guessed_where_it_fits_exactly() -> None:
    """One page more than its neighbors leave: then the pages are a gap as before."""
    rows = with_change(57, page="904")
    rows[57]["page_count"] += 1
    rows[57]["images"] = []
    assert "MA203" in [rule for rule, _ in said(check(records(rows)))]


@pytest.mark.parametrize("place", [0, 57, 299])
@pytest.mark.parametrize("wrong", ["2108-01-10", "2081-01-09", "2018-10-01", "2017-01-10", "1918-01-04", "1818-01-04"])
def test_a_mistyped_day(place: int, wrong: str) -> None:
    """No empty days up to it, no unusual day, no malformed number, and the certified day is as without it."""
    rows = with_change(place, recorded_on=wrong, instrument_date=None)
    result = check(records(rows))
    assert len(said(result)) == 1, said(result)
    assert said(result)[0][0] in ("MA301", "MA302", "MA307")
    assert result.certified_through["48003"].isoformat() == WORLD[-1]["recorded_on"]


@pytest.mark.parametrize(("skipped", "named"), [(0, True), (57, True), (58, False)])
def test_a_later_document_far_away_by_number_is_not_mistyped(skipped: int, named: bool) -> None:
    """A pause of 58 days with as many numbers left out: a document of its day that came early."""
    rows = clean(60, per_day=3)
    for row in rows:
        row["references"] = []
    number = int(rows[-1]["instrument_number"][3:]) + skipped
    rows[-1].update(instrument_number=f"18-{number:07d}", recorded_on="2018-03-30", instrument_date=None)
    result = check(records(rows), rules=["MA307"])
    assert bool(said(result)) == named


@pytest.mark.parametrize("first", [True, False], ids=["in order", "the other way round"])
def test_the_register_knows_what_was_meant(tmp_path, first: bool) -> None:
    """Neither the number nor the pages are a gap of the county, and the corrected delivery closes the finding."""
    wrong = with_change(57, instrument_number="18-0000158")
    wrong[150]["page"] = "899"
    parts = [("20180201", wrong[:200]), ("20180301", wrong[200:])]
    with Register(tmp_path / "register.sqlite") as register:
        for name, rows in parts if first else parts[::-1]:
            result = check(records(rows), register=register, delivery_name=name)
        still = register.findings("48003")
        assert sorted(still["rule"]) == ["MA202", "MA204"]
        assert result.certified_through["48003"].isoformat() == WORLD[-1]["recorded_on"]
        mended = check(records(WORLD[:200]), register=register, delivery_name="20180201")
        assert sorted(mended.closed["rule"]) == ["MA202", "MA204"]
        assert register.findings("48003").empty


def test_a_mistyped_number_whose_document_comes_alone(tmp_path) -> None:
    """Sent again under its right number, without the rest of its delivery: the finding closes."""
    with Register(tmp_path / "register.sqlite") as register:
        wrong = with_change(57, instrument_number="18-0000158")
        assert check(records(wrong), register=register, delivery_name="20180201").new["rule"].tolist() == ["MA202"]
        late = check(records([WORLD[57]]), register=register, delivery_name="20180301")
        assert late.closed["rule"].tolist() == ["MA202"]
        assert late.new.empty
        assert register.findings("48003").empty
