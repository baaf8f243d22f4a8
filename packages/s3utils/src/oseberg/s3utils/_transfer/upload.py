"""Local bytes to one object: checked by the store, on conditions, in parts where they are many."""

from __future__ import annotations

import base64
import hashlib
import io
import mimetypes
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._parallel import run
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._results.report import Transfer
from oseberg.s3utils._store.conditions import conditionally, conditions, was_repeated
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.translate import translated
from oseberg.s3utils._transfer.download import get
from oseberg.s3utils._transfer.local_files import refuse_special
from oseberg.s3utils._verify.digest import MIB
from oseberg.s3utils.errors import ChangedDuringRead, PreconditionFailed, S3Error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO

PART = 8 * MIB
ONE_PUT = 16 * MIB  # up to here one request; above it, parts
MOST_PARTS = 10_000  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html


def put(
    connection: Connection, data: bytes, url: S3Url, *, if_absent: bool = False, if_match: str | None = None
) -> S3Object:
    """Write bytes, in one request or in parts.

    Raises:
        AlreadyExists: `if_absent`, and there is one.
        PreconditionFailed: The object isn't the one with the ETag `if_match`.
        Conflict: Other writers never let it through.
    """
    condition = conditions(connection, url.require_key("write"), if_absent=if_absent, if_match=if_match)
    return Writing(connection, url, condition).send(io.BytesIO(data), len(data))


def upload(connection: Connection, path: Path, url: S3Url, *, if_absent: bool = False) -> Transfer:
    """Write a local file, which must stay as it is meanwhile.

    Raises:
        ChangedDuringRead: It was written to; nothing is published.
    """
    condition = conditions(connection, url.require_key("upload"), if_absent=if_absent, if_match=None)
    with translated(url, "upload"):
        refuse_special(path, "A device or a pipe has no size to be sent by; open(url, 'wb') takes what is read from it")
    with translated(url, "upload"), path.open("rb") as file:
        before = path.stat()

        def unchanged() -> None:
            now = path.stat()
            if (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
                message = f"Can't upload {path} to {url}: the file was written to meanwhile. Nothing was published."
                raise ChangedDuringRead(message, url=url, operation="upload")

        Writing(connection, url, condition, unchanged).send(file, before.st_size)
    return Transfer("upload", url, path, before.st_size, "crc32" if connection.sends_checksums else "md5")


def upload_to(connection: Connection, path: Path, url: S3Url, *, if_absent: bool) -> Transfer:
    """Write a local file; a URL that ends in a slash gets the file's own name."""
    return upload(connection, path, url.named(path.name), if_absent=if_absent)


@dataclass(frozen=True)
class Writing:
    """One object to be written.

    Attributes:
        connection: To which store.
        url: Where to.
        condition: The request's parameters for `if_absent` or `if_match`.
        before_publishing: Called when all has been read; may still refuse.
    """

    connection: Connection
    url: S3Url
    condition: dict[str, Any]
    before_publishing: Callable[[], None] = lambda: None

    def send(self, file: BinaryIO, size: int) -> S3Object:
        """Write an open, seekable file."""
        answer = self._in_parts(file, size) if size > ONE_PUT else self._at_once(file, size)
        return S3Object(
            url=self.url,
            size=size,
            etag=answer["ETag"].strip('"'),
            modified=server_time(answer),
            version_id=answer.get("VersionId"),
        )

    def _at_once(self, file: BinaryIO, size: int) -> dict[str, Any]:
        file.seek(0)
        data = file.read(size)
        self.before_publishing()
        try:
            return self._publish("put_object", Body=data, **_content_type(self.url), **_checked(self.connection, data))
        except PreconditionFailed as error:
            stored = get(self.connection, self.url) if was_repeated(error) else None
            if stored:
                with stored["Body"] as body:
                    if body.read() == data:
                        return stored
            raise

    def _in_parts(self, file: BinaryIO, size: int) -> dict[str, Any]:
        """Upload in parts; what doesn't end well is taken back, after Ctrl-C too."""
        algorithm = {"ChecksumAlgorithm": "CRC32"} if self.connection.sends_checksums else {}
        begun = self.connection.call(
            "create_multipart_upload", self.url, "write", **_content_type(self.url), **algorithm
        )
        upload_id = {"UploadId": begun["UploadId"]}
        try:
            parts = self._parts(file, size, upload_id)
            self.before_publishing()
            return self._publish("complete_multipart_upload", MultipartUpload={"Parts": parts}, **upload_id)
        except BaseException:
            with suppress(S3Error):
                self.connection.call("abort_multipart_upload", self.url, "abort the upload of", **upload_id)
            raise

    def _parts(self, file: BinaryIO, size: int, upload_id: dict[str, str]) -> list[dict[str, Any]]:
        length = part_size(size)

        def pieces() -> Iterator[tuple[int, bytes]]:
            for number, start in enumerate(range(0, size, length), start=1):
                file.seek(start)
                yield number, file.read(min(length, size - start))

        def send(piece: tuple[int, bytes]) -> dict[str, Any]:
            number, data = piece
            arguments = {"Body": data, **_checked(self.connection, data), **upload_id}
            answer = self.connection.call("upload_part", self.url, "write", PartNumber=number, **arguments)
            checks: dict[str, Any] = {name: answer[name] for name in ("ETag", "ChecksumCRC32") if name in answer}
            return {"PartNumber": number, **checks}

        parts = [outcome.result() for _, outcome in run(self.connection.workers, send, pieces())]
        return sorted(parts, key=lambda part: int(part["PartNumber"]))

    def _publish(self, method: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - the parameters of boto3's methods
        def write() -> dict[str, Any]:
            return self.connection.call(method, self.url, "write", **arguments, **self.condition)

        return conditionally(write, self.url, if_absent="IfNoneMatch" in self.condition)


def part_size(size: int, usual: int = PART) -> int:
    """Give the size of parts: the usual one, or as many whole MiB as keep within the allowed number of parts."""
    return max(usual, -(-size // (MOST_PARTS * MIB)) * MIB)


def server_time(answer: dict[str, Any]) -> datetime:
    """Read the store's clock from its answer."""
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return parsedate_to_datetime(date) if date else datetime.now(UTC)


def _checked(connection: Connection, data: bytes) -> dict[str, Any]:
    """Let the store check what arrives: boto3's own checksum, or the older Content-MD5 that every store knows."""
    if connection.sends_checksums:
        return {"ChecksumAlgorithm": "CRC32"}
    return {"ContentMD5": base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()}


def _content_type(url: S3Url) -> dict[str, str]:
    kind, encoding = mimetypes.guess_type(url.name)
    # With a Content-Encoding browsers would unpack the file behind the reader's back: gzip is its type instead.
    kind = "application/gzip" if encoding == "gzip" else kind
    return {"ContentType": kind} if kind else {}
