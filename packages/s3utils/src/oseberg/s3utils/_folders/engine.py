"""Small files without boto3's overhead for each request, which is most of their time.

An engine is used for nothing but plain GETs and PUTs whose result can be judged here, by a checksum or an MD5. Whatever
it can't do or doesn't do well is left to boto3, which then says what is wrong.
"""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any, Protocol

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._results.report import Transfer
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.write_options import WriteOptions
from oseberg.s3utils._transfer.local_files import whole_file
from oseberg.s3utils._verify.digest import MIB, rule_of

if TYPE_CHECKING:
    import re
    from pathlib import Path

SMALL = MIB  # above this boto3's time for a request matters little, and so many at once would fill the memory
_PATIENCE = 3  # failures in a row after which it isn't asked again
_PLAIN = WriteOptions()


class Requests(Protocol):
    """Sends requests without boto3."""

    @property
    def keys(self) -> re.Pattern[str]:
        """Keys that it is sure to spell as boto3 does in a request."""

    def may_ask(self, item: S3Object) -> bool:
        """Whether the answer to a GET could be verified, as far as the listing tells."""

    def may_send(self) -> bool:
        """Whether objects may be written."""

    def get(self, item: S3Object) -> tuple[dict[str, Any], bytes] | None:
        """Return an object as boto3 describes it, and its content; None after any error."""

    def put(self, data: bytes, url: S3Url) -> tuple[str, str] | None:
        """Write an object; return its ETag without quotes, and the checksum that the store compared, if any.

        None whatever goes wrong.
        """


class Engine:
    """Transfers small objects of one connection.

    Args:
        connection: The store.
        requests: Sends the requests.
    """

    def __init__(self, connection: Connection, requests: Requests) -> None:
        self._connection = connection
        self._requests = requests
        self._failures = 0

    def fetch(self, item: S3Object, path: Path) -> Transfer | None:
        """Fetch a listed object.

        Args:
            item: The object.
            path: The file.

        Returns:
            What was written, or None to leave it to boto3.
        """
        if not (self._may_try(item.url, item.size) and self._requests.may_ask(item)):
            return None
        answer = self._requests.get(item)
        by = _verified(*answer, item) if answer else ""
        if not answer or not by:
            self._failures += 1
            return None
        self._failures = 0
        with whole_file(path, item.url, modified=item.modified) as file:
            file.write(answer[1])
        return Transfer("download", item.url, path, item.size, by)

    def send(self, path: Path, url: S3Url, size: int) -> Transfer | None:
        """Send a local file; an existing object is overwritten.

        Args:
            path: The file.
            url: Where to.
            size: Its size when it was found.

        Returns:
            What was written, or None to leave it to boto3: whatever is wrong with the file is its to say.
        """
        if not (self._connection.options == _PLAIN and self._requests.may_send() and self._may_try(url, size)):
            return None
        try:
            before = path.stat()
            data = path.read_bytes()
            after = path.stat()
        except OSError:
            return None
        if (before.st_size, before.st_mtime_ns) != (len(data), after.st_mtime_ns):
            return None
        answer = self._requests.put(data, url)
        if answer is None:
            self._failures += 1
            return None
        etag, verified = answer
        if not verified and etag != _md5(data):
            # An ETag that isn't the MD5 (a bucket that encrypts by KMS) shows nothing: boto3 does it, and all others.
            self._failures = _PATIENCE
            return None
        self._failures = 0
        return Transfer("upload", url, path, len(data), verified or "etag")

    def _may_try(self, url: S3Url, size: int) -> bool:
        able = self._failures < _PATIENCE and self._connection.may_go_around_boto3
        return able and size <= SMALL and bool(self._requests.keys.fullmatch(url.key))


def _verified(answer: dict[str, Any], data: bytes, item: S3Object) -> str:
    """Return what verified the content; nothing if it wasn't verified."""
    rule = rule_of(answer, item.size)
    good = len(data) == item.size and rule.layout != "size" and rule.accepts(io.BytesIO(data))
    return rule.name if good else ""


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
