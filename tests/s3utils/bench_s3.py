"""How long S3 takes, next to its peers: `python -m tests.s3utils.bench_s3 [TASK]...` prints one Markdown table.

Every number is of this machine and this run; only the ratios mean something. The tools take turns, and a ratio is the
median over the rounds of a tool's time by its peer's of the same round, first of the time that passes, then of the
processor's time (children included, the store not). The store is ministack on loopback, and the same behind a proxy
that adds 30 ms to each request. Tasks are small-down, small-up, list, large-down and memory; all of them unless named;
`goals` leaves out the tools that no goal is about. Memory is measured with an object of 10 GiB, which a store of zeros
takes and sends; the copy on the disk is removed. Everything else is written to memory where the system has such a
folder: a disk may take longer to make a file, most of all right after others were deleted (ext4 steps over
their places one by one), than any tool to fetch it, and then all are as slow as the disk.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from oseberg.s3utils import S3
from oseberg.s3utils._folders.obstore_engine import _Process
from tests.s3utils import servers

if TYPE_CHECKING:
    from collections.abc import Callable

PEERS = ["obstore", "s3fs", "s5cmd"]  # awscli is used where it is on the PATH: it asks for a botocore of its own
WORKERS = 8
SMALL_FILES, SMALL_SIZE = 1_000, 20_000
KEYS = 10_000
LARGE = 256 << 20
ROUNDS = 5
HUGE = 10 << 30
SMALL_TASK, LISTING_TASK, LARGE_TASK = "1,000 files of 20 KB down", "list 10,000 keys", "256 MB down"
UP_TASK = "1,000 files of 20 KB up"
BASES = {SMALL_TASK: "s5cmd", UP_TASK: "s5cmd", LISTING_TASK: "s5cmd", LARGE_TASK: "s3transfer"}
GOALS = {  # how many times as long as which peer it may take
    (SMALL_TASK, "oseberg [fast]"): ("s5cmd", 1.0),
    (SMALL_TASK, "oseberg"): ("boto3 in threads", 1.0),
    (UP_TASK, "oseberg [fast]"): ("s5cmd", 1.2),
    (UP_TASK, "oseberg"): ("boto3 in threads", 1.0),
    (LISTING_TASK, "oseberg"): ("s5cmd", 1.0),
    (LARGE_TASK, "oseberg (verified)"): ("s3transfer", 0.9),
}
BUCKET = "bench"
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class Bench:
    """The tasks, each by every tool that is installed."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        self.endpoint, self.folder = endpoint, folder
        self.s3 = S3(endpoint_url=endpoint, workers=WORKERS)
        self.client = servers.client(endpoint)

    def run(self, arguments: list[str]) -> None:
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def s5cmd(self, *arguments: str) -> Callable[[], None] | None:
        program = Path(sys.executable).with_name("s5cmd")
        path = str(program) if program.exists() else shutil.which("s5cmd")
        return (lambda: self.run([path, "--endpoint-url", self.endpoint, *arguments])) if path else None

    def aws(self, *arguments: str) -> Callable[[], None] | None:
        path = shutil.which("aws")
        return (lambda: self.run([path, "--endpoint-url", self.endpoint, "s3", *arguments])) if path else None

    def s3fs(self):
        import s3fs

        return s3fs.S3FileSystem(endpoint_url=self.endpoint, use_listings_cache=False, skip_instance_cache=True)

    def obstore(self):
        from obstore.store import S3Store

        options = {"allow_http": True}
        return S3Store(BUCKET, endpoint=self.endpoint, client_options=options, virtual_hosted_style_request=False)

    def without_fast(self, work: Callable[[], object]) -> None:
        _Process.inherited_obstore = True  # as in a forked child
        try:
            work()
        finally:
            _Process.inherited_obstore = False

    def small(self) -> dict[str, Callable[[], object] | None]:
        keys = [f"small/{number:05}.bin" for number in range(SMALL_FILES)]
        self.folder.mkdir(parents=True, exist_ok=True)
        target = str(self.folder)

        def in_threads(fetch: Callable[[str], object]) -> None:
            with ThreadPoolExecutor(WORKERS) as pool:
                list(pool.map(fetch, keys))

        def plain(key: str) -> None:
            data = self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
            (self.folder / Path(key).name).write_bytes(data)

        def by_obstore() -> None:
            import obstore

            store = self.obstore()
            in_threads(lambda key: (self.folder / Path(key).name).write_bytes(obstore.get(store, key).bytes()))

        def ours() -> object:
            return self.s3.download_all(f"s3://{BUCKET}/small", self.folder, progress=False)

        return {
            "oseberg [fast]": ours,
            "oseberg": lambda: self.without_fast(ours),
            "s5cmd": self.s5cmd("cp", f"s3://{BUCKET}/small/*", f"{target}/"),
            "boto3 in threads": lambda: in_threads(plain),
            "s3transfer": lambda: in_threads(
                lambda key: self.client.download_file(BUCKET, key, str(self.folder / Path(key).name))
            ),
            "obstore": by_obstore if find_spec("obstore") else None,
            "s3fs": (lambda: self.s3fs().get(f"{BUCKET}/small", target, recursive=True)) if find_spec("s3fs") else None,
            "awscli": self.aws("cp", "--recursive", f"s3://{BUCKET}/small", target),
        }

    def small_up(self) -> dict[str, Callable[[], object] | None]:
        source = self.folder.parent / "small"
        names = sorted(path.name for path in source.iterdir())

        def in_threads(send: Callable[[str], object]) -> None:
            with ThreadPoolExecutor(WORKERS) as pool:
                list(pool.map(send, names))

        def plain(name: str) -> None:
            self.client.put_object(Bucket=BUCKET, Key=f"up/{name}", Body=(source / name).read_bytes())

        def by_obstore() -> None:
            import obstore

            store = self.obstore()
            in_threads(lambda name: obstore.put(store, f"up/{name}", (source / name).read_bytes()))

        def ours() -> object:
            return self.s3.upload_all(source, f"s3://{BUCKET}/up", progress=False)

        return {
            "oseberg [fast]": ours,
            "oseberg": lambda: self.without_fast(ours),
            "s5cmd": self.s5cmd("cp", f"{source}/", f"s3://{BUCKET}/up/"),
            "boto3 in threads": lambda: in_threads(plain),
            "obstore": by_obstore if find_spec("obstore") else None,
            "awscli": self.aws("cp", "--recursive", str(source), f"s3://{BUCKET}/up"),
        }

    def listing(self) -> dict[str, Callable[[], object] | None]:
        def by_obstore() -> None:
            import obstore

            assert sum(len(page) for page in obstore.list(self.obstore(), "keys")) == KEYS

        def by_boto3() -> None:
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="keys/")
            assert sum(len(page["Contents"]) for page in pages) == KEYS

        def ours() -> None:
            assert sum(1 for _ in self.s3.list(f"s3://{BUCKET}/keys")) == KEYS

        return {
            "oseberg": ours,
            "s5cmd": self.s5cmd("ls", f"s3://{BUCKET}/keys/*"),
            "boto3": by_boto3,
            "obstore": by_obstore if find_spec("obstore") else None,
            "s3fs": (lambda: self.s3fs().find(f"{BUCKET}/keys")) if find_spec("s3fs") else None,
            "awscli": self.aws("ls", "--recursive", f"s3://{BUCKET}/keys/"),
        }

    def large(self) -> dict[str, Callable[[], object] | None]:
        path = self.folder / "large.bin"
        self.folder.mkdir(parents=True, exist_ok=True)

        def by_obstore() -> None:
            import obstore

            with path.open("wb") as file:
                for chunk in obstore.get(self.obstore(), "large/one.bin"):
                    file.write(chunk)

        return {
            "oseberg (verified)": lambda: self.s3.download(f"s3://{BUCKET}/large/one.bin", path),
            "s3transfer": lambda: self.client.download_file(BUCKET, "large/one.bin", str(path)),
            "s5cmd": self.s5cmd("cp", f"s3://{BUCKET}/large/one.bin", str(path)),
            "obstore": by_obstore if find_spec("obstore") else None,
            "s3fs": (lambda: self.s3fs().get_file(f"{BUCKET}/large/one.bin", path)) if find_spec("s3fs") else None,
            "awscli": self.aws("cp", f"s3://{BUCKET}/large/one.bin", str(path)),
        }


def prepare(endpoint: str, folder: Path, tasks: set[str]) -> None:
    s3 = S3(endpoint_url=endpoint, workers=WORKERS)
    servers.client(endpoint).create_bucket(Bucket=BUCKET)
    (folder / "small").mkdir()
    for number in range(SMALL_FILES):
        (folder / "small" / f"{number:05}.bin").write_bytes(os.urandom(SMALL_SIZE))
    s3.upload_all(folder / "small", f"s3://{BUCKET}/small", progress=False)
    if "list" in tasks:
        for number in range(KEYS):
            s3.write_bytes(f"s3://{BUCKET}/keys/{number // 100:03}/{number:05}.txt", b"")
    if "large-down" in tasks:
        with (folder / "large").open("wb") as file:
            for _ in range(LARGE >> 20):
                file.write(os.urandom(1 << 20))
        servers.client(endpoint).upload_file(str(folder / "large"), BUCKET, "large/one.bin")


def timed(work: Callable[[], object], folder: Path) -> tuple[float, float]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    began, used = time.perf_counter(), processor_time()
    work()
    return time.perf_counter() - began, processor_time() - used


def processor_time() -> float:
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, whose))


def report(network: str, task: str, tools: dict[str, Callable[[], object] | None], folder: Path) -> None:
    """Let the tools take turns, so that a busy moment of the machine meets all of them; print medians."""
    rounds: dict[str, list[tuple[float, float]]] = {name: [] for name, work in tools.items() if work}
    for _ in range(ROUNDS):
        for name, times in rounds.items():
            times.append(timed(tools[name], folder))
    for name in tools:
        if name not in rounds:
            print(f"| {network} | {task} | {name} | not installed | | |", flush=True)
            continue
        peer, goal = GOALS.get((task, name), (BASES[task], None))
        seconds = statistics.median(passed for passed, _ in rounds[name])
        ratios = ["", ""]
        if peer in rounds:
            pairs = list(zip(rounds[name], rounds[peer], strict=True))
            ratios = [f"{statistics.median(one[at] / other[at] for one, other in pairs):.2f}" for at in (0, 1)]
        wanted = f", goal {goal}" if goal else ""
        print(
            f"| {network} | {task} | {name} | {seconds:.2f} | {ratios[0]} of {peer}{wanted} | {ratios[1]} |", flush=True
        )


PEAK = """
import sys
from oseberg.s3utils import S3
from tests.s3utils.peak import peak
s3, (endpoint, small, large) = S3(endpoint_url=sys.argv[1]), sys.argv[1:]
s3.upload(small, "s3://bench/memory")
before = peak()
s3.upload(large, "s3://bench/memory")
sent = peak()
s3.download("s3://bench/memory", large + ".again")
print(before, sent, peak())
"""


def memory(folder: Path) -> None:
    """Print the peak of the memory that one huge file takes up and down, in a process of its own."""
    with (folder / "tiny").open("wb") as file:
        file.write(bytes(10))
    with (folder / "sparse").open("wb") as file:
        file.truncate(HUGE)
    server = [sys.executable, "-m", "tests.s3utils.endless"]
    with subprocess.Popen(server, stdout=subprocess.PIPE, text=True) as store:
        endpoint = f"http://127.0.0.1:{store.stdout.readline().strip()}"
        command = [sys.executable, "-c", PEAK, endpoint, str(folder / "tiny"), str(folder / "sparse")]
        try:
            measured = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        finally:
            store.terminate()
    before, sent, fetched = measured.split()
    print(f"| loopback | 10 GiB up and down | oseberg | | {before} MiB before, {sent} up, {fetched} down, goal 150 | |")


TASKS = {
    "small-down": (SMALL_TASK, Bench.small),
    "small-up": (UP_TASK, Bench.small_up),
    "list": (LISTING_TASK, Bench.listing),
    "large-down": (LARGE_TASK, Bench.large),
}


def main() -> None:
    chosen = set(sys.argv[1:])
    tasks = chosen - {"goals"} or {*TASKS, "memory"}
    os.environ |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_DEFAULT_REGION": "us-east-1"}
    with (
        tempfile.TemporaryDirectory(dir=IN_MEMORY) as name,
        servers.ministack() as endpoint,
        servers.slow(endpoint, 0.03) as slow,
    ):
        folder = Path(name)
        prepare(endpoint, folder, tasks)
        print("| network | task | tool | seconds | ratio | of processor time |\n|---|---|---|---|---|---|")
        for network, address in (("loopback", endpoint), ("+30 ms", slow)):
            bench = Bench(address, folder / "out")
            list(bench.s3.list(f"s3://{BUCKET}/small"))  # the first request shows that requests are really sent
            for task, (title, tools) in TASKS.items():
                if task in tasks:
                    found = tools(bench)
                    meant = {name for (of, one), (peer, _) in GOALS.items() if of == title for name in (one, peer)}
                    taken = {name: work for name, work in found.items() if name in meant or "goals" not in chosen}
                    report(network, title, taken, bench.folder)
    if "memory" in tasks:
        with tempfile.TemporaryDirectory() as name:  # on the disk: a copy of 10 GiB in memory would be too much
            memory(Path(name))


if __name__ == "__main__":
    main()
