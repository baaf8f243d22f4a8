"""A register of millions of documents: how long a new day and the status take.

`python -m tests.maze_authority.bench_register [DOCUMENTS]` prints Markdown. Processor time is what other work on the
machine changes little; the register is filled directly, since only its size matters.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from oseberg.maze_authority import Register, check, county_status
from oseberg.maze_authority._delivery.coverage import business_days
from oseberg.maze_authority._register.apply import days_since_1970
from tests.maze_authority.bench_checks import delivery

FACTS = '{"rejected":[],"ran":[],"findings":[],"files":"a","rejected_rows":0,"incomplete":0,"stated_differs":false}'
NEW_DAY = "2018-01-02"


def fill(register: Register, days: list[date], per_day: int) -> None:
    """Fill a register with a delivery for each business day of twenty years."""
    store = register.store

    def documents() -> Iterator[tuple[Any, ...]]:
        for place, day in enumerate(days):
            for number in range(place * per_day + 1, (place + 1) * per_day + 1):
                text, count = f"R-{number:09d}", days_since_1970(day)
                yield prefix, number, text, place + 1, day.year, count, number * 7919, number * 104_729, 0

    with register.transaction():
        prefix = store.insert("INSERT INTO prefix (fips, prefix, width) VALUES (?, ?, ?)", ("48003", "R-", 9))
        store.run_many("INSERT INTO document VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", documents())
        for version, day in enumerate(days, start=1):
            text, count = day.isoformat(), days_since_1970(day)
            row = (version, f"{day:%Y%m%d}", text, version, str(version), text, per_day, text, text, FACTS)
            store.run("INSERT INTO version VALUES (?, '48003', ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            store.run("INSERT INTO certified VALUES (?, ?, NULL)", (version, text))
            store.run("INSERT INTO version_day VALUES (?, ?, ?)", (version, count, per_day))
            store.run("INSERT INTO day VALUES ('48003', ?)", (count,))
        for year in sorted({day.year for day in days}):
            places = [place for place, day in enumerate(days) if day.year == year]
            ends = (places[0] * per_day + 1, (places[-1] + 1) * per_day)
            store.run("INSERT INTO held VALUES (?, ?, ?, ?)", (prefix, year, *ends))


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what a piece of work returns, and its processor time."""
    start = time.process_time()
    done = work()
    return done, time.process_time() - start


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    days = business_days("48003", date(1998, 1, 1), date(2017, 12, 29))
    per_day = count // len(days)
    frame = delivery(per_day).assign(recorded_on=NEW_DAY, instrument_date=NEW_DAY)
    frame["instrument_number"] = [f"R-{len(days) * per_day + place:09d}" for place in range(1, per_day + 1)]
    check(frame.head(5))  # calendars are loaded once
    with tempfile.TemporaryDirectory() as folder, Register(Path(folder) / "register.sqlite") as register:
        fill(register, days, per_day)
        result, check_seconds = timed(lambda: check(frame, register=register))
        _, status_seconds = timed(lambda: county_status(register, "48003", today=date(2018, 1, 3)))
        size = register.path.stat().st_size >> 20
    assert result.certified_through == {"48003": date.fromisoformat(NEW_DAY)}
    print(f"| register of {len(days) * per_day:,} documents ({size} MB) | processor seconds | goal |\n|---|---|---|")
    print(f"| check of a new day with {per_day:,} documents | {check_seconds:.1f} | 2 |")
    print(f"| status of the county | {status_seconds:.1f} | 1 |")


if __name__ == "__main__":
    main()
