"""What is known from earlier deliveries: gaps stay open, late documents close them, and one cause is one finding."""

from typing import Any

import pytest

from oseberg.maze_authority import IndexRecord, check
from tests.maze_authority.helpers import clean, records

Rows = list[dict[str, Any]]


def months(count: int = 400) -> tuple[Rows, Rows]:
    """Two deliveries that follow each other, of one clean world."""
    rows = clean(2 * count, per_day=20)
    return rows[:count], rows[count:]


def found(result, *rule_ids: str) -> list[tuple[str, str]]:
    rows = result.findings.loc[result.findings["rule"].isin(rule_ids)] if rule_ids else result.findings
    return list(zip(rows["rule"], rows["key"], strict=True))


def test_an_open_gap_stays_open() -> None:
    """A whole second month does not certify what the first one lacks."""
    first, second = months()
    gone = first.pop(150)["instrument_number"]
    alone = check(records(first))
    result = check(records(second), history=records(first))
    assert found(result, "MA201") == [("MA201", gone)]
    assert result.exit_code == 3
    assert result.certified_through == alone.certified_through
    assert result.coverage["missing"].tolist() == [1]


@pytest.mark.parametrize("with_next", [False, True], ids=["alone", "with the next month"])
def test_a_late_document_closes_its_gap(with_next: bool) -> None:
    """It repeats no day: nothing is withdrawn, nothing is missing, and the county is whole."""
    first, second = months()
    late = first.pop(150)
    now = [late, *second] if with_next else [late]
    result = check(records(now), history=records(first))
    assert found(result, "MA201", "MA203", "MA204", "MA304", "MA701", "MA702", "MA703", "MA306") == []
    assert result.certified_through["48003"].isoformat() == (second if with_next else first)[-1]["recorded_on"]


@pytest.mark.parametrize("start", [0, 200, 380], ids=["whole", "half", "a few days"])
def test_a_repeated_delivery_gives_no_alarm(start: int) -> None:
    """Whole or overlapping: the same records again are not news."""
    first, second = months()
    result = check(records([*first[start:], *second]), history=records(first))
    assert found(result) == []


def test_a_withdrawn_document_gives_one_alarm() -> None:
    """It is named as withdrawn and not also as a gap, and holds the certified date back."""
    first, second = months()
    again = [row for row in first if row is not first[150]]
    result = check(records([*again, *second]), history=records(first))
    assert found(result, "MA201", "MA701", "MA702") == [("MA701", first[150]["instrument_number"])]
    assert result.exit_code == 3
    assert result.certified_through["48003"].isoformat() < first[150]["recorded_on"]


def test_a_corrected_document_changes_nothing_else() -> None:
    """A few records sent again are changes; the rest of their day is not withdrawn."""
    first, _ = months()
    corrected = {**first[150], "page_count": first[150]["page_count"], "grantors": [{"name": "WALKER ANN"}]}
    result = check(records([corrected]), history=records(first))
    assert found(result, "MA201", "MA701", "MA702") == [("MA702", corrected["instrument_number"])]


@pytest.mark.parametrize(
    ("wrong", "place"),
    [("18-0090351", 350), ("18-0000851", 350), ("81-0000351", 350), ("19-0000351", 350), ("18-O000351", 350)],
    ids=["a digit far away", "a digit beyond the end", "swapped digits of the year", "another year", "a letter"],
)
def test_one_mistyped_number_is_one_finding(wrong: str, place: int) -> None:
    """It is named with what it probably is, and there is neither a gap nor an order inversion."""
    rows = clean(400)
    right = rows[place]["instrument_number"]
    rows[place]["instrument_number"] = wrong
    result = check(records(rows))
    assert found(result, "MA201", "MA202", "MA302", "MA306") == [("MA202", wrong)]
    message = result.findings.loc[result.findings["rule"] == "MA202", "message"].item()
    assert f"{wrong} is probably {right}: its neighbors" in message
    assert "18-0000350 and 18-0000352" in message


@pytest.mark.parametrize("pages", [True, False], ids=["by its page", "by its day"])
def test_a_number_with_two_slips_is_known_by_its_place(pages: bool) -> None:
    """The only hole that the document's page, or its day, leaves for it."""
    rows = clean(400)
    rows[150]["instrument_number"] = "18-0977151"
    for row in rows if not pages else ():
        row.update(volume=None, page=None)
    result = check(records(rows), rules=["MA201", "MA202", "MA302"])
    assert found(result) == [("MA202", "18-0977151")]
    assert "18-0977151 is probably 18-0000151: its neighbors" in result.findings["message"].item()


def test_a_number_out_of_place_without_a_place_is_named_alone() -> None:
    """Next to a document that is missing: the hole is a gap of two numbers, not of a hundred thousand."""
    rows = clean(400)
    rows[150]["instrument_number"] = "18-0977151"
    del rows[151]
    for row in rows:
        row.update(volume=None, page=None)
    result = check(records(rows), rules=["MA201", "MA202", "MA302"])
    assert found(result) == [("MA201", "18-0000151..18-0000152"), ("MA202", "18-0977151")]


def counted(start: int, rows: Rows) -> list[IndexRecord]:
    """Number rows with a count that starts over each year."""
    return records([{**row, "instrument_number": f"{start + place:07d}"} for place, row in enumerate(rows)])


@pytest.mark.parametrize("separate", [False, True], ids=["one delivery", "after the year before"])
def test_three_documents_into_a_new_year_are_a_restart(separate: bool) -> None:
    """The count that starts over is recognized before the year is old."""
    rows = clean(300)
    new_year = [{**row, "recorded_on": "2019-01-02", "references": []} for row in rows[:3]]
    for row in rows:
        row["references"] = []
    old, new = counted(70_001, rows), counted(1, new_year)
    result = check(new, history=old) if separate else check([*old, *new])
    assert found(result, "MA201", "MA202", "MA302") == []
    assert result.coverage["series"].tolist() == ["2018/", "2019/"]


def test_a_mistyped_year_is_not_a_restart() -> None:
    """A document whose date is wrong fills a hole of its own year."""
    rows = clean(300)
    for row in rows:
        row["references"] = []
    rows[6].update(recorded_on="2019-01-04")
    result = check(counted(1, rows), rules=["MA201", "MA202", "MA302"])
    assert found(result) == [("MA302", "0000007")]


@pytest.mark.parametrize("county", [None, "48003"])
def test_records_of_another_county_are_fatal(county: str | None) -> None:
    """Half of a delivery, or a few records: with a county each record is named, without one both counties are."""
    rows = clean(40)
    for row in rows[20:]:
        row["county_fips"] = "48227"
    result = check(records(rows), county=county)
    mine = result.findings.loc[result.findings["rule"] == "MA605"]
    if county:
        assert len(mine) == 20
        assert set(mine["severity"]) == {"fatal"}
        assert result.exit_code == 3
    else:
        both = mine.loc[mine["key"] == "48003, 48227", "message"].item()
        assert "20 of Andrews and 20 of Howard" in both


def test_books_without_a_kind_are_judged() -> None:
    """Howard, Lea and Crockett state no kind of book: their pages have gaps as well."""
    rows = clean(40)
    for row in rows:
        row["book_type"] = None
    gone = rows.pop(20)
    result = check(records(rows), rules=["MA203", "MA204"])
    assert [rule for rule, _ in found(result)] == ["MA203"]
    assert result.findings["key"].item().startswith(f"{gone['volume']}/{gone['page']}")
    assert set(result.rules["state"]) == {"passed", "failed"}
