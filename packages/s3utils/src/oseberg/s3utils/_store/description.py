"""Single objects: their description, existence, and web address."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, TypeAlias, get_args

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._results.objects import S3Object, described
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils.errors import Conflict, InvalidUrl, NotFound

RestoreTier: TypeAlias = Literal["Bulk", "Standard", "Expedited"]
RestoreState: TypeAlias = Literal["requested", "in progress", "restored", "not archived"]
_DAY = 86_400
_METHODS = {"GET": "get_object", "PUT": "put_object"}


def stat(connection: Connection, url: S3Url) -> S3Object:
    """Describe one object."""
    return described(connection.head(url), url)


def exists(connection: Connection, url: S3Url) -> bool:
    """Whether the object exists; a missing bucket is an error."""
    try:
        connection.head(url)
    except NotFound as error:
        if type(error) is NotFound:
            return False
        raise
    return True


def presign(connection: Connection, url: S3Url, expires: timedelta | int, method: str) -> str:
    """Make a web address that is valid for a while.

    Raises:
        ValueError: Another method than GET or PUT.
        InvalidUrl: Longer than seven days, or not positive.
    """
    if method not in _METHODS:
        raise ValueError(f"An address can be made for GET and PUT, not for {method!r}.")
    seconds = int(expires.total_seconds() if isinstance(expires, timedelta) else expires)
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
    if not 0 < seconds <= 7 * _DAY:
        raise InvalidUrl(f"An address can be valid for up to seven days, not {seconds} seconds.", url=url)
    return connection.presign(url.require_key("presign"), _METHODS[method], seconds)


def restore(connection: Connection, url: S3Url, days: int, tier: RestoreTier) -> RestoreState:
    """Request an archived object; see `S3.restore`."""
    if tier not in get_args(RestoreTier):
        raise ValueError(f"tier must be one of {', '.join(get_args(RestoreTier))}, not {tier!r}.")
    head = connection.head(url, "restore")
    if str(head.get("Restore", "")).startswith('ongoing-request="false"'):
        return "restored"
    if not described(head, url).is_archived and "ArchiveStatus" not in head:
        return "not archived"
    request = {"Days": days, "GlacierJobParameters": {"Tier": tier}}
    try:
        connection.call("restore_object", url, "restore", VersionId=connection.version_id, RestoreRequest=request)
    except Conflict:
        return "in progress"
    return "requested" if "Restore" not in head else "in progress"
