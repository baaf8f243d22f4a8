"""The example deliveries with their reviewed results."""

import json
from pathlib import Path

DATA = Path(__file__).parent / "data"
COUNTIES = ["andrews", "broward", "crockett", "howard", "lea", "reagan"]


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
