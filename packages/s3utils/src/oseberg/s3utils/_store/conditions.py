"""Writes on conditions: only if absent, only if unchanged; and whether a store heeds them at all.

Stores that don't know the headers answer 200 and overwrite. Nothing but trying tells: before the first conditional
write to a bucket a probe object is written twice beside the target and removed.
"""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils.errors import AlreadyExists, Conflict, NotSupported, PreconditionFailed, S3Error

if TYPE_CHECKING:
    from collections.abc import Callable

_TRIES = 6
_PAUSE = 0.05  # seconds after the first 409, doubled each time
_NOBODY = '"00000000000000000000000000000000"'


def supports_conditional_writes(connection: Connection, url: S3Url) -> bool:
    """Find out whether the store of a bucket heeds If-None-Match and If-Match, by writing; ask once per bucket."""
    known = connection.conditions.get(url.bucket)
    if known is None:
        known = connection.conditions[url.bucket] = _try_it(connection, url)
    return known


def conditions(connection: Connection, url: S3Url, *, if_absent: bool, if_match: str | None) -> dict[str, Any]:
    """Give the request's parameters for the conditions of a write.

    Raises:
        NotSupported: There is a condition, and the store wouldn't heed it.
    """
    if not if_absent and if_match is None:
        return {}
    if not supports_conditional_writes(connection, url):
        raise NotSupported(
            f"Can't write {url} on a condition: the store ignores conditions and would overwrite. Nothing was written.",
            url=url,
            operation="write",
        )
    if if_absent:
        return {"IfNoneMatch": "*"}
    return {"IfMatch": f'"{str(if_match).strip(chr(34))}"'}


def was_repeated(error: BaseException | None) -> bool:
    """Tell whether boto3 sent a request more than once, so that 412 may be the answer to our own earlier success."""
    while error is not None and not isinstance(error, ClientError):
        error = error.__cause__
    return error is not None and bool(error.response.get("ResponseMetadata", {}).get("RetryAttempts"))


def conditionally(write: Callable[[], dict[str, Any]], url: S3Url, *, if_absent: bool) -> dict[str, Any]:
    """Do a write; 412 means lost, 409 means that another writer was at work: try again, more and more slowly.

    Raises:
        AlreadyExists, PreconditionFailed: Lost.
        Conflict: The 409 never ended.
    """
    for attempt in range(_TRIES):
        try:
            return write()
        except PreconditionFailed as error:
            if not if_absent:
                raise
            message = f"Can't write {url}: there is an object of this name already, and if_absent was asked for."
            raise AlreadyExists(message, url=url, operation="write") from error
        except Conflict:
            if attempt == _TRIES - 1:
                raise
            time.sleep(_PAUSE * 2**attempt)
    raise AssertionError  # pragma: no cover - the last attempt returns or raises


def _try_it(connection: Connection, url: S3Url) -> bool:
    """Write a probe twice beside the target; in a bucket that keeps versions it leaves none."""
    operation, probe = "try conditional writes beside", (url.parent / f".oseberg-{secrets.token_hex(8)}").key
    versions: set[str | None] = set()

    def is_written(**condition: str) -> bool:
        try:
            answer = connection.call("put_object", url, operation, Key=probe, Body=b"probe", **condition)
        except (PreconditionFailed, Conflict):
            return False
        versions.add(answer.get("VersionId"))
        return True

    try:
        return is_written() and not is_written(IfNoneMatch="*") and not is_written(IfMatch=_NOBODY)
    except NotSupported:
        return False  # it says so: 501
    finally:
        for version in versions or {None}:  # the answer may have been lost
            with suppress(S3Error):
                connection.call("delete_object", url, operation, Key=probe, VersionId=version)
