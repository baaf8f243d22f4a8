"""Objects as Python files: read in ranges, written when the block succeeds."""

from __future__ import annotations

import io
import tempfile
from abc import abstractmethod
from typing import IO, TYPE_CHECKING, Any

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._results.objects import S3Object, described
from oseberg.s3utils._store.conditions import ALWAYS, Condition
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.translate import translated
from oseberg.s3utils._transfer.download import get, stream
from oseberg.s3utils._transfer.writing import Writing
from oseberg.s3utils._verify.digest import MIB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import BinaryIO

_FIRST_WINDOW = 1 * MIB
_LAST_WINDOW = 64 * MIB  # a file read from end to end is asked for in ever longer ranges
_IN_MEMORY = 16 * MIB
_BUFFER = 256 * 1024
_MODES = {"r", "rb", "rt", "w", "wb", "wt", "x", "xb", "xt"}


def open_object(
    connection: Connection,
    url: S3Url,
    mode: str,
    if_match: str | None = None,
    **text: Any,  # noqa: ANN401 - the keywords of TextIOWrapper
) -> IO[str] | IO[bytes]:
    """Open an object for reading or writing, as bytes or as text (encoding, errors, newline)."""
    if mode not in _MODES:
        raise ValueError(f"Unknown mode {mode!r}; objects can be opened with {', '.join(sorted(_MODES))}.")
    if connection.version_id and not mode.startswith("r"):
        raise ValueError(f"A version can only be read, not opened with {mode!r}: what is written is a new one.")
    url.require_key("open")
    text["encoding"] = text.get("encoding") or "utf-8"
    if mode.startswith("r"):
        reader = io.BufferedReader(Reader(connection, url), _BUFFER)
        return reader if "b" in mode else io.TextIOWrapper(reader, **text)
    writer = Writer(connection, url, Condition(if_absent=mode.startswith("x"), if_match=if_match))
    return writer if "b" in mode else TextWriter(writer, **text)  # type: ignore[return-value] # an IO in all but name


class Reader(io.RawIOBase):
    """A seekable file of one object, as it was when it was opened."""

    def __init__(self, connection: Connection, url: S3Url) -> None:
        super().__init__()
        self._connection = connection
        self.object: S3Object = described(connection.head(url, "read"), url)
        self._position = 0
        self._window = _FIRST_WINDOW
        self._chunks: Iterator[bytes] = iter(())
        self._left = b""
        self._next = 0  # where the bytes in hand begin

    def readable(self) -> bool:
        """Return True: it can be read."""
        return True

    def seekable(self) -> bool:
        """Return True: it can be read from anywhere."""
        return True

    def tell(self) -> int:
        """Return the position in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position; nothing is fetched yet."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.object.size}[whence]
        if base + offset < 0:
            raise ValueError(f"Can't seek to {base + offset}: before the beginning of {self.object.url}.")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # narrower than Buffer
        """Fill a buffer from the position on.

        Raises:
            ChangedDuringRead: The object was replaced since it was opened.
        """
        if self._position >= self.object.size or not len(buffer):
            return 0
        if self._position != self._next or not self._left:
            self._fetch()
        piece = self._left[: len(buffer)]
        buffer[: len(piece)] = piece
        self._left = self._left[len(piece) :]
        self._position += len(piece)
        self._next = self._position
        return len(piece)

    def _fetch(self) -> None:
        """Read the next bytes of the current range, or ask for a new range: a longer one as reading goes on."""
        if self._position == self._next and (piece := next(self._chunks, b"")):
            self._left = piece
            return
        self._window = min(self._window * 2, _LAST_WINDOW) if self._position == self._next else _FIRST_WINDOW
        stop = min(self._position + self._window, self.object.size)
        url = self.object.url
        answer = get(self._connection, url, etag=self.object.etag, span=(self._position, stop))
        self._chunks = stream(self._connection, url, answer, stop - self._position, self._position)
        self._left = next(self._chunks)
        self._next = self._position

    def __repr__(self) -> str:
        return f"<Reader of {self.object.url} at {self._position:,} of {self.object.size:,} bytes>"


class _Publishing(io.IOBase):
    """A file that becomes an object when it is closed; after an exception, or if never closed, nothing is published."""

    @abstractmethod
    def discard(self) -> None:
        """Discard the written bytes, so that closing publishes nothing."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.discard()
        self.close()

    def __del__(self) -> None:
        self.discard()
        super().__del__()


class Writer(_Publishing, io.BufferedIOBase):
    """A file of bytes, kept in memory or on the disk until they are published."""

    def __init__(self, connection: Connection, url: S3Url, condition: Condition = ALWAYS) -> None:
        super().__init__()
        self.url = url
        self._publish = True
        self._spool: BinaryIO = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # type: ignore[assignment] # noqa: SIM115 - closed in close()
        self._writing = Writing(connection, url, condition)
        self._writing.check()  # before anybody computes what can't be written

    @property
    def name(self) -> str:
        """The URL that the file will have."""
        return str(self.url)

    def writable(self) -> bool:
        """Return True: it can be written."""
        return True

    def readable(self) -> bool:
        """Return False: it can't be read."""
        return False

    def seekable(self) -> bool:
        """Return True: earlier bytes can be overwritten, as zip and parquet files need."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override] # narrower than Buffer
        """Keep bytes until the file is closed."""
        with translated(self.url, "write"):
            return self._spool.write(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position."""
        with translated(self.url, "write"):  # flush buffered text to the disk
            return self._spool.seek(offset, whence)

    def tell(self) -> int:
        """Return the position in bytes."""
        return self._spool.tell()

    def discard(self) -> None:
        """Discard the written content."""
        self._publish = False

    def close(self) -> None:
        """Publish what was written."""
        if self.closed:
            return
        try:
            if self._publish:
                size = self.seek(0, io.SEEK_END)
                self._writing.send(self._spool, size)
        finally:
            self._publish = False
            super().close()
            with translated(self.url, "write"):
                self._spool.close()


class TextWriter(_Publishing, io.TextIOWrapper):
    """A file of text, which is written to a Writer."""

    def discard(self) -> None:
        """Discard the written content."""
        self.buffer.discard()  # type: ignore[attr-defined] # it is a Writer
