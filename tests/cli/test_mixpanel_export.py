"""`oseberg mixpanel export` against a real server with faults."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import boto3
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from moto.server import ThreadedMotoServer

from oseberg.cli import main
from oseberg.mixpanel_export import RetryPolicy
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
    assert "Try again at" in result.stderr


def test_lines_that_are_not_events_need_a_person(run: Run, tmp_path: Path) -> None:
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
    assert "is not a report" in result.stderr
    assert (tmp_path / "r.json").read_text() == content


def test_a_report_goes_through_links_and_pipes(run: Run, tmp_path: Path) -> None:
    """No file takes the place of a link or of a device such as /dev/stderr."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("r.json")
    with serving(EVENTS) as server, ThreadPoolExecutor() as pool:
        piped = pool.submit((tmp_path / "pipe").read_text)
        for name in ("pipe", "link"):
            assert run(server, *SPAN, "-o", "e.csv", "--report", name).exit_code == 0
        reports = [json.loads(text) for text in (piped.result(timeout=60), (tmp_path / "r.json").read_text())]
    assert [report["rows"] for report in reports] == [48, 48]
    assert (tmp_path / "link").is_symlink()


def test_wrong_usage(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """An option that can't be is status 2 and asks nothing; a missing secret is named."""
    mistakes = {
        "is not a date": ["--since", "soon"],
        "before the first": ["--since", "2026-11-02", "--until", "2026-11-01"],
        "is not an IANA time zone": [*SPAN, "--time-zone", "Mars"],
        "is not a known format": [*SPAN, "-o", "e.xlsx"],
        "is a folder": [*SPAN, "-o", ""],
        "does not exist": [*SPAN, "--report", "missing/r.json"],
        "not in the range": [*SPAN, "--deadline", "0"],
        "No such option '--frmat'": [*SPAN, "--frmat", "csv"],
        "is in the future": ["--since", "2026-11-01", "--until", "2999-01-01"],
        "--schema": [*SPAN, "--schema", "missing/s.json"],
        "range 1<=x<=100": [*SPAN, "--parallel", "0"],
        "range x>=1": [*SPAN, "--days-per-request", "0"],
    }
    with serving(EVENTS) as server:
        for words, arguments in mistakes.items():
            result = run(server, *arguments)
            assert (result.exit_code, result.stdout) == (2, "")
            assert words in result.stderr
        assert not server.requests
    monkeypatch.delenv("MIXPANEL_SECRET")
    result = CliRunner().invoke(main, ["mixpanel", "export", *SPAN])
    assert result.exit_code == 1
    assert "MIXPANEL_SECRET must be set" in result.stderr


def test_a_dash_is_standard_output(run: Run, tmp_path: Path) -> None:
    """`-o -` makes no file of that name."""
    with serving(EVENTS) as server:
        assert run(server, *SPAN, "-o", "-").stdout.startswith('"event"')
    assert not (tmp_path / "-").exists()


def test_days_are_counted_in_the_zone_of_the_export(run: Run) -> None:
    """Yesterday is over there, whatever day it is in UTC; a later day is asked for only when it is named."""
    zone = ZoneInfo("Pacific/Kiritimati" if datetime.now(UTC).hour >= 12 else "Pacific/Honolulu")  # not UTC's day
    for word, ago in (("yesterday", 1), ("today", 0)):
        before = datetime.now(zone)
        with serving() as server:
            run(server, "--since", word, "--time-zone", zone.key)
        days = {f"{now - timedelta(days=ago):%Y-%m-%d}" for now in (before, datetime.now(zone))}
        assert {request[name] for request in server.requests for name in ("from_date", "to_date")} <= days
        assert len(server.requests) == 1


def test_the_client_s_options(run: Run) -> None:
    """Times that contradict the zone are refused unless told otherwise, and an answer may get less time."""
    lines = [
        json.dumps({"event": "e", "properties": {"time": START + n, "mp_processing_time_ms": START + n + 6 * HOUR}})
        for n in range(9)
    ]
    with serving([], *[Answer("\n".join(lines).encode())] * 2, Answer(trickle=0.05, compress=False)) as server:
        day = ["--since", "2026-11-01", "--until", "2026-11-01"]
        refused = run(server, *day)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "are in UTC-06:00" in refused.stderr
        assert run(server, *day, "--no-verify-time-zone").stdout.count("\n") == 10
        assert "within 1 s" in run(server, *day, "--deadline", "1").stderr


def test_settings_file(run: Run, tmp_path: Path) -> None:
    """[mixpanel] in oseberg.toml holds the zone; an unknown key is refused by name."""
    with serving(EVENTS) as server:
        (tmp_path / "oseberg.toml").write_text('[mixpanel]\ntime_zone = "America/Chicago"\n')
        result = run(server, "--since", "2026-11-01", "--until", "2026-11-01")
        assert "2026-11-01T05:00:00.000Z" in result.stdout
        (tmp_path / "oseberg.toml").write_text('[mixpanel]\ntimezone = "UTC"\n')
        assert "[mixpanel] timezone" in run(server, *SPAN).stderr


def test_sigterm_ends_a_command_in_order(tmp_path: Path) -> None:
    """What systemd and Kubernetes stop leaves with the signal's status, no word of Python's and no half file."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        names = {"PROJECT_ID": "1", "USERNAME": "u", "SECRET": "s", "API_URL": f"http://127.0.0.1:{port}"}
        command = [sys.executable, "-c", "from oseberg.cli import main; main()", "mixpanel", "export"]
        running = subprocess.Popen(
            [*command, "--since", "2026-11-01", "--until", "2026-11-01", "-o", "out.csv"],
            env={**os.environ, **{f"MIXPANEL_{name}": value for name, value in names.items()}, "TMPDIR": str(tmp_path)},
            cwd=tmp_path,
            stderr=subprocess.PIPE,
            text=True,
        )
        asked, _ = deaf.accept()
        with asked:
            running.terminate()
            said = running.communicate(timeout=30)[1]
    assert running.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in said
    assert [
        path.name for path in tmp_path.rglob("*") if path.suffix in {".csv", ".part"} or "export" in path.name
    ] == []


def test_a_schema_file_is_created_and_grows(run: Run, tmp_path: Path) -> None:
    """The columns of one export are those of the next at least; what gets wider is reported."""
    line = b'{"event":"e","properties":{"time":%d,"plan":%s}}'
    for number, (value, kind) in enumerate(((b"7", "int64"), (b'"pro"', "string"), (b"8", "string"))):
        with serving([line % (START, value)]) as server:
            result = run(server, *SPAN, "--schema", "schema.json", "-o", f"{number}.parquet")
        assert result.exit_code == 0
        assert json.loads((tmp_path / "schema.json").read_text()) == {"plan": kind}
        assert ("plan needs the type string instead of int64" in result.stderr) == (number == 1)
    assert pd.read_parquet("2.parquet")["plan"].tolist() == ["8"]
    (tmp_path / "schema.json").write_text("{")
    with serving(EVENTS) as server:
        assert run(server, *SPAN, "--schema", "schema.json").exit_code == 2
        assert not server.requests


def test_a_service_that_is_down_is_status_75(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scheduler tries again later."""
    monkeypatch.setattr(RetryPolicy, "wait", lambda *_: 0.0)
    with serving([], *[Answer(b"down", status=503, compress=False)] * 6) as server:
        result = run(server, *SPAN)
    assert (result.exit_code, result.stdout) == (75, "")
    assert "Mixpanel can't answer now (503: down)" in result.stderr


def test_a_day_that_is_not_over_is_reported(run: Run) -> None:
    """Today's events so far are exported when they are asked for, and a sentence says so."""
    with serving() as server:
        result = run(server, "--since", "today")
    assert result.exit_code == 0
    assert "is not over: these are its events so far" in result.stderr


def test_days_of_an_interrupted_run_can_be_fetched_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes from an earlier run is reported; --fresh fetches everything."""
    monkeypatch.setattr(RetryPolicy, "wait", lambda *_: 0.0)
    cut = [Answer(), *[Answer(cut=0.5, end="short")] * 6]
    for options, told in (([], True), (["--fresh"], False)):
        with serving(EVENTS) as server:
            server.plan = list(cut)
            assert run(server, *SPAN, "-o", "e.csv").exit_code == 1
            server.plan.clear()
            result = run(server, *SPAN, "-o", "e.csv", *options)
        assert result.exit_code == 0
        assert ("1 day from an earlier run, fetched 0 min ago" in result.stderr) == told


def test_a_closed_standard_output_is_one_sentence(run: Run, tmp_path: Path) -> None:
    """`>&-` is not a traceback."""
    with serving(EVENTS) as server:
        run(server, *SPAN, "-o", "e.csv")  # sets the environment
        command = [sys.executable, "-m", "oseberg.cli", "mixpanel", "export", *SPAN]
        script = ["sh", "-c", 'exec "$@" >&-', "sh", *command]
        ended = subprocess.run(script, stderr=subprocess.PIPE, text=True, cwd=tmp_path, check=False)
    assert ended.returncode == 2
    assert "Standard output is closed. Write to a file with -o PATH." in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_lake_of_days(run: Run, tmp_path: Path) -> None:
    """A Parquet file for each day; without --since, the days that are missing or unsettled."""
    lake = ["--partition", "day", "-o", "lake"]
    with serving(EVENTS) as server:
        assert "holds no days yet" in run(server, *lake).stderr
        written = run(server, *SPAN, "--format", "parquet", *lake)
        again = run(server, *lake, "--until", "2026-11-02")
    assert (written.exit_code, again.exit_code) == (0, 0), written.stderr
    assert len(pd.read_parquet(tmp_path / "lake")) == 48
    assert "every day is there and settled" in again.stderr
    mistakes = {
        "needs a folder": ["--partition", "day"],
        "Omit --format csv": [*lake, "--format", "csv"],
        "Missing option '--since'": ["-o", "e.csv"],
    }
    for words, arguments in mistakes.items():
        with serving() as server:
            result = run(server, *arguments)
        assert result.exit_code == 2
        assert words in result.stderr
        assert not server.requests


def test_a_lake_in_s3(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same below an address: what is there is followed, and only files that changed travel."""
    server_of_s3 = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server_of_s3.start()
    try:
        host, port = server_of_s3.get_host_and_port()
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "testing")
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://{host}:{port}")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        bucket = boto3.resource("s3").create_bucket(Bucket="lake")
        for since, until in (("2026-11-01", "2026-11-01"), ("2026-11-02", "2026-11-02")):
            with serving(EVENTS) as server:
                arguments = ["--since", since, "--until", until, "--partition", "day", "-o", "s3://lake/events"]
                result = run(server, *arguments)
            assert result.exit_code == 0, result.stderr
        assert [item.key for item in bucket.objects.all()] == [
            "events/_schema.json",
            "events/date=2026-11-01/events.parquet",
            "events/date=2026-11-02/events.parquet",
        ]
    finally:
        server_of_s3.stop()
