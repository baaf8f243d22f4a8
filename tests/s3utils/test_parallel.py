"""The threads that every bulk operation uses: they stop, whenever they are told to."""

import os
import subprocess
import sys

import pytest

from oseberg.s3utils import S3, AccessDenied
from oseberg.s3utils._parallel import run
from tests.s3utils import servers

INTERRUPTED = """
import faulthandler, itertools, random, signal, threading, time
from oseberg.s3utils._parallel import run

def interrupt(*_):
    raise KeyboardInterrupt

def job(number):
    time.sleep(0.0003)

def working():
    return [thread for thread in threading.enumerate() if thread.name.startswith("s3utils")]

faulthandler.dump_traceback_later(100, exit=True)
signal.signal(signal.SIGALRM, interrupt)
for seed in range(1000):
    jobs = run(2, job, itertools.count())
    next(jobs)  # the threads have begun
    try:
        # Once more after a second: Python drops an exception that comes into a finaliser.
        signal.setitimer(signal.ITIMER_REAL, random.Random(seed).uniform(0.0002, 0.002), 1)
        for _ in jobs:
            pass
    except KeyboardInterrupt:
        signal.setitimer(signal.ITIMER_REAL, 0)
    jobs.close()
    until = time.monotonic() + 20
    while working() and time.monotonic() < until:
        time.sleep(0.001)
    if working():
        raise SystemExit("threads wait for ever")
print("stopped each time")
"""


def test_ctrl_c_at_any_moment_stops_it():
    """An interrupt between any two steps of the main thread leaves nothing locked: all threads end."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COV")}  # coverage takes locks
    command = [sys.executable, "-c", INTERRUPTED]
    done = subprocess.run(command, env=plain, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout == "stopped each time\n", done.stderr


STALLED = """
import os, signal, sys, threading, time
from pathlib import Path
from oseberg.s3utils import _parallel
from oseberg.s3utils._transfer.local_files import whole_file
_parallel._PATIENCE = 0.5
begun = threading.Event()

def stall(path):
    with whole_file(Path(path), None):
        begun.set()
        time.sleep(100)

threading.Thread(target=lambda: (begun.wait(), os.kill(os.getpid(), signal.SIGINT)), daemon=True).start()
list(_parallel.run(2, stall, sys.argv[1:]))
"""


def test_ctrl_c_doesnt_wait_for_a_network_that_stalls(tmp_path):
    """Workers that get no answer are left behind after a while, and their temporary files are removed."""
    command = [sys.executable, "-c", STALLED, str(tmp_path / "file")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "KeyboardInterrupt" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_jobs_are_read_as_they_are_needed():
    """However many jobs there are, only a few wait for the workers."""
    read = []

    def jobs():
        for number in range(1_000_000):
            read.append(number)
            yield number

    for count, (number, outcome) in enumerate(run(2, abs, jobs())):
        assert outcome.result() == number
        if count == 100:
            break
    assert len(read) <= 120


def test_no_jobs_mean_no_work():
    """Nothing to do ends at once."""
    assert list(run(3, abs, [])) == []


def test_the_next_page_is_asked_for_while_one_is_read(faults, s3, root):
    """From the second on; the order is that of the keys, and who stops at the first page asks for one alone."""
    for number in range(7):
        s3.write_bytes(f"{root}/{number}", b"")
    shorter = S3(servers.client(faults.endpoint))
    shorter._connection.client.meta.events.register(
        "provide-client-params.s3.ListObjectsV2", lambda params, **_: {**params, "MaxKeys": 2}
    )
    assert [item.key for item in shorter.list(root)] == [str(number) for number in range(7)]
    assert len(faults.seen) == 4
    assert next(shorter.list(root)).key == "0"
    assert len(faults.seen) == 5
    pages = shorter.list(root)
    assert [next(pages).key for _ in range(3)] == ["0", "1", "2"]
    pages.close()
    faults.before.append(lambda e: e.fail(403, "AccessDenied") if "continuation-token" in e.path else None)
    with pytest.raises(AccessDenied):
        list(shorter.list(root))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
def test_a_forked_child_goes_on_with_a_listing(s3, endpoint, root):
    """The thread that asks ahead is the parent's alone."""
    for number in range(5):
        s3.write_bytes(f"{root}/{number}", b"")
    program = """
import os, sys, time
from oseberg.s3utils import S3
from oseberg.s3utils._parallel import ahead
s3 = S3(endpoint_url=sys.argv[1])
s3._connection.client.meta.events.register(
    "provide-client-params.s3.ListObjectsV2", lambda params, **_: {**params, "MaxKeys": 1}
)
pages = s3.list(sys.argv[2])
first = [next(pages).key for _ in range(2)]
slow = ahead(lambda: time.sleep(1) or "done")
if (child := os.fork()) == 0:
    s3._connection.client.meta.events.register(
        "provide-client-params.s3.ListObjectsV2", lambda params, **_: {**params, "MaxKeys": 1}
    )
    assert slow() == "done"
    assert first + [item.key for item in pages] == list("01234")
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert first + [item.key for item in pages] == list("01234")
"""
    command = [sys.executable, "-W", "ignore", "-c", program, endpoint, root]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
