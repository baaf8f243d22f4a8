"""Copies within the store, and moves that delete only what was copied and verified."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._parallel import run
from oseberg.s3utils._results.objects import described
from oseberg.s3utils._results.report import Transfer
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._transfer.upload import part_size
from oseberg.s3utils._verify.digest import MIB, by_etag
from oseberg.s3utils.errors import (
    ChangedDuringRead,
    ChecksumMismatch,
    GuardRefused,
    NotSupported,
    PreconditionFailed,
    S3Error,
)

ONE_COPY = 5 * 1024 * MIB  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/copy-object.html
_PART = 256 * MIB
# What a copy at once carries by itself, besides the tags.
_KEPT = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "Metadata",
)


def copy(connection: Connection, source: S3Url, target: S3Url, *, one_copy: int = ONE_COPY) -> Transfer:
    """Copy an object within the store, as it is at this moment, and compare the copy with it.

    Raises:
        GuardRefused: Onto itself.
        ChangedDuringRead: The source was replaced meanwhile.
        ChecksumMismatch: The copy isn't like the source.
    """
    target = target.named(source.name)
    if source == target:
        raise GuardRefused(f"Won't copy {source} onto itself.", url=source, operation="copy")
    head = connection.head(source, "copy")
    target.require_key("copy to")
    try:
        (_in_parts if head["ContentLength"] > one_copy else _at_once)(connection, source, target, head)
    except PreconditionFailed as error:
        message = f"Can't copy {source}: it was replaced meanwhile. Nothing was published."
        raise ChangedDuringRead(message, url=source, operation="copy") from error
    return Transfer("copy", target, None, head["ContentLength"], _verified(connection, head, target))


def move(connection: Connection, source: S3Url, target: S3Url) -> Transfer:
    """Copy, verify, look whether the source is still what was copied, and only then delete it."""
    target = target.named(source.name)
    before = described(connection.head(source, "move"), source)
    moved = copy(connection, source, target)
    now = described(connection.head(source, "move"), source)
    if (now.etag, now.modified) != (before.etag, before.modified):
        message = f"{source} was replaced while it was moved: it stays, and {target} is a copy of what it was or is."
        raise ChangedDuringRead(message, url=source, operation="move")
    connection.call("delete_object", source, "move")
    return moved


def _at_once(connection: Connection, source: S3Url, target: S3Url, head: dict[str, Any]) -> None:
    connection.call("copy_object", target, "copy to", **_from(source, head))


def _in_parts(connection: Connection, source: S3Url, target: S3Url, head: dict[str, Any]) -> None:
    kept = {name: head[name] for name in _KEPT if head.get(name)} | _tags(connection, source)
    upload_id = {"UploadId": connection.call("create_multipart_upload", target, "copy to", **kept)["UploadId"]}
    size = int(head["ContentLength"])
    length = part_size(size, _PART)

    def send(piece: tuple[int, int]) -> dict[str, Any]:
        number, start = piece
        span = f"bytes={start}-{min(start + length, size) - 1}"
        more = {"PartNumber": number, "CopySourceRange": span, **upload_id, **_from(source, head)}
        return {
            "PartNumber": number,
            "ETag": connection.call("upload_part_copy", target, "copy to", **more)["CopyPartResult"]["ETag"],
        }

    try:
        pieces = enumerate(range(0, size, length), start=1)
        parts = sorted(
            (outcome.result() for _, outcome in run(connection.workers, send, pieces)),
            key=lambda part: int(part["PartNumber"]),
        )
        connection.call("complete_multipart_upload", target, "copy to", MultipartUpload={"Parts": parts}, **upload_id)
    except BaseException:
        with suppress(S3Error):
            connection.call("abort_multipart_upload", target, "abort the upload of", **upload_id)
        raise


def _tags(connection: Connection, source: S3Url) -> dict[str, str]:
    """Give an object's tags as an upload takes them; none on a store without tags."""
    try:
        tags = connection.call("get_object_tagging", source, "copy the tags of")["TagSet"]
    except NotSupported:
        return {}
    return {"Tagging": urlencode([(tag["Key"], tag["Value"]) for tag in tags])} if tags else {}


def _from(source: S3Url, head: dict[str, Any]) -> dict[str, Any]:
    return {"CopySource": {"Bucket": source.bucket, "Key": source.key}, "CopySourceIfMatch": head["ETag"]}


def _verified(connection: Connection, source: dict[str, Any], target: S3Url) -> str:
    """Say by what the copy equals its source: a checksum or ETag that both have, else the size."""
    copied = connection.head(target, "copy to")
    by = same_content(source, copied)
    if by is None and (copied["ContentLength"] != source["ContentLength"] or differ(source, copied)):
        message = f"The copy {target} isn't like its source, which stays as it is. Remove the copy and try again."
        raise ChecksumMismatch(message, url=target, operation="copy")
    return by or "size"


def same_content(one: dict[str, Any], other: dict[str, Any]) -> str | None:
    """Say by what two descriptions name the same content, or None if nothing shows it."""
    if one["ContentLength"] != other["ContentLength"]:
        return None
    for name in ("ChecksumSHA256", "ChecksumSHA1", "ChecksumCRC64NVME", "ChecksumCRC32", "ChecksumCRC32C"):
        if one.get(name) and one[name] == other.get(name):
            return name.removeprefix("Checksum").lower()
    return "etag" if one["ETag"] == other["ETag"] else None


def differ(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether two descriptions certainly name different content: both ETags are plain MD5s, and not the same."""
    rules = [by_etag(answer, answer["ContentLength"]) for answer in (one, other)]
    plain = [rule.expected for rule in rules if rule and rule.layout == "whole"]
    return len(plain) == len(rules) and plain[0] != plain[1]
