"""Whole days, few requests, and the budget that all processes share."""

import json
import re
import subprocess
import sys
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from oseberg.mixpanel_export import RateLimitError, SettingsError, TruncatedExportError, normalize
from oseberg.mixpanel_export._ask.plan import Plan
from oseberg.mixpanel_export._http import budget as budgets
from oseberg.mixpanel_export._http.budget import RequestBudget
from tests.mixpanel_export.fault_server import Answer, serving
from tests.mixpanel_export.helpers import client, event, many
from tests.mixpanel_export.times import at

FIRST, LAST = "2026-11-01", "2026-11-05"


def test_days_are_given_in_order_with_all_their_lines() -> None:
    """Each day has its raw lines, duplicates included; empty days are days."""
    lines = many(30)
    lines.append(lines[0])
    with serving(lines) as server:
        days = list(client(server).days(date(2026, 11, 1), date(2026, 11, 3)))
    assert [day.date.day for day in days] == [1, 2, 3]
    assert list(days[0].lines) == [*lines[:24], lines[0]]
    assert list(days[1].lines) == lines[24:30]
    assert [len(day.lines) for day in days] == [25, 6, 0]
    assert days[0].lines[0] == lines[0]
    assert len(days[0].frame()) == 24
    assert days[2].frame(names="snake").empty


def test_a_day_that_fails_is_an_error_after_the_complete_ones() -> None:
    """What is given is complete; the failing day raises."""
    with serving(many(100), Answer(), *[Answer(cut=0.5, end="short")] * 9) as server:
        days = client(server).days(FIRST, LAST)
        assert len(next(days).lines) == 24
        with pytest.raises(TruncatedExportError):
            next(days)


def test_ninety_sparse_days_take_few_requests() -> None:
    """Sparse days are asked for together: a quarter of a year fits the budget of an hour many times."""
    with serving(many(90, step=24 * 3_600_000)) as server:
        days = list(client(server).days("2026-11-01", "2027-01-29"))
        assert [len(day.lines) for day in days] == [1] * 90
        assert len(server.requests) <= 8
        assert len(client(server).export("2026-11-01", "2027-01-29")) == 90


def test_requests_grow_with_sparse_days_and_shrink_with_heavy_ones() -> None:
    """The bytes of the last request decide the days of the next; gaps end a request."""
    days = [date(2026, 1, 1) + timedelta(number) for number in range(60)]
    plan = Plan([*days[:20], *days[25:]])
    sizes = []
    for group in plan:
        sizes.append(len(group))
        plan.learn(len(group), 60_000_000 * len(group) if len(sizes) == 4 else 1000)
    assert sizes[:5] == [2, 14, 4, 20, 2]
    assert sum(sizes) == 55


def test_ten_years_fit_the_requests_of_an_hour() -> None:
    """The longer the range, the more days are asked for at once, heavy or not."""
    plan = Plan([date(2016, 1, 1) + timedelta(number) for number in range(3650)])
    assert sum(1 for group in plan if plan.learn(len(group), 10**12) is None) <= 45


def test_days_that_never_come_whole_together_are_asked_for_in_halves() -> None:
    """When four days together break off in every attempt, two at a time may come."""
    with serving(many(120), Answer(), *[Answer(cut=0.5, end="short")] * 3) as server:
        assert len(client(server).export(FIRST, LAST)) == 120
    asked = [(request["from_date"][-2:], request["to_date"][-2:]) for request in server.requests]
    assert asked == [("01", "01"), *[("02", "05")] * 3, ("02", "03"), ("04", "05")]


def test_events_without_a_place_go_with_the_nearest_day() -> None:
    """An impossible year or a missing time is not a reason to lose an event."""
    body = b"\n".join([event(at("1975-01-01")), event(None), event(at("2099-01-01")), event(at("2026-11-02"))])
    with serving([], Answer(body)) as server:
        days = list(client(server).days("2026-11-02", "2026-11-02"))
    assert [len(day.lines) for day in days] == [4]


def test_names_of_events_include_restored_hot_shards() -> None:
    """Asking for a name asks for hot shards too, and keeps those of that name alone."""
    hot = {"mp_original_distinct_id": "x"}
    lines = [
        event(name="A"),
        event(name="B"),
        event(name="$hotshard_events", mp_original_event_name="A", **hot),
        event(name="$hotshard_events", mp_original_event_name="B", **hot),
    ]
    with serving(lines) as server:
        one = client(server)
        assert one.export(FIRST, FIRST, events=["A"])["event"].tolist() == ["A", "A"]
        assert [len(day.lines) for day in one.days(FIRST, FIRST, events=["A"])] == [2]
        assert len(one.export(FIRST, FIRST, events=["A", "$hotshard_events"])) == 3
        assert len(client(server, restore_hot_shards=False).export(FIRST, FIRST, events=["A"])) == 1
    assert json.loads(server.requests[-1]["event"]) == ["A"]


def test_unreadable_lines_stand_with_their_day() -> None:
    """The load can keep what is not an event."""
    with serving([], Answer(b"garbage\n" + event())) as server:
        (day,) = client(server).days(FIRST, FIRST)
    assert [line for line, _ in day.unreadable] == [b"garbage"]
    assert list(day.received) == [*day.lines, b"garbage"]
    assert (len(day.lines), len(day.received)) == (1, 2)


@pytest.mark.parametrize(
    ("since", "until"),
    [("2026-11-02", "2026-11-01"), ("soon", "2026-11-01"), (20261101, "2026-11-01"), (pd.NaT, "2026-11-01")],
)
def test_impossible_ranges_are_refused(since: str, until: str) -> None:
    """Days in the wrong order or no days at all ask nothing."""
    with serving() as server:
        with pytest.raises(SettingsError):
            client(server).days(since, until)
        assert not server.requests


@pytest.mark.parametrize("events", ["Atla Query", [], [5]])
def test_events_that_are_not_a_list_of_names_are_refused(events: Any) -> None:
    """One text would be taken for its letters, and an empty list for everything or nothing."""
    with serving() as server:
        with pytest.raises(SettingsError, match="events"):
            client(server).export(FIRST, FIRST, events=events)
        assert not server.requests


def test_days_and_names_come_as_pandas_gives_them() -> None:
    """Moments stand for their days, and names may be any collection."""
    with serving(many(48)) as server:
        first, last = pd.Timestamp("2026-11-01 14:00", tz="Asia/Tokyo"), datetime(2026, 11, 2, 3, 4)  # noqa: DTZ001
        assert len(client(server).export(first, last, events=pd.Series(["Atla Query"]))) == 48
    assert [request["to_date"] for request in server.requests] == ["2026-11-01", "2026-11-02"]


def test_lines_outlive_the_client_and_leave_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Days can be read after the export, and their files go with them."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with serving(many(30)) as server:
        days = list(client(server).days(FIRST, LAST))
    assert sum(len(normalize(day.lines)) for day in days) == 30
    assert list(tmp_path.iterdir())
    del days
    assert not list(tmp_path.iterdir())


def test_the_hour_s_budget_is_refused_with_the_time_to_come_back(tmp_path: Path) -> None:
    """The sixty-first request of an hour is not sent; the error says when it may be."""
    budget = RequestBudget(tmp_path / "budget.json")
    for _ in range(60):
        budget.take()
    with pytest.raises(RateLimitError, match=r"60 requests an hour .* Try again at 20\d\d-\d\d-\d\d") as caught:
        RequestBudget(tmp_path / "budget.json").take()
    assert caught.value.try_again
    assert 3500 < caught.value.retry_after <= 3600


def test_a_spent_budget_ends_the_export_at_once(tmp_path: Path) -> None:
    """Nothing is tried again for an hour's sake, and no request is sent."""
    with serving(many(3)) as server:
        client(server, state_folder=tmp_path).export(FIRST, FIRST)
        (path,) = tmp_path.glob("*.json")
        path.write_text(json.dumps([time.time()] * 60))
        notes: list[str] = []
        one = client(server, state_folder=tmp_path, notify=notes.append)
        with pytest.raises(RateLimitError, match="are spent"):
            one.export(FIRST, FIRST)
    assert (len(server.requests), notes) == (1, [])


def test_a_short_wait_for_the_budget_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody sits before a silent export because the hour's requests are nearly free again."""
    with serving(many(3)) as server:
        notes: list[str] = []
        one = client(server, state_folder=tmp_path, notify=notes.append)
        one.export(FIRST, FIRST)
        (path,) = tmp_path.glob("*.json")
        path.write_text(json.dumps([time.time() - 3550] * 60))
        monkeypatch.setattr(time, "sleep", lambda _: path.write_text("[]"))
        one.export(FIRST, FIRST)
    (note,) = filter(None, notes)
    assert re.fullmatch(r"The 60 requests of the hour are spent\. The next one is sent in [45]\d s\.", note)


def test_old_and_future_requests_and_a_damaged_file_do_not_count(tmp_path: Path) -> None:
    """Only the last 3,600 seconds count; a clock set back or a crash locks nobody out."""
    path = tmp_path / "budget.json"
    for content in (json.dumps([time.time() - 3601] * 60 + [time.time() + 900] * 60), "{", "5", ""):
        path.write_text(content)
        RequestBudget(path).take()
        assert len(json.loads(path.read_text())) == 1


def test_three_requests_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fourth request of a second waits for its turn."""
    monkeypatch.setattr(budgets, "PER_SECOND", 3)
    begun, budget = time.monotonic(), RequestBudget()
    for _ in range(4):
        budget.take()
    assert 0.9 < time.monotonic() - begun < 5


def test_processes_share_the_budget(tmp_path: Path) -> None:
    """Two processes that want forty requests each get sixty together."""
    program = (
        "import sys; from pathlib import Path; from oseberg.mixpanel_export._http import budget\n"
        "budget.PER_SECOND = 1000\n"
        "counted, taken = budget.RequestBudget(Path(sys.argv[1])), 0\n"
        "for _ in range(40):\n"
        "    taken += counted.try_take() == 0\n"
        "print(taken)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "budget.json")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert sum(int(process.communicate()[0]) for process in running) == 60


def test_processes_share_the_three_requests_a_second(tmp_path: Path) -> None:
    """Two processes that send four requests each need two seconds more for them than one would for two."""
    program = (
        "import sys; from pathlib import Path; from oseberg.mixpanel_export._http.budget import RequestBudget\n"
        "budget = RequestBudget(Path(sys.argv[1]))\n"
        "for _ in range(4): budget.take()"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "budget.json")]
    for process in [subprocess.Popen(command) for _ in range(2)]:
        assert process.wait() == 0
    sent = json.loads((tmp_path / "budget.json").read_text())
    assert min(later - earlier for earlier, later in zip(sent, sent[3:], strict=False)) >= 1


def test_a_client_with_a_state_folder_keeps_the_budget_there(tmp_path: Path) -> None:
    """The count outlives the client; retries count too."""
    with serving(many(3), Answer(status=503)) as server:
        client(server, state_folder=tmp_path).export(FIRST, FIRST)
        client(server, state_folder=tmp_path).export(FIRST, FIRST)
    (path,) = tmp_path.glob("*.json")
    assert len(json.loads(path.read_text())) == 3
