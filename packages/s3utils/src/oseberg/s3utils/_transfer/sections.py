"""Sections of an open file as files of their own: uploads send them without holding them in memory."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING

from oseberg.s3utils._verify.digest import MIB

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

_AHEAD = MIB // 4  # clients ask for 16 KiB at a time, and each seek in the shared file costs more than reading that


class SharedFile:
    """An open, seekable file that several threads read.

    Args:
        file: The file.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._turn = threading.Lock()

    def read_at(self, start: int, length: int) -> bytes:
        """Read bytes from a position.

        Args:
            start: The position.
            length: How many at most.

        Returns:
            The bytes; fewer at the end of the file.
        """
        with self._turn:
            self._file.seek(start)
            return self._file.read(length)


class Section(io.RawIOBase):
    """The bytes of a shared file from one position to another, as a file.

    Args:
        file: The shared file.
        start: Where it begins.
        size: Its length.
    """

    def __init__(self, file: SharedFile, start: int, size: int) -> None:
        super().__init__()
        self._file, self._start, self._size = file, start, size
        self._position = 0
        self._ahead, self._ahead_at = b"", 0

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def seekable(self) -> bool:
        """Whether it can be read from anywhere; clients read it for the checksum first, and again to send it."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        """Read bytes; all that are left unless a number is given."""
        left = max(0, self._size - self._position)
        wanted = left if size is None or size < 0 else min(size, left)
        at = self._position - self._ahead_at
        if not 0 <= at <= len(self._ahead) - wanted:
            self._ahead_at, at = self._position, 0
            self._ahead = self._file.read_at(self._start + self._position, min(left, max(wanted, _AHEAD)))
        data = self._ahead[at : at + wanted]
        self._position += len(data)
        return data

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # narrower than Buffer
        """Fill a buffer."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def each(self, do: Callable[[bytes], object]) -> None:
        """Call `do` with each chunk from the beginning, then return to the beginning."""
        self.seek(0)
        while chunk := self.read(MIB):
            do(chunk)
        self.seek(0)
