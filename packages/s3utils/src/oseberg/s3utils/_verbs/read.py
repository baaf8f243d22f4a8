"""Methods that read the content of one object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._contents import pieces, tables, texts
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._transfer import download
from oseberg.s3utils._verbs.front import Front

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd


def read_bytes(self: Front, url: str | S3Url, *, version_id: str | None = None) -> bytes:
    """Read an object, verified.

    Args:
        url: The object.
        version_id: A version that the bucket keeps; the newest unless given.

    Returns:
        The whole content as bytes.

    Raises:
        NotFound, AccessDenied: It can't be read.
        ChecksumMismatch, TruncatedTransfer, ChangedDuringRead: What arrived isn't the object.
    """
    return read_object(self, url, version_id=version_id)[1]


def read_object(self: Front, url: str | S3Url, *, version_id: str | None = None) -> tuple[S3Object, bytes]:
    """Read an object with its description, both in the same state; its ETag can be passed as `if_match`.

    Args:
        url: The object.
        version_id: A version that the bucket keeps; the newest unless given.

    Returns:
        The description and the content.
    """
    return download.read(self._connection.at_version(version_id), S3Url(url))


def read_text(self: Front, url: str | S3Url, encoding: str = "utf-8", *, version_id: str | None = None) -> str:
    """Read an object as text; line endings stay as they are.

    Args:
        url: The object.
        encoding: The text's encoding.
        version_id: A version that the bucket keeps; the newest unless given.

    Returns:
        The decoded content.

    Raises:
        InvalidContent: It isn't text of this encoding.
    """
    return texts.read_text(self._connection.at_version(version_id), S3Url(url), encoding)


def read_json(self: Front, url: str | S3Url, *, version_id: str | None = None) -> Any:  # noqa: ANN401 - JSON is anything
    """Read an object as JSON.

    Args:
        url: The object.
        version_id: A version that the bucket keeps; the newest unless given.

    Returns:
        The value as Python's dicts, lists, texts and numbers.

    Raises:
        InvalidContent: It isn't JSON.
    """
    return texts.read_json(self._connection.at_version(version_id), S3Url(url))


def read_frame(
    self: Front,
    url: str | S3Url,
    *,
    version_id: str | None = None,
    **options: Any,  # noqa: ANN401 - pandas' own options
) -> pd.DataFrame:
    """Read a table by its suffix: `.csv`, `.tsv`, `.jsonl`, each also with `.gz`, and `.parquet` (needs pyarrow).

    Text stays text: a csv or tsv file has no types, so each of its columns is text unless `dtype` names another type
    for it, or `write_frame` noted one when it wrote the file. JSON lines have the types of JSON, and long integers
    keep all of their digits.

    Args:
        url: The object.
        version_id: A version that the bucket keeps; the newest unless given.
        **options: For `pandas.read_csv`, `read_parquet` or `read_json`.

    Returns:
        The table, with the columns of the file in their order.

    Raises:
        InvalidUrl: Another suffix.
        InvalidContent: It isn't a table of that format.
        NotSupported: pandas is not installed.
    """
    return tables.read_frame(self._connection.at_version(version_id), S3Url(url), **options)


def cat(self: Front, url: str | S3Url, *, version_id: str | None = None) -> Iterator[bytes]:
    """Read an object as a stream, whatever its size.

    Args:
        url: The object.
        version_id: A version that the bucket keeps; the newest unless given.

    Returns:
        Its content in chunks. If it has a checksum of the whole, that is compared after the last of them.

    Raises:
        ChecksumMismatch: After the last chunk: what arrived isn't the object.
    """
    return pieces.cat(self._connection.at_version(version_id), S3Url(url))


def head(
    self: Front, url: str | S3Url, lines: int = 10, *, encoding: str = "utf-8", version_id: str | None = None
) -> str:
    """Read the first lines of an object, fetching little more than those.

    Args:
        url: The object.
        lines: How many.
        encoding: The text's encoding; bytes that aren't of it are replaced.
        version_id: A version that the bucket keeps; the newest unless given.

    Returns:
        The lines, with their line breaks.
    """
    return pieces.head(self._connection.at_version(version_id), S3Url(url), lines, encoding)


def tail(
    self: Front, url: str | S3Url, lines: int = 10, *, encoding: str = "utf-8", version_id: str | None = None
) -> str:
    """Read the last lines of an object, fetching little more than those.

    Args:
        url: The object.
        lines: How many.
        encoding: The text's encoding; bytes that aren't of it are replaced.
        version_id: A version that the bucket keeps; the newest unless given.

    Returns:
        The lines, with their line breaks.
    """
    return pieces.tail(self._connection.at_version(version_id), S3Url(url), lines, encoding)
