"""Weeks measured from a lake: whatever is split, and whoever works, the numbers are the same to the last bit."""

import json
import os
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oseberg.health_model import DataError, HealthModel, HealthModelError, Lake, WeekError
from oseberg.health_model._lake import week as lake_week
from oseberg.health_model._measures.roster import Roster

MODEL = HealthModel.load()
WEEK = "2026-W46"
DAYS = [date(2026, 11, 9) + timedelta(days=number) for number in range(8)]
NAMES = ["Atla Query", "Document View", "Sol Search", "Sol Alert Sent", "Login", "Unknown Event"]
START = datetime(2026, 11, 9, 6, tzinfo=UTC)  # Monday 00:00 in Chicago


def user_of(ids: list[str]) -> list[int | None]:
    """Resolve `u7` and `u7@example.com` to 7; a function of a module, so that it travels."""
    digits = ["".join(letter for letter in text.split("@")[0] if letter.isdigit()) for text in ids]
    return [int(text) if text and not ids[place].startswith("device") else None for place, text in enumerate(digits)]


def make_events(rows: list[tuple[int, str, int, float | None, str | None]]) -> pd.DataFrame:
    """Return events with the columns of a frame, ordered by day."""
    frame = pd.DataFrame(rows, columns=["user_id", "event", "seconds", "duration_seconds", "county"])
    moments = pd.Timestamp(START) + pd.to_timedelta(frame.pop("seconds").astype("int64"), unit="s")
    frame["time"] = moments.astype("datetime64[us, UTC]")
    return frame.sort_values("time", kind="stable", ignore_index=True)


def write_lake(folder: Path, frame: pd.DataFrame, groups: int = 1_000) -> Path:
    """Write a file for each UTC day, as the export does."""
    ids = "u" + frame["user_id"].astype(str)
    table = frame.assign(distinct_id=np.where(frame.index % 2, ids, ids + "@example.com"), user_id=None)
    names = {"$user_id": "user_id", "distinct_id": "distinct_id"}
    kinds = {"user_id": pa.string(), "duration_seconds": pa.float64(), "county": pa.string(), "event": pa.string()}
    for day in DAYS:
        rows = table[table["time"].dt.date == day]
        arrays = {name: pa.array(rows[name], kinds.get(name), from_pandas=True) for name in table}
        path = folder / f"date={day}" / "events.parquet"
        path.parent.mkdir(parents=True)
        whole = pa.table(arrays).replace_schema_metadata(
            {"mixpanel_names": json.dumps(names), "mixpanel_fetched": f"{day + timedelta(days=1)}T05:00:00+00:00"}
        )
        pq.write_table(whole, path, row_group_size=groups)
    return folder


def roster(users: int) -> pd.DataFrame:
    return pd.DataFrame({"user_id": range(users), "group_id": [number % 5 for number in range(users)]})


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Hold two frames equal, bit by bit."""
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    for column in one.select_dtypes("float"):
        assert one[column].to_numpy().tobytes() == other[column].to_numpy().tobytes(), column


ROWS = st.lists(
    st.tuples(
        st.integers(0, 12),
        st.sampled_from(NAMES),
        st.integers(-7_200, 7 * 86_400 + 7_200),
        st.one_of(st.none(), st.floats(0.1, 9_999, allow_nan=False)),
        st.one_of(st.none(), st.sampled_from(["Reeves", "Lea", ""])),
    ),
    max_size=80,
)


@settings(max_examples=20, deadline=None)
@given(ROWS, st.integers(1, 9), st.integers(1, 12), st.integers(1, 5))
def test_any_split_gives_the_same_bits(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any], parts: int, users: int, groups: int
) -> None:
    """The parts, the size of the pieces and the order of the users change nothing; nor does the lake itself."""
    frame = make_events(rows)
    folder = write_lake(tmp_path_factory.mktemp("lake"), frame, groups)
    lake = Lake.in_folder(folder, user_of)
    people = roster(users).sample(frac=1, random_state=parts)
    # the frame's numbers as the lake's text: 5.0 and "5.0" are the same minutes
    until = MODEL.event_window(WEEK)[1]
    since = MODEL.event_window(WEEK)[0]
    inside = frame[(frame["time"] >= since) & (frame["time"] < until)]
    expected = MODEL.statistics(inside, people, WEEK)
    found = lake_week.statistics_of_lake(
        lake,
        Roster.read(people, lake_week.Week.parse(WEEK)),
        MODEL.definition,
        lake_week.Week.parse(WEEK),
        everything=True,
        executor=None,
        parts=parts,
    )
    same(found, expected)
    assert found.attrs["unknown_events"] == MODEL.unknown_events(inside)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, pd.DataFrame, pd.DataFrame]:
    """A lake of 20,000 events with ties and broken minutes, its frame, and its users."""
    random = np.random.default_rng(5)
    count = 20_000
    rows = list(
        zip(
            random.integers(0, 200, count).tolist(),
            random.choice(NAMES, count).tolist(),
            random.integers(0, 7 * 86_400, count).tolist(),
            (random.random(count) * 900).tolist(),
            random.choice(["Reeves", "Lea", "Howard"], count).tolist(),
            strict=True,
        )
    )
    frame = make_events(rows)
    folder = write_lake(tmp_path_factory.mktemp("busy"), frame)
    return Lake.in_folder(folder, user_of), frame, roster(210)


@pytest.mark.parametrize("only", [None, "model"], ids=["everything", "metrics"])
def test_workers_give_the_same_bits(busy: tuple[Lake, pd.DataFrame, pd.DataFrame], only: Any) -> None:
    """Threads, processes and this process alone: the same frame as from the events themselves."""
    lake, frame, users = busy
    alone = MODEL.statistics(lake, users, WEEK, only=only)
    same(alone, MODEL.statistics(frame, users, WEEK, only=only))
    with ThreadPoolExecutor(3) as threads:
        same(MODEL.statistics(lake, users, WEEK, only=only, executor=threads), alone)
    if only:
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
            same(MODEL.statistics(lake, users, WEEK, only=only, executor=pool), alone)


def die(_: list[str]) -> list[None]:
    """End the worker, as a machine does that loses power."""
    os._exit(9)


def test_a_pool_that_breaks_is_one_sentence(busy: tuple[Lake, pd.DataFrame, pd.DataFrame]) -> None:
    """A plain process pool doesn't replace a killed worker: nothing is returned, and the message says what to do."""
    lake, _, users = busy
    fatal = Lake(lake.files, die, lake.zone)
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        pytest.raises(HealthModelError, match="Run it again") as failure,
    ):
        MODEL.statistics(fatal, users, WEEK, only="model", executor=pool)
    assert isinstance(failure.value.__cause__, BrokenExecutor)


def test_nothing_is_left_behind(
    busy: tuple[Lake, pd.DataFrame, pd.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept aside is private, and gone afterwards, after an error too."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    lake, _, users = busy
    MODEL.statistics(lake, users, WEEK, only="model")
    monkeypatch.setattr(lake_week, "read_back", lambda *_: [b"damaged"])
    with pytest.raises(pa.ArrowException):
        MODEL.statistics(lake, users, WEEK, only="model")
    assert list(tmp_path.iterdir()) == []


def test_missing_days_and_damaged_files_are_named(
    busy: tuple[Lake, pd.DataFrame, pd.DataFrame], tmp_path: Path
) -> None:
    """A week without all of its days is not measured; a cut file and a strange one are errors that name it."""
    lake, _, users = busy
    fewer = Lake({day: place for day, place in lake.files.items() if day != DAYS[3]}, user_of)
    with pytest.raises(WeekError, match="lacks 2026-11-12"):
        MODEL.statistics(fewer, users, WEEK)
    cut = tmp_path / "events.parquet"
    cut.write_bytes(Path(lake.files[DAYS[3]]).read_bytes()[:-40])
    with pytest.raises(DataError, match=r"events\.parquet can't be read .* Export the day again"):
        MODEL.statistics(Lake({**lake.files, DAYS[3]: str(cut)}, user_of), users, WEEK)
    pq.write_table(pa.table({"event": ["Login"], "time": pa.array([START])}), cut)
    with pytest.raises(DataError, match="no column 'distinct_id'"):
        MODEL.statistics(Lake({**lake.files, DAYS[3]: str(cut)}, user_of), users, WEEK)
    with pytest.raises(DataError, match="holds no events"):
        Lake.in_folder(tmp_path, user_of)
    (tmp_path / "date=tomorrow").mkdir()
    (tmp_path / "date=tomorrow" / "events.parquet").touch()
    with pytest.raises(DataError, match="--partition day"):
        Lake.in_folder(tmp_path, user_of)


def test_a_day_tells_when_it_was_fetched_and_whether_it_changed(tmp_path: Path) -> None:
    """Fetched again without a change, a day keeps its fingerprint; one more event gives it another."""
    rows = [(1, "Login", 3_600 * number, None, "Lea") for number in range(30)]
    first = Lake.in_folder(write_lake(tmp_path / "one", make_events(rows)), user_of)
    again = Lake.in_folder(write_lake(tmp_path / "two", make_events(rows)), user_of)
    more = Lake.in_folder(
        write_lake(tmp_path / "three", make_events([*rows, (2, "Login", 3_600, None, "Lea")])), user_of
    )
    day = first.describe(DAYS[0])
    assert day.fetched == datetime(2026, 11, 10, 5, tzinfo=UTC)
    assert day.fingerprint == again.describe(DAYS[0]).fingerprint != more.describe(DAYS[0]).fingerprint
    assert first.days == DAYS


def test_an_id_of_a_stranger_does_not_pass_the_event_on(tmp_path: Path) -> None:
    """The first id that means a user decides, even if that user doesn't count this week; ids of nobody are skipped."""
    folder = tmp_path / f"date={DAYS[0]}"
    names = {"$user_id": "user_id", "$distinct_id_before_identity": "before", "Old Id": "old"}
    table = pa.table(
        {
            "event": ["Login", "Login", None, "Login"],
            "time": pa.array([START, START, START, None], pa.timestamp("ms", "UTC")),
            "distinct_id": ["u1", "device-1", "u1", "u1"],
            "user_id": pa.array(["u99", None, None, None]),
            "before": pa.array([None, "u2", None, None]),
        }
    ).replace_schema_metadata({"mixpanel_names": json.dumps(names)})
    folder.mkdir()
    pq.write_table(table, folder / "events.parquet")
    nothing = table.slice(0, 0)
    for day in DAYS[1:]:
        (tmp_path / f"date={day}").mkdir()
        pq.write_table(nothing, tmp_path / f"date={day}" / "events.parquet")
    frame = MODEL.statistics(Lake.in_folder(tmp_path, user_of), roster(4), WEEK)
    assert frame["login.count.1w"].tolist() == [0, 0, 1, 0]
    empty = MODEL.statistics(Lake.in_folder(tmp_path, user_of), roster(0), WEEK)
    assert empty.empty


def drops(name: str, ids: list[str]) -> list[bool]:
    """Leave out u3's events, by the distinct_id alone."""
    return [name == "distinct_id" and text.startswith("u3") for text in ids]


def test_what_is_left_out_and_renamed(tmp_path: Path) -> None:
    """People, events and properties can be left out or renamed as a load into the database would."""
    rows = [(user, event, 60 * user, 6.0, "Lea") for user in (1, 2, 3) for event in ("Login", "Atla Query", "Odd")]
    lake = Lake.in_folder(write_lake(tmp_path, make_events(rows)), user_of)
    chosen = Lake(
        lake.files,
        user_of,
        drops=drops,
        only=frozenset({"Login", "Atla Query"}),
        omit=frozenset({"Login"}),
        sources={"county": ("area", "county"), "duration_seconds": ()},
    )
    frame = MODEL.statistics(chosen, roster(4), WEEK)
    assert frame["any.count.1w"].tolist() == [0, 1, 1, 0]
    assert frame["atla_query.objects.1w"].tolist() == [0, 1, 1, 0]
    assert frame["any.durations.1w"].sum() == 0
    assert frame.attrs["unknown_events"] == {}
