"""A month of daily runs on a simulated clock: what fails says what to do, and doing just that heals it."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pandas as pd
import pytest

from oseberg.usage_db import UsageDatabase
from tests import postgres
from tests.end_to_end.month.clock import SIMULATED, shown
from tests.end_to_end.month.page import PAGE, render
from tests.end_to_end.month.simulate import Month, call, simulated, truth
from tests.end_to_end.month.story import CHAPTERS, FIRST, HISTORY, LAST, LOST, MOVED, Chapter
from tests.end_to_end.month.world import LEAVING
from tests.health_model.helpers import packed

# Half a minute, but many times that on a machine that does other things.
pytestmark = [pytest.mark.timeout(900), pytest.mark.unmeasured]


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    with postgres.server("embedded") as running:
        yield running


@pytest.fixture(scope="module")
def month(server: postgres.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    with simulated(tmp_path_factory.mktemp("month"), server) as finished:
        yield finished


def test_every_status_that_is_not_0_says_what_to_do(month: Month) -> None:
    """The summary alone, which a mail or a ping brings, tells it; no day has another status than its chapter."""
    for told in month.told:
        chapter = CHAPTERS.get(told.day, Chapter(""))
        assert told.status == chapter.status, f"{told.day}: {told.summary}"
        assert chapter.says in told.summary, f"{told.day}: {told.summary}"
        assert "Traceback" not in told.messages


def test_doing_what_was_said_heals_it(month: Month) -> None:
    """Printed commands end with 0, a run that follows does too, and the complaint does not come back."""
    for told in month.told:
        assert all(status == 0 for _, status in told.healed), told.healed
        assert told.again is None or told.again[0] == 0, told.again
        assert not CHAPTERS.get(told.day, Chapter("")).rerun or told.again
    healed = [command for told in month.told for command, _ in told.healed]
    assert healed == [f"oseberg score weekly --week 2026-W{week}" for week in (45, 46)]


def test_the_end_equals_the_truth(month: Month, server: postgres.Server) -> None:
    """Events, scores, and whose users count: as if everything had been loaded at once, without any trouble."""
    with server.database() as url:
        truth(month, url)
        with UsageDatabase(month.url) as lived, UsageDatabase(url) as ideal:
            assert content(lived) == content(ideal)
            assert len(content(lived)[0]) == sum(
                len(lines) for day, lines in month.place.world.days.items() if HISTORY <= day < LAST
            )
            scores = lived.scores()
    weeks = sorted(scores["week"].astype(str).unique())
    assert shown(str(LOST)) not in map(shown, weeks)
    assert len(weeks) == 7
    before = scores[(scores["user_id"] == MOVED) & (scores["week"].astype(str) < str(LOST))]
    after = scores[(scores["user_id"] == MOVED) & (scores["week"].astype(str) > str(LOST))]
    assert (set(before["group_id"]), set(after["group_id"])) == ({20}, {30})


def content(database: UsageDatabase) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Return the events and the scores of a database, in an order of their own."""
    since = pd.Timestamp(HISTORY, tz="UTC").to_pydatetime()
    until = pd.Timestamp(LAST, tz="UTC").to_pydatetime() + pd.Timedelta(days=2)
    events = database.events(since, until, properties=["county"])
    scores = database.scores()[["week", "user_id", "group_id", "score", "active"]]
    return tuple(sorted(map(tuple, frame.astype(str).to_numpy())) for frame in (events, scores))  # type: ignore[return-value]


def test_the_pages_at_the_end(month: Month) -> None:
    """The alarm about the company that left ended with its cancellation; the digest is that of the last week."""
    page = packed(month.place.folder / "health.html")
    assert page["canceled"] == {str(page["accounts"]["id"].index(str(LEAVING))): "2037-11-24"}
    assert page["weeks"] == [str(LOST + timedelta(weeks=number)) for number in range(-6, 2)]
    assert page["lost"] == [6]
    assert "2037-W48" in (month.place.folder / "digest.html").read_text()


def test_what_is_remembered_of_the_runs(month: Month) -> None:
    """`oseberg runs` knows each of them, with its status."""
    runs = json.loads(call("runs", "--last", "100", "--json").stdout)
    again = sum(told.again is not None for told in month.told)
    assert len(runs) == (LAST - FIRST).days + 1 + again
    assert {run["state"] for run in runs} == {"done", "attention", "failed"}
    assert all(run["started"].startswith(str(SIMULATED)) for run in runs)


def test_the_page_of_the_documentation(month: Month) -> None:
    """`python -m tests.end_to_end.month` writes it."""
    assert render(month) == PAGE.read_text(encoding="utf-8")
