"""`oseberg county parse` of a feed: later deliveries change what earlier ones said."""

import json
import shutil

import pytest
from click.testing import CliRunner

from oseberg.cli import main

ROW = "{action}|29|{number}|D|DEED||O|||0|{pages}|06/05/2026|09:31|1.00|\n"
PARTY = "PPA|29|{number}|1|FRM|DOE JANE|\n"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    """Run in an empty folder, without anybody's oseberg.toml."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def run(*arguments):
    return CliRunner().invoke(main, ["county", *map(str, arguments)])


def deliver(root, day, *events):
    """Write a delivery of Hillsborough; events are (action, number, pages)."""
    place = root / "12057" / day
    place.mkdir(parents=True, exist_ok=True)
    rows = [ROW.format(action=action, number=number, pages=pages) for action, number, pages in events]
    (place / f"D{day}01id.29").write_text("".join(rows))
    added = [number for action, number, _ in events if action == "DDA"]
    (place / f"P{day}01id.29").write_text("".join(PARTY.format(number=number) for number in added))
    return place


def pages(out):
    lines = (out / "records.jsonl").read_text(encoding="utf-8").splitlines()
    return {one["instrument_number"]: one["page_count"] for one in map(json.loads, lines)}


def test_one_delivery_after_the_other(tmp_path):
    """A later delivery changes records.jsonl, its history can be compared, and an unknown delete is reported."""
    first = deliver(tmp_path, "20260605", ("DDA", 1, 4), ("DDA", 2, 4))
    second = deliver(tmp_path, "20260606", ("DDU", 1, 5), ("DDD", 2, 4), ("DDD", 9, 4))
    assert run("parse", "hillsborough", first, "--out", "hb").exit_code == 0
    assert pages(tmp_path / "hb") == {"1": 4, "2": 4}
    result = run("parse", "hillsborough", second, "--out", "hb")
    assert result.exit_code == 3
    assert "Hillsborough: 1 document after 2 deliveries (2 added, 1 updated, 1 deleted) -> hb" in result.stderr
    assert "20260606: 1 delete names a document that no delivery before it added: 9." in result.stderr
    assert pages(tmp_path / "hb") == {"1": 5}
    (before,) = (tmp_path / "hb" / "history").iterdir()
    result = run("diff", before, "hb")
    assert "withdrawn  2" in result.stdout
    assert "page_count: 4 -> 5" in result.stdout


def test_every_delivery_under_a_root(tmp_path):
    """With --all the documents of the feed are in the county's folder; a late delivery takes its place."""
    late = deliver(tmp_path / "late", "20260605", ("DDA", 1, 4), ("DDA", 2, 4))
    deliver(tmp_path / "root", "20260606", ("DDU", 1, 5), ("DDA", 3, 4))
    deliver(tmp_path / "root", "20260607", ("DDD", 2, 4))
    result = run("parse", "--all", "root", "--out", "parsed")
    assert result.exit_code == 3
    assert "1 update names a document that no delivery before it added: 1." in result.stderr
    assert pages(tmp_path / "parsed" / "12057") == {"1": 5, "3": 4}
    shutil.copytree(late, tmp_path / "root" / "12057" / "20260605")
    result = run("parse", "--all", "root", "--out", "parsed")
    assert result.exit_code == 0, result.stderr
    assert pages(tmp_path / "parsed" / "12057") == {"1": 5, "3": 4}
    summary = json.loads((tmp_path / "parsed" / "12057" / "summary.json").read_text())
    assert summary["feed"] == {
        "deliveries": 3,
        "added": 3,
        "updated": 1,
        "deleted": 1,
        "unknown_updates": 0,
        "unknown_deletes": 0,
    }
    written = (tmp_path / "parsed" / "12057" / "records.jsonl").stat().st_mtime_ns
    assert run("parse", "--all", "root", "--out", "parsed").exit_code == 0
    assert (tmp_path / "parsed" / "12057" / "records.jsonl").stat().st_mtime_ns == written


def test_a_delivery_without_a_day(tmp_path):
    """Updates are applied in the order of days: a delivery whose day can't be told is refused."""
    place = deliver(tmp_path, "20260605", ("DDA", 1, 4)).rename(tmp_path / "new")
    for path in list(place.iterdir()):
        path.rename(path.with_name(path.name.replace("20260605", "20261305")))
    result = run("parse", "hillsborough", place, "--out", "hb")
    assert result.exit_code == 1
    assert "the day of this delivery is unknown" in result.stderr
    assert not (tmp_path / "hb").exists()
