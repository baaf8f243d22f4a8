"""Storage of a ledger's lines: a local file, or an object in S3. Several writers can change it safely."""

from __future__ import annotations

import os
import random
import threading
import time
import weakref
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from filelock import FileLock

from oseberg.s3utils._atomic import write_bytes
from oseberg.s3utils._client import S3
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._store.translate import local_error
from oseberg.s3utils.errors import BucketNotFound, NotFound, PreconditionFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TRIES = 30
_LONGEST = 2.0  # seconds between two attempts, at most
_BEGINNING = b'{"bucket": '  # of each record


class Storage(Protocol):
    """Lines that several processes read and change."""

    def read(self) -> list[bytes]:
        """Return the lines."""

    def append(self, line: bytes) -> None:
        """Add a line."""

    def rewrite(self, change: Callable[[list[bytes]], list[bytes]]) -> None:
        """Replace the lines by the result of `change`, which may be called more than once."""


class LocalStorage:
    """Lines in a local file. A process that is killed while it writes leaves half a line at most, which is dropped.

    Args:
        path: The file. Its lock is a file of the same name with `.lock` at the end, which stays.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def read(self) -> list[bytes]:
        """Return the lines, without half a record at the end."""
        try:
            *lines, rest = self._path.read_bytes().split(b"\n")
            return lines if _is_half_a_record(rest) else [*lines, rest]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise local_error(error, None, "read the ledger") from error

    def append(self, line: bytes) -> None:
        """Add a line; it is on the disk when this returns."""
        with self._alone(), self._path.open("a+b") as file:
            self._end_last_line(file)
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def rewrite(self, change: Callable[[list[bytes]], list[bytes]]) -> None:
        """Replace the lines; readers see all of the old ones or all of the new ones."""
        with self._alone():
            write_bytes(self._path, _joined(change(self.read())))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Lock the ledger for this thread; the system unlocks it when the process ends, however it ends.

        The lock is a file of its own: `rewrite` replaces the ledger, and a lock on a replaced file holds nobody off.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self._path}.lock"):
                yield
        except OSError as error:
            raise local_error(error, None, "write the ledger") from error

    def _end_last_line(self, file: BinaryIO) -> None:
        """Drop half a record at the end; anything else without a line break gets one."""
        if file.seek(0, os.SEEK_END) == 0:
            return
        file.seek(-1, os.SEEK_END)
        if file.read(1) == b"\n":
            return
        rest = self._path.read_bytes().rpartition(b"\n")[2]
        if _is_half_a_record(rest):
            file.truncate(file.seek(-len(rest), os.SEEK_END))
        else:
            file.write(b"\n")


class ObjectStorage:
    """Lines in an object, rewritten on the condition that nobody else has changed it.

    Args:
        url: The object.
        s3: What reaches the object.
    """

    def __init__(self, url: str, s3: S3) -> None:
        self._url, self._s3 = url, s3
        self._lines: list[bytes] = []
        self._stored: S3Object | None = None
        self.renew_lock()
        _object_storages.add(self)

    def renew_lock(self) -> None:
        """Start with a new lock: in a forked child the old one may be held by a thread of the parent."""
        self._turn = threading.Lock()  # the lines and what is stored belong together, among threads too

    def __reduce__(self) -> tuple[Any, ...]:
        return ObjectStorage, (self._url, self._s3)

    def read(self) -> list[bytes]:
        """Return the lines."""
        with self._turn:
            return self._read()

    def append(self, line: bytes) -> None:
        """Add a line; if another writer was faster, add it to that writer's lines."""
        with self._turn:
            self._change(lambda lines: [*lines, line])

    def rewrite(self, change: Callable[[list[bytes]], list[bytes]]) -> None:
        """Replace the lines by a change of their present state."""
        with self._turn:
            self._read()
            self._change(change)

    def _read(self) -> list[bytes]:
        try:
            self._stored, data = self._s3.read_object(self._url)
            self._lines = data.removesuffix(b"\n").split(b"\n") if data else []
        except BucketNotFound:
            raise  # nothing could be recorded there
        except NotFound:
            self._stored, self._lines = None, []
        return self._lines

    def _change(self, change: Callable[[list[bytes]], list[bytes]]) -> None:
        for attempt in range(_TRIES):
            lines = change(self._lines)
            try:
                self._write(_joined(lines))
            except PreconditionFailed:
                if attempt == _TRIES - 1:
                    raise
                # Writers that wait for the same time would meet again.
                time.sleep(random.uniform(0, min(_LONGEST, 0.05 * 2**attempt)))  # noqa: S311 - not a secret
                self._read()
            else:
                self._lines = lines
                return

    def _write(self, data: bytes) -> None:
        if self._stored is None:
            self._stored = self._s3.write_bytes(self._url, data, if_absent=True)
        else:
            self._stored = self._s3.write_bytes(self._url, data, if_match=self._stored.etag)


_object_storages: weakref.WeakSet[ObjectStorage] = weakref.WeakSet()


def _renew_locks() -> None:
    for storage in list(_object_storages):
        storage.renew_lock()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_renew_locks)


def _joined(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _is_half_a_record(rest: bytes) -> bool:
    """Whether the text after the last line break is the beginning of a record, and so the ledger's own."""
    return _BEGINNING.startswith(rest[: len(_BEGINNING)])
