"""Methods for sharing: addresses for people, leases between processes."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._lease import Lease
from oseberg.s3utils._store import conditions, description
from oseberg.s3utils._verbs.front import Front


def presign(
    self: Front,
    url: str | S3Url,
    expires: timedelta | int = timedelta(hours=1),
    *,
    method: Literal["GET", "PUT"] = "GET",
) -> str:
    """Make a web address that lets anyone who has it read (or write) the object for a while.

    Args:
        url: The object.
        expires: How long, at most seven days; a number is seconds.
        method: `GET` to read, `PUT` to write.

    Returns:
        An HTTPS address with a signature, which works like a password until it expires.

    Raises:
        ValueError: Longer than seven days, or not positive; another method.
    """
    return description.presign(self._connection, S3Url(url), expires, method)


def supports_conditional_writes(self: Front, url: str | S3Url) -> bool:
    """Whether the store honors conditions; a probe is written next to the URL, once for each bucket.

    Returns:
        True where `if_absent` and `if_match` hold.

    Raises:
        AccessDenied: The probe can't be written.
    """
    return conditions.supports_conditional_writes(self._connection, S3Url(url))


def lease(self: Front, url: str | S3Url, ttl: timedelta | float) -> Lease:
    """Acquire a lease, an exclusive right: `with s3.lease("s3://bucket/locks/andrews", timedelta(minutes=5)):`.

    The lease renews itself while the block runs; after a crash it expires when `ttl` has passed by the store's
    clock.

    Args:
        url: An object that represents the lease; it stays when the lease ends.
        ttl: A timedelta, or seconds.

    Returns:
        The lease, a context manager.

    Raises:
        ValueError: `ttl` isn't positive.
        LeaseHeld: When the block begins: somebody else has it. When it ends: it was lost meanwhile.
        NotSupported: The store ignores conditions, so nothing can be held.
    """
    return Lease(self._connection, S3Url(url), ttl if isinstance(ttl, timedelta) else timedelta(seconds=ttl))
