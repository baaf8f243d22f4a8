"""Deletions: only what the caller named is deleted."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._parallel import run
from oseberg.s3utils._results.objects import S3Object, server_time
from oseberg.s3utils._results.report import Transfer, TransferFailure, TransferReport, finish
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.listing import list_objects
from oseberg.s3utils.errors import AccessDenied, GuardRefused, S3Error

_AT_ONCE = 1000  # https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\r]")


def delete(connection: Connection, url: S3Url) -> None:
    """Remove one object; it need not exist."""
    # boto3 would take an empty key for a request on the bucket itself.
    connection.call("delete_object", url.require_key("delete"), "delete")


def delete_tree(connection: Connection, url: S3Url, *, expect: int | None) -> TransferReport:
    """Remove everything below a folder, if the number of objects is the one that the caller states."""
    if not url.key.strip("/"):
        raise GuardRefused(
            f"Won't delete {url}: it is a whole bucket. Name a folder in it.", url=url, operation="delete"
        )
    objects = list(list_objects(connection, url))
    if expect != len(objects):
        size = sum(item.size for item in objects)
        named = "no number was given" if expect is None else f"{expect:,} were expected"
        raise GuardRefused(
            f"Won't delete {url.folder}: it holds {len(objects):,} objects ({size:,} bytes) and {named}. "
            f"To delete them all, pass expect={len(objects)}.",
            url=url,
            operation="delete",
        )
    return finish(delete_objects(connection, objects), "delete", url)


def delete_objects(connection: Connection, objects: list[S3Object]) -> TransferReport:
    """Remove objects, a thousand per request; the answer is checked, since a 200 may hold errors."""
    report = TransferReport()
    # A key with control characters can't be written in the request's XML, and the request itself must bear a checksum
    # that some stores don't know: those go one by one.
    many = [item for item in objects if connection.sends_checksums and not _NOT_XML.search(item.key)]
    _delete_singly(connection, sorted(set(objects) - set(many), key=lambda item: item.url), report)
    for start in range(0, len(many), _AT_ONCE):
        _delete_many(connection, many[start : start + _AT_ONCE], report)
    return report


def _delete_singly(connection: Connection, objects: list[S3Object], report: TransferReport) -> None:
    for item, outcome in run(connection.workers, lambda item: delete(connection, item.url), objects):
        try:
            outcome.result()
        except S3Error as error:
            report.failures.append(TransferFailure(item.url, error))
        else:
            report.transfers.append(Transfer("delete", item.url, None, item.size))


def _delete_many(connection: Connection, objects: list[S3Object], report: TransferReport) -> None:
    request = {"Objects": [{"Key": item.key} for item in objects], "Quiet": True}
    try:
        answer = connection.call("delete_objects", objects[0].url, "delete", Key=None, Delete=request)
    except S3Error as error:
        report.failures += [TransferFailure(item.url, error) for item in objects]
        return
    failed = {entry["Key"]: entry for entry in answer.get("Errors", ())}
    for item in objects:
        entry = failed.get(item.key)
        if entry is None:
            report.transfers.append(Transfer("delete", item.url, None, item.size))
            continue
        kind = AccessDenied if entry.get("Code") == "AccessDenied" else S3Error
        message = f"Can't delete {item.url}: {entry.get('Code')}: {entry.get('Message', '')}"
        report.failures.append(TransferFailure(item.url, kind(message, url=item.url, operation="delete")))


def abort_stale_uploads(connection: Connection, url: S3Url, older_than: timedelta | datetime) -> list[S3Url]:
    """Abort the multipart uploads that began before a time and were never completed: they cost storage."""
    aborted: list[S3Url] = []
    marker: dict[str, str | None] = {"KeyMarker": None, "UploadIdMarker": None}
    folder = url.folder
    while True:
        page = connection.call("list_multipart_uploads", folder, "list", Key=None, Prefix=folder.key, **marker)
        # By the store's clock, which dates the uploads: a local clock that is ahead would make running ones look stale.
        before = server_time(page) - older_than if isinstance(older_than, timedelta) else older_than.astimezone(UTC)
        for entry in page.get("Uploads", ()):
            if entry["Initiated"] < before and entry["Key"].startswith(folder.key):
                target = type(url).of(url.bucket, entry["Key"])
                connection.call("abort_multipart_upload", target, "abort the upload of", UploadId=entry["UploadId"])
                aborted.append(target)
        if not page.get("IsTruncated"):
            return aborted
        marker = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page.get("NextUploadIdMarker")}
