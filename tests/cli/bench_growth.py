"""How the scoring of a week grows: up to 10,000,000 events in a lake of Parquet days, by 1 and 2 processes.

Prints two Markdown tables: the measured sizes, and the slope between them with what it says about ten times as much,
which nobody measured. `python -m tests.cli.bench_growth [EVENTS]`.
"""

import resource
import sys
import tempfile
import time
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from oseberg.cli.workers.pool import LastingPool
from oseberg.health_model import HealthModel, Lake, Week

if TYPE_CHECKING:
    from concurrent.futures import Executor

PEERS: list[str] = []
EVENTS, USERS, WEEK = 10_000_000, 20_000, Week.parse("2026-W46")
MODEL = HealthModel.load()
TEXTS = ("county", "layer", "document_id", "recipient", "alert_id", "report_id", "object_id")
GROUP = 100_000  # rows, as the export writes them


def user_of(ids: list[str]) -> list[int]:
    """Resolve an id, as the accounts do."""
    return [int(text) for text in ids]


def write_day(path: Path, day: date, count: int, random: np.random.Generator) -> None:
    """Write a day's file as the export does: a few users do most, and most properties are missing."""
    names = [event.name for event in MODEL.definition.events.values()]
    start = pd.Timestamp(day, tz="UTC").value // 1_000_000
    users = np.minimum((random.pareto(1.2, count) * USERS / 20).astype(np.int32), USERS - 1)
    columns = {
        "event": pa.DictionaryArray.from_arrays(random.integers(0, len(names), count, np.int32), names).cast("string"),
        "time": pa.array(np.sort(random.integers(start, start + 86_400_000, count)), pa.timestamp("ms", "UTC")),
        "distinct_id": pa.DictionaryArray.from_arrays(users, [str(user) for user in range(USERS)]).cast("string"),
        "insert_id": pa.array(random.integers(0, 1 << 62, count)).cast("string"),
        "duration_seconds": pa.array(random.integers(1, 600, count), mask=random.random(count) < 0.3),
        "success": pa.array(random.random(count) < 0.9, mask=random.random(count) < 0.5),
    }
    values = [f"value-{number}" for number in range(500)]
    for name in TEXTS:
        codes = pa.array(random.integers(0, 500, count, np.int32), mask=random.random(count) < 0.85)
        columns[name] = pa.DictionaryArray.from_arrays(codes, values).cast("string")
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table(columns), path, row_group_size=GROUP, compression="zstd")


def make_lake(folder: Path, events: int) -> Lake:
    """Write the eight days of UTC that a week of Chicago touches; seven days' worth of events are in the week."""
    random = np.random.default_rng(7)
    for day in WEEK.days_touched(MODEL.time_zone, "UTC"):
        write_day(folder / f"date={day}" / "events.parquet", day, events // 7, random)
    return Lake.in_folder(folder, user_of)


def measure(lake: Lake, workers: int) -> tuple[float, float, pd.DataFrame]:
    """Return the seconds on the clock and of the processors, and the statistics; starting the processes is included."""
    begun, used = time.perf_counter(), processor()
    pool: Executor | nullcontext[None] = LastingPool(workers) if workers > 1 else nullcontext()
    users = pd.DataFrame({"user_id": range(USERS), "group_id": [number // 100 for number in range(USERS)]})
    with pool as executor:
        frame = MODEL.statistics(lake, users, WEEK, only="model", executor=executor)
    return time.perf_counter() - begun, processor() - used, frame


def processor() -> float:
    """Return the processor's seconds of this process and of those that it waited for."""
    known = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in known)


def megabytes(who: int) -> int:
    """Return the most memory that this process, or the largest of its processes, had."""
    return resource.getrusage(who).ru_maxrss // 1024


def main() -> None:
    """Run and print."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    sizes = [most // 4, most // 2, most]
    clock: dict[int, list[float]] = {1: [], 2: []}
    work: dict[int, list[float]] = {1: [], 2: []}
    print(
        "| events in the week | lake, MB | 1 process, s | 2 processes, s | ratio | memory: main process, worker, MB |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="oseberg-growth-") as folder:
            lake = make_lake(Path(folder), size)
            weight = sum(Path(place).stat().st_size for place in lake.files.values()) / 1e6
            frames = []
            # two first: what one process alone needs must not count as the main process's memory of two
            for workers in (2, 1):
                seconds, used, frame = measure(lake, workers)
                clock[workers].append(seconds)
                work[workers].append(used)
                frames.append(frame)
            pd.testing.assert_frame_equal(*frames, check_exact=True)
        own, theirs = megabytes(resource.RUSAGE_SELF), megabytes(resource.RUSAGE_CHILDREN)
        alone, both = clock[1][-1], clock[2][-1]
        print(f"| {size:,} | {weight:,.0f} | {alone:.1f} | {both:.1f} | {both / alone:.2f} | {own:,}, {theirs:,} |")
    print("\n| | seconds per 1,000,000 events | of the processor | 100,000,000 events by the processor, extrapolated |")
    print("| --- | --- | --- | --- |")
    for workers in (1, 2):
        slope = np.polyfit(np.array(sizes) / 1e6, clock[workers], 1)[0]
        used, start = np.polyfit(np.array(sizes) / 1e6, work[workers], 1)
        # by the processor's time: what else the machine does changes the clock's, but not the work
        minutes = (start + 100 * used) / 60 / workers
        print(f"| {workers} process{'es' * (workers > 1)} | {slope:.2f} | {used:.2f} | {minutes:.1f} min |")


if __name__ == "__main__":
    sys.exit(main())
