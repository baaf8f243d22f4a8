"""Whole contents: bytes, texts, JSON, tables, and open files."""

from __future__ import annotations

import json
from contextlib import contextmanager
from gzip import BadGzipFile
from typing import IO, TYPE_CHECKING, Any, Literal, overload

from oseberg.s3utils import _download, _upload
from oseberg.s3utils._frames import format_frame, format_of, parse_frame
from oseberg.s3utils._open import open_object
from oseberg.s3utils._url import S3Url
from oseberg.s3utils.errors import InvalidContent

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from oseberg.s3utils._connection import Connection
    from oseberg.s3utils._report import S3Object


@contextmanager
def _understood(url: str | S3Url, kind: str, operation: str = "read") -> Iterator[None]:
    """Say which object's content isn't what it is taken for."""
    try:
        yield
    except (ValueError, EOFError, BadGzipFile) as error:
        message = f"Can't {operation} {url}: it isn't {kind}: {error}"
        raise InvalidContent(message, url=url, operation=operation) from error


class Contents:
    """The part of `S3` that reads and writes what objects hold."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read_bytes(self, url: str | S3Url, *, version_id: str | None = None) -> bytes:
        """Read an object, verified.

        Args:
            url: The object.
            version_id: A version that the bucket keeps; the newest unless given.

        Raises:
            NotFound, AccessDenied: As they say.
            ChecksumMismatch, TruncatedTransfer, ChangedDuringRead: What arrived isn't the object.
        """
        return self.read_object(url, version_id=version_id)[1]

    def read_object(self, url: str | S3Url, *, version_id: str | None = None) -> tuple[S3Object, bytes]:
        """Read an object with its description, of one and the same state: its ETag serves for `if_match`."""
        return _download.read(self._connection.at_version(version_id), S3Url(url))

    def read_text(self, url: str | S3Url, encoding: str = "utf-8", *, version_id: str | None = None) -> str:
        """Read an object as text; line endings stay as they are.

        Raises:
            InvalidContent: It isn't text of this encoding.
        """
        data = self.read_bytes(url, version_id=version_id)
        with _understood(url, f"{encoding} text"):
            return data.decode(encoding)

    def read_json(self, url: str | S3Url, *, version_id: str | None = None) -> Any:  # noqa: ANN401 - JSON is anything
        """Read a JSON object.

        Raises:
            InvalidContent: It isn't JSON.
        """
        data = self.read_bytes(url, version_id=version_id)
        with _understood(url, "JSON"):
            return json.loads(data)

    def read_frame(
        self,
        url: str | S3Url,
        *,
        version_id: str | None = None,
        **options: Any,  # noqa: ANN401 - pandas' own options
    ) -> pd.DataFrame:
        """Read a table by its suffix: `.csv`, `.csv.gz`, `.parquet` (needs pyarrow), `.jsonl`, `.jsonl.gz`.

        Args:
            url: The object.
            version_id: A version that the bucket keeps; the newest unless given.
            **options: For `pandas.read_csv`, `read_parquet` or `read_json`.

        Raises:
            InvalidUrl: Another suffix.
            InvalidContent: It isn't a table of that kind.
        """
        kind, packed = format_of(S3Url(url))
        data = self.read_bytes(url, version_id=version_id)
        with _understood(url, "a table of the kind that its name says"):
            return parse_frame(data, kind, packed=packed, **options)

    def write_bytes(
        self, url: str | S3Url, data: bytes, *, if_absent: bool = False, if_match: str | None = None
    ) -> S3Object:
        """Write an object.

        Args:
            url: Where to.
            data: The content.
            if_absent: Only if there is none yet.
            if_match: Only if the object there has this ETag.

        Returns:
            What was written, with its new ETag.

        Raises:
            AlreadyExists, PreconditionFailed: The condition doesn't hold.
            Conflict: Other writers never let it through.
            NotSupported: The store ignores conditions; nothing was written.
        """
        return _upload.put(self._connection, data, S3Url(url), if_absent=if_absent, if_match=if_match)

    def write_text(
        self,
        url: str | S3Url,
        data: str,
        *,
        encoding: str = "utf-8",
        if_absent: bool = False,
        if_match: str | None = None,
    ) -> S3Object:
        """Write text; conditions as in `write_bytes`."""
        return self.write_bytes(url, data.encode(encoding), if_absent=if_absent, if_match=if_match)

    def write_json(
        self,
        url: str | S3Url,
        data: Any,  # noqa: ANN401 - JSON is anything
        *,
        if_absent: bool = False,
        if_match: str | None = None,
    ) -> S3Object:
        """Write JSON, in UTF-8, ending in a line break; conditions as in `write_bytes`.

        Raises:
            InvalidContent: There is a NaN or an infinity in it, which JSON doesn't know.
        """
        with _understood(url, "JSON", "write"):
            text = json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
        return self.write_text(url, text, if_absent=if_absent, if_match=if_match)

    def write_frame(
        self,
        frame: pd.DataFrame,
        url: str | S3Url,
        *,
        if_absent: bool = False,
        if_match: str | None = None,
        **options: Any,  # noqa: ANN401 - pandas' own options
    ) -> S3Object:
        """Write a table by its suffix (see `read_frame`), without the index unless `index=True`."""
        data = format_frame(frame, S3Url(url), **options)
        return self.write_bytes(url, data, if_absent=if_absent, if_match=if_match)

    @overload
    def open(
        self,
        url: str | S3Url,
        mode: Literal["r", "rt", "w", "wt", "x", "xt"] = "r",
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        version_id: str | None = None,
    ) -> IO[str]: ...
    @overload
    def open(
        self, url: str | S3Url, mode: Literal["rb", "wb", "xb"], *, version_id: str | None = None
    ) -> IO[bytes]: ...
    def open(
        self,
        url: str | S3Url,
        mode: str = "r",
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        version_id: str | None = None,
    ) -> IO[str] | IO[bytes]:
        """Open an object as a Python file.

        Reading is seekable and fetches ranges as they are needed, all of one state of the object. What is written
        becomes the object when the `with` block ends well, and nothing when it doesn't.

        Args:
            url: The object.
            mode: `r`, `rb`, `w`, `wb`; `x`, `xb` write only if there is none yet.
            encoding: Of text; UTF-8 unless given.
            errors: As in Python's open.
            newline: As in Python's open.
            version_id: A version that the bucket keeps, to read; the newest unless given.

        Raises:
            NotFound: Nothing to read.
            AlreadyExists: `x`, and there is one (when the block ends).
            ValueError: Another mode, or a version to write.
        """
        if version_id and not mode.startswith("r"):
            raise ValueError(f"A version can only be read, not opened with {mode!r}: what is written is a new one.")
        connection = self._connection.at_version(version_id)
        return open_object(connection, S3Url(url), mode, encoding=encoding, errors=errors, newline=newline)
