"""A Dask cluster of which a worker dies in the middle of the work."""

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

from distributed import Client, LocalCluster

Result = TypeVar("Result")


def pids(client: Client) -> list[int]:
    """Return the processes of the workers."""
    return list(client.run(os.getpid).values())


def while_one_dies(cluster: LocalCluster, work: Callable[[Executor], Result], after: float = 0.5) -> Result:
    """Do some work on the cluster, and kill one of its two workers in the middle."""
    with Client(cluster) as client, client.get_executor(pure=False) as executor:
        client.wait_for_workers(2, timeout=60)
        killer = threading.Timer(after, os.kill, (pids(client)[0], signal.SIGKILL))
        killer.start()
        try:
            return work(executor)
        finally:
            killer.join()
            client.wait_for_workers(2, timeout=60)
