"""The threads that every bulk operation uses: they stop, whenever they are told to."""

import subprocess
import sys

from oseberg.s3utils._parallel import run

INTERRUPTED = """
import itertools, random, signal, time
from oseberg.s3utils._parallel import run

def interrupt(*_):
    raise KeyboardInterrupt

def job(number):
    time.sleep(0.0003)

signal.signal(signal.SIGALRM, interrupt)
for seed in range(1500):
    jobs = run(2, job, itertools.count())
    next(jobs)  # the threads have begun
    try:
        signal.setitimer(signal.ITIMER_REAL, random.Random(seed).uniform(0.0002, 0.002))
        for _ in jobs:
            pass
    except KeyboardInterrupt:
        pass
print("stopped each time")
"""


def test_ctrl_c_at_any_moment_stops_it():
    """An interrupt between any two steps of the main thread leaves nothing locked: all threads end."""
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout == "stopped each time\n", done.stderr


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


def test_no_jobs_is_no_work():
    """Nothing to do ends at once."""
    assert list(run(3, abs, [])) == []
