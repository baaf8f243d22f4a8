"""`oseberg mixpanel events` against a real server."""

import json
import sys
from pathlib import Path

import click
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from oseberg.cli import main
from oseberg.cli.output import is_plain, print_frame
from tests.mixpanel_export.fault_server import FaultServer, serving
from tests.mixpanel_export.helpers import event, many

SPAN = ["--since", "2026-11-01", "--until", "2026-11-02"]
LINES = [*many(30), event(name="Login")]


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
        return CliRunner().invoke(main, ["mixpanel", "events", *arguments])


def test_the_events_of_some_days_are_listed() -> None:
    """A line for each event; with a name, a line for each property."""
    with serving(LINES) as server:
        events, properties = run(server, *SPAN), run(server, *SPAN, "--event", "Atla Query", "--limit", "9")
    assert (events.exit_code, properties.exit_code) == (0, 0), events.stderr
    assert "Atla Query" in events.stdout
    assert "2026-11-02" in events.stdout
    assert "$insert_id" in properties.stdout
    assert server.requests[-1]["limit"] == "9"


def test_the_events_as_json() -> None:
    """Programs get the properties of all events at once."""
    with serving(LINES) as server:
        found = json.loads(run(server, *SPAN, "--json").stdout)
    assert [(one["event"], one["count"]) for one in found] == [("Atla Query", 30), ("Login", 1)]
    assert {"property": "number", "share": 1.0, "type": "int64"} in found[0]["properties"]


def test_days_without_events_say_so() -> None:
    """Nothing to list is a sentence, and an empty array for programs."""
    with serving() as server:
        nothing, as_json = run(server, *SPAN), run(server, *SPAN, "--json")
        wrong = run(server, "--since", "2026-11-02", "--until", "2026-11-01")
    assert (nothing.exit_code, nothing.stdout) == (0, "")
    assert "No events from 2026-11-01 to 2026-11-02." in nothing.stderr
    assert json.loads(as_json.stdout) == []
    assert wrong.exit_code == 2


def test_a_closed_standard_output_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is reported before a request, as it is for every table; closed standard error is not a failure."""
    with monkeypatch.context() as patch, serving(LINES) as server:
        patch.setattr(sys, "stdout", None)
        patch.setenv("MIXPANEL_API_URL", server.url)
        with pytest.raises(click.UsageError, match="Standard output is closed"):
            main(["mixpanel", "events", *SPAN], standalone_mode=False)
        with pytest.raises(click.UsageError, match="Standard output is closed"):
            print_frame(pd.DataFrame({"n": [1]}))
    assert not server.requests
    assert is_plain(None)
