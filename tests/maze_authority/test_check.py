"""What `check` takes, how it judges, and what a result gives."""

import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from oseberg.maze_authority import (
    CheckSettings,
    Example,
    IndexRecord,
    Setting,
    Waiver,
    about,
    check,
    rule,
    rules,
    sample_record,
)
from oseberg.maze_authority._numbers.intervals import Intervals
from oseberg.maze_authority._numbers.order import out_of_order
from oseberg.maze_authority._numbers.series import split
from oseberg.maze_authority._waivers import load_waivers
from oseberg.maze_authority.errors import RuleError, WaiversError
from tests.maze_authority.helpers import clean, records

DATA = Path(__file__).parent / "data"
COMMON = {"reason": "seen", "by": "A. Hale", "expires": date(2999, 1, 1)}


def numbered(*numbers: str, **changes) -> list[IndexRecord]:
    return [sample_record(instrument_number=number, volume=None, page=None, **changes) for number in numbers]


def keys(result, rule_id: str) -> list[str]:
    return result.findings.loc[result.findings["rule"] == rule_id, "key"].tolist()


def test_calendars_and_reports_are_not_loaded_with_the_record() -> None:
    """Parsers import the record alone: what takes half a second more waits until a check or a report needs it."""
    code = "import sys, oseberg.maze_authority; print({'holidays', 'jinja2'} & sys.modules.keys())"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.strip() == b"set()"


def test_parsed_sample_with_its_companions_is_checked() -> None:
    """The account of summary.json is proved, and the numbers of rejects.jsonl are not gaps."""
    result = check(DATA / "howard" / "records.jsonl")
    states = result.rules.set_index("rule")["state"]
    assert states["MA901"] == "passed"
    assert not [key for key in keys(result, "MA201") if "00450003" in key]
    assert "broken" not in set(states)


def test_nothing_delivered_is_checked_without_complaint() -> None:
    """An empty day is a valid day."""
    for nothing in ([], pd.DataFrame(columns=list(IndexRecord.model_fields))):
        result = check(nothing, images=[], history=[], waivers=[Waiver(rule="MA201", key="18-1", **COMMON)])
        assert result.ok
        assert result.certified_through == {}
        assert result.split()[0].empty
        full = check(numbered("18-0000001", "18-0000003"), county="48227")
        assert result.coverage.dtypes.equals(full.coverage.dtypes)
        assert result.findings.dtypes.equals(full.findings.dtypes)
        assert result.good_findings.dtypes.equals(full.findings.dtypes)
        for form in ("json", "html", "junit", "markdown", "github", "text"):
            assert isinstance(getattr(result, f"to_{form}")(), str)


def test_what_stands_for_an_argument_is_taken() -> None:
    """A day as a text or a moment, one rule's id, plain mappings for settings and waivers."""
    waiver = {"rule": "MA501", "key": "18-0000001", "reason": "seen", "by": "A. Hale", "expires": "2018-06-20"}
    days = (date(2018, 6, 20), "2018-06-20", datetime(2018, 6, 20, 23, 59, tzinfo=UTC), pd.Timestamp("2018-06-20"))
    for as_of in days:
        assert check([sample_record(grantors=[])], as_of=as_of, waivers=[waiver]).ok
    assert not check([sample_record(grantors=[])], as_of="2018-06-21", waivers=[waiver]).ok
    only = check([sample_record(grantors=[])], rules="MA501", settings={"ma501": {"max_count": 1}})
    assert only.rules[["rule", "state"]].to_numpy().tolist() == [["MA501", "passed"]]


def test_exit_code_and_ok_follow_the_contract() -> None:
    """Warnings pass, errors give 3, not_run changes nothing, a broken rule gives 1."""
    assert (check([sample_record()]).ok, check([sample_record()]).exit_code) == (True, 0)
    warned = check([sample_record(instrument_date="2018-06-07")])
    assert (warned.ok, warned.exit_code) == (True, 0)
    failed = check([sample_record(grantors=[])])
    assert (failed.ok, failed.exit_code) == (False, 3)
    states = failed.rules.set_index("rule")
    assert states.loc["MA401", "state"] == "not_run"
    assert states.loc["MA401", "reason"]


def test_leases_only_does_not_judge_gaps() -> None:
    """A vendor who delivers leases only has gaps in numbers and pages by nature: those rules are not run."""
    result = check(numbered("18-0000001", "18-0000009"), complete_series=False)
    states = result.rules.set_index("rule")["state"]
    assert (states["MA201"], states["MA203"]) == ("not_run", "not_run")
    assert result.ok
    assert result.coverage.empty
    assert result.certified_through == {"48003": date(2018, 6, 5)}


@pytest.fixture
def own_rule():
    """A user's own rule that is taken out again."""
    made = []

    def make(function, rule_id="XX900"):
        text = {"title": "Own", "severity": "error", "authority": "trade practice", "fix": "Mend it"}
        made.append(rule_id)
        return rule(rule_id, passing=Example({}), failing=Example({}), **text)(function)

    yield make
    for rule_id in made:
        rules.pop(rule_id, None)


def test_a_rule_of_ones_own_runs_with_the_others(own_rule) -> None:
    """A mask, positions or findings: whatever it returns becomes findings."""
    own_rule(lambda delivery: delivery.documents["page_count"] > 2)
    result = check([sample_record(), sample_record(instrument_number="18-0000002", page="103", page_count=1)])
    assert keys(result, "XX900") == ["18-0000001"]
    own_rule(lambda _: [1])
    result = check([sample_record(), sample_record(instrument_number="18-0000002", page="103")], rules=["XX900"])
    assert keys(result, "XX900") == ["18-0000002"]
    own_rule(lambda _: about([{"county_fips": "48003", "key": "the roof"}]))
    assert keys(check([sample_record()], rules=["XX900"]), "XX900") == ["the roof"]


def test_a_broken_rule_is_not_a_pass_and_hides_no_other(own_rule) -> None:
    """Its state is broken, the status 1, and the findings of the others are there."""
    own_rule(lambda delivery: delivery.nothing_of_the_kind)
    own_rule(lambda _: pd.DataFrame({"doc": [1]}), "XX901")
    result = check([sample_record(grantors=[])])
    states = result.rules.set_index("rule")
    assert (states.loc["XX900", "state"], states.loc["XX901", "state"]) == ("broken", "broken")
    assert "nothing_of_the_kind" in states.loc["XX900", "reason"]
    assert (result.ok, result.exit_code) == (False, 1)
    assert keys(result, "MA501") == ["18-0000001"]
    assert "::error title=XX900::the rule broke" in result.to_github()
    assert "<error" in result.to_junit()


def test_a_rule_must_be_described() -> None:
    """No id, title, authority, remedy or severity is left to chance, and no id is taken twice."""
    text = {"title": "T", "severity": "error", "authority": "A", "fix": "F", "passing": Example(), "failing": Example()}
    for rule_id, changes in (
        ("X1", {}),
        ("XX902", {"title": " "}),
        ("XX902", {"severity": "bad"}),
        ("XX902", {"fix": ""}),
    ):
        with pytest.raises(RuleError):
            rule(rule_id, **{**text, **changes})
    with pytest.raises(RuleError, match="taken"):
        rule("MA201", **text)(lambda _: [])


def test_findings_are_capped_and_truly_counted() -> None:
    """A thousand findings of a rule are stored; the count tells of all, and the quarantine holds all."""
    rows = clean(1500)
    for row in rows:
        row["grantors"] = []
    result = check(records(rows))
    row = result.rules.set_index("rule").loc["MA501"]
    assert (row["count"], row["stored"], len(result.findings)) == (1500, 1000, 1000)
    assert len(result.split()[1]) == 1500


def test_limits_tolerate_and_severities_are_set() -> None:
    """max_count and max_rate let a rule pass with its findings listed; a severity replaces the rule's own."""
    rows = clean(100)
    for row in rows[:3]:
        row["grantors"] = []
    three = records(rows)
    for setting, state in (
        (Setting(max_count=3), "passed"),
        (Setting(max_rate=0.02), "failed"),
        (Setting(max_rate=0.03), "passed"),
    ):
        result = check(three, settings={"MA501": setting})
        assert result.rules.set_index("rule").loc["MA501", "state"] == state
        assert len(keys(result, "MA501")) == 3
    result = check(three, settings={"MA501": Setting(severity="warning")})
    assert result.ok
    assert set(result.findings["severity"]) == {"warning"}


def test_one_county_may_have_limits_of_its_own() -> None:
    """They go before those of all, where every record is of that county or the caller says so."""
    common = {"rules": {"MA501": {"max_count": 1}, "MA601": {"severity": "info"}}, "lag_days": 99}
    own = {"48227": {"rules": {"MA501": {"max_count": 2}}, "lag_days": 0}}
    allowed = CheckSettings.model_validate({**common, "counties": own})
    assert (allowed.of("48003").lag_days, allowed.of("48227").lag_days, allowed.of(None).lag_days) == (99, 0, 99)
    assert sorted(allowed.of("48227").rules) == ["MA501", "MA601"]
    howard, andrews = ([sample_record(grantors=[], county_fips=fips)] * 2 for fips in ("48227", "48003"))
    assert check(howard, rules="MA501", settings=allowed).ok
    assert not check(andrews, rules="MA501", settings=allowed).ok
    assert check(andrews, rules="MA501", settings=allowed, county="48227").ok
    assert not check([*howard, *andrews], rules="MA501", settings=allowed).ok
    assert check(howard, settings=allowed, lag_days=7).delivery.lag_days == 7
    with pytest.raises(ValueError, match="'Howard' is not a FIPS code"):
        CheckSettings.model_validate({"counties": {"Howard": {}}})


def test_group_rules_run_again_on_the_good_part() -> None:
    """A record in quarantine leaves a gap in the good part: that is told apart from the vendor's gaps."""
    rows = clean(30)
    rows[4]["grantors"] = []
    result = check(records(rows))
    assert keys(result, "MA201") == []
    assert result.good_findings.loc[result.good_findings["rule"] == "MA201", "key"].tolist() == ["18-0000005"]


def test_waivers_cover_keys_and_ranges_until_their_last_day() -> None:
    """The last day counts; an expired or unmatched waiver is a finding; another county's waiver does nothing."""
    gap = numbered("18-0000001", "18-0000005")
    waived = check(gap, waivers=[Waiver(rule="MA201", range="18-0000002..18-0000009", **COMMON)])
    assert (waived.ok, waived.findings["waived_by"].tolist()) == (True, ["A. Hale"])
    assert waived.coverage.loc[0, ["missing", "waived", "percent"]].tolist() == [0, 3, 100.0]
    last = {**COMMON, "expires": date(2018, 6, 20)}
    one = Waiver(rule="MA201", key="18-0000002..18-0000004", **last)
    assert check(gap, waivers=[one], as_of=date(2018, 6, 20)).ok
    late = check(gap, waivers=[one], as_of=date(2018, 6, 21))
    assert keys(late, "MA990") == ["MA201 18-0000002..18-0000004"]
    assert late.exit_code == 3
    part = check(gap, waivers=[Waiver(rule="MA201", range="18-0000002..18-0000003", **COMMON)])
    assert len(keys(part, "MA990")) == len(keys(part, "MA201")) == 1
    other = check(gap, waivers=[Waiver(rule="MA201", range="18-0000001..18-0000009", county_fips="35025", **COMMON)])
    assert not other.ok


def test_a_waiver_of_a_rule_that_was_not_run_is_left_alone() -> None:
    """It may be needed the next time."""
    one = Waiver(rule="MA401", key="18-0000001", **COMMON)
    assert keys(check([sample_record()], waivers=[one]), "MA990") == []


def test_waivers_are_read_from_toml(tmp_path: Path) -> None:
    """`[[waiver]]` tables; anything else is refused with the file and the waiver's number."""
    path = tmp_path / "waivers.toml"
    path.write_text(
        '[[waiver]]\nrule = "MA304"\nrange = "2018-06-06..2018-06-08"\n'
        'reason = "flood"\nby = "A. Hale"\nexpires = 2999-01-31\n'
    )
    rows = [
        sample_record(recorded_on=day, instrument_number=n) for day, n in (("2018-06-05", "1"), ("2018-06-11", "2"))
    ]
    assert check(rows, waivers=path).certified_through == {"48003": date(2018, 6, 11)}
    assert load_waivers(None) == ()
    for text in (
        "x = 1",
        "[waiver]\nrule = 'MA304'",
        "[[waiver]\n",
        "[[waiver]]\nrule = 'MA304'",
        '[[waiver]]\nrule = "MA304"\nkey="a"\nrange="1..2"\nreason = "f"\nby = "A"\nexpires = 2999-01-31',
        '[[waiver]]\nrule = "MA304"\nrange="2018-02-30..2018-13-01"\nreason = "f"\nby = "A"\nexpires = 2999-01-31',
        '[[waiver]]\nrule = "MA304"\nrange="a..b"\nreason = "f"\nby = "A"\nexpires = 2999-01-31',
    ):
        path.write_text(text)
        with pytest.raises(WaiversError, match=r"waivers\.toml"):
            check([], waivers=path)


@pytest.mark.parametrize(
    ("numbers", "gaps"),
    [
        (("18-0000001", "18-0000003", "19-0000007"), ["18-0000002"]),
        (("20180001", "20180003", "20180004"), ["20180002"]),
        (("1800001", "1800004"), ["1800002..1800003"]),
        (("00450002", "00450004"), ["00450003"]),
        (("998", "999", "1000", "1002"), ["1001"]),
        (("18-0000001", "18-0000002A", "18-0000003"), []),
        (("2018-12001", "2018-12001A", "2018-12003B"), ["2018-12002"]),
        (("0098", "0099", "0100", "0100", "0103"), ["0101..0102"]),
    ],
)
def test_series_have_gaps_where_a_clerk_would_say_so(numbers: tuple[str, ...], gaps: list[str]) -> None:
    """Year prefixes with and without a separator, padding, growth, letter suffixes."""
    result = check(numbered(*numbers), rules=["MA201", "MA202"])
    assert keys(result, "MA201") == gaps
    assert keys(result, "MA202") == []


def test_a_count_that_starts_anew_each_year_is_a_series_a_year() -> None:
    """The year's fall in numbers is not an order inversion, and equal numbers of two years are two documents."""
    rows = []
    for year in (2017, 2018):
        for number in (1, 2, 3, 5, 6, 7):
            rows += numbered(f"{number:05d}", recorded_on=f"{year}-06-{number:02d}", instrument_date=None)
    result = check(rows, rules=["MA110", "MA111", "MA201", "MA302"])
    assert set(result.findings["rule"]) == {"MA201"}
    assert keys(result, "MA201") == ["2017/00004", "2018/00004"]
    undated = numbered("00004", recorded_on=None)
    assert keys(check([*rows, *undated], rules=["MA201"]), "MA201") == []


def test_rejected_rows_are_not_a_gap_of_the_vendor() -> None:
    """Numbers are found in rows of any format, directly after a row type as well."""
    for texts in (["18-0000002,OGL,UNKNOWN", "x\t18-0000003\ty"], ["D|18-0000002|OGL", "1018-0000003  OGL180101"]):
        assert keys(check(numbered("18-0000001", "18-0000004"), rejects=texts), "MA201") == []
    rows = [sample_record(page="1"), sample_record(instrument_number="18-0000002", page="9")]
    assert keys(check(rows), "MA203") == ["OPR/1043/4..OPR/1043/8"]
    for text in ("18-9,OGL,OPR/1043/4,x", "1010430004005"):
        assert keys(check(rows, rejects=[text]), "MA203") == []


def test_history_continues_the_count_and_its_days() -> None:
    """A gap between two deliveries is found, an earlier gap stays open, and what was delivered late closes it."""
    before = numbered("18-0000001", "18-0000004", "18-0000007", recorded_on="2018-06-04")
    now = numbered("18-0000005", "18-0000006", "18-0000010")
    result = check(now, history=before, rules=["MA201", "MA703"])
    assert keys(result, "MA201") == ["18-0000002..18-0000003", "18-0000008..18-0000009"]
    assert keys(check(now, history=before), "MA703") == []


def test_a_redelivery_tells_what_is_gone_and_what_changed() -> None:
    """Fields and lists that differ are named; a record outside the delivery's days is not gone."""
    old = [*numbered("18-0000001", "18-0000002", "18-0000003"), *numbered("18-0000009", recorded_on="2018-05-01")]
    new = numbered("18-0000001", "18-0000003", grantees=[{"name": "X LLC"}], page_count=4)
    result = check(new, history=old)
    assert keys(result, "MA701") == ["18-0000002"]
    changes = result.findings.loc[result.findings["rule"] == "MA702"]
    assert [re.findall(r"(\w+) \(", value) for value in changes["value"]] == [["page_count", "grantees"]] * 2
    assert all(value.startswith("page_count (3 -> 4), grantees (") for value in changes["value"])
    assert all(value.endswith(" -> X LLC)") for value in changes["value"])


def test_fingerprints_survive_a_redelivery() -> None:
    """Rule, county and natural key: other lines, files and neighbours change nothing."""
    one = check([sample_record(grantors=[])])
    other = check([*numbered("18-0000007"), sample_record(grantors=[], source={"file": "b.csv", "lines": [77]})])
    prints = [result.findings.loc[result.findings["rule"] == "MA501", "fingerprint"].item() for result in (one, other)]
    assert prints[0] == prints[1]
    nameless = [sample_record(instrument_number=None, grantors=[], source={"file": "c", "lines": [n]}) for n in (3, 9)]
    placeless = [
        sample_record(instrument_number=None, page=None, grantors=[], source={"file": "c", "lines": [n]})
        for n in (3, 9)
    ]
    for pair in (nameless, placeless):
        assert len({keys(check([record]), "MA501")[0] for record in pair}) == 1


def test_images_come_as_a_folder_paths_or_triples(tmp_path: Path) -> None:
    """Missing, empty and wrongly capitalised files are told apart; equal bytes are found in a folder."""
    folder = tmp_path / "images"
    folder.mkdir()
    (folder / "1.PDF").write_bytes(b"x")
    (folder / "2.pdf").write_bytes(b"scan")
    (folder / "3.pdf").write_bytes(b"scan")
    (folder / "4.pdf").write_bytes(b"")
    rows = [
        sample_record(instrument_number=f"18-000000{n}", page=str(100 + 3 * n), images=[{"path": f"images/{n}.pdf"}])
        for n in (1, 2, 3, 4)
    ]
    rows.append(sample_record(instrument_number="18-0000005", page="115", images=[]))
    for place in (tmp_path, folder, str(tmp_path)):
        result = check(rows, images=place)
        values = result.findings.loc[result.findings["rule"] == "MA401", "value"].tolist()
        assert values == [
            "images/1.pdf (delivered as images/1.PDF)",
            "images/4.pdf (delivered empty)",
            "an image name for its 3 pages",
        ]
        assert keys(result, "MA402") == ["images/1.PDF"]
        assert keys(result, "MA404") == ["18-0000002", "18-0000003"]
    os.close(os.open(os.fsencode(folder) + b"/\xff.tif", os.O_CREAT))
    assert "images/\\udcff.tif" in keys(check(rows, images=tmp_path), "MA402")
    listed = check(rows[:2], images=["a\\images\\1.pdf", Path("2.pdf")])
    assert keys(listed, "MA401") == []
    assert listed.rules.set_index("rule").loc["MA404", "state"] == "not_run"
    assert keys(check(rows[:1], images=["images/1.pdf", "images/R77.tif"], rejects=["77,R77.tif"]), "MA402") == []


def test_the_county_and_its_facts_are_held_against_the_records() -> None:
    """Another county, townships in Texas, Texas surveys in New Mexico, days before the county's creation."""
    assert keys(check([sample_record()], county="35025"), "MA605") == ["18-0000001"]
    plss = {"kind": "plss", "text": "T1S R1E SEC 1", "township": "T1S", "range": "R1E", "section": "1"}
    assert keys(check([sample_record(legals=[plss])]), "MA605") == ["18-0000001"]
    lea = check([sample_record(county_fips="35025", instrument_number=None)])
    assert len(keys(lea, "MA605")) == len(keys(lea, "MA101")) == 1
    old_book = check([sample_record(instrument_number=None)])
    assert old_book.findings[["rule", "severity", "key"]].to_numpy().tolist() == [["MA101", "warning", "OPR/1043/100"]]
    early = check([sample_record(recorded_on="1870-01-01", instrument_date=None)])
    assert early.findings.loc[early.findings["rule"] == "MA301", "severity"].item() == "warning"
    rows = clean(30)
    rows[9]["county_fips"] = "48227"
    found = check(records(rows), rules=["MA605"]).findings
    assert found["message"].tolist() == ["18-0000010: county 48227, where ANDREWS.csv is of 48003"]
    stranger = check([sample_record(county_fips="06001")])
    assert stranger.ok
    assert stranger.delivery.counties["06001"].state is None


def test_certified_through_ends_before_the_first_gap_or_empty_day() -> None:
    """The headline: whole through that day, None where even the first day is doubtful."""
    rows = clean(200)
    last = date.fromisoformat(rows[-1]["recorded_on"])
    assert check(records(rows)).certified_through == {"48003": last}
    del rows[100:102]
    before = date.fromisoformat(rows[99]["recorded_on"])
    certified = check(records(rows)).certified_through["48003"]
    assert certified is not None
    assert certified < before
    told = " ".join(check(records(rows)).to_text().split())
    assert f"certified through {certified}, held back by 18-0000101..18-0000102 missing" in told
    assert check(numbered("18-0000001", "18-0000003")).certified_through == {"48003": None}
    assert check([sample_record(recorded_on=None)]).certified_through == {"48003": None}
    first = [sample_record(recorded_on="0001-01-01", instrument_number=f"18-000000{n}") for n in (1, 3)]
    assert check(first).certified_through == {"48003": None}


def test_references_are_judged_only_where_their_series_is_known() -> None:
    """Older books are not unknown; a number without digits is; a rejected document's number is known."""
    release = {"document_type": "lease_release"}

    def about_reference(number: str, **inputs) -> list[str]:
        referring = numbered("18-0000003", **release, references=[{"text": number, "instrument_number": number}])
        return keys(check([*numbered("18-0000001"), *referring], **inputs), "MA603")

    assert about_reference("18-0000001") == []
    assert about_reference("77-123") == []
    assert about_reference("18-0000002") == ["18-0000003"]
    assert about_reference("18-0000002", complete_series=False) == []
    assert about_reference("18-0000002", rejects=["18-0000002,x"]) == []
    assert about_reference("18-0000002", history=numbered("18-0000002", recorded_on="2018-06-04")) == []
    assert about_reference("NONE") == ["18-0000003"]
    later = numbered("20180002", **release, references=[{"text": "x", "instrument_number": "20990001"}])
    assert keys(check([*numbered("20180001"), *later]), "MA603") == ["20180002"]


@given(st.lists(st.integers(0, 30), max_size=40))
def test_what_is_out_of_order_is_minimal(values: list[int]) -> None:
    """Without the named places the rest never falls, and no smaller set would do."""
    outside = set(out_of_order(np.array(values, dtype=np.int64)))
    rest = [value for place, value in enumerate(values) if place not in outside]
    assert rest == sorted(rest)
    best = [0] * len(values)
    for place, value in enumerate(values):
        best[place] = 1 + max((best[j] for j in range(place) if values[j] <= value), default=0)
    assert len(rest) == max(best, default=0)


@given(st.sets(st.integers(1, 300), min_size=1), st.sets(st.integers(1, 300)))
def test_intervals_are_sets(numbers: set[int], others: set[int]) -> None:
    """Every number from first to last is held or in exactly one gap; unions and differences are those of sets."""

    def listed(pairs: list[tuple[int, int]]) -> list[int]:
        return [number for start, end in pairs for number in range(start, end + 1)]

    held, other = Intervals.of(numbers), Intervals.of(others)
    assert sorted([*listed(held.gaps()), *numbers]) == list(range(min(numbers), max(numbers) + 1))
    assert listed(held.pairs()) == sorted(numbers)
    assert listed((held | other).pairs()) == sorted(numbers | others)
    assert listed((held - other).pairs()) == sorted(numbers - others)
    assert all((number in held) == (number in numbers) for number in range(301))
    assert (len(held), held.median()) == (len(numbers), sorted(numbers)[(len(numbers) - 1) // 2])


@settings(max_examples=6)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=6))
@example(["9" * 5000])
def test_no_text_breaks_a_rule(texts: list[str]) -> None:
    """Nothing that a vendor prints breaks a rule."""
    waiver = Waiver(rule="MA501", range="1..2", **COMMON)
    rows = []
    for text in texts:
        assert "".join(split(text)) == text
        tract = {"kind": "plss", "text": text, "section": text, "township": f"T{text}S", "remainder": f"SEC {text}"}
        refers = {"references": [{"text": text, "instrument_number": text}], "images": [{"path": text}]}
        rows += [
            sample_record(instrument_number=text, grantors=[]),
            sample_record(volume=text, page=text),
            sample_record(county_fips="35025", document_type="lease_release", legals=[tract], **refers),
        ]
    result = check(rows, images=[], waivers=[waiver])
    assert "broken" not in set(result.rules["state"])
