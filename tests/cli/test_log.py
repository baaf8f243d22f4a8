"""Logs for machines: JSON lines, a file with rotation, and the counts of a command."""

import json
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oseberg.cli import main
from oseberg.cli.journal import add_counts, counting, current_log
from oseberg.cli.output import say
from oseberg.cli.progress import ProgressDisplay
from oseberg.cli.run import log

ANDREWS = Path(__file__).parents[1] / "county_parsers" / "data" / "andrews" / "delivery" / "48003" / "20180605"


def parse(tmp_path: Path, *options: str, source: Path = ANDREWS) -> Result:
    return CliRunner().invoke(main, ["county", "parse", "andrews", str(source), "--out", str(tmp_path / "o"), *options])


def test_json_lines_replace_the_messages(tmp_path: Path) -> None:
    """Each line has time, level, run and step; the last one the status, the seconds and the counts."""
    done = parse(tmp_path, "--log-format", "json")
    assert (done.exit_code, done.stdout) == (3, "")
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert len({line["run"] for line in lines}) == 1
    assert {line["step"] for line in lines} == {"county parse"}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"]) for line in lines)
    assert lines[0]["message"].startswith("Andrews, ")
    last = lines[-1]
    assert (last["message"], last["level"], last["status"], last["rejected"]) == ("finished", "warning", 3, 4)
    assert last["seconds"] >= 0


def test_an_error_is_a_line_too(tmp_path: Path) -> None:
    """A failure is logged once, and the status is that of the message."""
    done = parse(tmp_path, "--log-format", "json", source=tmp_path / "none")
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.exit_code == 1
    assert [line["level"] for line in lines] == ["error", "warning"]
    assert "does not exist. Check the path." in lines[0]["message"]


def test_a_log_file_gets_the_messages_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal stays as it is; only the owner reads the file, since lines may name people; runs are appended."""
    path = tmp_path / "oseberg.log"
    monkeypatch.setenv("OSEBERG_LOG_FILE", str(path))
    assert "Andrews, " in parse(tmp_path).stderr
    parse(tmp_path, source=tmp_path / "none")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    assert text.count("county parse: finished") == 2
    assert re.search(r"^\S+Z ERROR   \S+ county parse: .*does not exist", text, re.MULTILINE)


def test_a_log_file_is_rotated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log never fills the disk."""
    monkeypatch.setattr(log, "LARGEST", 300)
    path = tmp_path / "oseberg.log"
    for _ in range(4):
        parse(tmp_path, "--log-file", str(path))
    assert [one.name for one in sorted(tmp_path.glob("oseberg.log*"))][:2] == ["oseberg.log", "oseberg.log.1"]
    assert path.stat().st_size <= 600


def test_a_log_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """The command does nothing without the log that was asked for."""
    done = parse(tmp_path, "--log-file", str(tmp_path / "none" / "x.log"))
    assert done.exit_code == 1
    assert "--log-file" in done.stderr
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize("words", [["mixpanel", "export", "--since", "nonsense"], ["nonsense"], ["county", "parse"]])
def test_wrong_usage_is_a_line_too(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that reads the log never finds text between the lines, however the format was asked for."""
    for more in (["--log-format", "json"], ["--log-format=json"], []):
        if not more:
            monkeypatch.setenv("OSEBERG_LOG_FORMAT", "json")
        done = CliRunner().invoke(main, [*words, *more])
        levels = [(line["level"], line.get("status")) for line in map(json.loads, done.stderr.splitlines())]
        assert (done.exit_code, levels) == (2, [("error", None), ("warning", 2)])
    text = CliRunner().invoke(main, [*words, "--log-format", "text"])
    assert (text.exit_code, text.stderr.startswith("Usage: ")) == (2, True)


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_log_file_on_a_full_disk_is_reported_once(form: str) -> None:
    """The work goes on without it."""
    done = CliRunner().invoke(main, ["county", "list", "--log-file", "/dev/full", "--log-format", form])
    assert done.exit_code == 0
    assert "andrews" in done.stdout
    assert done.stderr.count("/dev/full can't be written: No space left on device.") == 1
    assert "Traceback" not in done.stderr
    if form == "json":
        assert next(json.loads(line)["level"] for line in done.stderr.splitlines()) == "warning"


WRITER = """
import sys
from pathlib import Path
from oseberg.cli.run import log
log.LARGEST, log.KEPT = 2_000, 200
with log.logging_to("json", Path(sys.argv[1]), sys.argv[2]):
    for number in range(300):
        log.journal.current_log().emit(f"{sys.argv[2]}-{number}")
"""


def test_two_processes_write_into_one_log(tmp_path: Path) -> None:
    """No line is lost or cut, whoever rotates, and every file is private."""
    path = tmp_path / "oseberg.log"
    command = [sys.executable, "-c", WRITER, str(path)]
    writers = [subprocess.Popen([*command, name], stderr=subprocess.DEVNULL) for name in ("one", "two")]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    files = [one for one in tmp_path.iterdir() if not one.name.endswith(".lock")]
    lines = [json.loads(line)["message"] for one in files for line in one.read_text().splitlines()]
    wanted = [f"{name}-{number}" for name in ("one", "two") for number in range(300)]
    assert sorted(lines) == sorted([*wanted, "finished", "finished"])
    assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}
    # each file was full before it was rotated: none was pushed out early by the other process
    assert len(files) <= sum(one.stat().st_size for one in files) / 1_500 + 2


def test_steps_share_the_log_of_their_run(capsys: pytest.CaptureFixture[str]) -> None:
    """Inside a run there is one id; each step has its name, and its counts are added to the run's."""
    with log.logging_to("json", None, "run daily"):
        with log.logging_to("text", None, "mixpanel load"):
            add_counts(days=2)
        add_counts(days=1)
        assert current_log() is not None
    assert current_log() is None
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["step"], line["days"]) for line in lines] == [("mixpanel load", 2), ("run daily", 3)]
    assert len({line["run"] for line in lines}) == 1


def test_progress_is_logged_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A long command shows life in its log."""
    monkeypatch.setattr("oseberg.cli.progress.INTERVAL", 0.02)
    with log.logging_to("json", None, "score weekly"), ProgressDisplay("Scoring", 4) as display:
        display(1, 4, "weeks")
        display._over.wait(0.1)
        say("Nearly done.")
    messages = [json.loads(line)["message"] for line in capsys.readouterr().err.splitlines()]
    assert "Scoring: 1 of 4 weeks (0:00)" in messages
    assert messages[-2:] == ["Nearly done.", "finished"]


def test_counts_outside_a_command_are_dropped() -> None:
    """The functions of the command may be called on their own."""
    add_counts(days=1)
    with counting() as counts:
        add_counts(days=2)
    assert counts == {"days": 2}


ESC = "\x1b[2J\x1b]0;title\x07\r\u202efdp.exe"


def test_names_cannot_move_the_cursor_or_forge_lines(tmp_path: Path) -> None:
    """A vendor names files; a terminal, the log and the summary show what is in the name instead of obeying it."""
    forged = tmp_path / f"x{ESC}\n2026-11-02T06:30:00Z INFO    run daily: finished"
    done = parse(tmp_path, "--log-file", str(tmp_path / "log"), source=forged)
    lines = (tmp_path / "log").read_text().splitlines()
    assert not set(ESC) & {"\x1b", "\x07", "\r", "\u202e"} & set(done.output + "".join(lines))
    assert r"\x1b[2J" in done.stderr
    assert not [line for line in lines if line.startswith("2026-11-02T06:30:00Z")]
