"""Whom a run tells how it went: services that refuse, redirect or hang, and commands that fail or hang."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oseberg.cli import main
from oseberg.cli.config.known import VARIABLES
from oseberg.cli.run import history, notify, steps, work
from oseberg.cli.run.steps import Step, fixed

CHECK = fixed("settings", ["config", "check"], "")
FAILS = fixed("missing", ["county", "parse", "lea", "nowhere", "--out", "x"], "")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in VARIABLES.values():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OSEBERG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(notify, "ATTEMPTS", 1)
    plan(monkeypatch, CHECK)
    return tmp_path


def plan(monkeypatch: pytest.MonkeyPatch, *planned: Step) -> None:
    monkeypatch.setattr(work, "plan_steps", lambda *_, **__: list(planned))


def daily(*arguments: str, status: int = 0) -> Result:
    done = CliRunner().invoke(main, ["run", "daily", *arguments])
    assert done.exit_code == status, done.output
    assert done.stdout.startswith("oseberg run daily: ") or done.stdout == ""
    return done


Heard = list[tuple[str, str, str]]


@contextmanager
def service(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[tuple[str, Heard]]:
    """Run a service that keeps method, path and body of what it hears, and then answers."""
    heard: Heard = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            heard.append((self.command, self.path, body.decode()))
            answer(self)

        do_GET = do_POST  # noqa: N815 - the base class's name

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", heard
    server.shutdown()
    server.server_close()


def reply(status: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()

    return answer


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_service_that_moves_on_its_server_gets_the_summary(status: int) -> None:
    """A redirect on the same server keeps the method and the summary, as from http to https."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        moved = request.path.startswith("/new")
        reply(200)(request) if moved else reply(status, Location=f"/new{request.path}")(request)

    with service(answer) as (url, heard):
        said = daily("--ping-url", f"{url}/secret-id").stderr
    assert "failed" not in said
    method, path, body = heard[-1]
    assert (method, path) == ("POST", "/new/secret-id")
    assert body.startswith("oseberg run daily: done")


def test_another_server_is_told_nothing() -> None:
    """A redirect elsewhere is a failure of the ping."""
    with (
        service(reply(200)) as (other, heard),
        service(reply(302, Location=other.replace("127.0.0.1", "localhost"))) as (url, _),
    ):
        said = daily("--ping-url", f"{url}/secret-id").stderr
    assert heard == []
    assert "The ping to 127.0.0.1 failed: it answered 302." in said


def test_a_redirect_in_circles_ends() -> None:
    """It counts as an answer that is none."""
    with service(reply(302, Location="/secret-id")) as (url, heard):
        assert "failed: it answered 302" in daily("--ping-url", f"{url}/secret-id").stderr
    assert len(heard) < 50


def hang(request: BaseHTTPRequestHandler) -> None:
    time.sleep(3)
    request.close_connection = True


def drip(request: BaseHTTPRequestHandler) -> None:
    for _ in range(60):
        request.wfile.write(b"H")
        time.sleep(0.05)


def nonsense(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"\0\xff nonsense\r\n\r\n")
    request.close_connection = True


def cut(request: BaseHTTPRequestHandler) -> None:
    request.connection.shutdown(socket.SHUT_RDWR)
    request.close_connection = True


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (hang, "it can't be reached"),
        (drip, "it did not answer in time"),
        (nonsense, "it can't be reached"),
        (cut, "it can't be reached"),
        (reply(401), "it answered 401"),
    ],
    ids=["hangs", "drips", "nonsense", "cut", "refuses"],
)
def test_a_ping_never_fails_or_holds_up_a_run(
    answer: Callable[[BaseHTTPRequestHandler], None], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the service does, the run ends with its own status, soon, and the address is not shown."""
    monkeypatch.setattr(notify, "SECONDS", 0.3)
    monkeypatch.setattr(notify, "LONGEST", 0.6)
    with service(answer) as (url, _):
        began = time.monotonic()
        done = daily("--ping-url", f"{url}/secret-id")
        assert time.monotonic() - began < 10
    assert f"The ping to 127.0.0.1 failed: {why}." in done.stderr
    assert "secret-id" not in done.output


def test_a_service_behind_a_password() -> None:
    """A service of one's own often asks for an account; the query of the address stays behind the ending."""
    seen: list[str] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        seen.append(request.headers.get("Authorization", ""))
        reply(200)(request)

    with service(answer) as (url, heard):
        daily("--ping-url", url.replace("//", "//ann:b%40d@") + "/id?token=1")
    assert [path for _, path, _ in heard] == ["/id/start?token=1", "/id?token=1"]
    assert set(seen) == {"Basic YW5uOmJAZA=="}


@pytest.mark.parametrize(
    "url",
    ["http://[::1", "http://h:99999/x", "https://h/a b", "http://h:abc/", "https:///x", "javascript:x", "hc-ping"],
)
def test_addresses_that_are_none(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence, and nothing is run, wherever the address comes from."""
    assert "is not a web address" in daily("--ping-url", url, status=1).stderr
    monkeypatch.setenv("OSEBERG_PING_URL", url)
    assert "is not a web address" in daily(status=1).stderr
    monkeypatch.delenv("OSEBERG_PING_URL")
    Path("oseberg.toml").write_text(f"[run]\nping_url = {json.dumps(url)}\n")
    assert "is not a web address" in daily(status=1).stderr
    assert history.read_runs() == []


def test_a_line_break_behind_an_address_is_not_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of secrets end with one."""
    with service(reply(200)) as (url, heard):
        monkeypatch.setenv("OSEBERG_PING_URL", f"{url}/id\n")
        daily()
    assert [path for _, path, _ in heard] == ["/id/start", "/id"]


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("nope --now", "nope"),
        ("exit 7", "ended with status 7"),
        ("kill -9 $$", "ended with status -9"),
        ("sleep 60 & sleep 60", "was stopped after 1 seconds"),
        ("exec 0<&-; echo heard; exit 1", "heard"),
        ("printf '\\377\\376'; exit 2", "ended with status 2"),
    ],
    ids=["missing", "fails", "killed", "hangs", "reads nothing", "no text"],
)
def test_a_command_that_fails_changes_nothing(command: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is reported; the status is that of the run, and standard output is for the summary alone."""
    monkeypatch.setattr(notify, "LONGEST_COMMAND", 1.0)
    plan(monkeypatch, FAILS)
    began = time.monotonic()
    done = daily("--on-failure", command, status=1)
    assert time.monotonic() - began < 20
    assert says in done.stderr
    assert "heard" not in done.stdout


def test_what_a_command_prints_is_a_line_of_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard error stays JSON lines."""
    plan(monkeypatch, FAILS)
    said = daily("--on-failure", "cat; echo sent >&2", "--log-format", "json", status=1).stderr
    messages = [json.loads(line)["message"] for line in said.splitlines()]
    assert any(message.endswith("sent") for message in messages)


def test_names_that_are_not_text_are_reported_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A vendor's file may have a name in no encoding; the ping, the command and the history still work."""

    def fail() -> list[tuple[str, ...]]:
        raise OSError(2, "No such file or directory", "lease\udce9.csv")

    plan(monkeypatch, Step("files", fail), CHECK)
    with service(reply(200)) as (url, heard):
        done = daily("--ping-url", url, "--on-failure", "cat > told", status=1)
    assert "lease" in heard[-1][2]
    assert "lease" in Path("told").read_bytes().decode()
    assert "Traceback" not in done.output
    (known,) = history.read_runs()
    assert [step["state"] for step in known["steps"]] == ["failed", "done"]


@pytest.mark.parametrize("text", ["[mixpanel\n", "[county]\nsorce = 's3://vendor'\n", "[run]\nreport = 3\n"])
def test_settings_that_are_invalid_are_reported(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever broke the file at noon is told of it at night."""
    monkeypatch.setattr(work, "plan_steps", steps.plan_steps)
    with service(reply(200)) as (url, heard):
        (folder / "oseberg.toml").write_text(text)
        daily("--ping-url", url, "--on-failure", "cat > told", status=1)
    assert heard[-1][1] == "/fail"
    assert "oseberg.toml" in heard[-1][2]
    assert "oseberg.toml" in (folder / "told").read_text()


def test_a_folder_that_cannot_be_written_is_reported(folder: Path) -> None:
    """The run can't begin, and says so to whoever watches."""
    (folder / "home").write_text("a file where the data folder should be")
    with service(reply(200)) as (url, heard):
        done = daily("--ping-url", url, status=1)
    assert heard[-1][1] == "/fail"
    assert "Traceback" not in done.output


def test_a_step_whose_work_cannot_be_listed_does_not_stop_the_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that can't be reached concerns the step that asked."""
    monkeypatch.setattr(work, "plan_steps", steps.plan_steps)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    (folder / "oseberg.toml").write_text("[county]\nsource = 's3://vendor'\nout = 'parsed'\n")
    done = CliRunner().invoke(main, ["run", "daily", "--json"])
    record = json.loads(done.stdout)
    states = {step["name"]: step["state"] for step in record["steps"]}
    assert (states["county parse"], states["county check"], record["state"]) == ("later", "done", "later")
