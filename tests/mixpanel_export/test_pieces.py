"""A day too heavy for one answer: asked for in pieces by time, joined to a whole day or an error."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from oseberg.mixpanel_export import DeadlineError, MixpanelClient, RetryPolicy, TruncatedExportError
from oseberg.mixpanel_export._ask import pieces as piecework
from oseberg.mixpanel_export._ask.pieces import Piece
from oseberg.mixpanel_export._read import lines
from tests.mixpanel_export.fault_server import Answer, serving
from tests.mixpanel_export.helpers import client, event, many
from tests.mixpanel_export.times import HOUR, at

DAY, NEXT = "2026-11-01", "2026-11-02"
EVENTS = many(96, step=HOUR // 2)
"""Two days, an event each half hour; the times at which the pieces meet among them."""


@pytest.fixture(autouse=True)
def _any_day_may_be_heavy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piecework, "HEAVY", 1)


def numbers(frame: pd.DataFrame) -> list[int]:
    return sorted(frame["number"])


def exported(one: MixpanelClient, _: Path, **options: Any) -> list[int]:
    return numbers(one.export(DAY, NEXT, **options))


def written(one: MixpanelClient, folder: Path, **options: Any) -> list[int]:
    one.write(folder / "events.parquet", DAY, NEXT, **options)
    return numbers(pd.read_parquet(folder / "events.parquet"))


def by_day(one: MixpanelClient, _: Path, **options: Any) -> list[int]:
    return [number for day in one.days(DAY, NEXT, **options) for number in numbers(day.frame())]


@pytest.mark.parametrize("most", [48, 47, 24, 12, 6])
@pytest.mark.parametrize("export", [exported, written, by_day])
def test_a_heavy_day_comes_in_pieces_without_a_loss_or_a_double(
    export: Callable[..., list[int]], most: int, tmp_path: Path
) -> None:
    """Whatever the size that still comes whole, each event of the day is there exactly once."""
    with serving(EVENTS) as server:
        server.most = most
        assert export(client(server), tmp_path) == list(range(96))
    assert any("datetime" in query.get("where", "") for query in server.requests) == (most < 48)


def test_the_user_s_condition_holds_in_every_piece() -> None:
    """It stands in parentheses before the piece's own, so that an `or` in it stays its own."""
    own = 'properties["number"] < 30 or properties["number"] == 40'
    with serving(EVENTS) as server:
        server.most = 20
        assert numbers(client(server).export(DAY, DAY, where=own)) == [*range(30), 40]
    asked = [query["where"] for query in server.requests]
    noon = 'event["$time"] >= datetime("2026-11-01T12:00:00")'
    assert {own, f"({own}) and not ({noon})", f"({own}) and ({noon})"} <= set(asked)


def test_what_lies_outside_the_day_is_in_the_first_or_last_piece() -> None:
    """Only the inner bounds are spelled: a zone that Mixpanel reads otherwise, or an odd time, loses nothing."""
    first, last = Piece.whole(date(2026, 11, 1)).halves()
    assert first.halves()[0].where(None) == 'not (event["$time"] >= datetime("2026-11-01T06:00:00"))'
    assert last.halves()[1].where(None) == '(event["$time"] >= datetime("2026-11-01T18:00:00"))'
    middle = last.halves()[0].where(None)
    assert (
        middle == '(event["$time"] >= datetime("2026-11-01T12:00:00")) '
        'and not (event["$time"] >= datetime("2026-11-01T18:00:00"))'
    )


def test_the_smallest_pieces_are_an_hour_and_a_half() -> None:
    """Sixteen pieces make a day at most."""
    with serving(EVENTS) as server:
        server.most = 3
        assert numbers(client(server, retry=RetryPolicy(attempts=1)).export(DAY, DAY)) == list(range(48))
    assert len(server.requests) == 31


@pytest.mark.parametrize("most", [0, 2])
def test_a_piece_that_never_comes_whole_fails_the_day(most: int, tmp_path: Path) -> None:
    """Pieces get smaller down to an hour and a half; then the day is an error and nothing is kept."""
    with serving(EVENTS) as server:
        server.most = most
        with pytest.raises(TruncatedExportError):
            client(server).write(tmp_path / "events.csv", DAY, NEXT)
        assert len(server.requests) <= 5 * 3 + 3
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("nothing", "words"), [(False, "more than once"), (True, "0 events, but [1-9]")])
def test_pieces_that_contradict_each_other_are_an_error(
    nothing: bool, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that ignores the spans, or finds nothing in them, can't make a day of too many or too few events."""
    monkeypatch.setattr(lines.line_blocks, "__defaults__", (64,))
    fault = Answer(cut=0.8, end="short", compress=False)
    with serving(EVENTS, *[fault] * 3) as server:
        server.where = lambda query, _: not (nothing and "where" in query)
        with pytest.raises(TruncatedExportError, match=words):
            client(server).export(DAY, DAY)


def test_an_answer_past_its_deadline_is_split_too() -> None:
    """A day that takes too long comes in pieces; notes say so."""
    notes: list[str] = []
    with serving(EVENTS, Answer(trickle=0.05, chunk=500, compress=False)) as server:
        one = client(server, deadline=1, notify=notes.append)
        assert len(one.export(DAY, DAY)) == 48
    assert notes[0].startswith("2026-11-01 never arrives complete: it is requested in shorter intervals. (The answer")


def test_a_light_day_is_not_split(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short answer breaks off for other reasons, and an answer that only drips is not heavier for that."""
    monkeypatch.setattr("oseberg.mixpanel_export._ask.pieces.HEAVY", 10**6)
    with serving(EVENTS, *[Answer(cut=0.5, end="short")] * 3, Answer(trickle=0.05, compress=False)) as server:
        with pytest.raises(TruncatedExportError):
            client(server).export(DAY, DAY)
        with pytest.raises(DeadlineError):
            client(server, deadline=1).export(DAY, DAY)
    assert len(server.requests) == 4


def test_lines_that_are_not_events_stay_with_their_day() -> None:
    """What a piece sets aside is set aside of the day."""
    halves = [Answer(b"garbage\n" + event(at(f"2026-11-01T{hour}:00"), number=hour) + b"\n") for hour in (10, 20)]
    with serving(EVENTS, *[Answer(cut=0.5, end="short")] * 3, *halves) as server:
        (day,) = client(server).days(DAY, DAY)
    assert numbers(day.frame()) == [10, 20]
    assert [line for line, _ in day.unreadable] == [b"garbage"] * 2
