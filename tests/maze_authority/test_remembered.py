"""What a register knows of single records: fields that changed, those without a number, and which came first."""

import os
from pathlib import Path

import orjson
import pytest

from oseberg.maze_authority import Register, check, sample_record
from tests.maze_authority.helpers import clean, months, records, written

EARLY, LATE = 1_700_000_000_000_000_000, 1_700_000_100_000_000_000


@pytest.fixture
def register(tmp_path: Path):
    with Register(tmp_path / "register.sqlite") as one:
        yield one


def keys(frame, *rules: str) -> list[str]:
    return frame.loc[frame["rule"].isin(rules), "key"].tolist() if rules else frame["key"].tolist()


def messages(result, rule: str) -> list[str]:
    return result.findings.loc[result.findings["rule"] == rule, "message"].tolist()


CHANGES = [
    ({"page_count": 99}, "page_count (3 -> 99)"),
    ({"grantors": [{"name": "COX"}, {"name": "DEE", "suffix": "ET UX"}]}, "grantors (HALE ROBERT -> COX; DEE ET UX)"),
    ({"recorded_time": None}, "recorded_time (08:30:00 -> nothing)"),
    ({"instrument_date": "2018-01-02", "page": "7"}, "page (1 -> 7), instrument_date (2017-12-30 -> 2018-01-02)"),
    ({"extra": {"action": "update"}}, 'extra (nothing -> {"action":"update"})'),
    ({"references": [{"text": "BOOK 9"}], "legals": []}, "legals (plss T1 -> nothing), references (nothing -> BOOK 9)"),
]


@pytest.mark.parametrize(("change", "says"), CHANGES, ids=[next(iter(change)) for change, _ in CHANGES])
@pytest.mark.parametrize("of_register", [True, False], ids=["register", "history"])
def test_a_changed_record_is_named_with_its_fields(register, change, says: str, of_register: bool) -> None:
    """Old and new value of each field, from a register as from an earlier file."""
    before = clean(1)[0] | {
        "grantors": [{"name": "HALE ROBERT"}],
        "legals": [{"kind": "plss", "text": "T1"}],
        "references": [],
        "page_count": 3,
        "instrument_date": "2017-12-30",
    }
    check(records([before]), register=register)
    given = {"register": register} if of_register else {"history": records([before])}
    result = check(records([before | change]), **given)
    assert messages(result, "MA702") == [f"18-0000001 differs from the earlier delivery in {says}"]
    if of_register:
        assert messages(check(records([before | change]), register=register), "MA702") == []


def test_a_record_without_a_number_is_remembered(register) -> None:
    """By its book and page: changed, withdrawn, delivered again, and its findings close."""
    rows = clean(60)
    for row in rows:
        row["instrument_number"] = None
        row["references"] = []
    rows[20]["grantors"] = []
    first = check(records(rows), register=register, delivery_name="20180201")
    place = f"OPR/1000/{rows[20]['page']}"
    assert keys(first.new, "MA501") == [place]
    fixed = [dict(row) for row in rows]
    fixed[20]["grantors"] = [{"name": "HALE RUTH"}]
    gone = fixed.pop(30)
    second = check(records(fixed), register=register, delivery_name="20180201")
    assert keys(second.closed, "MA501") == [place]
    assert messages(second, "MA702") == [
        f"{place} differs from the earlier delivery in grantors (nothing -> HALE RUTH)"
    ]
    assert keys(second.new, "MA701") == [f"OPR/1000/{gone['page']}"]
    again = check(records([gone]), register=register)
    assert keys(again.closed, "MA701") == [f"OPR/1000/{gone['page']}"]


def test_deliveries_are_ordered_by_their_own_day(tmp_path: Path) -> None:
    """Not by the times of their files, which a copy, a touch or another machine changes."""
    april, may, _ = months(3, 50)
    changed = [{**may[0], "grantors": [{"name": "COX"}]}, *may[1:]]
    dumps = []
    for name, times in (("one", (EARLY, LATE)), ("other", (LATE, EARLY))):
        folder = tmp_path / name
        paths = [written(folder, "20180301", [*april, *may], times[0]), written(folder, "20180302", changed, times[1])]
        with Register(folder / "register.sqlite") as register:
            for path in reversed(paths):
                result = check(path, register=register)
            assert not result.change.doubts
            deliveries = register.deliveries("48003")
            dumps.append(deliveries.drop(columns="arrived").to_dict("records"))
            assert deliveries["name"].tolist() == ["20180301", "20180302"]
    assert dumps[0] == dumps[1]


def test_what_is_not_known_of_the_order_is_reported(tmp_path: Path) -> None:
    """A delivery without a day, or two of the same day: every report says so; a given day settles it."""
    april, may, june = months(3, 50)
    with Register(tmp_path / "register.sqlite") as register:
        assert check(records(april), register=register).change.doubts == ()
        result = check(records(may), register=register)
        for form in ("text", "json", "html", "markdown"):
            assert "states no day of its own" in " ".join(result.report(form).split())
        named = check(records(june), register=register, delivery_name="spring", delivered="2018-03-01")
        assert named.change.doubts == ()
        same = check(records(june[:40]), register=register, delivery_name="20180301")
        assert "has the same day as spring" in same.change.doubts[0]
    stated = check(records(april), register=tmp_path / "other.sqlite", summary={"delivered": "2018-02-01T06:00:00Z"})
    assert stated.change.doubts == ()


def test_a_copied_file_is_the_same_delivery(tmp_path: Path) -> None:
    """Elsewhere, at another time: nothing changes."""
    april, _, _ = months(3, 50)
    with Register(tmp_path / "register.sqlite") as register:
        check(written(tmp_path / "here", "20180201", april, EARLY), register=register)
        before = register.dump()
        check(written(tmp_path / "there", "20180201", april, LATE), register=register)
        assert register.dump() == before


def metes(**fields: object) -> dict[str, object]:
    return {"kind": "metes_and_bounds", "text": "BEG AT NE COR THENCE S 89 E 10 FT", "calls": 4, **fields}


@pytest.mark.parametrize(
    ("fips", "legal", "rules"),
    [
        ("48003", metes(), []),
        ("48003", metes(remainder=metes()["text"]), []),
        ("48003", metes(remainder="SEE PLAT"), ["MA602"]),
        ("48003", metes(calls=None), ["MA602"]),
        ("48003", metes(section="48", survey="T&P RR CO", township="T1N"), []),
        ("48003", metes(township="T19S", range="R33E"), ["MA605"]),
        ("48003", metes(survey="GC&SF RR CO"), ["MA605"]),
        ("35025", metes(township="T19S", range="R33E", section="36"), []),
        ("35025", metes(township="T19S", range="R33E", section="37"), ["MA604"]),
        ("35025", metes(survey="T&P RR CO"), ["MA605"]),
    ],
)
def test_metes_and_bounds_are_judged_by_what_they_name(fips: str, legal, rules: list[str]) -> None:
    """Calls are counted, not read; sections and surveys are as in other descriptions."""
    result = check([sample_record(county_fips=fips, legals=[legal])], rules=["MA602", "MA603", "MA604", "MA605"])
    assert result.findings["rule"].tolist() == rules


def test_records_that_share_their_line_are_told_apart_fast(tmp_path: Path) -> None:
    """In any order of the file the report is the same, and no record is spelled out whose number says enough."""
    rows = clean(400)
    for row in rows:
        row["source"] = {"file": "A.csv", "lines": [2]}
    rows[7]["instrument_number"] = rows[8]["instrument_number"] = "18-0000008"
    reports = []
    for name, order in (("one", rows), ("other", rows[::-1])):
        path = tmp_path / name / "records.jsonl"
        path.parent.mkdir()
        path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in order))
        os.utime(path, ns=(EARLY, EARLY))
        reports.append(check(path).to_json())
    assert reports[0] == reports[1]
    assert "MA111" in reports[0]
