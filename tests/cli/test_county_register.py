"""The register on the command line: `county check --register`, `status`, `ask` and `waive`."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import oseberg.cli.county.register as register_module
from oseberg.cli import main
from oseberg.maze_authority import Register, sample_record
from oseberg.s3utils import NotFound, PreconditionFailed

GAP = "18-0000003"


def run(*arguments: object):
    return CliRunner().invoke(main, ["county", *map(str, arguments)])


def written(place: Path, *numbers: int, day: str = "2018-06-05", **changes: Any) -> Path:
    """Write the records.jsonl of a delivery."""
    place.mkdir(parents=True, exist_ok=True)
    rows = [
        sample_record(instrument_number=f"18-{n:07d}", volume=None, recorded_on=day, **changes).model_dump_json()
        for n in numbers
    ]
    path = place / "records.jsonl"
    path.write_text("".join(f"{row}\n" for row in rows))
    return path


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place of work whose settings name a register and a file of waivers."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "oseberg.toml").write_text('[county]\nregister = "register.sqlite"\nwaivers = "waivers.toml"\n')
    (tmp_path / "waivers.toml").write_text("")
    return tmp_path


def test_a_gap_is_new_then_still_open_then_closed(work: Path) -> None:
    """The status is 3 for what is new; the JSON names what the check changed."""
    first = written(work / "parsed/48003/20180605", 1, 2, 4)
    result = run("check", first, "--json")
    content = json.loads(result.stdout)
    assert (result.exit_code, [one["key"] for one in content["new"]]) == (3, [GAP])
    again = run("check", first)
    assert (again.exit_code, "Still open: 1 finding" in again.stdout) == (0, True)
    assert run("check", first, "--all-open").exit_code == 3
    second = written(work / "parsed/48003/20180606", 5, 6, day="2018-06-06", instrument_date=None)
    content = json.loads(run("check", second, "--json").stdout)
    assert [one["key"] for one in content["still_open"]] == [GAP]
    assert content["certified_through"] == {"48003": None}
    late = json.loads(run("check", written(work / "parsed/48003/20180607", 3), "--json").stdout)
    assert [one["key"] for one in late["closed"]] == [GAP]
    assert late["certified_through"] == {"48003": "2018-06-06"}
    assert (late["new"], late["still_open"]) == ([], [])


def test_a_file_of_waivers_that_is_not_written_yet_waives_nothing(work: Path) -> None:
    """The settings may name it before anything is waived; a file that is named on the command line has to exist."""
    (work / "waivers.toml").unlink()
    first = written(work / "parsed/48003/20180605", 1, 2, 4)
    result = run("check", first)
    assert (result.exit_code, "does not exist yet: nothing is waived" in result.stderr) == (3, True)
    assert run("check", first, "--waivers", work / "none.toml").exit_code == 2


def test_status_says_where_each_county_stands(work: Path) -> None:
    """Text of 80 columns, JSON by contract, a page; deliveries that wait are named."""
    run("check", written(work / "parsed/48003/20180605", 1, 2, 4))
    written(work / "parsed/48003/20180606", 5)
    (work / "parsed/48227/20180606").mkdir(parents=True)
    (work / "parsed/48227/20180606/HOW18157.IDX").write_text("")
    text = run("status", "parsed", "--as-of", "2018-06-12")
    assert text.exit_code == 3
    assert max(map(len, text.stdout.splitlines())) <= 80
    assert f"{GAP} (1), since 2018-06-05" in text.stdout
    assert "20180606: parsed, not checked" in text.stdout
    assert "20180606: arrived, not parsed" in text.stdout
    one, other = json.loads(run("status", "parsed", "--json", "--as-of", "2018-06-12").stdout)
    assert (one["county_fips"], one["county"], one["certified_through"]) == ("48003", "Andrews", None)
    gap = {name: one["open_gaps"][0][name] for name in ("series", "first", "last", "count", "since")}
    assert gap == {"series": "18-", "first": GAP, "last": GAP, "count": 1, "since": "2018-06-05"}
    assert (one["late"], one["late_days"], one["missing_days"]) == (False, 5, [])
    assert (other["county"], other["waiting"][0]["state"]) == ("Howard", "arrived, not parsed")
    assert json.loads(run("status", "--json", "--as-of", "2018-09-12").stdout)[0]["late"]
    page = run("status", "--format", "html", "-o", "page.html")
    assert "written" in page.stderr
    assert "Andrews" in (work / "page.html").read_text()
    assert (work / "page.html").stat().st_mode & 0o077 == 0


def test_nothing_open_is_status_0(work: Path) -> None:
    """A county that is whole and recent needs nobody."""
    run("check", written(work / "parsed/48003/20180605", 1, 2))
    assert run("status", "--as-of", "2018-06-06").exit_code == 0


def test_the_vendor_is_asked_and_asked_again(work: Path) -> None:
    """What was asked for before is named with its day; every format has the range and its days."""
    run("check", written(work / "parsed/48003/20180605", 1, 2, 4))
    first = run("ask", "andrews", "--as-of", "2018-06-08", "--mark-asked")
    assert f"  {GAP}, recorded on 2018-06-05" in first.stdout
    assert "1 item marked as requested on 2018-06-08" in first.stderr
    second = run("ask", "48003", "--format", "csv")
    assert f"Instrument numbers,{GAP},1,recorded on 2018-06-05,2018-06-05,2018-06-08" in second.stdout
    assert run("ask", "andrews", "--format", "xlsx").exit_code == 2
    assert run("ask", "andrews", "--format", "xlsx", "-o", "andrews.xlsx").exit_code == 0
    assert (work / "andrews.xlsx").read_bytes()[:2] == b"PK"
    assert "Content-Security-Policy" in run("ask", "andrews", "--format", "html").stdout
    unknown = run("ask", "nowhere")
    assert (unknown.exit_code, "No county is named 'nowhere'" in unknown.stderr) == (1, True)


def test_a_finding_is_noted_and_waived(work: Path) -> None:
    """The waiver is written to the file, and the register certifies the county anew."""
    path = written(work / "parsed/48003/20180605", 1, 2, 4)
    run("check", path)
    noted = run("waive", "andrews", "MA201", GAP, "--note", "clerk called", "--assign", "R. Cox")
    assert (noted.exit_code, "noted" in noted.stderr) == (0, True)
    common = ("--reason", 'voided "by" the clerk', "--by", "A. Hale", "--expires", "2999-01-31")
    waived = run("waive", "andrews", "ma201", GAP, *common)
    assert waived.exit_code == 0, waived.stderr
    assert 'reason = "voided \\"by\\" the clerk"' in (work / "waivers.toml").read_text()
    status = json.loads(run("status", "--json", "--as-of", "2018-06-06").stdout)[0]
    assert (status["certified_through"], status["open_gaps"]) == ("2018-06-05", [])
    assert run("check", path, "--all-open").exit_code == 0
    with Register(work / "register.sqlite") as register:
        row = register.findings("48003").iloc[0]
        assert (row["note"], row["assignee"], row["waived_by"]) == ("clerk called", "R. Cox", "A. Hale")
    for arguments, status_code in (
        (("MA201", GAP), 2),
        (("MA201", GAP, "--reason", "x"), 2),
        (("MA999", GAP, *common), 1),
        (("MA201", "18-9", "--note", "x"), 1),
    ):
        assert run("waive", "andrews", *arguments).exit_code == status_code
    ranged = run("waive", "andrews", "MA203", "OPR/1000/1..OPR/1000/4", *common)
    assert ranged.exit_code == 0, ranged.stderr


def test_without_a_register_the_commands_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No register is named, or none is there."""
    monkeypatch.chdir(tmp_path)
    for arguments, says in (
        (("status",), "No register is named"),
        (("ask", "andrews"), "No register is named"),
        (("status", "--register", "none.sqlite"), "none.sqlite does not exist"),
    ):
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (1, "")
        assert says in result.stderr
    assert not (tmp_path / "none.sqlite").exists()


class Storage:
    """A bucket of one object that changes when it is written."""

    def __init__(self) -> None:
        self.content: bytes | None = None
        self.tag = 0
        self.meddle = False

    def read_object(self, url: object) -> tuple[Any, bytes]:
        if self.content is None:
            raise NotFound(f"{url}: there is no such object")
        return type("Found", (), {"etag": str(self.tag)})(), self.content

    def write_bytes(self, url: object, data: bytes, *, if_match: str | None, if_absent: bool) -> None:
        self.tag += self.meddle
        if (self.content is not None and if_absent) or (if_match is not None and if_match != str(self.tag)):
            raise PreconditionFailed(f"{url}: the object has changed")
        self.content, self.tag = data, self.tag + 1


def test_a_register_in_s3_is_written_back_only_if_unchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs at once: the second one is told to try again, and nothing is lost."""
    storage = Storage()
    monkeypatch.setattr(register_module, "S3", lambda: storage)
    monkeypatch.chdir(tmp_path)
    place = ("--register", "s3://bucket/register.sqlite")
    assert "does not exist" in run("status", *place).stderr
    path = written(tmp_path / "48003/20180605", 1, 2, 4)
    assert run("check", path, *place).exit_code == 3
    assert storage.tag == 1
    assert run("check", path, *place).exit_code == 0
    assert storage.tag == 1, "the same delivery again changes nothing"
    assert json.loads(run("status", *place, "--json").stdout)[0]["open_gaps"][0]["first"] == GAP
    storage.meddle = True
    lost = run("check", written(tmp_path / "48003/20180606", 3), *place)
    assert (lost.exit_code, "Run the command again" in lost.stderr) == (75, True)
