"""Every shipped county: its example is parsed, and every rule runs on what came out."""

from pathlib import Path

import pytest

from oseberg.county_parsers import parse_to
from oseberg.maze_authority import check, rules

DATA = Path(__file__).parents[1] / "county_parsers" / "data"
DELIVERIES = {path.parts[-5]: path.parent for path in sorted(DATA.glob("*/delivery/*/*/*"))}
INPUTS = {"MA112", "MA701", "MA702", "MA703", "MA990"}
"""Rules that need more than one parsed delivery."""


@pytest.fixture(scope="module")
def parsed(tmp_path_factory) -> dict[str, Path]:
    """The records.jsonl of each county."""
    out = tmp_path_factory.mktemp("parsed")
    for name, place in DELIVERIES.items():
        parse_to(name.removesuffix("_empty_day"), place, out / name)
    return {name: out / name / "records.jsonl" for name in DELIVERIES}


def states(result) -> dict[str, str]:
    return dict(zip(result.rules["rule"], result.rules["state"], strict=True))


@pytest.mark.parametrize("name", sorted(DELIVERIES))
def test_all_rules_run_on_what_a_parser_writes(name: str, parsed: dict[str, Path]) -> None:
    """None is broken, whatever the county's format leaves out; with a history none is left out."""
    found = states(check(parsed[name], images=[("images/1.tif", 1, "digest")]))
    assert set(found) == set(rules)
    assert "broken" not in found.values()
    assert {rule for rule, state in found.items() if state == "not_run"} == INPUTS
    again = check(parsed[name], images=[], history=parsed[name])
    assert "broken" not in states(again).values()
    assert not set(again.findings["rule"]) & {"MA701", "MA702", "MA703"}


def test_all_rules_run_on_two_counties_in_one_file(parsed: dict[str, Path], tmp_path: Path) -> None:
    """The mixture is named, and nothing breaks."""
    both = tmp_path / "records.jsonl"
    both.write_bytes(parsed["andrews"].read_bytes() + parsed["lea"].read_bytes())
    result = check(both, images=[])
    assert "broken" not in states(result).values()
    assert "35025, 48003" in result.findings.loc[result.findings["rule"] == "MA605", "key"].tolist()
    assert list(result.certified_through) == ["35025", "48003"]
