"""`oseberg sample`: a delivery of every shipped county, and events that can be exported from another terminal."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from oseberg.cli import main
from oseberg.cli.demo import digests
from oseberg.cli.sample.data import delivered_counties
from oseberg.cli.sample.serve import assignments
from oseberg.county_parsers import list_counties


@pytest.mark.parametrize("name", sorted(list_counties().keys() - {"example"}))
def test_every_shipped_county_has_a_delivery_that_parses(name: str, tmp_path: Path) -> None:
    """The printed folder is FIPS/YYYYMMDD, and `county parse` reads records from it."""
    written = CliRunner().invoke(main, ["sample", "county", name, str(tmp_path)])
    assert written.exit_code == 0, written.output
    delivery = Path(written.stdout.strip())
    assert delivery.parent.name == list_counties()[name].fips
    parsed = CliRunner().invoke(main, ["county", "parse", name, str(delivery), "--out", str(tmp_path / "out")])
    assert parsed.exit_code in {0, 3}, parsed.output
    assert (tmp_path / "out" / "records.jsonl").stat().st_size > 0


def test_an_unknown_county_names_the_known_ones(tmp_path: Path) -> None:
    """A county without a sample is wrong usage, and nothing is written."""
    done = CliRunner().invoke(main, ["sample", "county", "atlantis", str(tmp_path)])
    assert done.exit_code == 2
    assert ", ".join(delivered_counties()) in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """Yield a running `oseberg sample serve` and the variables that it printed."""
    command = [sys.executable, "-u", "-m", "oseberg.cli", "sample", "serve", "--port", "0", "--out", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            lines = [process.stdout.readline().removeprefix("export ").strip() for _ in range(6)]
            yield process, dict(line.split("=", 1) for line in lines)
        finally:
            if process.poll() is None:
                process.kill()


def test_printed_variables_lead_to_the_events(
    served: tuple[subprocess.Popen[str], dict[str, str]], tmp_path: Path
) -> None:
    """Pasted into another terminal, the lines make `mixpanel export` work; Ctrl-C ends the server with status 0."""
    process, names = served
    export = ["mixpanel", "export", "--since", "2026-08-04", "--until", "2026-08-04", "-o", str(tmp_path / "day.csv")]
    home = {"OSEBERG_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, "-m", "oseberg.cli", *export],
        env=os.environ | names | home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "day.csv").read_text().splitlines()) > 300
    assert (tmp_path / "users.csv").is_file()
    assert (tmp_path / "groups.csv").is_file()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 0


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    """Another program's port is an error that names the way out."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = CliRunner().invoke(main, ["sample", "serve", "--port", port, "--out", str(tmp_path)])
    assert done.exit_code == 1
    assert f"Port {port} cannot be used" in done.stderr
    assert "--port" in done.stderr


def test_values_are_quoted_for_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blanks in a folder's name survive the paste; PATH keeps what it had."""
    names = {"OSEBERG_HOME": "/data/our demo", "PATH": "/venv/bin:$PATH"}
    assert assignments(names) == "export OSEBERG_HOME='/data/our demo'\nexport PATH=/venv/bin:$PATH"
    monkeypatch.setattr("oseberg.cli.sample.serve.os.name", "nt")
    assert assignments({"A": "b"}) == "$env:A = 'b'"


def test_a_step_without_a_table_is_shown_whole() -> None:
    """On a second run nothing is left to score, which the demo repeats in the command's own words."""
    assert digests.of_weeks("Nothing to score.\n") == ["Nothing to score."]
    assert digests.of_load("Nothing to load.\n") == ["Nothing to load."]
