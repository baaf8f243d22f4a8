"""Boundaries of runs, their history, log and watchers, and of what scores look back on."""

import json
import logging
import os
import subprocess
import threading
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.error import URLError
from urllib.parse import urlsplit

import pandas as pd
import pytest
from click.testing import CliRunner

from oseberg.cli import main, tracking
from oseberg.cli.exits import Failure
from oseberg.cli.run import history, log, notify, steps, work
from oseberg.cli.score import companies, digest, explain, people, report, stored
from oseberg.cli.settings import Settings
from oseberg.health_model import LISTS, Week

LATEST = Week.parse("2026-W48")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OSEBERG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("OSEBERG_DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def entry(number: int, **more: object) -> dict:
    started = f"2026-11-02T06:{number // 60:02}:{number % 60:02}.000+00:00"
    return {
        "id": f"r{number}",
        "run": "daily",
        "started": started,
        "state": "done",
        "host": "h",
        "pid": 99_999_999,
        **more,
    }


def remember(home: Path, *entries: dict) -> None:
    (home / "runs.jsonl").write_text("".join(json.dumps(one) + "\n" for one in entries))


def test_the_history_is_cut_above_2000_lines(home: Path) -> None:
    """Of 2,001 lines the last 1,000 stay."""
    remember(home, *map(entry, range(1_999)))
    for number, left in ((1_999, 2_000), (2_000, 1_000)):
        history.record(entry(number))
        lines = (home / "runs.jsonl").read_text().splitlines()
        assert len(lines) == left
        assert json.loads(lines[-1])["id"] == f"r{number}"


def test_the_history_is_private(home: Path) -> None:
    """Messages may name people."""
    history.record(entry(1))
    assert (home / "runs.jsonl").stat().st_mode & 0o777 == 0o600


def shown(*arguments: str) -> list[str]:
    done = CliRunner().invoke(main, ["runs", "--json", *arguments])
    assert done.exit_code == 0, done.output
    return [one["id"] for one in json.loads(done.stdout)]


def test_the_last_twenty_runs_are_shown(home: Path) -> None:
    """The newest first; another number when asked for, one at least."""
    remember(home, *map(entry, range(21)))
    assert shown() == [f"r{number}" for number in range(20, 0, -1)]
    assert shown("--last", "1") == ["r20"]
    assert len(shown("--last", "99")) == 21
    assert CliRunner().invoke(main, ["runs", "--last", "0"]).exit_code == 2


def test_a_run_is_shown_with_its_minute(home: Path) -> None:
    """Seconds are for machines."""
    remember(home, entry(61))
    assert " ".join(CliRunner().invoke(main, ["runs"]).stdout.splitlines()[1].split()[:3]) == "2026-11-02 06:01 daily"


def test_runs_that_did_not_go_well(home: Path) -> None:
    """Neither those that are done nor one that is at work."""
    states = ("done", "attention", "failed", "running")
    remember(home, *(entry(number, state=state) for number, state in enumerate(states)))
    assert shown("--failed") == ["r2", "r1"]


def test_a_run_has_died_when_another_began_after_it(home: Path) -> None:
    """The last one of another machine may be at work; a line that lacks something is nobody's."""
    remember(home, *(entry(number, state="running") for number in range(2)), {"id": "x"}, entry(2, state="running"))
    assert [one["state"] for one in history.read_runs()] == ["died", "died", "running"]


def test_steps_that_went_well_are_counted() -> None:
    """Others are named with their message; what was skipped is neither."""
    parts = [{"name": name, "state": name, "message": "m"} for name in ("done", "skipped", "failed")]
    assert history.list_steps({"steps": parts}) == "failed: m"
    assert history.list_steps({"steps": parts[:2]}) == "1 done"


@pytest.fixture
def logger() -> logging.Logger:
    found = logging.getLogger("oseberg")
    yield found
    log.close(found)


def test_a_log_file_has_5_mb_and_five_old_ones(home: Path, logger: logging.Logger) -> None:
    """As the page on operations says; only its owner reads it."""
    log.open_log("text", home / "l", "x")
    file = logger.handlers[0]
    assert (file.maxBytes, file.backupCount) == (5_000_000, 5)
    assert (home / "l").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("fails", [0, 1, 2, 3])
def test_a_ping_is_tried_three_times(fails: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second after the first attempt, two after the second; each has ten seconds."""
    paused, asked = [], []

    class Opener:
        def open(self, _: object, timeout: float) -> "Opener":
            asked.append(timeout)
            if len(asked) <= fails:
                raise URLError("refused")
            return self

        def __enter__(self) -> None: ...

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(notify, "build_opener", lambda _: Opener())
    monkeypatch.setattr(notify.time, "sleep", paused.append)
    reason = ["?"]
    notify.send(None, reason)
    assert asked == [10.0] * min(fails + 1, 3)
    assert paused == [1, 2][:fails]
    assert reason == ["it can't be reached" if fails == 3 else ""]


def test_a_ping_holds_a_run_up_for_30_seconds(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    """Then the run goes on, and says so."""
    waited = []

    class Sender(threading.Thread):
        def start(self) -> None: ...

        def join(self, timeout: float | None = None) -> None:
            waited.append(timeout)

    monkeypatch.setattr(notify.threading, "Thread", Sender)
    notify.ping("https://hc-ping.com/x", "/start")
    assert waited == [30.0]
    assert "The ping to hc-ping.com failed: it did not answer in time." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("body", "sent"),
    [("x" * 100_000, 100_000), ("x" * 100_001, 100_000), ("é" * 50_000, 100_000), ("é" * 50_000 + "x", 99_999)],
    ids=["as much", "one more", "as much of two bytes", "half a letter"],
)
def test_the_end_of_a_summary_is_sent(body: str, sent: int) -> None:
    """100,000 bytes of it, and no half letter."""
    content = notify.make_request(urlsplit("https://x/y/"), "/fail", body).data
    assert len(content) == sent
    assert body.endswith(content.decode())


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("http://x:1/", True),
        ("http://x:0/", False),
        ("http://x:65535/", True),
        ("http://x:65536/", False),
        ("ftp://x/", False),
        ("https:///x", False),
        ("https://x/ö", False),
        ("https://x/a b", False),
        ("https://x/a\tb", False),
    ],
)
def test_addresses_of_the_web(url: str, is_one: bool) -> None:
    """With a host, and a port that exists if any."""
    assert notify.is_web_address(url) is is_one


@pytest.mark.parametrize(
    ("status", "ending", "runs"), [(0, "", False), (75, "/log", False), (1, "/fail", True), (3, "/fail", True)]
)
def test_what_watchers_hear(status: int, ending: str, runs: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later try is neither a success nor a failure; the command runs when a person is needed."""
    ran: list[str] = []
    monkeypatch.setattr(notify, "run_shell", lambda command, *_: ran.append(command) or 0)
    assert notify.ending_of(status) == ending
    notify.run_on_failure("true", status, "", {})
    assert bool(ran) is runs


@pytest.mark.parametrize(("ended", "says"), [(None, "stopped after 300 seconds"), (7, "status 7"), (0, "")])
def test_a_command_says_2000_letters(
    ended: int | None, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """And how it ended, unless it ended well."""
    monkeypatch.setattr(notify, "run_shell", lambda *arguments: arguments[3].write(b"x" * 2_001) and ended)
    notify.run_on_failure("true", 1, "", {})
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "x" * 2_000
    assert (says in lines[-1]) if says else len(lines) == 1


def test_a_command_has_five_minutes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The lock of the run is held meanwhile."""
    given = []

    def communicate(self: subprocess.Popen, text: bytes, timeout: float) -> None:
        given.append((text, timeout))
        raise subprocess.TimeoutExpired("x", timeout)

    monkeypatch.setattr(subprocess.Popen, "communicate", communicate)
    with (tmp_path / "printed").open("wb") as printed:
        assert notify.run_shell("exec sleep 60", "summary", {}, printed) is None
    assert given == [(b"summary", 300.0)]


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ({"deliveries": 1, "events": 2, "rows": 0}, "1 delivery, 2 events"),
        ({"deliveries_waiting": 1, "days_loaded": 1_000}, "1 delivery waiting, 1,000 days loaded"),
        ({"newly_low": 1, "unreadable": 1}, "1 newly low, 1 unreadable"),
        ({}, ""),
    ],
)
def test_counts_are_said_with_their_noun(counts: dict, text: str) -> None:
    """Nothing is said of nothing."""
    assert work.list_counts(counts) == text


@pytest.mark.parametrize(("age", "checked"), [(-1, ["2"]), (0, ["2"]), (1, ["1", "2"])])
def test_a_result_is_checked_that_is_newer_than_its_report(home: Path, age: int, checked: list[str]) -> None:
    """And always the latest delivery, which may have been completed."""
    for name in ("1", "2"):
        folder = home / "48227" / name
        folder.mkdir(parents=True)
        for file, moment in (("records.jsonl", 1_000 + age), ("checks.html", 1_000)):
            (folder / file).touch()
            os.utime(folder / file, (moment, moment))
    assert [Path(command[2]).parent.name for command in steps.checks_due("root/", home)] == checked


def test_tracking_is_looked_back_on_for_16_weeks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of these days counts; a day that isn't loaded doesn't."""
    last = date(2026, 11, 30)
    days = [last, last - timedelta(days=112), last - timedelta(days=113), last - timedelta(days=1)]
    frame = pd.DataFrame({"day": days, "state": ["loaded"] * 3 + ["failed"], "events": [1, 2, 3, 4]})
    asked = []

    class Database:
        def loaded_days(self) -> pd.DataFrame:
            return frame

        def event_counts(self, since: date | None = None) -> pd.DataFrame:
            asked.append(since)
            return pd.DataFrame({"day": days[:3], "event": "x", "events": [1, 2, 3], "ids": 1})

    seen = []
    monkeypatch.setattr(tracking, "user_volumes", lambda *given: seen.append(given) or {})
    database = Database()
    tracking.find_loss(database, Settings())
    volumes = tracking.volumes_of(database)
    tracking.find_loss(database, Settings(), volumes)
    assert asked == [days[1], None]
    for recent, _, _ in seen:
        assert recent == {days[0]: 1, days[1]: 2}
    assert seen[1][1]["day"].tolist() == days[:2]


def test_days_without_a_rollup_count_as_the_log_has_them() -> None:
    """A day without any events is one; a day that is known, but without events of users, has none."""
    model = SimpleNamespace(
        definition=SimpleNamespace(
            events={"a": SimpleNamespace(name="Login", actor="user"), "b": SimpleNamespace(name="Mail", actor="system")}
        )
    )
    monday, tuesday, wednesday, thursday = (date(2026, 11, day) for day in range(2, 6))
    counts = pd.DataFrame(
        {"day": [monday, monday, tuesday], "event": ["Login", "Mail", "Mail"], "events": [1, 5, 5], "ids": [1, 1, 1]}
    )
    days = {monday: 6, tuesday: 5, wednesday: 9, thursday: 0}
    assert tracking.user_volumes(days, counts, model) == {monday: 1, tuesday: 0, wednesday: 9, thursday: 0}
    assert tracking.user_volumes(days, counts, None) == days


def test_one_lost_event_is_a_loss() -> None:
    """So is a day; nothing is none."""
    assert tracking.Loss(None, ["event"])
    assert tracking.Loss(date(2026, 11, 2), [])
    assert not tracking.Loss(None, [])


@pytest.mark.parametrize(("back", "said"), [(8, True), (9, False)])
def test_lost_weeks_are_told_for_eight_weeks(back: int, said: bool, capsys: pytest.CaptureFixture) -> None:
    """What is long over must not be read first every Monday."""
    week = LATEST.next(-back)
    companies.say_fleet(SimpleNamespace(weeks=[LATEST], lost=[week.monday], declines=[]))
    assert (f"Tracking was lost in {week}" in capsys.readouterr().err) is said


@pytest.mark.parametrize(("back", "said"), [(3, True), (4, False)])
def test_declines_are_told_for_four_weeks(back: int, said: bool, capsys: pytest.CaptureFixture) -> None:
    """The latest one counts."""
    week = LATEST.next(-back)
    companies.say_fleet(SimpleNamespace(weeks=[LATEST], lost=[], declines=[week.monday]))
    assert (f"declined in {week};" in capsys.readouterr().err) is said


def test_companies_that_need_attention() -> None:
    """Newly low, falling, low for long, and whatever else is marked."""
    frame = pd.DataFrame({"list": [*LISTS, LISTS[-1]], "needs_attention": [False] * len(LISTS) + [True]})
    frame = frame.assign(group_type=None, owner=["Ann"] + [None] * len(LISTS))
    kept = companies.select(frame, attention=True, kind=None, owner=None)
    assert kept["list"].tolist() == [*LISTS[:3], LISTS[-1]]
    assert len(companies.select(frame, attention=False, kind=None, owner="ANN")) == 1
    with pytest.raises(Failure, match="Known: Ann"):
        companies.select(frame, attention=False, kind=None, owner="Bob")


@pytest.mark.parametrize(("count", "more"), [(5, "e."), (6, "e and 1 more.")])
def test_five_companies_are_named(count: int, more: str) -> None:
    """Of each list that needs a person."""
    found = SimpleNamespace(sections={"Falling": pd.DataFrame({"name": list("abcdef")[:count]})})
    assert digest.describe_alarms(found, Path("d.html")).startswith(f"Falling: a, b, c, d, {more}")


def test_a_company_is_found_by_one_name_only() -> None:
    """By id before Salesforce id before name; two of a name are not one, and an empty text is none."""
    groups = pd.DataFrame(
        {"group_id": [1, 2, 3, 4], "group_name": ["Ann", "ann ", "1", "Bo"], "salesforce_id": [None, "Bo", "", "s"]}
    )
    assert explain.find_company(groups, "1")["group_id"] == 1
    assert explain.find_company(groups, "Bo")["group_id"] == 2
    assert explain.find_company(groups, "", fallback=True) is None
    with pytest.raises(Failure, match="Several companies are named 'ann': 1, 2"):
        explain.find_company(groups, "ann")


def test_the_facts_of_a_week_are_those_of_its_end() -> None:
    """Who begins with the next week is not in it, nor who ended with the one before; the last change counts."""
    monday = LATEST.monday
    spans = pd.DataFrame(
        [
            (1, monday - timedelta(days=9), monday, "ended before"),
            (2, monday - timedelta(days=9), monday + timedelta(days=1), "ended in it"),
            (3, monday + timedelta(days=6), None, "began on Sunday"),
            (4, monday + timedelta(days=7), None, "begins after it"),
            (5, None, monday + timedelta(days=4), "before Friday"),
            (5, monday + timedelta(days=4), None, "from Friday on"),
        ],
        columns=["user_id", "since", "until", "job_type"],
    )
    database = SimpleNamespace(has_roster_dates=lambda: True, user_history=lambda: spans)
    facts = people.facts_by_week(database, [LATEST], pd.DataFrame(), ["job_type"])
    assert dict(zip(facts["user_id"], facts["job_type"], strict=True)) == {
        2: "ended in it",
        3: "began on Sunday",
        5: "from Friday on",
    }
    assert people.first_days(spans)[5] is None


@pytest.mark.parametrize(("days", "over"), [(-1, True), (0, True), (1, False), (None, False)])
def test_a_company_is_over_that_canceled_by_monday(days: int | None, over: bool) -> None:
    """Later in the week its users still count."""
    canceled = None if days is None else LATEST.monday + timedelta(days=days)
    assert bool(stored.is_over(canceled, LATEST)) is over


def test_weeks_are_compared_until_enough_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest first; the week that reaches the number is the last one."""
    users = pd.DataFrame({"week": [LATEST.next(-back).monday for back in (0, 0, 1, 1, 2, 2)]})
    for most, weeks in ((4, 2), (5, 3), (100, 3), (1, 1)):
        monkeypatch.setattr(report, "MOST_READ", most)
        assert report.compared_weeks(users) == [LATEST.next(-back).monday for back in range(weeks)]
