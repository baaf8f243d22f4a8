"""Other processes: forked, spawned, served and pickled to, an S3 works, and never hangs."""

from __future__ import annotations

import importlib.util
import multiprocessing
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from oseberg.s3utils import S3, AccessDenied, Ledger, NotSupported
from tests.s3utils import servers

pytestmark = pytest.mark.unmeasured

ROOT = Path(__file__).parents[2]
DEADLINE = 120  # seconds; each of them takes a few, and a busy machine ten times as long
SCENARIO = """
import multiprocessing, os, sys, threading
from concurrent.futures import ProcessPoolExecutor
from oseberg.s3utils import S3, Ledger

def fetch(s3, root, folder):
    report = s3.download_all(root, folder, progress=False)
    s3.write_text(f"{root}-out/{os.path.basename(folder)}", "done")
    return len(report.transfers), "obstore" in sys.modules

def main():
    endpoint, root, folder, method, loaded = sys.argv[1:]
    s3 = S3(endpoint_url=endpoint)
    if loaded == "loaded":
        print(fetch(s3, root, f"{folder}/parent")[0])
    context = multiprocessing.get_context(method)
    children = [context.Process(target=fetch, args=(s3, root, f"{folder}/child-{n}")) for n in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join()
        print(child.exitcode)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        works = [pool.submit(fetch, s3, root, f"{folder}/pool-{n}") for n in range(4)]
        print(sorted(work.result()[0] for work in works))
    print(fetch(s3, root, f"{folder}/again")[0])
    print(len(list(s3.list(f"{root}-out"))))

if __name__ == "__main__":
    main()
"""


def run(program: str, *arguments: str, deadline: int = DEADLINE) -> list[str]:
    """Run a program in a process of its own; one that hangs is killed and fails the test."""
    command = [sys.executable, "-c", program, *arguments]
    if "__main__" in program:  # spawned children import the program again: it must be a file
        file = Path(arguments[2]) / "program.py"
        file.write_text(program)
        command = [sys.executable, str(file), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=deadline, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("method", "loaded"),
    [("fork", "loaded"), ("fork", "fresh"), ("spawn", "loaded"), ("forkserver", "loaded")],
)
def test_an_s3_goes_to_other_processes(s3, endpoint, root, tmp_path, method, loaded):
    """By each way to start them, before and after the parent has downloaded with the fast engine."""
    for number in range(12):
        s3.write_bytes(f"{root}/in/{number}", bytes([number]) * 1000)
    found = run(SCENARIO, endpoint, f"{root}/in", str(tmp_path), method, loaded)
    parent = ["12"] if loaded == "loaded" else []
    assert found == [*parent, "0", "0", "[12, 12, 12, 12]", "12", str(7 + len(parent))]


FORKED = """
import os, sys
from oseberg.s3utils import S3
s3 = S3(endpoint_url=sys.argv[1])
folder = sys.argv[3]
s3.download_all(sys.argv[2], folder + "/1", progress=False)
assert "obstore" in sys.modules
child = os.fork()
s3.download_all(sys.argv[2], folder + ("/2" if child else "/3"), progress=False)
if child:
    assert os.waitpid(child, 0)[1] == 0
    s3.download_all(sys.argv[2], folder + "/4", progress=False)
    print("both")
"""


def test_parent_and_child_go_on_after_a_fork(s3, endpoint, root, tmp_path):
    """At the same time, with the engine running in the parent; the child ends on its own."""
    for number in range(30):
        s3.write_bytes(f"{root}/{number}", bytes([number]) * 1000)
    assert run(FORKED, endpoint, root, str(tmp_path)) == ["both"]
    for folder in "1234":
        assert len(list((tmp_path / folder).iterdir())) == 30


SHARED = """
import os, sys, threading
from oseberg.s3utils import S3
import boto3
s3 = S3(boto3.client("s3", endpoint_url=sys.argv[1])) if sys.argv[3] == "client" else S3(endpoint_url=sys.argv[1])
keys = [item.url for item in s3.list(sys.argv[2])]
s3.read_bytes(keys[0])  # a connection is open now, which the child inherits

def read():
    for _ in range(30):
        for url in keys:
            assert s3.read_text(url) == url.name * 100

children = []
for _ in range(3):
    child = os.fork()
    if not child:
        read()
        os._exit(0)
    children.append(child)
read()
print([os.waitpid(child, 0)[1] for child in children])
"""


@pytest.mark.parametrize("made_of", ["settings", "client"])
def test_processes_dont_read_each_others_answers(s3, endpoint, root, made_of):
    """A connection that was open before the fork is used by one of them alone."""
    for name in "abc":
        s3.write_text(f"{root}/{name}", name * 100)
    assert run(SHARED, endpoint, root, made_of) == ["[0, 0, 0]"]


DASK = """
import sys
from dask.distributed import Client, LocalCluster
from oseberg.s3utils import S3

def read(s3, url):
    return s3.read_text(url)

if __name__ == "__main__":
    s3 = S3(endpoint_url=sys.argv[1])
    urls = [item.url for item in s3.list(sys.argv[2])]
    free = {"dashboard_address": "127.0.0.1:0"}
    with LocalCluster(n_workers=2, threads_per_worker=1, **free) as cluster, Client(cluster) as client:
        print(client.gather([client.submit(read, s3, url) for url in urls]))
"""


@pytest.mark.skipif(not importlib.util.find_spec("distributed"), reason="Dask belongs to the command, oseberg[dask]")
def test_an_s3_goes_to_dask_workers(s3, endpoint, root, tmp_path):
    """A task takes an S3 along."""
    for name in "abc":
        s3.write_text(f"{root}/{name}", name)
    assert run(DASK, endpoint, root, str(tmp_path)) == ["['a', 'b', 'c']"]


def test_a_pickle_holds_settings_and_no_secret(endpoint, root, monkeypatch):
    """The credentials are found anew where it is opened; an S3 of one's own client says why it can't."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very-secret-words")
    s3 = S3(endpoint_url=endpoint, workers=3, requester_pays=True, write_options={"metadata": {"a": "b"}})
    s3.write_text(f"{root}/k", "1")
    pickled = pickle.dumps(s3)
    assert b"very-secret-words" not in pickled
    again = pickle.loads(pickled)
    assert again.read_text(f"{root}/k") == "1"
    assert again._connection.workers == 3
    assert again._connection.options == s3._connection.options
    with pytest.raises(NotSupported, match="made from your own client"):
        pickle.dumps(S3(servers.client(endpoint)))
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(AccessDenied):
        pickle.loads(pickled).read_text(f"{root}/k")


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # of Python 3.12 and later, which is right
def test_daemons_of_a_forked_child_are_not_waited_for():
    """A lock that another thread held at the fork holds nobody up in the child."""
    store = S3(endpoint_url="http://127.0.0.1:9", region="us-east-1")._connection.store
    with store._turn:
        child = multiprocessing.get_context("fork").Process(target=lambda: store.client.meta.endpoint_url)
        child.start()
        child.join(DEADLINE)
    assert child.exitcode == 0


def test_a_ledger_goes_to_other_processes(s3, root, tmp_path):
    """Local or in S3; in a forked child nobody waits for a lock of the parent's threads."""
    s3.write_text(f"{root}/k", "1")
    for place in (tmp_path / "ledger.jsonl", f"{root}/ledger.jsonl"):
        again = pickle.loads(pickle.dumps(Ledger(place, s3=s3)))
        again.add(s3.stat(f"{root}/k"))
        assert len(list(Ledger(place, s3=s3).entries())) == 1


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # as above
def test_a_ledger_is_read_in_a_forked_child(s3, root):
    """While a thread of the parent is at it."""
    ledger = Ledger(f"{root}/ledger.jsonl", s3=s3)
    with ledger._storage._turn:
        child = multiprocessing.get_context("fork").Process(target=lambda: list(ledger.entries()))
        child.start()
        child.join(DEADLINE)
    assert child.exitcode == 0
