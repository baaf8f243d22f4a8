"""Copies within the store, and moves, which delete only what was copied and verified."""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._copies.carried import carried, carried_tags
from oseberg.s3utils._parallel import run
from oseberg.s3utils._results.objects import described
from oseberg.s3utils._results.report import Transfer
from oseberg.s3utils._store.conditions import ALWAYS, Condition, conditionally, require, taken
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.tags import make_sure_of_tags
from oseberg.s3utils._store.translate import translated
from oseberg.s3utils._transfer.download import get, stream
from oseberg.s3utils._transfer.sections import Section, SharedFile
from oseberg.s3utils._transfer.writing import LARGEST_PUT, ONE_PUT, part_size
from oseberg.s3utils._verify.digest import MIB, by_etag
from oseberg.s3utils.errors import (
    ChangedDuringRead,
    ChecksumMismatch,
    GuardRefused,
    NotFound,
    NotSupported,
    PreconditionFailed,
    S3Error,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ONE_COPY = 5 * 1024 * MIB  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/copy-object.html
_PART = 256 * MIB
_SMALLEST_PART = 5 * MIB  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
_SAME_PARTS = 1_000  # requests that it may take to have parts like those of the source


def copy(
    connection: Connection,
    source: S3Url,
    target: S3Url,
    condition: Condition = ALWAYS,
    *,
    one_copy: int = ONE_COPY,
    tick: Callable[[int], object] = lambda _: None,
) -> Transfer:
    """Copy an object within the store in its present state, and compare the copy with it.

    Args:
        connection: The store, at the version that is copied.
        source: The object.
        target: Where to; a URL that ends in a slash gets the object's own name.
        condition: When the target may be written.
        one_copy: Up to how many bytes in one request.
        tick: Called with the number of bytes of each part that was copied.

    Returns:
        What was copied, and by what it was verified.

    Raises:
        GuardRefused: Onto itself.
        AlreadyExists, PreconditionFailed: The condition doesn't hold.
        ChangedDuringRead: The source was replaced meanwhile.
        ChecksumMismatch: The copy isn't like the source.
    """
    target = target.named(source.name).require_key("copy to")
    # An older version copied onto the newest brings it back; a plain object onto itself can only be a slip.
    if source == target and connection.version_id is None:
        raise GuardRefused(f"Won't copy {source} onto itself.", url=source, operation="copy")
    head = connection.head(source, "copy")
    copying = Copying(connection, source, target, condition, head, tick)
    try:
        conditionally(partial(copying.copy, copying.choose(one_copy)), target, ALWAYS)
    except PreconditionFailed as error:
        raise copying.explain(error) from error
    return Transfer("copy", target, None, head["ContentLength"], copying.verify())


def move(connection: Connection, source: S3Url, target: S3Url, condition: Condition = ALWAYS) -> Transfer:
    """Copy and verify, check that the source is unchanged, and only then delete it.

    Args:
        connection: The store.
        source: The object.
        target: Where to; a URL that ends in a slash gets the object's own name.
        condition: When the target may be written.

    Returns:
        What was copied, and by what it was verified.

    Raises:
        ChangedDuringRead: The source was replaced meanwhile; it stays.
    """
    target = target.named(source.name)
    before = described(connection.head(source, "move"), source)
    moved = copy(connection, source, target, condition)
    now = described(connection.head(source, "move"), source)
    if (now.etag, now.modified) != (before.etag, before.modified):
        message = f"{source} was replaced while it was being moved, so it was kept; {target} holds either content."
        raise ChangedDuringRead(message, url=source, operation="move")
    connection.call("delete_object", source, "move")
    return moved


@dataclass(frozen=True)
class Copying:
    """One object to be copied.

    Attributes:
        connection: The store.
        source: The object.
        target: Where to.
        condition: When the target may be written.
        head: The source's description.
        tick: Called with the number of bytes of each part that was copied.
    """

    connection: Connection
    source: S3Url
    target: S3Url
    condition: Condition
    head: dict[str, Any]
    tick: Callable[[int], object]

    @property
    def size(self) -> int:
        """Bytes of the object."""
        return int(self.head["ContentLength"])

    def choose(self, one_copy: int) -> Callable[[], dict[str, Any]]:
        """Return the way to copy: in one request if that is allowed and honors the condition.

        Raises:
            NotSupported: No way honors the condition.
        """
        ways = {
            "copy_object": (self.at_once, self.size <= one_copy),
            "complete_multipart_upload": (self.in_parts, self.size > 0),  # an upload needs a part, a part some bytes
            # Stores that honor conditions on plain writes alone get the bytes from here.
            "put_object": (self.through_here, bool(self.condition) and self.size <= LARGEST_PUT),
        }
        possible = [name for name, (_, is_possible) in ways.items() if is_possible]
        return ways[require(self.connection, self.target, self.condition, *possible)][0]  # type: ignore[arg-type] # ways

    def copy(self, way: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Copy in the chosen way; if the store can't, the bytes go through this machine."""
        try:
            return way()
        except NotSupported:  # Ceph 16, for one, of encrypted objects
            if way == self.through_here or self.size > LARGEST_PUT:
                raise
            require(self.connection, self.target, self.condition, "put_object")
            return self.through_here()

    def at_once(self) -> dict[str, Any]:
        """Copy in one request."""
        more = carried(self.connection, self.source, self.head, in_one_request=True)
        # Some stores drop the tags of a copy that is to have metadata or tags of its own.
        tags = carried_tags(self.connection, self.source) if {"MetadataDirective", "Tagging"} & more.keys() else {}
        answer = self.connection.call("copy_object", self.target, "copy to", **self._from(), **more, **self._when())
        make_sure_of_tags(self.connection, self.target, tags, answer.get("VersionId"))
        return answer

    def in_parts(self) -> dict[str, Any]:
        """Copy in parts; an upload that fails is aborted."""
        call, keys = self.connection.call, self.connection.options.key_arguments()
        more = carried(self.connection, self.source, self.head, in_one_request=False)
        upload_id = {"UploadId": call("create_multipart_upload", self.target, "copy to", **more)["UploadId"], **keys}
        length = self._part_size()

        def send(piece: tuple[int, int]) -> dict[str, Any]:
            number, start = piece
            stop = min(start + length, self.size)
            span = {"PartNumber": number, "CopySourceRange": f"bytes={start}-{stop - 1}"}
            answer = call("upload_part_copy", self.target, "copy to", **span, **upload_id, **self._from())
            self.tick(stop - start)
            return {"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]}

        try:
            pieces = enumerate(range(0, self.size, length), start=1)
            parts = sorted(
                (outcome.result() for _, outcome in run(self.connection.workers, send, pieces)),
                key=lambda part: int(part["PartNumber"]),
            )
            whole = {"MultipartUpload": {"Parts": parts}, **upload_id}
            answer = call("complete_multipart_upload", self.target, "copy to", **whole, **self._when())
        except BaseException:
            with suppress(S3Error):
                call("abort_multipart_upload", self.target, "abort the upload of", UploadId=upload_id["UploadId"])
            raise
        if "Tagging" in more:
            make_sure_of_tags(
                self.connection, self.target, carried_tags(self.connection, self.source), answer.get("VersionId")
            )
        return answer

    def _part_size(self) -> int:
        """Return the part size of the source, if known: equal parts give equal ETags, which verify the copy."""
        rule = by_etag(self.head, self.size)
        likely = rule.part_sizes[0] if rule and rule.part_sizes else 0
        if rule and 1 < rule.parts <= _SAME_PARTS and likely >= _SMALLEST_PART:
            return likely
        return part_size(self.size, _PART)

    def through_here(self) -> dict[str, Any]:
        """Read the object and write it."""
        answer = get(self.connection, self.source, etag=self.head["ETag"].strip('"'))
        more = carried(self.connection, self.source, self.head, in_one_request=False)
        with translated(self.target, "copy to"), tempfile.SpooledTemporaryFile(ONE_PUT) as file:
            for chunk in stream(self.connection, self.source, answer, self.size):
                file.write(chunk)
            body = Section(SharedFile(file), 0, self.size)  # type: ignore[arg-type] # a BinaryIO in all but name
            return self.connection.call("put_object", self.target, "copy to", Body=body, **more, **self._when())

    def explain(self, error: PreconditionFailed) -> S3Error:
        """Find out which of two conditions failed: the target's, or the one that the source is unchanged."""
        try:
            same = self.connection.head(self.source, "copy")["ETag"] == self.head["ETag"]
        except NotFound:
            same = False
        if not same or not self.condition:
            message = f"Can't copy {self.source}: it was replaced meanwhile. Nothing was published."
            return ChangedDuringRead(message, url=self.source, operation="copy")
        return taken(self.target) if self.condition.if_absent else error

    def verify(self) -> str:
        """Return what shows that the copy equals its source: a checksum or ETag that both have, else the size.

        Raises:
            ChecksumMismatch: It doesn't.
        """
        copied = replace(self.connection, version_id=None).head(self.target, "copy to")
        by = same_content(self.head, copied)
        if by is None and (copied["ContentLength"] != self.size or differ(self.head, copied)):
            message = (
                f"The copy {self.target} differs from its source, which is unchanged. Remove the copy and try again."
            )
            raise ChecksumMismatch(message, url=self.target, operation="copy")
        return by or "size"

    def _when(self) -> dict[str, str]:
        return self.condition.arguments(self.connection, self.target)

    def _from(self) -> dict[str, Any]:
        place = {"Bucket": self.source.bucket, "Key": self.source.key}
        if self.connection.version_id is not None:
            place["VersionId"] = self.connection.version_id
        keys = self.connection.options.key_arguments("CopySource")
        return {"CopySource": place, "CopySourceIfMatch": self.head["ETag"], **keys}


def same_content(one: dict[str, Any], other: dict[str, Any]) -> str | None:
    """Return what shows that two descriptions mean the same content, or None if nothing does.

    Args:
        one: A store's answer to HEAD.
        other: Another.

    Returns:
        The name of a checksum, or `etag`.
    """
    if one["ContentLength"] != other["ContentLength"]:
        return None
    for name in ("ChecksumSHA256", "ChecksumSHA1", "ChecksumCRC64NVME", "ChecksumCRC32", "ChecksumCRC32C"):
        if one.get(name) and one[name] == other.get(name):
            return name.removeprefix("Checksum").lower()
    return (
        "etag" if one["ETag"] == other["ETag"] or _is_one_part_of(one, other) or _is_one_part_of(other, one) else None
    )


def _is_one_part_of(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether the second ETag is that of an upload whose only part has the first for its MD5, as conditional copies."""
    whole, parts = (by_etag(answer, answer["ContentLength"]) for answer in (one, other))
    if not whole or not parts or whole.layout != "whole" or (parts.layout, parts.parts) != ("parts", 1):
        return False
    return hashlib.md5(whole.expected, usedforsecurity=False).digest() == parts.expected


def differ(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two descriptions certainly mean different content: both ETags are plain MD5s, and they differ.

    Args:
        one: A store's answer to HEAD.
        other: Another.

    Returns:
        False also where nothing is certain.
    """
    rules = [by_etag(answer, answer["ContentLength"]) for answer in (one, other)]
    plain = [rule.expected for rule in rules if rule and rule.layout == "whole"]
    return len(plain) == len(rules) and plain[0] != plain[1]
