"""How long statistics and scores take, as ratios to the least that any implementation must do.

1,000,000 events of 20,000 users in one week. The floor is numpy doing as many grouped counts, distinct counts
and sums on the same frame: one factorise for each column, one sort, and bincounts. Prints one Markdown table.
"""

import contextlib
import io
import resource
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from oseberg.health_model import HealthModel, write_report
from tests.health_model.helpers import MODEL, Portfolio, year

PEERS = ["polars", "duckdb"]
EVENTS, USERS, WEEK = 1_000_000, 20_000, "2026-W46"
OBJECTS = ("county", "layer", "document_id", "recipient", "alert_id", "report_id", "object_id")


def make_week(model: HealthModel, rows: int = EVENTS, people: int = USERS) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make a week as the database gives it: scalars spelt as text, a few users doing most."""
    random = np.random.default_rng(11)
    names = [event.name for event in model.definition.events.values()]
    since, until = model.event_window(WEEK)
    seconds = np.sort(random.integers(0, int((until - since).total_seconds()), rows))
    user = np.minimum((random.pareto(1.2, rows) * people / 20).astype(np.int64), people - 1)
    frame = pd.DataFrame(
        {
            "user_id": pd.array(user, dtype="Int64"),
            "event": pd.Series(np.array(names, dtype=object)[random.integers(0, len(names), rows)], dtype="str"),
            "time": pd.Timestamp(since) + pd.to_timedelta(seconds, unit="s"),
            "duration_seconds": text(random.integers(1, 600, rows), random, 0.3),
            "success": text(np.array(["true", "false"], dtype=object)[random.integers(0, 2, rows)], random, 0.5),
        }
    )
    for name in OBJECTS:
        frame[name] = text(random.integers(0, 500, rows), random, 0.85)
    return frame, pd.DataFrame({"user_id": np.arange(people), "group_id": np.arange(people) // 100})


def text(values: np.ndarray, random: np.random.Generator, missing: float) -> pd.Series:
    """Spell values as text, some of them missing."""
    series = pd.Series(values.astype(str), dtype="str")
    return series.mask(random.random(len(series)) < missing)


def floor(frame: pd.DataFrame) -> float:
    """Do the least: factorise each column, sort once, and count, count distinct and sum for each user and event."""
    user, _ = pd.factorize(frame["user_id"])
    event, names = pd.factorize(frame["event"])
    cell, size = user * len(names) + event, USERS * len(names)
    clock = frame["time"].astype("int64").to_numpy() // 3_600_000_000
    order = np.argsort(user * (1 << 40) + clock, kind="stable")
    result = np.bincount(cell, minlength=size).sum()
    for unit in (24, 1):
        result += distinct(cell, clock // unit - (clock // unit).min(), size)
    result += distinct(cell[order], np.cumsum(np.diff(user[order], prepend=-1) != 0), size)
    for name in OBJECTS:
        codes, values = pd.factorize(frame[name])
        known = codes >= 0
        result += distinct(cell[known], codes[known], size, len(values))
    success, _ = pd.factorize(frame["success"])
    codes, values = pd.factorize(frame["duration_seconds"])
    minutes = np.r_[np.asarray(pd.to_numeric(np.asarray(values)), dtype=np.float64), 0.0][codes]
    for code in (0, 1):
        result += np.bincount(cell[success == code], minlength=size).sum()
    for weights in (minutes, (clock % 24).astype(np.float64), (clock % 168 > 120).astype(np.float64)):
        result += np.bincount(cell, weights=weights, minlength=size).sum()
    return float(result)


def distinct(cell: np.ndarray, other: np.ndarray, size: int, many: int | None = None) -> int:
    """Count the different values of each cell."""
    many = many or int(other.max()) + 1
    keys = pd.unique(cell * many + other)
    return int(np.bincount(keys // many, minlength=size).sum())


def with_polars(frame: pd.DataFrame) -> object:
    """Group by user and event in polars."""
    import polars as pl

    hours = pl.col("time").dt.convert_time_zone("America/Chicago")
    table = pl.from_pandas(frame).group_by("user_id", "event").agg(
        pl.len(),
        hours.dt.date().n_unique().alias("days"),
        hours.dt.hour().min().alias("first"),
        hours.dt.hour().max().alias("last"),
        pl.col("duration_seconds").cast(pl.Float64).sum().alias("sum"),
        pl.col("duration_seconds").cast(pl.Float64).max().alias("longest"),
        (pl.col("success") == "true").sum().alias("good"),
        (pl.col("success") == "false").sum().alias("bad"),
        *(pl.col(name).n_unique() for name in OBJECTS),
    )  # fmt: skip
    return table.pivot("event", index="user_id", values=["len", "days", "sum", "good", "bad", *OBJECTS])  # noqa: PD010 - polars, not pandas


def with_duckdb(frame: pd.DataFrame) -> object:
    """Group by user and event in duckdb."""
    import duckdb

    objects = ", ".join(f"count(DISTINCT {name})" for name in OBJECTS)
    query = f"""SELECT user_id, event, count(*), count(DISTINCT date_trunc('day', "time")), min(hour("time")),
        max(hour("time")), sum(duration_seconds::double), max(duration_seconds::double),
        count(*) FILTER (success = 'true'), count(*) FILTER (success = 'false'), {objects}
        FROM frame GROUP BY user_id, event"""
    plain = frame.astype({name: object for name in frame if frame[name].dtype == "str"})
    return duckdb.connect().register("frame", plain).execute(query).fetchnumpy()


def seconds(*works: Callable[[], object], rounds: int = 5) -> list[float]:
    """Give the best time of each; they take turns, so that a busy moment of the machine hits all alike."""
    times = []
    for _ in range(rounds):
        for work in works:
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
    return [min(times[place :: len(works)]) for place in range(len(works))]


def peer(work: Callable[[pd.DataFrame], object], frame: pd.DataFrame) -> float | None:
    """Time a peer; None where it is not installed."""
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            return seconds(lambda: work(frame), rounds=2)[0]
    except ImportError:
        return None


def with_page(world: Portfolio) -> Path:
    """Write the health page."""
    path = Path(tempfile.mkdtemp()) / "report.html"
    write_report(path, **vars(world), model=MODEL)
    return path


def main() -> None:
    """Run and print."""
    warnings.simplefilter("ignore")
    model = HealthModel.load()
    events, users = make_week(model)
    statistics = model.statistics(events, users, WEEK, only="model")
    reference = model.fit(statistics)
    base, every, short, scoring = seconds(
        lambda: floor(events),
        lambda: model.statistics(events, users, WEEK),
        lambda: model.statistics(events, users, WEEK, only="model"),
        lambda: model.score(statistics, reference),
    )
    rows = [
        ("numpy floor", base, "1"),
        (f"statistics, all {len(model.definition.statistic_names())}", every, "at most 1.3"),
        ("statistics, those of the 30 metrics", short, ""),
        ("polars, counts and distinct counts", peer(with_polars, events), ""),
        ("duckdb, counts and distinct counts", peer(with_duckdb, events), ""),
        ("scoring 20,000 x 30", scoring, "at most 0.05 s"),
    ]
    print("| 1,000,000 events, 20,000 users | seconds | ratio | goal |\n| --- | --- | --- | --- |")
    for name, value, goal in rows:
        cells = ("not installed", "") if value is None else (f"{value:.3f}", f"{value / base:.2f}")
        print(f"| {name} | {cells[0]} | {cells[1]} | {goal} |")
    world = year()
    print(f"| health page, 200 accounts x 52 weeks, 5,000 users | {seconds(lambda: with_page(world))[0]:.3f} | | 1 s |")
    print(f"| its size, MB | {with_page(world).stat().st_size / 1e6:.2f} | | below 1 |")
    print(f"| memory at most, MB | {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} | | |")


if __name__ == "__main__":
    sys.exit(main())
