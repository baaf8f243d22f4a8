"""Versions of a delivery: what a new one replaced is kept, and what differs is reported field by field."""

import json

import pytest

from oseberg.county_parsers import compare_records, parse, parse_to
from oseberg.county_parsers.errors import CountyError
from tests.county_parsers.helpers import DATA, delivery, read_lines

LEA = "D|1|OGL|05/06/2018|||{page}||\nP|1|G|1|{name}\nD|2|OGL||||||\nT|2|1\n"


def test_what_a_new_version_replaced_is_kept(tmp_path):
    """A corrected file's results replace the earlier ones, which are kept; the same file again changes nothing."""
    source, out = tmp_path / "LEA_20180605.txt", tmp_path / "out"
    texts = [LEA.format(page=page, name="A") for page in (5, 5, 6, 7)]
    for text in texts:
        source.write_text(text)
        parse_to("lea", source, out)
    versions = sorted((out / "history").iterdir())
    assert [read_lines(version / "records.jsonl")[0]["page"] for version in versions] == ["5", "6"]
    assert read_lines(out / "records.jsonl")[0]["page"] == "7"
    assert all(json.loads((version / "summary.json").read_text())["records"] == 2 for version in versions)


def test_differences_field_by_field(tmp_path):
    """Added, withdrawn and changed documents are told apart; where they are in the file does not matter."""
    (tmp_path / "old").write_text(LEA.format(page=5, name="A"))
    (tmp_path / "new").write_text("D|3|OGL||||||\nD|1|OGL|05/06/2018|||6||\nP|1|G|1|B\nT|2|1\n")
    for name in ("old", "new"):
        parse_to("lea", tmp_path / name, tmp_path / f"{name}-out")
    found = compare_records(tmp_path / "old-out", tmp_path / "new-out" / "records.jsonl")
    assert [record["instrument_number"] for record in found.added] == ["3"]
    assert [record["instrument_number"] for record in found.withdrawn] == ["2"]
    (change,) = found.changed
    assert (change.document, change.fields["page"]) == ("1", ("5", "6"))
    assert change.fields["grantors"][1][0]["name"] == "B"
    table = found.frame()
    assert table["what"].tolist() == ["added", "withdrawn", "changed", "changed"]
    assert json.loads(table["new"].iloc[3])[0]["name"] == "B"


def test_nothing_differs_from_itself():
    """Every example is the same as itself, documents of one number and without a number included."""
    for name in ("andrews", "howard", "lea"):
        records = parse(name, delivery(name)).data
        found = compare_records(records, records[::-1])
        assert (found.added, found.withdrawn, found.changed) == ([], [], [])
        assert found.unchanged == len(records)


def test_documents_without_a_number():
    """They are matched by book and page, else only when they say the same."""
    base = {"county_fips": "48003", "book_type": "OPR", "volume": "1", "page": "2", "document_type": "other"}
    found = compare_records([base], [{**base, "document_type": "mineral_deed"}])
    assert [change.document for change in found.changed] == ["OPR/1/2"]
    nameless = {"county_fips": "48003", "source": {"file": "a", "lines": [7]}, "document_type": "other"}
    found = compare_records([nameless], [{**nameless, "document_type": "mineral_deed"}])
    assert [row["document"] for row in found.rows()] == ["a, line 7", "a, line 7"]


@pytest.mark.parametrize(
    ("content", "message"), [(None, "does not exist"), ("x\n", "line 1: not a record"), ("[]\n", "not a")]
)
def test_what_is_not_records(content, message, tmp_path):
    """A missing file, and one that holds something else, are reported with their place."""
    path = tmp_path / "records.jsonl"
    if content:
        path.write_text(content)
    with pytest.raises(CountyError, match=message):
        compare_records(path, DATA / "lea" / "expected")
