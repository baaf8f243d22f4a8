"""Writes one object: in one request or in parts, on conditions, with the options that the connection has."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._parallel import run
from oseberg.s3utils._results.objects import S3Object, server_time
from oseberg.s3utils._store.conditions import ALWAYS, Condition, conditionally, require, was_repeated
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.tags import make_sure_of_tags
from oseberg.s3utils._transfer.download import get
from oseberg.s3utils._transfer.sections import Section, SharedFile
from oseberg.s3utils._verify.digest import MIB
from oseberg.s3utils.errors import PreconditionFailed, S3Error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

PART = 8 * MIB
ONE_PUT = 8 * MIB  # up to here in one request and in memory: 8 workers hold 64 MiB at most; above it, parts
LARGEST_PUT = 5 * 1024 * MIB  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html
MOST_PARTS = 10_000  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html


@dataclass(frozen=True)
class Writing:
    """One object to be written.

    Attributes:
        connection: To which store, and with which options.
        url: Where to.
        condition: When it may be written.
        before_publishing: Called when everything has been read; may still refuse.
        tick: Called with the number of bytes of each part that was sent.
    """

    connection: Connection
    url: S3Url
    condition: Condition = ALWAYS
    before_publishing: Callable[[], None] = lambda: None
    tick: Callable[[int], object] = lambda _: None

    def check(self) -> None:
        """Check that the store honors the condition.

        Raises:
            NotSupported: It doesn't; nothing was written.
        """
        require(self.connection, self.url, self.condition, "put_object")

    def send(self, file: BinaryIO, size: int) -> S3Object:
        """Write an open, seekable file.

        Args:
            file: The file.
            size: Its length in bytes.

        Returns:
            What was written.
        """
        return self.send_verified(file, size)[0]

    def send_verified(self, file: BinaryIO, size: int) -> tuple[S3Object, str]:
        """Write an open, seekable file, and return the checksum that the store compared.

        Args:
            file: The file.
            size: Its length in bytes.

        Returns:
            What was written, and `crc32` or `md5` where the store compared it, else `etag` or `etag of parts` where its
            answers prove it, else `size`.
        """
        answer, verified = self._send(SharedFile(file), size)
        written = S3Object(
            url=self.url,
            size=size,
            etag=answer["ETag"].strip('"'),
            modified=server_time(answer),
            version_id=answer.get("VersionId"),
            storage_class=self.connection.options.storage_class or "STANDARD",
        )
        return written, verified

    def _send(self, file: SharedFile, size: int) -> tuple[dict[str, Any], str]:
        if size <= ONE_PUT:
            require(self.connection, self.url, self.condition, "put_object")
            return self._at_once(file.read_at(0, size))
        # Some stores honor conditions on plain writes alone.
        at_once = ("put_object",) if size <= LARGEST_PUT else ()
        if require(self.connection, self.url, self.condition, "complete_multipart_upload", *at_once) == "put_object":
            return self._at_once(Section(file, 0, size))
        return self._in_parts(file, size)

    def _at_once(self, body: bytes | Section) -> tuple[dict[str, Any], str]:
        checked = _checked(self.connection, body)
        self.before_publishing()
        try:
            answer = self._publish("put_object", Body=body, **checked, **self._options())
        except PreconditionFailed as error:
            stored = get(self.connection, self.url) if was_repeated(error) else None
            if stored and _is_stored(body, stored):
                return stored, "content"
            raise
        return answer, _proof(checked, answer, body) or "size"

    def _in_parts(self, file: SharedFile, size: int) -> tuple[dict[str, Any], str]:
        """Upload in parts; a failed upload is aborted, after Ctrl-C too."""
        algorithm = {"ChecksumAlgorithm": "CRC32"} if self.connection.sends_checksums else {}
        begun = self.connection.call("create_multipart_upload", self.url, "write", **algorithm, **self._options())
        upload_id = {"UploadId": begun["UploadId"], **self.connection.options.key_arguments()}
        try:
            parts, proofs = self._parts(file, size, upload_id)
            self.before_publishing()
            answer = self._publish("complete_multipart_upload", MultipartUpload={"Parts": parts}, **upload_id)
        except BaseException:
            with suppress(S3Error):
                self.connection.call(
                    "abort_multipart_upload", self.url, "abort the upload of", UploadId=begun["UploadId"]
                )
            raise
        make_sure_of_tags(self.connection, self.url, self.connection.options.tags, answer.get("VersionId"))
        if "" in proofs:
            return answer, "size"
        return answer, "etag of parts" if "etag" in proofs else proofs.pop()

    def _parts(self, file: SharedFile, size: int, upload_id: dict[str, Any]) -> tuple[list[dict[str, Any]], set[str]]:
        """Send the parts; return them, and the checksum that verified each."""
        length = part_size(size)

        def pieces() -> Iterator[tuple[int, Section]]:
            for number, start in enumerate(range(0, size, length), start=1):
                yield number, Section(file, start, min(length, size - start))

        def send(piece: tuple[int, Section]) -> tuple[dict[str, Any], str]:
            number, data = piece
            checked = _checked(self.connection, data)
            arguments = {"Body": data, **checked, **upload_id}
            answer = self.connection.call("upload_part", self.url, "write", PartNumber=number, **arguments)
            self.tick(data.seek(0, 2))
            checks: dict[str, Any] = {name: answer[name] for name in ("ETag", "ChecksumCRC32") if name in answer}
            return {"PartNumber": number, **checks}, _proof(checked, answer, data)

        sent = [outcome.result() for _, outcome in run(self.connection.workers, send, pieces())]
        return sorted((part for part, _ in sent), key=lambda part: int(part["PartNumber"])), {by for _, by in sent}

    def _options(self) -> dict[str, Any]:
        kind = content_type(self.url)
        return ({"ContentType": kind} if kind else {}) | self.connection.options.arguments()

    def _publish(self, method: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - the parameters of boto3's methods
        condition = self.condition.arguments(self.connection, self.url)

        def write() -> dict[str, Any]:
            if isinstance(arguments.get("Body"), Section):
                arguments["Body"].seek(0)  # an earlier attempt has read it
            return self.connection.call(method, self.url, "write", **arguments, **condition)

        return conditionally(write, self.url, self.condition)


def part_size(size: int, usual: int = PART) -> int:
    """Return the size of parts: the usual one, or as many whole MiB as keep within the allowed number of parts.

    Args:
        size: Bytes of the whole.
        usual: Bytes of a part unless there would be too many.

    Returns:
        Bytes of a part.
    """
    return max(usual, -(-size // (MOST_PARTS * MIB)) * MIB)


def _is_stored(body: bytes | Section, answer: dict[str, Any]) -> bool:
    """Whether an object is the one that we sent."""
    with answer["Body"] as stored:
        if isinstance(body, bytes):
            return bool(stored.read() == body)
        body.seek(0)
        while chunk := body.read(MIB):
            if stored.read(len(chunk)) != chunk:
                return False
        return not stored.read(1)


def _checked(connection: Connection, data: bytes | Section) -> dict[str, Any]:
    """Make the store check what arrives: by boto3's own checksum, or the older Content-MD5 that every store knows."""
    if connection.sends_checksums:
        return {"ChecksumAlgorithm": "CRC32"}
    return {"ContentMD5": base64.b64encode(_md5(data)).decode()}


def _proof(checked: dict[str, Any], answer: dict[str, Any], data: bytes | Section) -> str:
    """Return the checksum that the store compared; nothing if its answer doesn't show one."""
    if "ContentMD5" in checked:
        return "md5"
    if "ChecksumCRC32" in answer:  # a store that doesn't know checksums silently ignores ours
        return "crc32"
    return "etag" if answer["ETag"].strip('"') == _md5(data).hex() else ""


def _md5(data: bytes | Section) -> bytes:
    digest = hashlib.md5(usedforsecurity=False)
    if isinstance(data, bytes):
        digest.update(data)
    else:
        data.each(digest.update)
    return digest.digest()


def content_type(url: S3Url) -> str | None:
    """Return the media type of a name's suffix."""
    kind, encoding = mimetypes.guess_type(url.name)
    # With a Content-Encoding browsers would unpack the file behind the reader's back: gzip is its type instead.
    return "application/gzip" if encoding == "gzip" else kind
