"""Conditional writes: only if absent, only if unchanged; and whether a store honors the conditions at all.

Stores that don't know the headers answer 200 and overwrite. Only a try shows it: before the first write of a kind on
a condition, a probe object is written next to the target, overwritten on a condition that doesn't hold, and removed.
Stores that refuse whatever is conditional show in the same way: a condition that holds must let the write through.
"""

from __future__ import annotations

import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._results.objects import server_time
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils.errors import AlreadyExists, Conflict, NotSupported, PreconditionFailed, S3Error

if TYPE_CHECKING:
    from collections.abc import Callable

Way = Literal["put_object", "complete_multipart_upload", "copy_object"]
_TRIES = 6
_PAUSE = 0.05  # seconds after the first 409, doubled each time
_NOBODY = '"00000000000000000000000000000000"'
_ABSENT, _MATCH = "IfNoneMatch", "IfMatch"


@dataclass(frozen=True)
class Condition:
    """The condition for a write.

    Attributes:
        if_absent: Only if no object has this name.
        if_match: Only if the object of this name has this ETag.
    """

    if_absent: bool = False
    if_match: str | None = None

    def __post_init__(self) -> None:
        if self.if_absent and self.if_match is not None:
            raise ValueError("if_absent and if_match exclude each other. Pass one of them.")

    def __bool__(self) -> bool:
        return self.if_absent or self.if_match is not None

    @property
    def header(self) -> str:
        """The parameter of the request."""
        return _ABSENT if self.if_absent else _MATCH

    def arguments(self, connection: Connection, url: S3Url) -> dict[str, str]:
        """Return the request's parameters, in the spelling that the store of a bucket compares."""
        if not self:
            return {}
        etag = str(self.if_match).strip('"')
        spelled = etag if url.bucket in connection.store.compares_bare_etags else f'"{etag}"'
        return {self.header: "*" if self.if_absent else spelled}


ALWAYS = Condition()
_PROBE, _CONTENT = ".oseberg-", b"probe"
_NAME = re.compile("[0-9a-f]{16}")  # of a probe, after its beginning
_ABANDONED_AFTER = timedelta(hours=1)  # no probe is at work for longer


def supports_conditional_writes(connection: Connection, url: S3Url) -> bool:
    """Whether the store of a bucket honors both conditions on plain writes; tried once for each bucket."""
    return all(honors(connection, url, "put_object", header) for header in (_ABSENT, _MATCH))


def honors(connection: Connection, url: S3Url, way: Way, header: str) -> bool:
    """Whether the store honors a condition on one kind of write; tried once for each bucket."""
    known = connection.store.conditions
    question = (url.bucket, way, header)
    if question not in known:
        known[question] = _try_it(connection, url, way, header)
    return known[question]


def require(connection: Connection, url: S3Url, condition: Condition, *ways: Way) -> Way:
    """Return the first kind of write on which the store honors a condition.

    Raises:
        NotSupported: It honors the condition on none of them; nothing was written.
    """
    for way in ways:
        if not condition or honors(connection, url, way, condition.header):
            return way
    raise NotSupported(
        f"Can't write {url} on a condition: the store doesn't honor it, and might overwrite. Nothing was written.",
        url=url,
        operation="write",
    )


def was_repeated(error: BaseException | None) -> bool:
    """Whether boto3 sent a request more than once, so that 412 may be the answer to our own earlier success."""
    while error is not None and not isinstance(error, ClientError):
        error = error.__cause__
    return error is not None and bool(error.response.get("ResponseMetadata", {}).get("RetryAttempts"))


def conditionally(write: Callable[[], dict[str, Any]], url: S3Url, condition: Condition) -> dict[str, Any]:
    """Call `write`; 412 means lost, 409 means another writer: try again, more and more slowly.

    Args:
        write: Sends the request.
        url: Where to.
        condition: What the request asks for.

    Returns:
        The store's answer.

    Raises:
        AlreadyExists, PreconditionFailed: Lost.
        Conflict: The 409 never ended.
    """
    for attempt in range(_TRIES):
        try:
            return write()
        except PreconditionFailed as error:
            if not condition.if_absent:
                raise
            raise taken(url) from error
        except Conflict:
            if attempt == _TRIES - 1:
                raise
            time.sleep(_PAUSE * 2**attempt)
    raise AssertionError  # pragma: no cover - the last attempt returns or raises


def taken(url: S3Url) -> AlreadyExists:
    """Return the error for a name that is already taken."""
    message = (
        f"Can't write {url}: an object of this name exists already, which if_absent protects. Nothing was written."
    )
    return AlreadyExists(message, url=url, operation="write")


def _try_it(connection: Connection, url: S3Url, way: Way, header: str) -> bool:
    """Overwrite a probe next to the target on a condition that doesn't hold; remove it, versions included."""
    probe = S3Url.of(url.bucket, (url.parent / f"{_PROBE}{secrets.token_hex(8)}").key)
    versions: set[str | None] = set()

    def write(way: Way, condition: dict[str, str]) -> dict[str, Any]:
        answer = _write(connection, probe, way, condition)
        versions.add(answer.get("VersionId"))
        return answer

    try:
        first = write("put_object", {})
        if _lets_through(write, way, {header: "*" if header == _ABSENT else _NOBODY}):
            return False
        return header == _ABSENT or _lets_its_etag_through(connection, url, first["ETag"], partial(write, way))
    except NotSupported:
        return False  # the store says so itself: 501
    finally:
        for version in versions or {None}:  # the answer may have been lost
            with suppress(S3Error):
                connection.call("delete_object", probe, "delete the probe", VersionId=version)
        with suppress(S3Error):  # an account that may not list leaves it to others
            _remove_abandoned(connection, probe)


def _remove_abandoned(connection: Connection, probe: S3Url) -> None:
    """Remove the probes of killed processes next to this one: they would be taken for somebody's files."""
    before = S3Url.of(probe.bucket, probe.key.removesuffix(probe.name) + _PROBE)
    answer = connection.call("list_objects_v2", before, "look for probes at", Key=None, Prefix=before.key)
    for found in answer.get("Contents", []):
        is_probe = found["Size"] == len(_CONTENT) and _NAME.fullmatch(found["Key"].removeprefix(before.key))
        if is_probe and server_time(answer) - found["LastModified"] > _ABANDONED_AFTER:
            connection.call("delete_object", S3Url.of(probe.bucket, found["Key"]), "delete the probe")


def _lets_through(write: Callable[[Way, dict[str, str]], object], way: Way, condition: dict[str, str]) -> bool:
    try:
        write(way, condition)
    except (PreconditionFailed, Conflict):
        return False
    return True


def _lets_its_etag_through(
    connection: Connection, url: S3Url, etag: str, write: Callable[[dict[str, str]], object]
) -> bool:
    """Whether a condition that holds lets a write through, with quotes around the ETag as in HTTP or without them.

    Ceph before version 19 compares the header's text with the bare ETag, so that the quoted one never fits.
    """
    for spelled in (etag, etag.strip('"')):
        try:
            write({_MATCH: spelled})
        except (PreconditionFailed, Conflict):
            continue
        if spelled != etag:
            connection.store.compares_bare_etags.add(url.bucket)
        return True
    return False


def _write(connection: Connection, probe: S3Url, way: Way, condition: dict[str, str]) -> dict[str, Any]:
    operation, options = "try conditional writes next to", connection.options.arguments()
    if way == "put_object":
        return connection.call(way, probe, operation, Body=_CONTENT, **options, **condition)
    if way == "copy_object":
        # Onto itself a copy must change something; here it must not even happen.
        source = {"CopySource": {"Bucket": probe.bucket, "Key": probe.key}, "MetadataDirective": "REPLACE"}
        keys = connection.options.key_arguments("CopySource")
        return connection.call(way, probe, operation, **source, **keys, **options, **condition)
    upload = {"UploadId": connection.call("create_multipart_upload", probe, operation, **options)["UploadId"]}
    keys = connection.options.key_arguments()
    try:
        part = connection.call("upload_part", probe, operation, PartNumber=1, Body=_CONTENT, **upload, **keys)
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        return connection.call(way, probe, operation, MultipartUpload=parts, **upload, **keys, **condition)
    except BaseException:
        with suppress(S3Error):
            connection.call("abort_multipart_upload", probe, operation, **upload)
        raise
