"""Measures the export of 100,000 events against download + gunzip + orjson alone and against other exporters.

Run by `nox -s bench -- export`, with `--memory 5000000` for nothing but files of so many events. Each row is one
process: CPU seconds of it alone (the server is another process), and its peak memory. Ratios are to the floor of the
same body in the same run.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import resource
import subprocess
import sys
import time
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PEERS = ["mixpanel-utils", "mixpanel-headless", "polars", "duckdb"]
EVENTS, LARGE = 100_000, 300_000
RUNS = 3
HEADER = "| body | exporter | CPU s | ratio | peak MB |\n|---|---|---|---|---|"
START = 1_793_491_200_000
DAY_MS = 86_400_000


def narrow(number: int, chance: random.Random) -> dict[str, object]:
    """Give an event of 28 properties, about 680 bytes."""
    moment = START + number * DAY_MS // EVENTS
    return {
        "time": moment,
        "distinct_id": f"user{chance.randrange(5000)}@example.com",
        "$app_build_number": "1.12.0.4522",
        "$browser": chance.choice(["Chrome", "Safari", "Firefox"]),
        "$browser_version": chance.randrange(80, 120),
        "$city": chance.choice(["Midland", "Houston", "Oklahoma City"]),
        "$current_url": f"https://app.example.com/atla/map/{chance.randrange(10**6)}",
        "$device_id": f"{chance.getrandbits(64):016x}-{chance.getrandbits(32):08x}",
        "$insert_id": f"{chance.getrandbits(64):016x}",
        "$lib_version": "2.45.0",
        "$mp_api_endpoint": "api-js.mixpanel.com",
        "$mp_api_timestamp_ms": moment + 300,
        "$os": chance.choice(["Windows", "Mac OS X"]),
        "$region": "Texas",
        "$screen_height": 915,
        "$screen_width": 412,
        "$user_id": str(chance.randrange(5000)),
        "mp_country_code": "US",
        "mp_lib": "web",
        "mp_processing_time_ms": moment + 900,
        "county": chance.choice(["Andrews", "Howard", "Reagan", "Lea"]),
        "acres": round(chance.random() * 640, 2),
        "layers": chance.randrange(12),
        "saved": chance.random() < 0.5,
        "duration": chance.random() * 30,
        "product": "Atla",
        "plan": "enterprise",
        "session": f"{chance.getrandbits(48):012x}",
    }


def wide(number: int, chance: random.Random) -> dict[str, object]:
    """Give an event with 30 of 520 properties."""
    moment = START + number * DAY_MS // EVENTS
    fixed = {"time": moment, "distinct_id": str(number % 5000), "$insert_id": f"i{number}"}
    stamps = {"$mp_api_timestamp_ms": moment + 300, "mp_processing_time_ms": moment + 900}
    values = (7, 12.5, "Andrews", True)
    return fixed | stamps | {f"property {key}": values[key % 4] for key in chance.sample(range(520), 25)}


def apart(number: int, chance: random.Random) -> dict[str, object]:
    """Give one of 40 events with 30 properties each, 8 of them those of all: wide as real bodies are."""
    kind, moment = number % 40, START + number * DAY_MS // EVENTS
    fixed = {"time": moment, "distinct_id": f"user{chance.randrange(5000)}@example.com", "mp_lib": "web"}
    stamps = {"$mp_api_timestamp_ms": moment + 300, "mp_processing_time_ms": moment + 900}
    same = {"$insert_id": f"{chance.getrandbits(64):016x}", "$os": "Windows", "$browser": "Chrome"}
    values = (chance.randrange(1000), chance.random() * 640, chance.choice(["Andrews", "Lea"]), chance.random() < 0.5)
    return fixed | stamps | same | {f"property {kind}-{key}": values[(kind + key) % 4] for key in range(22)}


def lines(make: Callable[[int, random.Random], dict[str, object]]) -> bytes:
    """Give the answer, not yet compressed."""
    chance = random.Random(7)
    names = ["Atla Query", "Atla Export", "Sol Search", "Report"]
    names = [f"Event {number}" for number in range(40)] if make is apart else names
    events = ({"event": names[number % len(names)], "properties": make(number, chance)} for number in range(EVENTS))
    return b"".join(json.dumps(event, separators=(",", ":")).encode() + b"\n" for event in events)


def write_body(path: Path, content: bytes, times: int = 1) -> None:
    """Write the compressed answer; repeated events get ids of their own."""
    with path.open("wb") as file:
        for number in range(times):
            own = content.replace(b'"$insert_id":"', b'"$insert_id":"%d-' % number)
            file.write(gzip.compress(own, 6 if times == 1 else 1))


SERVER = """
import os, shutil, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Encoding', 'gzip')
        self.send_header('Content-Length', str(os.path.getsize(sys.argv[1])))
        self.end_headers()
        with open(sys.argv[1], 'rb') as content:
            shutil.copyfileobj(content, self.wfile)
    def log_message(self, *_): pass
server = HTTPServer(('127.0.0.1', 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


def floor(url: str) -> int:
    """Download, decompress, split and parse, and keep nothing."""
    import zlib

    import orjson
    import requests

    unpack, rest, rows = zlib.decompressobj(31), b"", 0
    for chunk in requests.get(url, stream=True, timeout=60).raw.stream(65536, decode_content=False):
        content = unpack.decompress(chunk)
        while unpack.unused_data:
            following, unpack = unpack.unused_data, zlib.decompressobj(31)
            content += unpack.decompress(following)
        *whole, rest = (rest + content).split(b"\n")
        for line in whole:
            orjson.loads(line)
            rows += 1
    return rows


def ours(url: str) -> int:
    """Export as a DataFrame."""
    from oseberg.mixpanel_export import MixpanelClient

    with TemporaryDirectory() as folder:
        client = MixpanelClient(1, "u", "s", api_url=url, shared_folder=folder)
        return len(client.export("2026-11-01", "2026-11-01"))


def to_file(ending: str, url: str) -> int:
    """Export to a file."""
    from oseberg.mixpanel_export import MixpanelClient

    with TemporaryDirectory() as folder:
        client = MixpanelClient(1, "u", "s", api_url=url, shared_folder=folder)
        return client.write(f"{folder}/e.{ending}", "2026-11-01", "2026-11-01").rows


def to_lake(url: str) -> int:
    """Export to a folder of days."""
    from oseberg.mixpanel_export import MixpanelClient

    with TemporaryDirectory() as folder:
        client = MixpanelClient(1, "u", "s", api_url=url, shared_folder=folder)
        return client.write_lake(f"{folder}/lake", "2026-11-01", "2026-11-01").rows


def json_normalize(url: str) -> int:
    """What most scripts do."""
    import pandas as pd
    import requests

    records = [json.loads(line) for line in requests.get(url, timeout=60).text.splitlines()]
    return len(pd.json_normalize(records))


def polars(url: str) -> int:
    """Read NDJSON with polars, types from all rows."""
    import polars as pl
    import requests

    return pl.read_ndjson(requests.get(url, timeout=60).content, infer_schema_length=None).unnest("properties").height


def duckdb(url: str) -> int:
    """Read NDJSON with duckdb, types from all rows."""
    import duckdb as db
    import requests

    with TemporaryDirectory() as folder:
        path = Path(folder) / "e.json"
        path.write_bytes(requests.get(url, timeout=60).content)
        query = "select event, unnest(properties) from read_json(?, sample_size=-1, map_inference_threshold=-1)"
        return len(db.execute(query, [str(path)]).df())


def mixpanel_utils(url: str) -> int:
    """The official client's export, with its address pointed at the local server."""
    from mixpanel_utils import MixpanelUtils

    client = MixpanelUtils("s", project_id=1, service_account_username="u", residency="us")
    client.raw_api = url
    span = {"from_date": "2026-11-01", "to_date": "2026-11-01"}
    with TemporaryDirectory() as folder:
        path = f"{folder}/e.csv"
        client.export_events(path, span, format="csv", add_gzip_header=True)
        with Path(path).open() as file:
            return sum(1 for _ in file) - 1


def mixpanel_headless(url: str) -> int:
    """The headless client's stream of raw events as a frame: its other form reads milliseconds as seconds."""
    import pandas as pd
    from mixpanel_headless import Workspace

    with TemporaryDirectory() as folder:
        os.environ |= {"MP_API_BASE_URL": url, "MP_STORAGE_DIR": folder}
        os.environ |= {"MP_USERNAME": "u", "MP_SECRET": "s", "MP_PROJECT_ID": "1", "MP_REGION": "us"}
        events = Workspace().stream_events(from_date="2026-11-01", to_date="2026-11-01", raw=True)
        return len(pd.DataFrame([{"event": event["event"]} | event["properties"] for event in events]))


# Public names are imported when they are first used.
OURS = (
    "oseberg.mixpanel_export._client",
    "requests",
    "pandas",
    "pyarrow.csv",
    "pyarrow.parquet",
    "pyarrow.pandas_compat",
)
FILES = {f"write {ending}": (partial(to_file, ending), OURS) for ending in ("parquet", "csv", "jsonl")}
CONTENDERS = {
    "floor": (floor, ("requests", "orjson")),
    "export": (ours, OURS),
    **FILES,
    "write lake": (to_lake, OURS),
    "json_normalize": (json_normalize, ("requests", "pandas")),
    "polars": (polars, ("requests", "polars")),
    "duckdb": (duckdb, ("requests", "duckdb", "pandas")),
    "mixpanel-utils": (mixpanel_utils, ("mixpanel_utils",)),
    "mixpanel-headless": (mixpanel_headless, ("mixpanel_headless", "pandas")),
}
"""What is measured, and the modules that are imported before: imports are not part of the work."""


def measure(name: str, url: str, rows: int) -> tuple[float, float]:
    """Run one contender, each time in a process of its own: the least CPU seconds and its peak megabytes."""
    runs = RUNS if name in {"floor", "export", *FILES} and rows <= LARGE else 1
    command = [sys.executable, "-m", "tests.mixpanel_export.bench_export", "--one", name, url, str(rows)]
    found = [
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(runs)
    ]
    return min(map(tuple, found))


def one(name: str, url: str, expected: str) -> None:
    """Be one contender: CPU seconds without the imports, and the peak memory."""
    run, modules = CONTENDERS[name]
    for module in modules:
        import_module(module)
    before = time.process_time()
    rows = run(url)
    spent = time.process_time() - before
    if rows != int(expected):
        raise SystemExit(f"{name} gave {rows} of {expected} rows")
    print(json.dumps([spent, peak_megabytes()]))


def peak_megabytes() -> float:
    """Give the process's peak memory; ru_maxrss would count the parent's before exec, so Linux is asked elsewhere."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def compare(label: str, path: Path, contenders: Iterable[str], rows: int = EVENTS) -> None:
    """Serve a body and print a row for each contender; the first one is the floor."""
    label = f"{label}, {rows:,} events"
    with subprocess.Popen([sys.executable, "-c", SERVER, str(path)], stdout=subprocess.PIPE, text=True) as server:
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        least = 0.0
        for name in contenders:
            if not all(find_spec(module.partition(".")[0]) for module in CONTENDERS[name][1]):
                print(f"| {label} | {name} | not installed | | |")
                continue
            try:
                spent, peak = measure(name, url, rows)
            except subprocess.CalledProcessError as error:
                print(f"| {label} | {name} | failed: {(error.stderr.strip() or '?').splitlines()[-1][:60]} | | |")
                continue
            least = least or spent
            print(f"| {label} | {name} | {spent:.2f} | {spent / least:.2f} | {peak:.0f} |", flush=True)
        server.terminate()


def main() -> None:
    """Print one Markdown table."""
    print(HEADER)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "body.gz"
        write_body(path, lines(narrow))
        compare("narrow", path, CONTENDERS)
        compare_files(path, LARGE)
        write_body(path, lines(apart))
        compare("40 events", path, ["floor", "export", *FILES, "json_normalize", "polars", "duckdb"])
        write_body(path, lines(wide))
        compare("wide", path, ["floor", "export", "json_normalize", "polars", "duckdb"])


def compare_files(path: Path, rows: int) -> None:
    """Print a row for each format of a file of many events."""
    write_body(path, lines(narrow), rows // EVENTS)
    compare("narrow", path, ["floor", *FILES], rows // EVENTS * EVENTS)


def memory(rows: int) -> None:
    """Print how much memory files of many events take."""
    print(HEADER)
    with TemporaryDirectory() as folder:
        compare_files(Path(folder) / "body.gz", max(rows, EVENTS))


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    parser = argparse.ArgumentParser()
    parser.add_argument("--memory", type=int, metavar="EVENTS", help="measure only files of so many events")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        one(*options.one)
    elif options.memory:
        memory(options.memory)
    else:
        main()
