"""The full suite over a million records, and the rules that others can say as well against them.

`python -m tests.maze_authority.bench_checks [RECORDS] [--large RECORDS]` prints Markdown. The first table is of the
command as a user runs it, from a file and with its start and its report, each time in a process of its own. Ratios are
of one run on one machine; what is measured is processor time, which other work on the machine changes little, beside
the clock's time. "On tables already read" counts the rules alone: ours on the tables that `check` builds of a DataFrame
or a file, the peers on a flat table of scalars and counts of named parties, which is made for them before; without
that, making it is counted, as reading is for us.
"""

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from oseberg.maze_authority import check
from oseberg.maze_authority._check import assemble, chosen, run_all
from oseberg.maze_authority._delivery.coverage import business_days
from oseberg.maze_authority._records.read import Read, read_records
from oseberg.maze_authority._waivers import Waivers
from tests.maze_authority.deliveries import write
from tests.maze_authority.helpers import FIRST_DAY

PEERS = ["pandera[pandas]", "pointblank", "polars", "pyarrow"]
SHARED = ["MA101", "MA103", "MA110", "MA120", "MA201", "MA301", "MA303", "MA501"]
"""Rules that a flat table shows: required fields, types, repeats, gaps, dates, parties."""


GIVES = {"pandera": "row numbers of failures", "pointblank": "counts and failing rows by step"}


def delivery(count: int) -> pd.DataFrame:
    """A clean delivery of so many records, with a PDF for each document."""
    days = business_days("48003", FIRST_DAY, FIRST_DAY.replace(year=FIRST_DAY.year + 1))
    per_day = count // len(days) + 1
    number = np.arange(1, count + 1)
    numbers = [f"18-{one:07d}" for one in number]
    recorded = [days[one // per_day].isoformat() for one in range(count)]
    legal = {"kind": "texas_survey", "text": "SEC 12 BLK A-46 PSL", "survey": "PSL", "block": "A-46", "section": "12"}
    columns = {
        "county_fips": ["48003"] * count,
        "instrument_number": numbers,
        "book_type": ["OPR"] * count,
        "volume": [str(1000 + one // 300) for one in range(count)],
        "page": [str(1 + 3 * (one % 300)) for one in range(count)],
        "document_type": ["oil_gas_lease"] * count,
        "document_type_text": ["OGL"] * count,
        "recorded_on": recorded,
        "instrument_date": recorded,
        "grantors": [[{"name": f"HALE ROBERT {one % 5000}", "suffix": None, "capacity": None}] for one in range(count)],
        "grantees": [
            [{"name": f"RED BLUFF {one % 300} LLC", "suffix": None, "capacity": None}] for one in range(count)
        ],
        "legals": [[{**legal}] for _ in range(count)],
        "images": [[{"path": f"images/{one}.pdf", "page": None}] for one in numbers],
        "page_count": [3] * count,
        "complete": [True] * count,
        "source": [{"file": "a.csv", "lines": [int(one) + 1]} for one in number],
    }
    return pd.DataFrame(columns)


def by_hand(frame: pd.DataFrame) -> int:
    """The shared rules written in pandas on the same table: counts alone, no keys, messages or states."""
    day = pd.to_datetime(frame["recorded_on"])
    bad = int((day.isna() | frame["document_type_text"].isna() | frame["instrument_number"].isna()).sum())
    bad += int((frame["document_type"] == "other").sum())
    bad += int(frame.duplicated(["county_fips", "instrument_number"]).sum())
    bad += int((~frame["complete"].astype(bool)).sum())
    parts = frame["instrument_number"].str.extract(r"^(.*?)(\d+)[A-Za-z]?$")
    numbers = pd.to_numeric(parts[1]).groupby([frame["county_fips"], parts[0]])
    for _, group in numbers:
        bad += int((np.diff(np.unique(group)) > 1).sum())
    bad += int((day > pd.Timestamp.now()).sum() + (day < pd.Timestamp("1876-08-21")).sum())
    bad += int((pd.to_datetime(frame["instrument_date"]) > day).sum())
    for side in ("grantors", "grantees"):
        names = frame[side].explode().str.get("name")
        bad += int((names.notna() & (names != "")).groupby(level=0).any().eq(other=False).sum())
    return bad


def flat(frame: pd.DataFrame) -> pd.DataFrame:
    """What peers can judge: scalars, dates as dates, the number of parties that have a name."""
    table = frame[["county_fips", "instrument_number", "document_type", "document_type_text", "complete"]].copy()
    table["recorded_on"] = pd.to_datetime(frame["recorded_on"])
    table["instrument_date"] = pd.to_datetime(frame["instrument_date"])
    for side in ("grantors", "grantees"):
        table[side] = [sum(1 for party in parties if party["name"]) for parties in frame[side]]
    return table


def with_pandera(table: pd.DataFrame) -> None:
    """The shared rules but for gaps, which it can't say."""
    import pandera.pandas as pa

    columns = {
        "instrument_number": pa.Column(str),
        "document_type_text": pa.Column(str),
        "document_type": pa.Column(str, pa.Check.ne("other")),
        "complete": pa.Column(bool, pa.Check.eq(value=True)),
        "recorded_on": pa.Column("datetime64[us]", pa.Check.in_range(pd.Timestamp("1876-08-21"), pd.Timestamp.now())),
        "grantors": pa.Column(int, pa.Check.ge(1)),
        "grantees": pa.Column(int, pa.Check.ge(1)),
    }
    order = pa.Check(lambda table: table["instrument_date"] <= table["recorded_on"])
    schema = pa.DataFrameSchema(columns, checks=order, unique=["county_fips", "instrument_number"], coerce=False)
    schema.validate(table, lazy=True)


def with_pointblank(table: Any) -> None:
    """The shared rules but for gaps, which it can't say; on polars, where it is fastest."""
    import pointblank as pb
    import polars as pl

    plan = pb.Validate(table).col_vals_not_null(["instrument_number", "document_type_text", "recorded_on"])
    plan = plan.col_vals_expr(pl.col("document_type") != "other").col_vals_expr(pl.col("complete"))
    plan = plan.rows_distinct(["county_fips", "instrument_number"])
    plan = plan.col_vals_between("recorded_on", pd.Timestamp("1876-08-21"), pd.Timestamp.now())
    plan = plan.col_vals_expr(pl.col("instrument_date") <= pl.col("recorded_on"))
    plan.col_vals_ge(["grantors", "grantees"], 1).interrogate()


def seconds(work: Callable[[], Any]) -> float:
    """Give the processor time of one piece of work, all threads together."""
    start = time.process_time()
    work()
    return time.process_time() - start


def read_tables(frame: pd.DataFrame) -> Read:
    """The tables that rules judge, all built."""
    read = read_records(frame)
    for name in ("grantors", "grantees"):
        read.lists[name]
    return read


def rules_alone(read: Read, rules: list[str]) -> None:
    """The rules on tables that were read: masks, findings with keys and messages, states."""
    waivers = Waivers((), date(2026, 1, 1))
    delivery = assemble(read, as_of=date(2026, 1, 1), waivers=waivers, rejects=(), summary=None, county=None)
    run_all(delivery, chosen(rules), {}, None)


def as_a_user(path: Path, *options: str) -> tuple[float, float, float]:
    """Run `oseberg county check` on a file in a process of its own, with its start and its report.

    Args:
        path: The records.
        options: Further options.

    Returns:
        Its processor time, the clock's time, and its memory at most in GiB.
    """
    command = [sys.executable, "-m", "oseberg.cli", "county", "check", str(path), "-o", str(path.with_suffix(".txt"))]
    start = time.perf_counter()
    # Where bytecode is never kept, as in some containers, every start would compile what it imports.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen([*command, *options], stderr=subprocess.DEVNULL, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):
        raise RuntimeError(f"{command}: exit status {process.returncode}")
    return used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss / 2**20


def files(count: int, kinds: dict[str, tuple[str, str]], goals: tuple[float | None, float]) -> None:
    """Print what the full suite takes from files that are made for it.

    Args:
        count: How many records.
        kinds: By name the kind of the records (see `deliveries.write`) and the option of the command.
        goals: Seconds of the processor and GiB; without seconds none are asked.
    """
    seconds, memory = goals
    for name, (kind, option) in kinds.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "records.jsonl"
            write(path, count, kind)
            options = [option, str(Path(folder) / "parted")] if option else []
            busy, clock, peak = as_a_user(path, *options)
        goal = f"{seconds:.1f} s, {memory} GiB" if seconds else f"{memory} GiB"
        print(f"| {count:,} records, {name} | {busy:.1f} | {clock:.1f} | {peak:.2f} | {goal} |", flush=True)


KINDS = {
    "as parsers write them": ("plain", ""),
    "fields that say nothing left out": ("sparse", ""),
    "each with cells beyond the standard (`extra`)": ("extra", ""),
    "one in a hundred in quarantine": ("faulty", ""),
    "one in a hundred in quarantine, and parted (`--split`)": ("faulty", "--split"),
}
LARGE = {name: KINDS[name] for name in ("as parsers write them", "one in a hundred in quarantine")}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("records", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--large", type=int, metavar="RECORDS", help="Files of so many records as well: 10000000.")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"| full suite ({len(check([]).rules)} rules), the command | processor seconds | clock | GiB | goal |")
    print("|---|---|---|---|---|")
    # First of all: what a process holds when it starts another one counts as the other one's memory.
    files(100, {"not counted: compiles what is imported": ("plain", ""), "the start alone": ("plain", "")}, (None, 1.0))
    files(given.records, KINDS, (10 * given.records / 1e6, 1.0))
    if given.large:
        files(given.large, LARGE, (None, 4.0))
    frame = delivery(given.records)
    print(f"| {given.records:,} records of a DataFrame, the library | {seconds(lambda: check(frame)):.1f} | | | |")
    shared(frame)


def shared(frame: pd.DataFrame) -> None:
    """Print how long the shared rules take: all that a user waits for, and on tables that were read before."""
    hand = min(seconds(lambda: by_hand(frame)) for _ in range(2))
    ours = min(seconds(lambda: check(frame, rules=SHARED)) for _ in range(2))
    without = [one for one in SHARED if one != "MA201"]
    few = min(seconds(lambda: check(frame, rules=without)) for _ in range(2))
    read, table = read_tables(frame), flat(frame)
    alone = min(seconds(lambda: rules_alone(read, without)) for _ in range(3))
    print(f"\n| shared rules ({len(SHARED)}) | gives | processor seconds | on tables already read | goal |")
    print("|---|---|---|---|---|")
    print(f"| pandas by hand | a count | {hand:.2f} | | |")
    print(f"| maze-authority | states, keys, messages, quarantine | {ours:.2f} | | {1.2 * hand:.2f} |")
    print(f"| maze-authority without gaps | the same | {few:.2f} | {alone:.2f} | the fastest peer |")
    for name, peer in (("pandera", with_pandera), ("pointblank", with_pointblank)):
        if importlib.util.find_spec(name) is None:
            print(f"| {name} without gaps | not installed | | | |")
            continue
        prepared = table if name == "pandera" else polars_of(table)
        whole = min(seconds(lambda: peer(flat_for(name, frame))) for _ in range(2))  # noqa: B023 - called at once
        took = min(seconds(lambda: peer(prepared)) for _ in range(3))  # noqa: B023 - called at once
        print(f"| {name} without gaps | {GIVES[name]} | {whole:.2f} | {took:.2f} | |")


def polars_of(table: pd.DataFrame) -> Any:
    """The flat table in polars."""
    import polars as pl

    return pl.from_pandas(table)


def flat_for(name: str, frame: pd.DataFrame) -> Any:
    """The flat table as a peer takes it, made anew."""
    return flat(frame) if name == "pandera" else polars_of(flat(frame))


if __name__ == "__main__":
    main()
