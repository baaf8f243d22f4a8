"""Measures a week of a lake: selects and splits by user, then measures each part, with any number of workers."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.health_model._lake.files import Lake, pieces_of
from oseberg.health_model._lake.select import Selected, Wanted, select_piece
from oseberg.health_model._lake.spread import in_order
from oseberg.health_model._measures.activity import read_activity
from oseberg.health_model._measures.catalogue import Measured, as_frame, measure
from oseberg.health_model._measures.roster import Roster
from oseberg.health_model._model.definition import Definition
from oseberg.health_model._week import Week
from oseberg.health_model.errors import WeekError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Executor

    from numpy.typing import NDArray

PART_ROWS = 500_000  # events of one part: some 200 MB while they are measured
FEWEST_PARTS = 8  # so that several workers have work of equal size


def statistics_of_lake(
    lake: Lake,
    roster: Roster,
    definition: Definition,
    week: Week,
    *,
    everything: bool,
    executor: Executor | None,
    parts: int | None = None,
) -> pd.DataFrame:
    """Measure the users of a roster from the files of a week's days.

    Each file is read once. What counts is split by a hash of the user, kept in a private temporary folder, and measured
    part by part; a user's numbers depend on that user's events alone, so that the parts change nothing.

    Args:
        lake: The files.
        roster: The users.
        definition: The model.
        week: The week.
        everything: Whether to measure all statistics, not only those of the metrics.
        executor: Does the work; None does it here.
        parts: Number of parts; None chooses it by the number of events.

    Returns:
        What `statistics_frame` returns; `attrs["unknown_events"]` counts the events that the model does not name.

    Raises:
        WeekError: The lake lacks days of the week.
        DataError: A file can't be read.
    """
    days = week.days_touched(definition.time_zone, lake.zone)
    if missing := [day for day in days if day not in lake.files]:
        listed = ", ".join(map(str, missing))
        raise WeekError(f"Week {week} is not complete: the lake lacks {listed} ({lake.zone}). Export these days first.")
    files = {day: lake.describe(day) for day in days}
    rows = sum(file.rows for file in files.values())
    part = split(roster.ids, parts or max(-(-rows // PART_ROWS), FEWEST_PARTS if executor else 1))
    number = int(part.max(initial=0)) + 1
    since, until = (pd.Timestamp(instant).value // 1000 for instant in week.window(definition.time_zone))
    wanted = Wanted(
        since=since,
        until=until,
        events=tuple(dict.fromkeys(event.name for event in definition.events.values())),
        properties=tuple(definition.properties() if everything else definition.metric_properties()),
        ids=roster.ids,
        part=part,
        parts=number,
        lake=replace(lake, files={}),  # a year of addresses need not travel with each piece
    )
    unknown: Counter[str] = Counter()
    members = [np.flatnonzero(part == place) for place in range(number)]
    # private, because it holds people's events; removed whatever happens
    with tempfile.TemporaryDirectory(prefix="oseberg-week-") as folder:
        spill = Path(folder)
        selected = in_order(executor, select_piece, ((piece, wanted) for piece in pieces_of(lake, files)))
        pieces = keep_aside(selected, spill, unknown)
        tasks = (
            (read_back(spill, place, pieces), of_members(roster, members[place]), definition, week, everything)
            for place in range(number)
        )
        done = list(in_order(executor, measure_part, tasks))
    frame = as_frame(roster, definition, joined(done, members, len(roster.ids)), everything=everything)
    frame.attrs["unknown_events"] = dict(unknown.most_common())
    return frame


def split(ids: NDArray[Any], parts: int) -> NDArray[np.int64]:
    """Return each user's part, by a hash of the user's id; no part has a single user unless there is only one.

    numpy adds up a table of one column in another order than a wider one, which may change the last bit.
    """
    if not len(ids):
        return np.empty(0, dtype=np.int64)
    hashes = pd.util.hash_array(np.asarray(ids, dtype=object) if ids.dtype.kind not in "iuO" else ids)
    part = (hashes % np.uint64(parts)).astype(np.int64)
    sizes = np.bincount(part, minlength=parts)
    largest = int(sizes.argmax())
    part[np.isin(part, np.flatnonzero(sizes == 1))] = largest if sizes[largest] > 1 else 0
    return np.unique(part, return_inverse=True)[1].astype(np.int64)


def of_members(roster: Roster, members: NDArray[np.int64]) -> tuple[Roster, NDArray[np.int64]]:
    """Return the part of a roster, and the places that its users have in the whole one."""
    since = None if roster.since is None else roster.since[members]
    return Roster(roster.frame.iloc[members], since), members


def keep_aside(selected: Iterable[Selected], folder: Path, unknown: Counter[str]) -> int:
    """Write the parts of each piece to files, so that memory holds a few pieces at a time.

    Returns:
        The number of pieces.
    """
    pieces = 0
    for one in selected:
        unknown.update(one.unknown)
        for place, content in enumerate(one.parts):
            if content:
                (folder / f"{place}-{pieces}").write_bytes(content)
        pieces += 1
    return pieces


def read_back(folder: Path, place: int, pieces: int) -> list[bytes]:
    """Read the events of a part, in the order of the pieces."""
    paths = (folder / f"{place}-{piece}" for piece in range(pieces))
    return [path.read_bytes() for path in paths if path.exists()]


def measure_part(
    contents: list[bytes],
    members: tuple[Roster, NDArray[np.int64]],
    definition: Definition,
    week: Week,
    everything: bool,  # noqa: FBT001 - it travels to a worker as it is
) -> Measured:
    """Measure the users of a part.

    Args:
        contents: Their events, as `select_piece` packed them.
        members: The users.
        definition: The model.
        week: The week.
        everything: Whether to measure all statistics.

    Returns:
        What was measured, in the order of the users.
    """
    roster, places = members
    frame = events_in(contents)
    frame["user_id"] = roster.ids[np.searchsorted(places, frame.pop("user").to_numpy())]
    return measure(read_activity(frame, roster, definition, week), everything=everything)


def events_in(contents: list[bytes]) -> pd.DataFrame:
    """Return packed events, with their times as moments."""
    if not contents:
        nothing = {"user": np.empty(0, dtype=np.int32), "event": np.empty(0, dtype=object)}
        return pd.DataFrame(nothing).assign(time=pd.Series(dtype="datetime64[us, UTC]"))
    import pyarrow as pa  # noqa: PLC0415

    tables = [pa.ipc.open_stream(content).read_all() for content in contents]
    # a property that some files lack is missing there
    frame: pd.DataFrame = pa.concat_tables(tables, promote_options="default").unify_dictionaries().to_pandas()
    frame["time"] = pd.to_datetime(frame["time"], unit="us", utc=True).astype("datetime64[us, UTC]")
    return frame


def joined(done: list[Measured], members: list[NDArray[np.int64]], users: int) -> Measured:
    """Put the parts together in the order of the roster."""
    block = np.empty((len(done[0].block) if done else 0, users))
    active, passive = np.zeros((2, users), dtype=bool)
    for part, places in zip(done, members, strict=True):
        block[:, places], active[places], passive[places] = part.block, part.active, part.passive
    return Measured(block, active, passive)
