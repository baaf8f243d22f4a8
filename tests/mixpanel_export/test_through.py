"""An export always succeeds in the end: large ranges, slow servers, spent limits, and answers that are not exports."""

import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from oseberg.mixpanel_export import (
    MixpanelClient,
    MixpanelSettings,
    RateLimitError,
    RequestError,
    RetryPolicy,
    SettingsError,
    UnavailableError,
    normalize,
)
from oseberg.mixpanel_export._ask import plan as plans
from oseberg.mixpanel_export._http import budget as budgets
from tests.mixpanel_export.fault_server import Answer, FaultServer, serving
from tests.mixpanel_export.helpers import SECRET, client, event, many
from tests.mixpanel_export.times import HOUR, at

FIRST, LAST = "2026-11-01", "2026-11-05"
YEAR = (date(2025, 11, 1), date(2026, 10, 31))


def span(request: dict[str, str]) -> int:
    """Give the number of days of a request."""
    return (date.fromisoformat(request["to_date"]) - date.fromisoformat(request["from_date"])).days + 1


def limit_days(server: FaultServer, most: int, refuse: Callable[[], Answer]) -> None:
    """Let a server refuse requests of more days."""
    usual = server.answer
    server.answer = lambda query: (refuse(), b"too much") if span(query) > most else usual(query)


def later(status: int = 504) -> Answer:
    return Answer(b"upstream request timeout", status=status, compress=False)


@pytest.mark.parametrize("status", [502, 504])
def test_a_range_that_is_too_large_is_halved(status: int) -> None:
    """A gateway's timeout is not a reason to ask for the same again and again."""
    lines = many(20, step=24 * HOUR)
    with serving(lines) as server:
        limit_days(server, 4, lambda: later(status))
        assert len(client(server).export("2026-11-01", "2026-11-20")) == 20
    sizes = [span(request) for request in server.requests]
    assert max(sizes) <= 20
    assert len(sizes) < 20


def test_no_first_byte_halves_a_range_at_once() -> None:
    """A silent server is waited for once, not six times."""
    with serving(many(20, step=24 * HOUR)) as server:
        usual = server.answer
        server.answer = lambda query: (Answer(b"", wait=1.5), b"") if span(query) > 4 else usual(query)
        begun = time.monotonic()
        assert len(client(server, read_timeout=0.5).export("2026-11-01", "2026-11-20")) == 20
    assert time.monotonic() - begun < 10
    silent = [request["from_date"] for request in server.requests if span(request) > 4]
    assert len(silent) == len(set(silent)) == 3


def test_a_day_that_times_out_is_requested_in_intervals() -> None:
    """At the end of halving are pieces of a day, even if not a byte of the whole came."""
    with serving(many(24)) as server:
        usual = server.answer
        server.answer = lambda query: usual(query) if "where" in query else (later(), b"timeout")
        assert len(client(server).export(FIRST, FIRST)) == 24


def test_a_year_from_a_server_that_refuses_more_than_four_days(tmp_path: Path) -> None:
    """Each hour's 60 requests bring the export on, and no complete day is requested twice."""
    lines = [event(at(str(YEAR[0] + timedelta(number))), n=number) for number in range(365)]
    runs = 0
    with serving(lines) as server:
        limit_days(server, 4, later)
        while runs < 5:
            runs += 1
            begun = len(server.requests)
            for path in tmp_path.glob("mixpanel-requests-*.json"):
                path.unlink()  # an hour has passed
            with suppress(RateLimitError):
                report = client(server, state_folder=tmp_path).write(tmp_path / "year.csv", *YEAR)
                break
            assert len(server.requests) - begun == 60
    assert (report.rows, runs) == (365, 2)
    came = [request["from_date"] for request in server.requests if span(request) <= 4]
    assert len(came) == len(set(came))


def test_the_days_per_request_can_be_fixed() -> None:
    """`days_per_request` names the size of each request."""
    with serving(many(240)) as server:
        assert len(client(server, days_per_request=3).export("2026-11-01", "2026-11-10")) == 240
    assert sorted(span(request) for request in server.requests) == [1, 3, 3, 3]
    with pytest.raises(SettingsError, match="days_per_request"):
        client(server, days_per_request=0)
    with pytest.raises(SettingsError, match=r"parallel=101 .* 1 to 100"):
        client(server, parallel=101)


def test_slow_answers_come_in_parallel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ninety days of an answer that takes its time: four requests at once take at most 0.4 of the time of one."""
    monkeypatch.setattr(plans, "SLOW", 0.1)
    took = {}
    for parallel in (1, 4):
        with serving(many(90, "2026-08-01", 24 * HOUR)) as server:
            usual = server.answer
            server.answer = lambda query, usual=usual: (Answer(wait=0.5), usual(query)[1])  # 5 s, scaled down
            begun = time.monotonic()
            frame = client(server, parallel=parallel).export("2026-08-01", "2026-10-29")
            took[parallel] = time.monotonic() - begun
        assert frame["number"].tolist() == list(range(90))
    assert took[4] <= 0.4 * took[1]


def test_no_four_requests_arrive_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mixpanel counts arrivals: there is a margin."""
    monkeypatch.setattr(budgets, "PER_SECOND", 3)
    arrived: list[float] = []
    with serving(many(6)) as server:
        usual = server.answer
        server.answer = lambda query: (arrived.append(time.monotonic()), usual(query))[1]
        client(server, days_per_request=1).export("2026-11-01", "2026-11-08")
    assert len(arrived) == 8
    assert min(last - first for first, last in zip(arrived, arrived[3:], strict=False)) > 1


def test_clients_share_the_hour_without_being_told() -> None:
    """Two clients of one account and project, in a notebook or a command, have 60 requests together."""
    with serving(many(3)) as server:
        for _ in range(60):
            client(server, days_per_request=1).export(FIRST, FIRST)
        with pytest.raises(RateLimitError, match="are spent"):
            client(server).export(FIRST, FIRST)
        environment = {
            "MIXPANEL_PROJECT_ID": "1",
            "MIXPANEL_USERNAME": "robot",
            "MIXPANEL_SECRET": SECRET,
            "MIXPANEL_API_URL": server.url,
        }
        with pytest.raises(RateLimitError, match="are spent"):
            MixpanelClient.from_env(environment=environment).export(FIRST, FIRST)
    assert len(server.requests) == 60


def test_the_shared_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """OSEBERG_HOME, root's folder, the machine's if it is open, the account's folder, and none without a home."""
    monkeypatch.setattr(budgets, "MACHINE", tmp_path / "machine")
    assert budgets.default_folder(str(tmp_path)) == tmp_path / "mixpanel"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert budgets.default_folder() == tmp_path / "machine"
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert budgets.default_folder() == tmp_path / "oseberg" / "mixpanel"
    (tmp_path / "machine").mkdir()
    assert budgets.default_folder() == tmp_path / "machine"
    monkeypatch.setattr(os, "access", lambda *_: False)

    def homeless(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(budgets, "user_data_path", homeless)
    assert budgets.default_folder() is None


@pytest.mark.parametrize(("folder", "file"), [(0o2770, 0o660), (0o700, 0o600)])
def test_accounts_of_a_group_may_share_the_count(folder: int, file: int, tmp_path: Path) -> None:
    """In a folder that a group may write into, so may it the count; elsewhere the count is the account's own."""
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(folder)
    before = os.umask(0o077)
    try:
        path = tmp_path / "shared" / "mixpanel-requests-x.json"
        budget = budgets.RequestBudget(path, per_hour=2)
        assert [budget.try_take(), budgets.RequestBudget(path, per_hour=2).try_take()] == [0.0, 0.0]
    finally:
        os.umask(before)
    assert budgets.RequestBudget(path, per_hour=2).try_take() > 3500
    assert stat.S_IMODE(path.stat().st_mode) == file
    assert stat.S_IMODE(Path(f"{path}.lock").stat().st_mode) == file


def test_a_folder_that_can_t_be_written_is_not_a_reason_to_fail(tmp_path: Path) -> None:
    """The count is kept in memory then."""
    (tmp_path / "file").touch()
    with serving(many(3)) as server:
        assert len(client(server, shared_folder=tmp_path / "file" / "below").export(FIRST, FIRST)) == 3


HOURLY = b'{"error": "Rate limit exceeded: 61/60 queries running in the last hour", "status": "failure"}'
CONCURRENT = b'{"error": "Query rate limit exceeded: 5/5 queries running concurrently", "status": "failure"}'


@pytest.mark.parametrize("body", [HOURLY, b'{"error": "60 requests per hour are allowed", "code": 60}'])
def test_a_spent_hour_at_mixpanel_ends_at_once_with_the_time_to_come_back(body: bytes) -> None:
    """Other clients of the project have spent the hour: waiting seconds is in vain."""
    words = r"60 .* Try again at 20\d\d-"
    fault = Answer(body, status=429, compress=False)
    with serving([], fault) as server, pytest.raises(RateLimitError, match=words) as caught:
        client(server).export(FIRST, FIRST)
    assert len(server.requests) == 1
    assert caught.value.try_again
    assert 3000 < caught.value.retry_after <= 3600


def test_too_many_at_once_at_mixpanel_are_waited_for() -> None:
    """Concurrent queries end in seconds."""
    with serving(many(3), Answer(CONCURRENT, status=429, compress=False)) as server:
        assert len(client(server).export(FIRST, FIRST)) == 3


def test_a_service_that_is_down_is_worth_another_try() -> None:
    """The error says `try again`, as the status 75 of the command does."""
    faults = [Answer(b"down", status=503, compress=False)] * 3
    with serving([], *faults) as server, pytest.raises(UnavailableError) as caught:
        client(server).export(FIRST, FIRST)
    assert caught.value.try_again
    with pytest.raises(UnavailableError, match="can't be reached") as gone:
        client(server).export(FIRST, FIRST)
    assert gone.value.try_again


PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in &amp; go on</title></head><body>" + b"x" * 5000 + b"</body></html>"


@pytest.mark.parametrize("compress", [True, False])
def test_a_page_instead_of_events_is_named(compress: bool) -> None:
    """A proxy's login answers with status 200."""
    with serving([], Answer(PAGE, compress=compress)) as server:
        with pytest.raises(RequestError, match=r"sent a web page instead of events \(Sign in & go on\)"):
            client(server).export(FIRST, FIRST)
        assert len(server.requests) == 1
        server.plan.append(Answer(PAGE, status=403, compress=False))
        with pytest.raises(Exception, match=r"\(403: Sign in & go on\)"):
            client(server).export(FIRST, FIRST)


@pytest.mark.parametrize(
    ("project", "words"), [("0123456789abcdef0123456789ABCDEF", "project token"), ("acme", "is not a number")]
)
def test_a_project_is_named_by_its_number(project: str, words: str) -> None:
    """The token is for sending events; it isn't repeated in the message."""
    with pytest.raises(SettingsError, match=words) as caught:
        MixpanelClient(project, "robot", SECRET)
    assert "0123456789abcdef" not in str(caught.value)


def test_a_region_may_be_in_capitals() -> None:
    """Mixpanel's pages write EU."""
    assert MixpanelClient(1, "robot", SECRET, region="EU")._connection.exporter.url.startswith("https://data-eu.")
    variables = {"MIXPANEL_PROJECT_ID": " 1\n", "MIXPANEL_USERNAME": "u", "MIXPANEL_SECRET": "s"}
    settings = {"MIXPANEL_REGION": "Eu ", "MIXPANEL_TIME_ZONE": "UTC"}
    known = MixpanelClient.from_env(environment=variables | settings)
    assert (known.project_id, known._connection.exporter.url[:16]) == ("1", "https://data-eu.")
    assert MixpanelSettings().with_environment({"MIXPANEL_REGION": "EU"}).region == "eu"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (b"\x1f\x8b\x08\x00rest", "compressed with gzip"),
        ([b"\x28\xb5\x2f\xfdrest"], "compressed with zstd"),
        ("exports/events.jsonl", r"not a path. Pass pathlib.Path\('exports/events.jsonl'\)"),
        (Path("events.jsonl.gz"), "not a path"),
        (b"C:\\events.json\n", "not a path"),
    ],
)
def test_what_normalize_can_t_read_is_named(lines: Any, words: str) -> None:
    """A path or a compressed file is one clear sentence."""
    with pytest.raises(SettingsError, match=words):
        normalize(lines)


CUT = Answer(cut=0.5, end="short")


def test_days_of_an_earlier_run_are_private_and_told(tmp_path: Path) -> None:
    """What is taken from the spool is reported, with its age, and counted in the report."""
    notes: list[str] = []
    with serving(many(100), Answer(), *[CUT] * 9) as server:
        with pytest.raises(Exception, match="broke off"):
            client(server).write(tmp_path / "e.csv", FIRST, LAST, spool=tmp_path / "spool")
        modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "spool").glob("**") if path.is_dir()}
        assert modes == {0o700}
        server.plan.clear()
        report = client(server, notify=notes.append).write(tmp_path / "e.csv", FIRST, LAST, spool=tmp_path / "spool")
    (note,) = notes
    assert note.startswith("1 day from an earlier run, fetched 0 min ago. Use --fresh")
    assert (report.resumed_days, report.rows) == (1, 100)
    assert stat.S_IMODE((tmp_path / "e.csv").stat().st_mode) == 0o600


def test_days_can_be_fetched_afresh(tmp_path: Path) -> None:
    """`fresh` takes nothing from an earlier run."""
    with serving(many(100), Answer(), *[CUT] * 9) as server:
        with pytest.raises(Exception, match="broke off"):
            client(server).write(tmp_path / "e.csv", FIRST, LAST, spool=tmp_path)
        server.plan.clear()
        server.requests.clear()
        report = client(server).write(tmp_path / "e.csv", FIRST, LAST, spool=tmp_path, fresh=True)
    assert report.resumed_days == 0
    assert server.requests[0]["from_date"] == FIRST


@pytest.mark.parametrize(("age", "ago", "resumed"), [(1800, 2, 1), (7200, 2, 0), (7200, 10, 1), (90_000, 10, 0)])
def test_an_unsettled_day_is_kept_for_an_hour(tmp_path: Path, age: int, ago: int, resumed: int) -> None:
    """To yesterday events are still added; a day of last week is as good as it will be."""
    day = datetime.now(UTC).date() - timedelta(days=ago)
    with serving([event(at(str(day)) + 1)], Answer(), *[CUT] * 9) as server:
        with pytest.raises(Exception, match="broke off"):
            client(server, days_per_request=1, parallel=1).write(
                tmp_path / "e.csv", day, day + timedelta(days=1), spool=tmp_path
            )
        (kept,) = tmp_path.glob("*/*.jsonl.zst")
        os.utime(kept, (time.time() - age,) * 2)
        server.plan.clear()
        report = client(server).write(tmp_path / "e.csv", day, day + timedelta(days=1), spool=tmp_path)
    assert report.resumed_days == resumed


def test_an_export_can_be_left_while_requests_run() -> None:
    """Whoever stops reading the days isn't kept waiting for the requests under way."""
    with serving(many(240)) as server:
        usual = server.answer
        server.answer = lambda query: (Answer(wait=0 if query["from_date"] == FIRST else 30), usual(query)[1])
        begun = time.monotonic()
        days = client(server, days_per_request=1).days(FIRST, "2026-11-10")
        assert len(next(days).lines) == 24
        days.close()
    assert time.monotonic() - begun < 10


def test_the_package_needs_no_unix() -> None:
    """On Windows there is no fcntl."""
    program = "import sys; sys.modules['fcntl'] = None\nfrom oseberg.mixpanel_export import MixpanelClient"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_policy_keeps_its_attempts_for_failures_of_one_day() -> None:
    """A refusal that has nothing to do with the number of days is repeated as often as the policy says."""
    with serving(many(3), *[Answer(b"x", status=500, compress=False)] * 4) as server:
        one = client(server, retry=RetryPolicy(attempts=5, first_wait=0.01))
        assert len(one.export(FIRST, FIRST)) == 3
    assert len(server.requests) == 5
