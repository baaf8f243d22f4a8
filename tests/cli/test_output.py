"""What commands write with -o."""

import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oseberg.cli import main


def write(path: Path | str) -> Result:
    return CliRunner().invoke(main, ["score", "metrics", "--format", "md", "-o", str(path)])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_device_or_a_pipe_is_written_into() -> None:
    """`-o /dev/stdout` writes there; a file renamed onto a device would take its place for the whole machine."""
    reading, writing = os.pipe()
    assert write(f"/dev/fd/{writing}").exit_code == 0
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert pipe.read().startswith("# ")


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """A published page that a link leads to is written where it is."""
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "metrics.md").write_text("old")
    (tmp_path / "link.md").symlink_to("published/metrics.md")
    assert write("link.md").exit_code == 0
    assert (tmp_path / "link.md").is_symlink()
    assert (tmp_path / "published" / "metrics.md").read_text().startswith("# ")
    assert [path.name for path in (tmp_path / "published").iterdir()] == ["metrics.md"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("file/metrics.md", "The folder {}/file does not exist; create it first."),
        ("none/metrics.md", "The folder {}/none does not exist; create it first."),
        (".", ".: Is a directory"),
    ],
)
def test_a_place_that_cannot_be_written_is_named_as_the_user_did(tmp_path: Path, name: str, message: str) -> None:
    """An error names the place that was asked for, not a temporary one."""
    (tmp_path / "file").write_text("")
    done = write(name)
    assert (done.exit_code, done.stderr) == (1, f"oseberg: {message.format(tmp_path)}\n")


@pytest.mark.parametrize("name", ["text", "html", "json", "markdown", "junit"])
def test_the_rights_of_a_report_stay(tmp_path: Path, name: str) -> None:
    """A private report stays private, a shared one shared; a new one names people, and so is private."""
    records = Path(__file__).parents[1] / "maze_authority" / "data" / "howard" / "records.jsonl"
    report = tmp_path / "report"
    before = os.umask(0o022)
    try:
        for mode in (0o600, 0o640, 0o644):
            report.write_text("old")
            report.chmod(mode)
            arguments = ["county", "check", str(records), "--format", name, "-o", str(report)]
            assert CliRunner().invoke(main, arguments).exit_code in {0, 3}
            assert report.read_text() != "old"
            assert stat.S_IMODE(report.stat().st_mode) == mode
        report.unlink()
        CliRunner().invoke(main, arguments)
        assert stat.S_IMODE(report.stat().st_mode) == 0o600
    finally:
        os.umask(before)
