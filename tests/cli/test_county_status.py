"""The status of `oseberg county parse`: 0 when everything was read, 3 as soon as a person should look."""

import os

import pytest
from click.testing import CliRunner

from oseberg.cli import main

LEA = "D|1|OGL|05/06/2018|||5||\nP|1|G|1|SMITH JOHN\nT|{documents}|{entries}\n"
HEADING = "Doc Number,Doc Type,Recorded Date,Book/Volume/Page,Grantor,Grantee,Legal Description,Pages,Image\n"
ANDREWS = HEADING + "1,OGL,,--/--/--,,,,,\n2,OGL,,--/--/--,,,,,\nTotal records: {records}\n"
HOWARD = (
    "00HOWARD              20180605000000{stated}\n"
    "10{number:010}OGL   1806051015000010101003\n"
    "9900000{trailer}00000000000000\n"
)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    """Run in an empty folder, without anybody's oseberg.toml."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


@pytest.mark.parametrize("out", [["--out", "out"], []], ids=["folder", "standard output"])
@pytest.mark.parametrize(
    ("county", "name", "text", "status"),
    [
        ("lea", "LEA_1.txt", LEA.format(documents=1, entries=1), 0),
        ("lea", "LEA_1.txt", LEA.format(documents=2, entries=1), 3),
        ("lea", "LEA_1.txt", LEA.format(documents=1, entries=0), 3),
        ("lea", "LEA_1.txt", LEA.partition("T|")[0], 3),
        ("andrews", "A.csv", ANDREWS.format(records=2), 0),
        ("andrews", "A.csv", ANDREWS.format(records=3), 3),
        ("andrews", "A.csv", ANDREWS.format(records=1), 3),
        ("howard", "HOW18156.IDX", HOWARD.format(stated=1, number=1, trailer="01"), 0),
        ("howard", "HOW18156.IDX", HOWARD.format(stated=2, number=1, trailer="01"), 3),
        ("howard", "HOW18156.IDX", HOWARD.format(stated=1, number=1, trailer="02"), 3),
    ],
)
def test_totals_that_differ(out, county, name, text, status, tmp_path):
    """A total that is one more or one less than what was read is status 3, and so is a missing one."""
    (tmp_path / name).write_text(text)
    result = CliRunner().invoke(main, ["county", "parse", county, name, *out])
    assert result.exit_code == status, result.stderr


def test_names_that_are_not_utf_8(tmp_path):
    """Files whose names are not valid UTF-8 are read, remembered and reported; only what is new is status 3."""
    place = tmp_path / "root" / "35025" / "20180605"
    place.mkdir(parents=True)
    other = place / os.fsdecode(b"LEA_caf\xe9.txt")
    for path in (other, place / os.fsdecode(b"notes_\xe9.txt"), place / "LEA_2.txt"):
        path.write_text(LEA.format(documents=1, entries=1))

    def run():
        result = CliRunner().invoke(main, ["county", "parse", "--all", "root", "--out", "out"])
        return result.exit_code, result.stderr

    status, said = run()
    assert (status, r"35025/20180605/notes_\xe9.txt: not read." in said) == (3, True), said
    assert (tmp_path / "out" / "35025" / "20180605" / "records.jsonl").is_file()
    assert run()[0] == 0
    other.unlink()
    status, said = run()
    assert (status, r"35025/20180605/LEA_caf\xe9.txt: withdrawn." in said) == (3, True), said
    assert run()[0] == 0
