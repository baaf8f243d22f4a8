"""The command `oseberg county check`."""

import json
import os
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from oseberg.cli import main
from oseberg.maze_authority import rules, rules_page, sample_record
from oseberg.s3utils import S3Object, S3Url

DATA = Path(__file__).parents[1] / "maze_authority" / "data" / "howard"


def run(*arguments: object):
    return CliRunner().invoke(main, ["county", "check", *map(str, arguments)])


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A complete delivery of one record, parsed."""
    path = tmp_path / "records.jsonl"
    path.write_text(sample_record().model_dump_json() + "\n")
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "1.pdf").write_bytes(b"scan")
    return path


def test_a_complete_delivery_is_status_0(whole: Path) -> None:
    """The report goes to standard output, and what was not run is shown."""
    result = run(whole, "--delivery", whole.parent)
    assert result.exit_code == 0, result.output
    assert "certified through 2018-06-05" in result.stdout
    assert "MA401  passed" in result.stdout
    assert "MA701  not run" in result.stdout


@pytest.mark.parametrize("form", ["text", "json", "html", "junit", "github", "markdown"])
def test_every_form_prints_and_writes_the_same(form: str, tmp_path: Path) -> None:
    """An incomplete delivery is status 3 in every form; -o writes what is printed otherwise."""
    printed = run(DATA / "records.jsonl", "--format", form)
    assert printed.exit_code == 3
    written = run(DATA / "records.jsonl", "--format", form, "-o", tmp_path / "report")
    assert written.exit_code == 3
    assert written.stdout == ""
    assert (tmp_path / "report").read_text(encoding="utf-8") == printed.stdout
    assert "MA120" in printed.stdout


def test_what_is_not_a_file_is_written_to_and_stays(whole: Path) -> None:
    """As root, a rename would make /dev/stdout a file for everyone; the records are never written over."""
    pipe = whole.parent / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    result = run(whole, "--json", "-o", pipe)
    assert result.exit_code == 0, result.stderr
    assert json.loads(os.read(reader, 1 << 20))["ok"]
    os.close(reader)
    assert pipe.is_fifo()
    content = whole.read_bytes()
    result = run(whole, "-o", whole)
    assert (result.exit_code, whole.read_bytes()) == (2, content)
    assert "is the file of the records" in result.stderr


def test_json_option_is_the_json_form() -> None:
    """`--json` stands wherever a table is printed."""
    content = json.loads(run(DATA / "records.jsonl", "--json").stdout)
    assert content["schema_version"] == 1
    assert content["exit_code"] == 3
    assert {rule["state"] for rule in content["rules"]} == {"passed", "failed", "not_run"}


def test_history_waivers_county_and_leases_only_reach_the_rules(whole: Path, tmp_path: Path) -> None:
    """Each option changes what it says."""
    history = tmp_path / "old.jsonl"
    history.write_text(sample_record(page_count=9).model_dump_json() + "\n")
    waivers = tmp_path / "waivers.toml"
    waivers.write_text(
        '[[waiver]]\nrule = "MA702"\nkey = "18-0000001"\nreason = "seen"\nby = "A. Hale"\nexpires = 2999-01-01\n'
    )
    result = run(whole, "--history", history, "--waivers", waivers, "--county", "48227", "--leases-only", "--json")
    content = json.loads(result.stdout)
    states = {rule["rule"]: rule["state"] for rule in content["rules"]}
    assert (states["MA702"], states["MA605"], states["MA201"]) == ("passed", "failed", "not_run")
    late = json.loads(run(whole, "--as-of", date(2019, 1, 1), "--json").stdout)
    assert "MA306" in {finding["rule"] for finding in late["findings"]}


def test_unreadable_input_is_status_1_in_a_sentence(tmp_path: Path, whole: Path) -> None:
    """No traceback, nothing on standard output, the file and line named."""
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{}\n")
    for arguments, says in (
        ((bad,), "bad.jsonl line 1"),
        ((whole, "--delivery", tmp_path / "none"), "is not a folder"),
        ((whole, "--delivery", ""), "--delivery is empty"),
        ((whole, "--county", "Howard"), "48227 Howard"),
    ):
        result = run(*arguments)
        assert result.exit_code == 1
        assert says in result.stderr
        assert result.stdout == ""
    assert run(tmp_path / "missing.jsonl").exit_code == 2


def test_a_broken_rule_is_status_1(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of a rule is neither a pass nor a finding."""

    def broken(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(rules, "MA501", replace(rules["MA501"], function=broken))
    result = run(whole)
    assert result.exit_code == 1
    assert "MA501  broken" in result.stdout


def test_split_writes_both_parts(tmp_path: Path) -> None:
    """The good records go on; the quarantine says why."""
    result = run(DATA / "records.jsonl", "--split", tmp_path / "parts")
    assert result.exit_code == 3
    good = (tmp_path / "parts" / "good.jsonl").read_text().splitlines()
    quarantine = [json.loads(line) for line in (tmp_path / "parts" / "quarantine.jsonl").read_text().splitlines()]
    assert len(good) + len(quarantine) == 37
    assert all(record["reasons"] for record in quarantine)
    assert f"{len(good)} good records" in result.stderr


def test_rules_are_explained_without_records() -> None:
    """--explain and --rules need no file; an unknown rule is status 1."""
    explained = run("--explain", "ma201")
    assert explained.exit_code == 0
    assert "193.001(a)" in explained.stdout
    assert run("--rules").stdout == rules_page()
    unknown = run("--explain", "MA999")
    assert unknown.exit_code == 1
    assert "MA999 is not a rule" in unknown.stderr


def test_a_delivery_in_s3_is_listed(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys become the paths that records name; sizes and etags tell empty and equal files."""
    shutil.rmtree(whole.parent / "images")
    keys = {
        "48003/index.csv": 9,
        "48003/images/": 0,
        "48003/images/1.pdf": 4,
        "48003/images/2.pdf": 4,
        "empty/i.csv": 9,
    }

    class Storage:
        def list(self, url: S3Url):
            for key, size in keys.items():
                if key.startswith(url.key):
                    yield S3Object(url=S3Url(f"s3://vendor/{key}"), size=size, etag="e", modified=datetime.now(UTC))

    monkeypatch.setattr("oseberg.cli.county.check.S3", Storage)
    for address in ("s3://vendor/48003/", "s3://vendor/48003", "s3://vendor/48003/images/"):
        content = json.loads(run(whole, "--delivery", address, "--json").stdout)
        assert [finding["key"] for finding in content["findings"]] == ["images/2.pdf"]
        assert content["findings"][0]["rule"] == "MA402"
    empty = json.loads(run(whole, "--delivery", "s3://vendor/empty", "--json").stdout)
    assert [finding["rule"] for finding in empty["findings"]] == ["MA401"]
    mistyped = run(whole, "--delivery", "s3://vendor/48030/")
    assert (mistyped.exit_code, mistyped.stdout) == (1, "")
    assert "s3://vendor/48030/ holds no files" in mistyped.stderr


def test_limits_and_severities_come_from_the_settings_file(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`[county.check]` of oseberg.toml; a wrong key or rule is named with its file."""
    monkeypatch.chdir(whole.parent)
    whole.write_text(sample_record(grantors=[]).model_dump_json() + "\n")
    assert run(whole).exit_code == 3
    settings = whole.parent / "oseberg.toml"
    settings.write_text('[county.check]\nlag_days = 9\n[county.check.rules.ma501]\nseverity = "warning"\n')
    assert run(whole).exit_code == 0
    settings.write_text("[county.check.rules]\nMA501 = { max_count = 1 }\n")
    assert "MA501  passed" in run(whole).stdout
    settings.write_text("[county.check.counties.48003]\nrules.MA501 = { max_count = 1 }\n")
    assert run(whole).exit_code == 0
    settings.write_text("[county.check.counties.48227]\nrules.MA501 = { max_count = 1 }\n")
    assert run(whole).exit_code == 3
    for text, says in (
        ("counties.Howard.lag_days = 9", "'Howard' is not a FIPS code"),
        ("lag = 9", "[county.check] lag: unknown key; did you mean lag_days? The keys are lag_days, rules, counties"),
        ("rules.MA501.max = 1", "[county.check] rules.MA501.max: unknown"),
        ("rules.MA999.max_count = 1", "MA999 is not a rule"),
        ("rules.MA501.max_rate = 2", "[county.check] rules.MA501.max_rate: must be at most 1"),
        ("lag_days = -1", "[county.check] lag_days"),
    ):
        settings.write_text(f"[county.check]\n{text}\n")
        result = run(whole)
        assert (result.exit_code, result.stdout) == (1, "")
        assert says in result.stderr
        assert "oseberg.toml" in result.stderr
