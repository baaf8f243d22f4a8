"""The example deliveries parse to exactly their reviewed results."""

import json

import pytest

from oseberg.county_parsers import parse, parse_to
from oseberg.maze_authority import IndexRecord
from tests.county_parsers.helpers import COUNTIES, delivery, expected, read_lines


@pytest.mark.parametrize("name", COUNTIES)
def test_in_memory(name):
    """A parse in memory gives the reviewed records, rejects and summary."""
    result = parse(name, delivery(name))
    records, rejects, summary = expected(name)
    assert [record.model_dump(mode="json") for record in result.records] == records
    assert result.rejects == rejects
    assert result.summary == summary


@pytest.mark.parametrize("name", COUNTIES)
def test_into_files(name, tmp_path):
    """The three files hold the reviewed results, and nothing else stands beside them."""
    summary = parse_to(name, delivery(name), tmp_path / "out")
    found = (
        read_lines(tmp_path / "out" / "records.jsonl"),
        read_lines(tmp_path / "out" / "rejects.jsonl"),
        json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8")),
    )
    assert found == expected(name)
    assert summary == found[2]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "records.jsonl",
        "rejects.jsonl",
        "summary.json",
    ]


@pytest.mark.parametrize("name", COUNTIES)
def test_records_are_valid(name):
    """Records are built without validation in production; here every one is validated."""
    for record, line in zip(parse(name, delivery(name)).records, expected(name)[0], strict=True):
        assert IndexRecord.model_validate(line) == record
