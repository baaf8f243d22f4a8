"""Objects as texts and JSON."""

from __future__ import annotations

import json
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._transfer.download import read
from oseberg.s3utils.errors import InvalidContent, S3Error

if TYPE_CHECKING:
    from collections.abc import Iterator

# What decoders raise: gzip and pyarrow an OSError as well, though no disk is involved, and json a RecursionError.
_NOT_UNDERSTOOD = (ValueError, EOFError, OSError, RecursionError, zlib.error)


@contextmanager
def understood(url: S3Url, kind: str, operation: str = "read") -> Iterator[None]:
    """Raise InvalidContent with the object's name if its content can't be decoded.

    Args:
        url: The object.
        kind: What it was taken for, with its article: `JSON`, `a table`.
        operation: `read` or `write`.

    Raises:
        InvalidContent: The block raised what decoders raise.
    """
    try:
        yield
    except S3Error:
        raise
    except _NOT_UNDERSTOOD as error:
        said = " ".join(str(error).split())
        message = f"Can't {operation} {url}: it isn't {kind}: {said}"
        raise InvalidContent(message, url=url, operation=operation) from error


def read_text(connection: Connection, url: S3Url, encoding: str) -> str:
    """Read an object as text; line endings stay as they are."""
    data = read(connection, url)[1]
    with understood(url, f"{encoding} text"):
        return data.decode(encoding)


def read_json(connection: Connection, url: S3Url) -> Any:  # noqa: ANN401 - JSON is anything
    """Read an object as JSON."""
    data = read(connection, url)[1]
    with understood(url, "JSON"):
        return json.loads(data)


def format_text(data: str, encoding: str, url: S3Url) -> bytes:
    """Encode text.

    Raises:
        InvalidContent: The encoding lacks one of its characters.
    """
    with understood(url, f"{encoding} text", "write"):
        return data.encode(encoding)


def format_json(data: Any, url: S3Url) -> bytes:  # noqa: ANN401 - JSON is anything
    """Format JSON in UTF-8, ending in a line break.

    Raises:
        InvalidContent: There is a NaN or an infinity in it, which JSON doesn't know.
    """
    with understood(url, "JSON", "write"):
        return (json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()
