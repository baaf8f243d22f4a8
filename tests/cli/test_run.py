"""`oseberg run daily|weekly` and `oseberg runs`: what a schedule calls, and how one learns what became of it."""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

import pytest
from click.testing import CliRunner, Result

from oseberg.cli import main
from oseberg.cli.config.known import VARIABLES
from oseberg.cli.output import say
from oseberg.cli.run import history, notify, steps, work
from oseberg.cli.run.steps import Step, fixed
from oseberg.cli.sample.server import PROJECT, SECRET, USERNAME, SampleMixpanel
from oseberg.cli.settings import Settings
from oseberg.usage_db import UsageDatabase
from tests import postgres

ANDREWS = Path(__file__).parents[1] / "county_parsers" / "data" / "andrews" / "delivery"
USERS = "id,name,email,group_id\n1,Ann,ann@example.com,10\n"
GROUPS = "id,name\n10,Alpha\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in VARIABLES.values():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OSEBERG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, status: int) -> Result:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == status, done.output
    return done


def daily(*arguments: str, status: int = 0) -> dict:
    """Run the daily run, and return its record."""
    return json.loads(run("run", "daily", "--json", *arguments, status=status).stdout)


def states(record: dict) -> dict[str, str]:
    return {step["name"]: step["state"] for step in record["steps"]}


def plan(monkeypatch: pytest.MonkeyPatch, *planned: Step) -> None:
    monkeypatch.setattr(work, "plan_steps", lambda *_, **__: list(planned))


CHECK = fixed("settings", ["config", "check"], "")
FAILS = fixed("missing", ["county", "parse", "lea", "nowhere", "--out", "x"], "")


def test_nothing_configured_needs_attention() -> None:
    """Every step is skipped with its reason; somebody has to fill in the settings."""
    done = run("run", "daily", status=3)
    assert "oseberg config init" in done.stderr
    assert "skipped" in done.stdout
    assert "MIXPANEL_PROJECT_ID is not set" in done.stdout


def test_events_are_loaded_and_scored(postgres_server: postgres.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new machine catches up by itself, and the next run finds nothing to do."""
    today = datetime.now(UTC).date()
    first = today - timedelta(days=today.weekday() + 14)
    lines = []
    for number in range((today - first).days):
        moment = datetime(first.year, first.month, first.day, 12, tzinfo=UTC) + timedelta(days=number)
        properties = {"time": int(moment.timestamp() * 1000), "distinct_id": "1", "$insert_id": str(number)}
        lines.append(json.dumps({"event": "Atla Query", "properties": properties}).encode())
    with SampleMixpanel(lines) as server, postgres_server.database() as url:
        for name, value in {
            "MIXPANEL_API_URL": server.url,
            "MIXPANEL_PROJECT_ID": PROJECT,
            "MIXPANEL_USERNAME": USERNAME,
            "MIXPANEL_SECRET": SECRET,
            "OSEBERG_DATABASE_URL": url,
        }.items():
            monkeypatch.setenv(name, value)
        Path("users.csv").write_text(USERS)
        Path("groups.csv").write_text(GROUPS)
        run("db", "accounts", "users.csv", "groups.csv", status=0)
        run("mixpanel", "load", "--since", str(first), "--until", str(first), status=0)
        record = daily()
        found = states(record)
        assert (found["load"], found["score"], found["status"]) == ("done", "done", "done")
        assert found["county parse"] == "skipped"
        load = next(step for step in record["steps"] if step["name"] == "load")
        assert load["counts"]["days"] >= (today - first).days - 1
        with UsageDatabase(url) as database:
            assert set(database.scores()["user_id"]) == {1}
        again = next(step for step in daily()["steps"] if step["name"] == "score")
        assert again["counts"] == {}
        server._server.days.clear()
        monkeypatch.setenv("MIXPANEL_SECRET", "expired")
        broken = daily(status=1)
        assert states(broken)["load"] == "failed"
        assert states(broken)["status"] == "done"
        assert "expired" not in json.dumps(broken)


def test_deliveries_are_parsed_and_checked(folder: Path) -> None:
    """New deliveries are parsed; their checks are reports next to the records; the next run checks the latest again."""
    (folder / "oseberg.toml").write_text(f"[county]\nsource = '{ANDREWS}'\nout = 'parsed'\n")
    record = daily(status=3)
    assert {name: state for name, state in states(record).items() if name.startswith("county ")} == {
        "county parse": "attention",
        "county check": "attention",
        "county status": "skipped",
    }
    report = folder / "parsed" / "48003" / "20180605" / "checks.html"
    before = report.stat().st_mtime_ns
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    daily(status=3)
    assert report.stat().st_mtime_ns > before


def test_what_is_known_to_be_open_needs_attention_once(folder: Path) -> None:
    """With a register, the first run reports what is missing; later ones only show it."""
    settings = f"[county]\nsource = '{ANDREWS}'\nout = 'parsed'\nregister = 'register.sqlite'\n"
    (folder / "oseberg.toml").write_text(settings)
    first, second = daily(status=3), daily()
    assert states(first)["county status"] == "done"
    assert (states(second)["county parse"], states(second)["county check"]) == ("done", "done")


def test_older_deliveries_are_checked_once(folder: Path) -> None:
    """Years of deliveries don't make the daily run slow."""
    for day in ("20180501", "20180605"):
        result = folder / "48003" / day
        result.mkdir(parents=True)
        (result / "records.jsonl").write_text("")
    assert len(steps.checks_due("s3://vendor", folder)) == 2
    (folder / "48003" / "20180501" / "checks.html").write_text("")
    ((*_, delivery, _, _, _, _),) = steps.checks_due("s3://vendor/", folder)
    assert delivery == "s3://vendor/48003/20180605"
    os.utime(folder / "48003" / "20180501" / "checks.html", (1, 1))
    assert len(steps.checks_due("s3://vendor", folder)) == 2
    assert steps.checks_due("s3://vendor", folder / "none") == []


def test_the_weekly_run_writes_the_page(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The digest and the page are steps of the weekly run alone."""
    monkeypatch.setenv("OSEBERG_DATABASE_URL", "postgresql://127.0.0.1:1/none")
    (folder / "oseberg.toml").write_text("[run]\nreport = 'health.html'\n")
    weekly = json.loads(run("run", "weekly", "--json", status=1).stdout)
    assert states(weekly)["report"] == "failed"
    assert "report" not in states(daily(status=1))


def test_a_failed_step_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """One summary with one line for each step; the status is that of the worst."""
    plan(monkeypatch, FAILS, CHECK, fixed("never", [], "not configured"))
    done = run("run", "daily", status=1)
    assert done.stdout.splitlines()[0] == "oseberg run daily: failed"
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:]] == [
        ["failed", "missing"],
        ["done", "settings"],
        ["skipped", "never"],
    ]
    assert "nowhere does not exist. Check the path." in done.stdout


def test_a_step_that_needs_attention_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing was counted, the summary has the last sentence of the step."""

    def look(*, wide: bool, as_json: bool) -> int:
        del wide, as_json
        say("Two modules can't be loaded.")
        return 3

    monkeypatch.setattr("oseberg.cli.county.list.run", look)
    plan(monkeypatch, fixed("modules", ["county", "list"], ""))
    assert "Two modules can't be loaded." in run("run", "daily", status=3).stdout


def test_a_defect_in_a_step_is_shown_and_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads the log gets the traceback; the summary says that it was unexpected."""
    monkeypatch.setattr("oseberg.cli.county.list.list_counties", lambda *_, **__: 1 / 0)
    plan(monkeypatch, fixed("broken", ["county", "list"], ""), CHECK)
    done = run("run", "daily", status=1)
    assert "unexpected error: ZeroDivisionError" in done.stdout
    assert "Traceback" in done.stderr
    assert "done       settings" in done.stdout


def test_json_logs_carry_one_run_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """All lines of a run can be found by its id, which the history knows."""
    plan(monkeypatch, FAILS, CHECK)
    done = run("run", "daily", "--json", "--log-format", "json", status=1)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert {line["run"] for line in lines} == {json.loads(done.stdout)["id"]}
    assert [line["step"] for line in lines if line["message"] == "finished"] == [
        "county parse",
        "config check",
        "run daily",
    ]


class Pings:
    """A monitoring service on loopback that keeps what it hears."""

    def __init__(self, status: int = 200) -> None:
        heard: list[tuple[str, str]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                heard.append((self.path, body.decode()))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.heard = heard
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/secret-uuid"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def test_a_monitoring_service_hears_start_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The form is that of healthchecks.io: /start, then nothing or /fail, with the summary as the body."""
    with Pings() as service:
        monkeypatch.setenv("OSEBERG_PING_URL", service.url)
        plan(monkeypatch, CHECK)
        run("run", "daily", status=0)
        plan(monkeypatch, FAILS)
        run("run", "daily", "--ping-url", f"{service.url}/", status=1)
    assert [path.removeprefix("/secret-uuid") for path, _ in service.heard] == ["/start", "", "/start", "/fail"]
    assert service.heard[1][1].startswith("oseberg run daily: done")
    assert "nowhere" in service.heard[3][1]


@pytest.mark.parametrize(("status", "ending"), [(0, ""), (75, "/log"), (3, "/fail"), (1, "/fail")])
def test_a_later_try_is_neither_success_nor_failure(status: int, ending: str) -> None:
    """Status 75 is tried again by the schedule; nobody has to be woken."""
    assert notify.ending_of(status) == ending


@pytest.mark.parametrize("status", [500, None])
def test_a_ping_that_fails_changes_nothing(
    status: int | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run is what counts; the message does not repeat the address, which works like a password."""
    monkeypatch.setattr(notify.time, "sleep", lambda _: None)
    plan(monkeypatch, CHECK)
    if status:
        with Pings(status) as service:
            done = run("run", "daily", "--ping-url", service.url, status=0)
        assert len(service.heard) == 2 * notify.ATTEMPTS
    else:
        done = run("run", "daily", "--ping-url", "http://127.0.0.1:9/secret-uuid", status=0)
    assert "The ping to 127.0.0.1 failed" in done.stderr
    assert "secret-uuid" not in done.output


def test_an_address_that_cannot_be_pinged_is_refused() -> None:
    """A file is not read, and nothing is run."""
    assert "--ping-url" in run("run", "daily", "--ping-url", "file:///etc/passwd", status=1).stderr
    assert history.read_runs() == []


def test_a_command_after_a_failure_gets_the_summary(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs after a failure, not after success; its own failure is reported."""
    plan(monkeypatch, CHECK)
    run("run", "daily", "--on-failure", "touch called", status=0)
    assert not (folder / "called").exists()
    plan(monkeypatch, FAILS)
    (folder / "oseberg.toml").write_text("[run]\non_failure = 'cat > said; echo $OSEBERG_RUN_STATUS >> said; exit 4'\n")
    done = run("run", "daily", status=1)
    said = (folder / "said").read_text()
    assert said.startswith("oseberg run daily: failed")
    assert said.endswith("1\n")
    assert "--on-failure ended with status 4" in done.stderr


def test_two_runs_do_not_meet(folder: Path) -> None:
    """The second one is told to come later; the lock is that of the data folder."""
    (folder / "home").mkdir()
    with history.only_run():
        assert "Another run is in progress" in run("run", "daily", status=75).stderr


def test_runs_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest first, with what did not go well; the file is private."""
    assert "No run is recorded yet." in run("runs", status=0).stderr
    plan(monkeypatch, CHECK)
    daily()
    plan(monkeypatch, CHECK, FAILS)
    daily(status=1)
    table = run("runs", status=0).stdout.splitlines()
    assert [line.split()[3] for line in table[1:]] == ["failed", "done"]
    assert "missing: nowhere does not exist. Check the path." in table[1]
    assert len(run("runs", "--failed", status=0).stdout.splitlines()) == 2
    assert len(run("runs", "--last", "1", status=0).stdout.splitlines()) == 2
    (newest, *_) = json.loads(run("runs", "--json", status=0).stdout)
    assert newest["state"] == "failed"
    assert stat.S_IMODE(history.history_path().stat().st_mode) == 0o600


def test_a_run_that_died_is_found(folder: Path) -> None:
    """A killed process writes no end; a line that the machine didn't finish is skipped."""
    (folder / "home").mkdir()
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    history.record({**history.start_entry("1", "daily"), "pid": gone.pid})
    history.record({**history.start_entry("2", "daily"), "pid": os.getpid()})
    history.record({**history.start_entry("3", "daily"), "pid": 1})
    with history.history_path().open("a") as file:
        file.write(
            '7\n{"id": "4"}\n{"id": [4], "run": 1, "started": 1, "state": 1, "host": 1, "pid": 1}\n{"id": "4", "sta'
        )
    assert [one["state"] for one in history.read_runs()] == ["died", "died", "running"]  # two never meet
    assert "No run failed" not in run("runs", "--failed", status=0).stderr


def test_the_history_stays_small(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old runs are forgotten."""
    (folder / "home").mkdir()
    monkeypatch.setattr(history, "LONGEST", 6)
    monkeypatch.setattr(history, "KEPT", 3)
    for number in range(7):
        history.record(history.start_entry(str(number), "daily"))
    assert [one["id"] for one in history.read_runs()] == ["4", "5", "6"]


@pytest.fixture
def slow(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A daily run in a process of its own, in the middle of a step."""
    program = (
        "import time\nfrom oseberg.cli import main\nfrom oseberg.cli.run import work\n"
        "from oseberg.cli.run.steps import Step\n"
        "sleep = lambda: print('asleep', flush=True) or time.sleep(60) or []\n"
        "work.plan_steps = lambda *_, **__: [Step('slow', sleep)]\n"
        "main(['run', 'daily'], prog_name='oseberg')\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True, cwd=folder) as process:
        try:
            while "asleep" not in process.stderr.readline():
                pass
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(("number", "state"), [(signal.SIGTERM, "interrupted"), (signal.SIGKILL, "died")])
def test_a_run_that_is_stopped_is_remembered(slow: subprocess.Popen[str], number: int, state: str) -> None:
    """Whoever stops a run finds it in the history, and the next run can begin."""
    time.sleep(0.1)
    slow.send_signal(number)
    slow.wait(20)
    assert [one["state"] for one in history.read_runs()] == [state]
    with history.only_run():
        pass


def test_runs_are_remembered_in_the_database(
    folder: Path, postgres_server: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another machine sees them too; a database that is away, or not upgraded, does not fail a run."""
    plan(monkeypatch, CHECK)
    history_file = folder / "home" / "runs.jsonl"
    with postgres_server.database() as url:
        monkeypatch.setenv("OSEBERG_DATABASE_URL", url)
        first = daily()
        with UsageDatabase(url) as database:
            (stored,) = database.command_runs()
        assert (stored["run_id"], stored["state"], stored["status"]) == (first["id"], "done", 0)
        assert stored["steps"] == first["steps"]
        history_file.unlink()
        assert [one["id"] for one in json.loads(run("runs", "--json", status=0).stdout)] == [first["id"]]
        second = daily()
        assert [one["id"] for one in json.loads(run("runs", "--json", status=0).stdout)] == [second["id"], first["id"]]
        killed = {**history.start_entry("0", "daily"), "started": first["started"], "pid": 2**22 + 1}
        history.store(killed, Settings.load())  # the file could not be written then
        assert json.loads(run("runs", "--json", status=0).stdout)[-1]["state"] == "died"
        monkeypatch.setenv("OSEBERG_DATABASE_URL", "postgresql://ann@127.0.0.1:1/usage")
        third = daily()
        shown = run("runs", "--json", status=0)
        assert [one["id"] for one in json.loads(shown.stdout)] == [third["id"], second["id"]]
        assert "Only the runs of this machine are shown" in shown.stderr
