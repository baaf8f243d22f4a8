"""`oseberg mixpanel profiles` against a real server."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oseberg.cli import main
from tests.mixpanel_export.fault_server import FaultServer, serving

PEOPLE = [{"$distinct_id": f"u{n}", "$properties": {"$email": f"{n}@x.com", "n": n}} for n in range(4)]


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = {"OSEBERG_HOME": str(tmp_path / "home")}
    names |= {"MIXPANEL_PROJECT_ID": "1", "MIXPANEL_USERNAME": "robot", "MIXPANEL_SECRET": "s3cr3t"}
    for name, value in names.items():
        monkeypatch.setenv(name, value)


def run(server: FaultServer, *arguments: str) -> Result:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIXPANEL_API_URL", server.url)
        return CliRunner().invoke(main, ["mixpanel", "profiles", *arguments])


def test_profiles_go_to_standard_output_or_a_file(tmp_path: Path) -> None:
    """Data on standard output, the number on standard error."""
    with serving() as server:
        server.profiles = PEOPLE
        printed = run(server)
        written = run(server, "-o", "p.jsonl", "--property", "n", "--group", "9", "--schema", "s.json")
    assert (printed.exit_code, written.exit_code) == (0, 0)
    assert printed.stdout.startswith('"distinct_id","$email","$name","$created","$last_seen","n"')
    assert printed.stderr.splitlines()[-1] == "4 profiles, 2 requests, 0 retries"
    assert len((tmp_path / "p.jsonl").read_text().splitlines()) == 4
    assert server.requests[-1]["data_group_id"] == "9"
    assert json.loads((tmp_path / "s.json").read_text())["n"] == "int64"


def test_a_wrong_file_name_is_status_2() -> None:
    """Nothing is requested."""
    with serving() as server:
        result = run(server, "-o", "p.xlsx")
    assert result.exit_code == 2
    assert "is not a known format" in result.stderr
    assert not server.requests
