"""The example deliveries with their reviewed results."""

import json
from pathlib import Path

from oseberg.county_parsers import list_counties

DATA = Path(__file__).parent / "data"
COUNTIES = [name for name in list_counties() if (DATA / name / "expected" / "reviewed.txt").is_file()]
"""Every county; one without a reviewed result fails in `test_conformance.py`, which says what to do."""


def delivery(name):
    """Give the folder of an example's only delivery."""
    (folder,) = (DATA / name / "delivery").glob("*/*")
    return folder


def read_lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def expected(name):
    """Give records, rejects and summary as reviewed."""
    folder = DATA / name / "expected"
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return read_lines(folder / "records.jsonl"), read_lines(folder / "rejects.jsonl"), summary
