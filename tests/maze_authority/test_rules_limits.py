"""The limits that the rules state in words: what is just within one, and what is just beyond it."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from oseberg.maze_authority import check, sample_record

Row = dict[str, Any]
MONDAY = date(2018, 7, 9)


def numbered(count: int, start: int = 1, **values: Any) -> list[Row]:
    """Records that follow each other in their volume."""
    return [
        {"instrument_number": f"18-{n:07d}", "page": str(97 + 3 * n), "images": [], **values}
        for n in range(start, start + count)
    ]


def found(rule: str, *rows: Row, **inputs: Any) -> list[str]:
    return check([sample_record(**row) for row in rows], rules=[rule], **inputs).findings["key"].tolist()


def on_days(counts: list[int], **values: Any) -> list[Row]:
    """So many records on each weekday from a Monday on."""
    days = np.busday_offset(MONDAY, np.arange(len(counts)), roll="forward").astype(str).tolist()
    return [{"recorded_on": day, **values} for day, count in zip(days, counts, strict=True) for _ in range(count)]


def with_numbers(rows: list[Row]) -> list[Row]:
    return [{**row, "instrument_number": f"18-{n:07d}"} for n, row in enumerate(rows, start=1)]


def names(side: str, *ones: str) -> list[Row]:
    return [{"instrument_number": f"18-{n:07d}", side: [{"name": one}]} for n, one in enumerate(ones, start=1)]


@pytest.mark.parametrize(("before", "found_there"), [(4, []), (5, ["OPR/1044"])])
def test_a_volume_begins_on_its_first_page_after_one_of_five_documents(before: int, found_there: list[str]) -> None:
    """Of four documents nothing follows."""
    after = {"instrument_number": "18-0000009", "volume": "1044", "page": "5"}
    assert found("MA206", *numbered(before), after) == found_there


def test_volume_0_comes_before_volume_1() -> None:
    """A volume without a number is not judged."""
    after = {"instrument_number": "18-0000009", "page": "5"}
    assert found("MA206", *numbered(5, volume="0"), after | {"volume": "1"}) == ["OPR/1"]
    assert found("MA206", *numbered(5, volume="A"), after | {"volume": "1"}) == []


@pytest.mark.parametrize(("page", "volume", "late"), [("4", "1044", False), ("5", "1044", True), ("5", "1045", False)])
def test_the_last_document_of_a_volume_may_run_on_into_the_next(page: str, volume: str, late: bool) -> None:
    """By as many pages as it has; a volume that does not follow is not judged."""
    after = {"instrument_number": "18-0000009", "volume": volume, "page": page}
    assert bool(found("MA206", *numbered(5), after)) == late


@pytest.mark.parametrize(("pages", "named"), [("1 3 2", 1), ("2 1", 0), ("1 2 3 6 5 4", 2), ("2 1 4 3 5", 0)])
def test_a_third_of_a_volume_may_be_out_of_order(pages: str, named: int) -> None:
    """More of them show that the volume does not follow the numbers."""
    rows = [{**row, "page": page} for row, page in zip(numbered(9), pages.split(), strict=False)]
    assert len(found("MA205", *rows)) == named


@pytest.mark.parametrize(
    ("length", "longest", "below", "cut"),
    [(19, 5, 0, False), (20, 5, 0, True), (20, 4, 0, False), (20, 5, 2, True), (20, 6, 3, False), (20, 7, 3, True)],
)
def test_names_are_cut_where_five_of_twenty_letters_are_the_longest(
    length: int, longest: int, below: int, cut: bool
) -> None:
    """More than twice as many as of each of the two lengths below."""
    ones = [f"{'ABCDEFGH'[place]:X<{length}}" for place in range(longest)]
    for less in (1, 2):
        shorter = [f"{'JKLMNOPQ'[place]:X<{length - less}}" for place in range(below)]
        assert bool(found("MA504", *names("grantors", *ones, *shorter))) == cut
    assert bool(found("MA504", *names("grantees", *ones, f"{'J':X<{length - 3}}"))) == (
        cut or (length, longest) > (20, 5)
    )


@pytest.mark.parametrize(("day", "possible"), [("2018-07-09", True), ("2018-07-10", False)])
def test_nothing_is_recorded_after_the_day_of_the_check(day: str, possible: bool) -> None:
    """That day counts."""
    assert bool(found("MA301", {"recorded_on": day}, as_of=MONDAY)) != possible


@pytest.mark.parametrize(("day", "late"), [("2018-06-05", False), ("2018-06-06", True)])
def test_a_document_is_dated_up_to_the_day_of_its_recording(day: str, late: bool) -> None:
    """It may be signed and filed on one day."""
    assert bool(found("MA303", {"instrument_date": day})) == late


@pytest.mark.parametrize(
    ("days", "count", "named"), [(9, 37, False), (10, 37, True), (10, 36, False), (10, 4, False), (10, 3, True)]
)
def test_ten_business_days_show_what_is_usual(days: int, count: int, named: bool) -> None:
    """Where sixteen are, from four to thirty-six: four deviations of a Poisson count."""
    counts = [16] * (days - 2) + [count, 16]
    assert bool(found("MA305", *with_numbers(on_days(counts)))) == named


@pytest.mark.parametrize(
    ("days", "usual", "there", "named"),
    [(10, 10, 0, True), (10, 9, 0, False), (9, 10, 0, False), (10, 20, 2, True), (10, 20, 3, False)],
    ids=["ten", "nine", "nine days", "beyond six deviations", "within six deviations"],
)
def test_a_type_of_ten_a_day_is_missed(days: int, usual: int, there: int, named: bool) -> None:
    """On ten business days; a few of the type are chance."""
    counts = [usual] * (days - 2) + [there, usual]
    affidavits = on_days(counts, document_type="affidavit", document_type_text="AFFIDAVIT")
    rows = sorted([*on_days([60] * days), *affidavits], key=lambda row: row["recorded_on"])
    assert [one.split()[1] for one in found("MA309", *with_numbers(rows))] == ["affidavit"] * named


@pytest.mark.parametrize(("leases", "named"), [(16, True), (15, False)])
def test_a_type_is_missed_on_a_day_that_is_usual_as_a_whole(leases: int, named: bool) -> None:
    """Sixteen of thirty-six documents are within four deviations, fifteen are MA305."""
    affidavits = on_days([20] * 5 + [0] + [20] * 5, document_type="affidavit", document_type_text="AFFIDAVIT")
    rows = [*on_days([16] * 5 + [leases] + [16] * 5), *affidavits]
    assert found("MA309", *with_numbers(rows)) == ["2018-07-16 affidavit"] * named


@pytest.mark.parametrize(("often", "named"), [(4, False), (5, True)])
def test_a_side_is_known_after_five_documents(often: int, named: bool) -> None:
    """Five leases of the company as lessee; once as lessor, and of nobody who ever was lessee."""
    leases = [
        {"instrument_number": f"18-{n:07d}", "grantors": [{"name": f"HALE {n}"}], "grantees": [{"name": "RED BLUFF"}]}
        for n in range(often)
    ]
    swapped = {"grantors": [{"name": "RED BLUFF"}], "grantees": [{"name": "COX RUTH"}]}
    odd = {"instrument_number": "18-0000099", **swapped}
    assert found("MA503", *leases, odd) == ["18-0000099"] * named
    other = {"instrument_number": "18-0000098", "grantees": [{"name": "COX RUTH"}]}
    assert found("MA503", *leases, odd, other) == []
    assert found("MA503", *leases, odd, {"instrument_number": "18-0000097", **swapped}) == []


@pytest.mark.parametrize(
    ("kind", "text", "possible"),
    [
        ("section", "1", True), ("section", "36", True), ("section", "0", False), ("section", "37", False),
        ("township", "T9S", True), ("township", "T8S", False), ("township", "T26S", True), ("township", "T27S", False),
        ("range", "R31E", True), ("range", "R30E", False), ("range", "R39E", True), ("range", "R40E", False),
        ("range", "R33W", False),
    ],
)  # fmt: skip
def test_a_county_spans_certain_townships(kind: str, text: str, possible: bool) -> None:
    """Lea County: townships 9 to 26 south, ranges 31 to 39 east, thirty-six sections each."""
    legal = {"kind": "plss", "text": "X", "township": "T19S", "range": "R33E", "section": "5"} | {kind: text}
    assert bool(found("MA604", {"county_fips": "35025", "legals": [legal]})) != possible


@pytest.mark.parametrize(
    ("reference", "known"),
    [
        ("18-0000004", True),
        ("18-0000005", False),
        ("18-0000009", True),
        ("18-0000010", False),
        ("18-0000001", True),
        ("17-0000005", True),
        ("NONE", False),
    ],
    ids=["the first", "a hole", "the last", "behind the last", "before the first", "another series", "no digits"],
)
def test_a_reference_is_unknown_within_its_series_and_behind_it(reference: str, known: bool) -> None:
    """Before the first number it may be an older book."""
    release = {"document_type": "lease_release", "document_type_text": "REL"}
    refers = {"references": [{"text": reference, "instrument_number": reference}], **release}
    rows = [row for row in numbered(6, 4) if row["instrument_number"] != "18-0000005"]
    assert bool(found("MA603", *rows[:-1], rows[-1] | refers)) != known


@pytest.mark.parametrize(("year", "ahead"), [("2018", False), ("2019", True)])
def test_a_reference_to_a_year_to_come_is_unknown(year: str, ahead: bool) -> None:
    """The year of the latest series is not to come."""
    release = {"document_type": "lease_release", "document_type_text": "REL"}
    refers = {"references": [{"text": f"{year}000000", "instrument_number": f"{year}000000"}], **release}
    rows = [{"instrument_number": f"2018{n:06d}"} for n in range(1, 12)]
    assert bool(found("MA603", *rows[:-1], rows[-1] | refers)) == ahead


@pytest.mark.parametrize(
    ("years", "odd"), [("18 18 17", 0), ("18 18 16", 1), ("18 18 20", 1), ("18 16 16", 0)],
)  # fmt: skip
def test_the_year_of_a_number_is_that_of_recording_or_a_neighbor(years: str, odd: int) -> None:
    """Where nine in ten numbers open with it."""
    rows = [{"instrument_number": f"{year}-{n:07d}"} for n, year in enumerate(["18"] * 8 + years.split(), start=1)]
    named = check([sample_record(**row) for row in rows], rules=["MA202"]).findings
    assert len(named) == odd


@pytest.mark.parametrize(("page", "named"), [("111", ["MA204"]), ("112", ["MA204"]), ("118", ["MA205"])])
def test_a_document_on_a_mistyped_page_overlaps_or_is_out_of_order(page: str, named: list[str]) -> None:
    """On the last page of another one it overlaps, beyond all of them it does not."""
    rows = [row | {"page": page} if place == 2 else row for place, row in enumerate(numbered(6))]
    result = check([sample_record(**row) for row in rows], rules=["MA204", "MA205"])
    assert [rule for rule, key in result.findings[["rule", "key"]].to_numpy() if key == "18-0000003"] == named
    assert "probably OPR/1043/106" in result.findings.set_index("key").loc["18-0000003", "message"]


def test_a_document_without_pages_belongs_nowhere() -> None:
    """Between two that leave none."""
    rows = numbered(3) + [row | {"page": str(94 + 3 * n)} for n, row in enumerate(numbered(2, 4), start=4)]
    rows[2] |= {"page": "500", "page_count": 0}
    (said,) = check([sample_record(**row) for row in rows], rules=["MA205"]).findings["message"]
    assert said == "18-0000003 is on page 500, against the order of the numbers around it"


@pytest.mark.parametrize(("day", "named"), [("2018-06-05", []), ("2018-06-06", ["18-0000002"])])
def test_documents_of_one_day_may_share_a_scan(day: str, named: list[str]) -> None:
    """Those of two days may not."""
    assert found("MA406", {}, {"instrument_number": "18-0000002", "recorded_on": day}) == named


@pytest.mark.parametrize(("calls", "read"), [(0, False), (1, True)])
def test_land_that_is_described_by_calls_has_one(calls: int, read: bool) -> None:
    """Without any, nothing of it was read."""
    legal = {"kind": "metes_and_bounds", "text": "BEG AT A STONE", "remainder": "BEG AT A STONE", "calls": calls}
    assert bool(found("MA602", {"legals": [legal]})) != read


@pytest.mark.parametrize(("other", "keys"), [(1, ["18-0000010"]), (2, ["48003, 48227"])])
def test_nine_records_in_ten_show_the_county_of_a_file(other: int, keys: list[str]) -> None:
    """The tenth is in the wrong delivery; of two counties none is the wrong one."""
    rows = [
        row | {"county_fips": "48227", "legals": []} if n >= 10 - other else row for n, row in enumerate(numbered(10))
    ]
    assert found("MA605", *rows) == keys


@pytest.mark.parametrize(("page", "rule"), [("102", "MA204"), ("103", None), ("104", "MA203")])
def test_a_document_begins_on_the_page_after_the_last_ones_end(page: str, rule: str | None) -> None:
    """Neither on its last page nor two pages on."""
    rows = [sample_record(images=[]), sample_record(instrument_number="18-0000002", page=page, images=[])]
    assert check(rows, rules=["MA203", "MA204"]).findings["rule"].tolist() == ([rule] if rule else [])


@pytest.mark.parametrize(("size", "missing"), [(0, True), (1, False), (None, False)])
def test_an_image_of_no_bytes_is_missing(size: int | None, missing: bool) -> None:
    """Of an unknown size it is there."""
    assert bool(found("MA401", {}, images=[("images/1.pdf", size, None)])) == missing


@pytest.mark.parametrize(("count", "missing"), [(0, False), (1, True), (None, False)])
def test_a_document_with_pages_names_an_image(count: int | None, missing: bool) -> None:
    """One page is enough."""
    assert bool(found("MA401", {"images": [], "page_count": count}, images=[])) == missing


def test_the_first_of_equal_documents_is_kept() -> None:
    """Whichever comes first in the file; of different ones all are named."""
    rows = [{"source": {"file": "a.csv", "lines": [line]}} for line in (2, 3, 4)]
    result = check([sample_record(**row) for row in rows], rules=["MA110"])
    assert result.bad.tolist() == [False, True, True]
    assert result.findings["value"].tolist() == ["a.csv line 2"] * 2
    assert found("MA111", *rows) == []
    assert found("MA404", *rows, images=[("images/1.pdf", 9, "aa")]) == []
    other = [{**rows[1], "grantors": [{"name": "COX"}]}, {**rows[2], "grantors": [{"name": "DAY"}]}]
    result = check([sample_record(**row) for row in (rows[0], *other)], rules=["MA111"])
    assert result.findings["value"].tolist() == ["a.csv line 4", "a.csv line 2", "a.csv line 2"]


@pytest.mark.parametrize(
    ("wrong", "around"), [(0, "2018-07-10"), (1, "2018-07-09 and 2018-07-11"), (4, "2018-07-12")],
)  # fmt: skip
def test_a_day_out_of_order_is_named_with_its_neighbors(wrong: int, around: str) -> None:
    """The first and the last number have one of them."""
    days = ["2018-07-09", "2018-07-10", "2018-07-11", "2018-07-12", "2018-07-13"]
    days[wrong] = "2018-07-02" if wrong == 4 else "2018-07-16"
    rows = [sample_record(**row, recorded_on=day) for row, day in zip(numbered(5), days, strict=True)]
    (said,) = check(rows, rules=["MA302"]).findings["message"]
    assert said.endswith(f"but its neighbors by number on {around}")


@pytest.mark.parametrize(("behind", "named"), [(30, False), (31, True)])
def test_a_county_may_stay_thirty_days_behind_its_last_day(behind: int, named: bool) -> None:
    """Held back by a gap in its first days."""
    rows = [{**row, "recorded_on": day} for row, day in zip(numbered(3), ("2018-07-09", "2018-07-10"), strict=False)]
    last = {"instrument_number": "18-0000003", "recorded_on": (MONDAY + timedelta(days=1 + behind)).isoformat()}
    assert bool(found("MA306", *rows, last | {"page": "106"})) == named


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({}, []), ({"rows": 3}, ["rows"]), ({"used": None, "rows": 3}, ["rows"]), ({"rows": None}, ["rows"]),
        ({"records": 1}, []), ({"records": 2}, ["records"]),
    ],
)  # fmt: skip
def test_the_rows_of_a_summary_add_up(changes: dict[str, int | None], keys: list[str]) -> None:
    """One row more or less is told, and so is a part that it lacks, and the number of records."""
    account: dict[str, Any] = {"rows": 4, "used": 1, "structural": 1, "duplicate": 1, "rejected": 1} | changes
    assert found("MA901", {}, summary={name: count for name, count in account.items() if count is not None}) == keys


@pytest.mark.parametrize("recorded", ["2018-07-06", "2018-07-09", "2018-07-10", "2018-07-11"])
def test_what_was_recorded_from_the_first_to_the_last_day_is_delivered_again(recorded: str) -> None:
    """Half of each day's documents are there; of other days nothing is repeated."""
    rows = with_numbers([{"recorded_on": "2018-07-09"}, {"recorded_on": "2018-07-10"}])
    gone = [*rows, {"instrument_number": "18-0000003", "recorded_on": recorded}]
    history = [sample_record(**row) for row in gone]
    repeated = recorded in {"2018-07-09", "2018-07-10"}
    assert found("MA701", *rows, history=history) == ["18-0000003"] * repeated


def test_deliveries_that_skip_days_are_named_with_the_days_next_to_them() -> None:
    """The last day before them and the first one after them."""
    history = [
        sample_record(**row) for row in with_numbers([{"recorded_on": "2018-07-05"}, {"recorded_on": "2018-07-06"}])
    ]
    rows = [{"instrument_number": f"18-{n:07d}", "recorded_on": f"2018-07-{n + 10}"} for n in (3, 6)]
    result = check([sample_record(**row) for row in rows], rules=["MA703"], history=history)
    assert result.findings["message"].tolist() == [
        "2018-07-09..2018-07-12: no delivery between 2018-07-06 and 2018-07-13"
    ]


def test_the_first_and_the_last_day_may_be_one_on_which_the_courthouse_is_closed() -> None:
    """Both are named, with their weekday or as a holiday, and so is the number of records."""
    rows = [{"recorded_on": day} for day in ("2018-07-01", "2018-07-03", "2018-07-04", "2018-07-07", "2018-07-07")]
    result = check([sample_record(**row) for row in with_numbers(rows)], rules=["MA308"])
    assert result.findings["key"].tolist() == ["2018-07-01", "2018-07-04", "2018-07-07"]
    assert result.findings["message"].tolist() == [
        "2018-07-01: 1 record on a Sunday", "2018-07-04: 1 record on a holiday", "2018-07-07: 2 records on a Saturday",
    ]  # fmt: skip


def test_a_day_without_records_is_between_the_first_and_the_last() -> None:
    """One day is named as such, several are counted; weekends and holidays don't count."""
    rows = [{"recorded_on": day} for day in ("2018-07-02", "2018-07-05", "2018-07-09", "2018-07-12")]
    result = check([sample_record(**row) for row in with_numbers(rows)], rules=["MA304"])
    assert result.findings["key"].tolist() == ["2018-07-03", "2018-07-06", "2018-07-10..2018-07-11"]
    assert result.findings["value"].tolist() == ["a business day"] * 2 + ["2 business days"]
