"""The rules against generated worlds whose truth is known."""

import random
from datetime import date
from pathlib import Path

import pytest

from oseberg.maze_authority import check, explain, rules, rules_page
from oseberg.maze_authority._reports.rules_page import run_example
from tests.maze_authority.helpers import clean, images, records
from tests.maze_authority.plants import PLANTS

RULES = sorted(rules)
ROOT = Path(__file__).parents[2]


def account(rows):
    return {"rows": len(rows), "used": len(rows), "structural": 0, "duplicate": 0, "rejected": 0}


def test_a_clean_world_of_5000_records_has_no_finding() -> None:
    """Neither errors nor warnings where there is nothing to find, with every input given."""
    rows = clean(5000, per_day=30)
    again = [dict(row) for row in rows]
    result = check(records(rows), images(rows), records(again), "48003", summary=account(rows))
    assert result.findings.empty, result.to_text()
    assert result.ok
    assert result.exit_code == 0
    assert set(result.rules.loc[result.rules["state"] == "not_run", "rule"]) == {"MA990"}
    assert result.coverage["percent"].tolist() == [100.0]
    assert result.certified_through == {"48003": date.fromisoformat(rows[-1]["recorded_on"])}


@pytest.mark.parametrize("rule", RULES)
def test_a_planted_defect_is_found_and_nothing_else(rule: str) -> None:
    """Each rule finds exactly what was planted for it; other rules are silent but for named consequences."""
    rows = clean(400)
    expected, consequences, inputs = PLANTS[rule](rows)
    if not inputs.get("waivers"):
        random.Random(5).shuffle(rows)
    result = check(records(rows), **inputs)
    found = result.findings.loc[result.findings["rule"] == rule]
    assert set(found["key"]) == expected
    assert set(result.findings["rule"]) <= {rule, *consequences}, result.to_text()


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_described_and_its_examples_hold(rule: str) -> None:
    """A title, an authority and a remedy, a passing and a failing example, both executed."""
    one = rules[rule]
    assert one.title
    assert one.fix
    assert one.authority
    assert one.function.__doc__
    for example, state in ((one.passing, "passed"), (one.failing, "failed")):
        rows = run_example(one, example).rules.set_index("rule")
        assert rows.loc[rule, "state"] == state
    assert one.title in explain(rule.lower())


def test_the_list_of_rules_is_the_documented_one() -> None:
    """No rule is lost by accident: their ids are a contract."""
    numbers = [*range(101, 105), *range(110, 113), 120, *range(201, 207), *range(301, 310), *range(401, 407)]
    numbers += [*range(501, 505)]
    numbers += [*range(601, 606), 701, 702, 703, 901, 990]
    assert [f"MA{number}" for number in numbers] == RULES


def test_the_page_of_the_rules_is_current() -> None:
    """docs/rules.md is what the registry gives: `oseberg county check --rules > docs/rules.md`."""
    assert (ROOT / "docs" / "rules.md").read_text(encoding="utf-8") == rules_page()


def test_one_mistyped_date_in_a_rising_series_names_one_record() -> None:
    """The smallest set of records is named, not everything after the error."""
    rows = clean(3000)
    rows[1500]["recorded_on"] = "2018-01-03"
    found = check(records(rows), rules=["MA302"]).findings
    assert found["key"].tolist() == [rows[1500]["instrument_number"]]


def test_a_series_without_any_order_is_one_finding() -> None:
    """Where more than a third of the records would be named, the series is, and no record goes to quarantine."""
    rows = clean(90)
    days = [row["recorded_on"] for row in rows]
    random.Random(4).shuffle(days)
    for row, day in zip(rows, days, strict=True):
        row.update(recorded_on=day, instrument_date=None)
    result = check(records(rows), rules=["MA302"])
    assert result.findings["key"].tolist() == ["series 18-"]
    assert min(days) in result.findings["value"].item()
    assert (result.exit_code, result.bad.sum()) == (3, 0)


def test_a_hundred_thousand_missing_numbers_are_one_finding() -> None:
    """Gaps are intervals."""
    rows = clean(20)
    rows[-1]["instrument_number"] = "18-0100020"
    found = check(records(rows), rules=["MA201"]).findings
    assert found["key"].tolist() == ["18-0000020..18-0100019"]
    assert "100000 numbers" in found["message"].iloc[0]


@pytest.mark.parametrize("rule", ["MA110", "MA111", "MA201", "MA302", "MA404", "MA701"])
def test_shuffled_input_gives_identical_reports(rule: str) -> None:
    """The order of the records changes no byte of any report."""
    rows = clean(400)
    _, _, inputs = PLANTS[rule](rows)
    one = check(records(rows), **inputs)
    random.Random(3).shuffle(rows)
    other = check(records(rows), **inputs)
    for form in ("json", "html", "junit", "markdown", "github", "text"):
        assert getattr(one, f"to_{form}")() == getattr(other, f"to_{form}")()
