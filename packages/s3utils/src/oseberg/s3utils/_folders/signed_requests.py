"""Plain GETs and PUTs through the client's own connections, signed by botocore, without boto3's overhead.

boto3 looks up an endpoint, checks and serializes the arguments and parses the answer by its model, for each request
anew: two thirds of the request's time. Where the bucket is and how requests to it are signed is what boto3 found out
with its own last request to it.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._transfer.writing import content_type

if TYPE_CHECKING:
    from collections.abc import Mapping

_DONE = 200
_CHECKSUM = "x-amz-checksum-"
_CRC32 = f"{_CHECKSUM}crc32"
# Headers of an answer to GET, and what boto3 calls them.
_NAMES = {
    "etag": "ETag",
    "x-amz-checksum-type": "ChecksumType",
    "x-amz-server-side-encryption": "ServerSideEncryption",
    "x-amz-server-side-encryption-customer-algorithm": "SSECustomerAlgorithm",
}


class SignedRequests:
    """Sends requests of its own through a client's connections.

    Args:
        connection: The store.
    """

    # Every key but those whose path somebody on the way may shorten: `a//b`, `a/../b`.
    keys = re.compile(r"(?!\.{1,2}(?:/|\Z))[^/]+(?:/(?!\.{1,2}(?:/|\Z))[^/]+)*")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        client: Any = connection.client
        self._session: Any = client._endpoint.http_session  # noqa: SLF001 - see is_usable
        self._agent = client.meta.config.user_agent
        self._credentials: Any = connection.store.session.get_credentials()  # type: ignore[union-attr] # see is_plain

    @staticmethod
    def is_usable(connection: Connection) -> bool:
        """Whether requests may be sent here, if it turns out that boto3's are really sent."""
        # botocore promises nothing of its endpoint: without it, boto3 sends everything.
        session = getattr(getattr(connection.client, "_endpoint", None), "http_session", None)
        return connection.is_plain and hasattr(session, "send")

    def may_ask(self, _: S3Object) -> bool:
        """Whether the answer to a GET could be verified: it brings the store's checksums, which a listing lacks."""
        return True

    def may_send(self) -> bool:
        """Whether objects may be written."""
        return True

    def get(self, item: S3Object) -> tuple[dict[str, Any], bytes] | None:
        """Return an object as boto3 describes it, and its content; None after any error."""
        answer = self._send("GET", item.url, {"If-Match": f'"{item.etag}"', "x-amz-checksum-mode": "ENABLED"})
        return (_described(answer.headers), answer.content) if answer else None

    def put(self, data: bytes, url: S3Url) -> tuple[str, str] | None:
        """Write an object; return its ETag without quotes, and the checksum that the store compared, or None."""
        headers = {"Content-Type": kind} if (kind := content_type(url)) else {}
        if self._connection.sends_checksums:
            digest = zlib.crc32(data).to_bytes(4, "big")
            headers |= {"x-amz-sdk-checksum-algorithm": "CRC32", _CRC32: base64.b64encode(digest).decode()}
        else:
            digest = hashlib.md5(data, usedforsecurity=False).digest()
            headers["Content-MD5"] = base64.b64encode(digest).decode()
        answer = self._send("PUT", url, headers, data)
        if not answer or not (etag := str(answer.headers.get("ETag", "")).strip('"')):
            return None
        if not self._connection.sends_checksums:
            return etag, "md5"
        # A store that doesn't know checksums silently ignores ours.
        return etag, "crc32" if answer.headers.get(_CRC32) else ""

    def _send(self, method: str, url: S3Url, headers: dict[str, str], data: bytes | None = None) -> Any:  # noqa: ANN401 - botocore's answer
        """Send a request; return the answer, or None if it isn't a success."""
        from botocore.auth import S3SigV4Auth  # noqa: PLC0415 - slow to import
        from botocore.awsrequest import AWSRequest  # noqa: PLC0415 - as above

        place = self._connection.store.places.get(url.bucket)
        if place is None or self._credentials is None:
            return None
        try:
            request = AWSRequest(
                method, place.address + quote(url.key, safe="/~"), {"User-Agent": self._agent, **headers}, data
            )
            # Requested each time: expiring credentials are renewed by their provider.
            frozen = self._credentials.get_frozen_credentials()
            S3SigV4Auth(frozen, "s3", place.region).add_auth(request)
            answer = self._session.send(request.prepare())
        except Exception:  # noqa: BLE001 - boto3 will do it, or say what is wrong in its own terms
            return None
        return answer if answer.status_code == _DONE else None


def _described(headers: Mapping[str, str]) -> dict[str, Any]:
    """Return the values that verification needs under boto3's names."""
    given = {name.lower(): value for name, value in headers.items()}
    answer = {ours: given[theirs] for theirs, ours in _NAMES.items() if theirs in given}
    checksums = {
        f"Checksum{name.removeprefix(_CHECKSUM).upper()}": given[name] for name in given if name.startswith(_CHECKSUM)
    }
    return checksums | answer
