"""`oseberg mixpanel export` against a real server with faults."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from oseberg.cli import main
from tests.mixpanel_export.fault_server import Answer, FaultServer, serving

SECRET = "s3cr3t-of-the-account"
START, HOUR = 1_793_491_200_000, 3_600_000
EVENTS = [
    json.dumps({"event": "Atla Query", "properties": {"time": START + number * HOUR, "n": number}}).encode()
    for number in range(48)
]
SPAN = ["--since", "2026-11-01", "--until", "2026-11-02"]
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command with a folder and settings of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OSEBERG_HOME", str(tmp_path / "home"))
    for name in ("MIXPANEL_REGION", "MIXPANEL_TIME_ZONE"):
        monkeypatch.delenv(name, raising=False)

    def run(server: FaultServer, *arguments: str) -> Result:
        monkeypatch.setenv("MIXPANEL_PROJECT_ID", "1")
        monkeypatch.setenv("MIXPANEL_USERNAME", "robot")
        monkeypatch.setenv("MIXPANEL_SECRET", SECRET)
        monkeypatch.setenv("MIXPANEL_API_URL", server.url)
        result = CliRunner().invoke(main, ["mixpanel", "export", *arguments])
        assert SECRET not in result.output
        return result

    return run


def test_data_on_standard_output_and_the_rest_on_standard_error(run: Run) -> None:
    """The default is csv on standard output; the summary is one line on standard error."""
    with serving(EVENTS) as server:
        result = run(server, *SPAN)
    assert result.exit_code == 0
    assert result.stdout.count("\n") == 49
    assert result.stdout.startswith('"event","time",')
    assert result.stderr.splitlines()[-1] == "48 rows, 0 duplicates, 0 quarantined, 2 requests, 0 retries"


def test_parquet_with_names_for_sql(run: Run, tmp_path: Path) -> None:
    """A file is written whole, and standard output stays empty."""
    with serving(EVENTS) as server:
        result = run(server, *SPAN, "--format", "parquet", "-o", "e.parquet", "--names", "snake")
    assert (result.exit_code, result.stdout) == (0, "")
    assert len(pd.read_parquet(tmp_path / "e.parquet")) == 48


def test_events_and_where_go_with_the_request(run: Run) -> None:
    """--event may be repeated; --where is handed on as it is."""
    with serving(EVENTS) as server:
        run(server, *SPAN, "--event", "A", "--event", "B", "--where", "x == 1")
    assert json.loads(server.requests[0]["event"])[:2] == ["A", "B"]
    assert server.requests[0]["where"] == "x == 1"


def test_a_failure_goes_on_where_it_stood(run: Run, tmp_path: Path) -> None:
    """After a refusal in the middle the same command asks only for the rest; status 1, no file."""
    with serving(EVENTS, Answer(), Answer(b"no", status=402, compress=False)) as server:
        failed = run(server, *SPAN, "-o", "e.csv")
        assert (failed.exit_code, (tmp_path / "e.csv").exists()) == (1, False)
        assert "The project's plan does not include the raw export." in failed.stderr
        assert "Traceback" not in failed.output
        server.requests.clear()
        assert run(server, *SPAN, "-o", "e.csv").exit_code == 0
    assert [request["from_date"] for request in server.requests] == ["2026-11-02"]


def test_a_limit_says_when_to_come_back(run: Run) -> None:
    """A long Retry-After ends with status 75."""
    with serving(EVENTS, Answer(b"", status=429, headers={"Retry-After": "900"}, compress=False)) as server:
        result = run(server, *SPAN)
    assert result.exit_code == 75
    assert "Come back at" in result.stderr


def test_lines_that_are_no_events_need_a_person(run: Run, tmp_path: Path) -> None:
    """The rows are written, the lines are shown, the status is 3, and the report keeps all of them."""
    body = b"one\ntwo\nthree\nfour\n" + EVENTS[0]
    with serving([], Answer(body), Answer(body)) as server:
        result = run(server, "--since", "2026-11-01", "--until", "2026-11-01", "-o", "e.csv", "--report", "r.json")
        assert result.exit_code == 3
        assert "not an event: three" in result.stderr
        assert "and 1 more" in result.stderr
        report = json.loads((tmp_path / "r.json").read_text())
        assert (report["rows"], report["quarantined"]) == (1, 4)
        (tmp_path / "r.json").write_text(json.dumps(report | {"properties": {"gone": "int64"}}))
        again = run(server, "--since", "2026-11-01", "--until", "2026-11-01", "-o", "e.csv", "--report", "r.json")
    assert "new properties: n" in again.stderr
    assert "lost properties: gone" in again.stderr


@pytest.mark.parametrize("content", ["x", "[]", '"x"'])
def test_a_report_that_is_none_is_refused_first(content: str, run: Run, tmp_path: Path) -> None:
    """A file that holds something else is not written over, and nothing is asked."""
    (tmp_path / "r.json").write_text(content)
    with serving(EVENTS) as server:
        result = run(server, *SPAN, "-o", "e.csv", "--report", "r.json")
        assert not server.requests
    assert result.exit_code == 2
    assert "something else than a report" in result.stderr
    assert (tmp_path / "r.json").read_text() == content


def test_wrong_usage(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day that is none is wrong usage; a missing secret is named; a wrong zone says what to write."""
    with serving(EVENTS) as server:
        assert run(server, "--since", "soon").exit_code == 2
        assert "IANA" in run(server, *SPAN, "--time-zone", "Mars").stderr
        assert "before the first" in run(server, "--since", "2026-11-02", "--until", "2026-11-01").stderr
    monkeypatch.delenv("MIXPANEL_SECRET")
    result = CliRunner().invoke(main, ["mixpanel", "export", *SPAN])
    assert result.exit_code == 1
    assert "MIXPANEL_SECRET must be set" in result.stderr


def test_settings_file(run: Run, tmp_path: Path) -> None:
    """[mixpanel] in oseberg.toml holds the zone; an unknown key is refused by name."""
    with serving(EVENTS) as server:
        (tmp_path / "oseberg.toml").write_text('[mixpanel]\ntime_zone = "America/Chicago"\n')
        result = run(server, "--since", "2026-11-01", "--until", "2026-11-01")
        assert "2026-11-01T05:00:00.000Z" in result.stdout
        (tmp_path / "oseberg.toml").write_text('[mixpanel]\ntimezone = "UTC"\n')
        assert "[mixpanel] timezone" in run(server, *SPAN).stderr
