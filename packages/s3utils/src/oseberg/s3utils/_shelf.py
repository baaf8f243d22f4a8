"""Where a ledger's lines are kept: a local file, or an object in S3. Adding a line is safe among several writers."""

from __future__ import annotations

import os
import random
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from oseberg.s3utils._translate import local_error
from oseberg.s3utils.errors import BucketNotFound, NotFound, PreconditionFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oseberg.s3utils._report import S3Object
    from oseberg.s3utils._s3 import S3

_TRIES = 30
_LONGEST = 2.0  # seconds between two attempts, at most
_BEGINNING = b'{"bucket": '  # of each record


class LocalShelf:
    """Lines in a local file. A process killed while it writes leaves half a line at most, which is dropped."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def read(self) -> list[bytes]:
        """Give the lines, without half a record at the end."""
        try:
            *lines, rest = self._path.read_bytes().split(b"\n")
            return lines if _is_half_a_record(rest) else [*lines, rest]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise local_error(error, None, "read the ledger") from error

    def append(self, line: bytes) -> None:
        """Add a line; it is on the disk when this returns."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a+b") as file, _locked(file.fileno()):
                self._end_last_line(file)
                file.write(line + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise local_error(error, None, "write the ledger") from error

    def _end_last_line(self, file: BinaryIO) -> None:
        """Drop half a record at the end; what else stands there without a line break gets one."""
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


class S3Shelf:
    """Lines in an object, rewritten on the condition that nobody else did meanwhile."""

    def __init__(self, url: str, s3: S3 | None) -> None:
        from oseberg.s3utils._s3 import S3  # noqa: PLC0415 - S3 stands above the ledger

        self._url = url
        self._s3 = s3 or S3()
        self._lines: list[bytes] = []
        self._stored: S3Object | None = None
        self._turn = threading.Lock()  # the lines and what is stored belong together, among threads too

    def read(self) -> list[bytes]:
        """Give the lines."""
        with self._turn:
            return self._read()

    def _read(self) -> list[bytes]:
        try:
            self._stored, data = self._s3.read_object(self._url)
            self._lines = data.removesuffix(b"\n").split(b"\n") if data else []
        except BucketNotFound:
            raise  # nothing could be recorded there
        except NotFound:
            self._stored, self._lines = None, []
        return self._lines

    def append(self, line: bytes) -> None:
        """Add a line; when another writer was faster, to what that one left."""
        with self._turn:
            self._append(line)

    def _append(self, line: bytes) -> None:
        for attempt in range(_TRIES):
            try:
                self._write([*self._lines, line])
            except PreconditionFailed:
                if attempt == _TRIES - 1:
                    raise
                time.sleep(random.uniform(0, min(_LONGEST, 0.05 * 2**attempt)))  # noqa: S311 - spreads writers out
                self._read()
            else:
                return

    def _write(self, lines: list[bytes]) -> None:
        data = b"".join(line + b"\n" for line in lines)
        if self._stored is None:
            self._stored = self._s3.write_bytes(self._url, data, if_absent=True)
        else:
            self._stored = self._s3.write_bytes(self._url, data, if_match=self._stored.etag)
        self._lines = lines


def _is_half_a_record(rest: bytes) -> bool:
    """Tell whether what stands after the last line break was going to be a record; anything else is another's."""
    return _BEGINNING.startswith(rest[: len(_BEGINNING)])


@contextmanager
def _locked(number: int) -> Iterator[None]:
    """Hold the file for this process alone; the system lets go when the process ends, however it ends."""
    try:
        import fcntl  # noqa: PLC0415 - not on Windows
    except ImportError:  # pragma: no cover - Windows: appended lines are short and written at once
        yield
        return
    fcntl.flock(number, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(number, fcntl.LOCK_UN)
