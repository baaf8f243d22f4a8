"""Open the workers that `--workers` and `--dask` ask for."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from oseberg.cli.exits import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor


@contextmanager
def open_workers(processes: int, dask: str | None) -> Iterator[Executor | None]:
    """Open the executor of a Dask scheduler, or of this machine's processes.

    Args:
        processes: Number of processes.
        dask: The address of a Dask scheduler, or None.

    Yields:
        The executor; None for a single process.

    Raises:
        Failure: Dask is not installed, or its scheduler can't be reached.
    """
    if dask:
        # pure=True would run equal calls only once
        with dask_client(dask) as client, client.get_executor(pure=False) as executor:
            yield executor
    elif processes > 1:
        from oseberg.cli.workers.pool import LastingPool  # takes the machinery of processes along

        with LastingPool(processes) as pool:
            try:
                yield pool
            except BaseException:  # nobody waits for the rest any more
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    else:
        yield None


def dask_client(address: str) -> Any:  # noqa: ANN401 - distributed is optional
    """Connect to a Dask scheduler."""
    try:
        from distributed import Client
    except ImportError:
        raise Failure("--dask needs Dask: pip install 'oseberg[dask]'") from None
    try:
        return Client(address, timeout=10)  # type: ignore[no-untyped-call] # distributed is typed in part
    except (OSError, ValueError) as error:
        raise Failure(f"The Dask scheduler {address} can't be reached: {error}") from None
