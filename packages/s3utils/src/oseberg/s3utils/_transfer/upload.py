"""Uploads local bytes and files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._results.report import Transfer
from oseberg.s3utils._store.conditions import ALWAYS, Condition
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.translate import translated
from oseberg.s3utils._transfer.local_files import refuse_special
from oseberg.s3utils._transfer.writing import Writing
from oseberg.s3utils.errors import ChangedDuringRead

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def put(connection: Connection, data: bytes, url: S3Url, condition: Condition = ALWAYS) -> S3Object:
    """Write bytes, in one request or in parts.

    Args:
        connection: The store.
        data: The content.
        url: Where to.
        condition: When it may be written.

    Returns:
        What was written.

    Raises:
        AlreadyExists, PreconditionFailed: The condition doesn't hold.
        Conflict: Other writers never let it through.
    """
    return Writing(connection, url.require_key("write"), condition).send(io.BytesIO(data), len(data))


def upload(
    connection: Connection,
    path: Path,
    url: S3Url,
    condition: Condition = ALWAYS,
    tick: Callable[[int], object] = lambda _: None,
) -> Transfer:
    """Write a local file, which must not change meanwhile.

    Args:
        connection: The store.
        path: The file.
        url: Where to; a URL that ends in a slash gets the file's own name.
        condition: When it may be written.
        tick: Called with the number of bytes of each part that was sent.

    Returns:
        What was written.

    Raises:
        ChangedDuringRead: It was written to; nothing is published.
    """
    url = url.named(path.name).require_key("upload")
    with translated(url, "upload"):
        refuse_special(path, "A device or a pipe has no known size; write what it yields to open(url, 'wb')")
    with translated(url, "upload"), path.open("rb") as file:
        before = path.stat()

        def unchanged() -> None:
            now = path.stat()
            if (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
                message = f"Can't upload {path} to {url}: the file changed during the upload. Nothing was published."
                raise ChangedDuringRead(message, url=url, operation="upload")

        _, verified = Writing(connection, url, condition, unchanged, tick).send_verified(file, before.st_size)
    return Transfer("upload", url, path, before.st_size, verified)
