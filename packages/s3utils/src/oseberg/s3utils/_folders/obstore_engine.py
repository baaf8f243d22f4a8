"""Small files by obstore, where it is installed (`oseberg-s3utils[fast]`): a tenth of boto3's time for each request."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._transfer.writing import content_type

_A_DAY = timedelta(days=1)
_MD5 = re.compile(r"[0-9a-f]{32}")


class _Process:
    """Facts about this process.

    obstore runs its requests in threads of its own, which a forked child doesn't have: a request would wait for ever
    there, and disturb the parent's. A child that was forked before its parent loaded obstore may start over.
    """

    inherited_obstore = False

    @classmethod
    def after_fork(cls) -> None:
        cls.inherited_obstore = cls.inherited_obstore or "obstore" in sys.modules


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_Process.after_fork)


def is_usable(connection: Connection) -> bool:
    """Whether obstore may be used here, if it turns out that requests are really sent."""
    installed = not _Process.inherited_obstore and importlib.util.find_spec("obstore") is not None
    return installed and connection.is_plain


class ObstoreRequests:
    """Sends requests by obstore.

    Args:
        connection: The store.
    """

    keys = re.compile(r"(?!\.)[A-Za-z0-9._=-]+(?:/(?!\.)[A-Za-z0-9._=-]+)*")  # those that every client spells alike

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stores: dict[str, Any] = {}

    @staticmethod
    def is_usable(connection: Connection) -> bool:
        """Whether obstore may be used here, if it turns out that requests are really sent."""
        installed = not _Process.inherited_obstore and importlib.util.find_spec("obstore") is not None
        return installed and connection.is_plain

    def may_ask(self, item: S3Object) -> bool:
        """Whether the answer to a GET could be verified."""
        return bool(_MD5.fullmatch(item.etag))

    def may_send(self) -> bool:
        """Whether objects may be written."""
        return self._connection.sends_checksums

    def get(self, item: S3Object) -> tuple[dict[str, Any], bytes] | None:
        """Return an object as boto3 describes it, and its content; None after any error."""
        import obstore  # noqa: PLC0415 - only where it is installed, and as late as possible: see _Process

        try:
            answer = obstore.get(self._store(item.url.bucket), item.key, options={"if_match": f'"{item.etag}"'})
            return {"ETag": item.etag}, bytes(answer.bytes())
        except Exception:  # noqa: BLE001 - boto3 will do it, or say what is wrong in its own terms
            return None

    def put(self, data: bytes, url: S3Url) -> tuple[str, str] | None:
        """Write an object; return its ETag without quotes, whose MD5 alone shows the content; None if it fails."""
        import obstore  # noqa: PLC0415 - see above

        attributes: Any = {"Content-Type": kind} if (kind := content_type(url)) else None
        try:
            answer = obstore.put(self._store(url.bucket), url.key, data, attributes=attributes, use_multipart=False)
            return str(answer["e_tag"]).strip('"'), ""
        except Exception:  # noqa: BLE001 - see above
            return None

    def _store(self, bucket: str) -> Any:  # noqa: ANN401 - obstore may be missing
        from obstore.store import S3Store  # noqa: PLC0415 - see above

        if bucket not in self._stores:
            meta = self._connection.client.meta
            self._stores[bucket] = S3Store(
                bucket,
                endpoint=meta.endpoint_url,
                region=meta.region_name,
                virtual_hosted_style_request=False,
                credential_provider=_Credentials(self._connection),
                client_options={"allow_http": meta.endpoint_url.startswith("http://")},
                retry_config={"max_retries": 0},
            )
        return self._stores[bucket]


class _Credentials:
    """The session's credentials as obstore asks for them.

    Those that expire are asked for with every request: boto3 keeps them as long as they are good and renews them in
    time, and nobody else knows when that is.
    """

    def __init__(self, connection: Connection) -> None:
        from botocore.credentials import RefreshableCredentials  # noqa: PLC0415 - slow to import

        session = connection.store.session
        self._credentials: Any = session.get_credentials() if session else None
        self._can_expire = isinstance(self._credentials, RefreshableCredentials)

    def __call__(self) -> Any:  # noqa: ANN401 - obstore's mapping
        frozen = self._credentials.get_frozen_credentials()
        expire = self._can_expire
        return {
            "access_key_id": frozen.access_key,
            "secret_access_key": frozen.secret_key,
            "token": frozen.token,
            "expires_at": datetime.now(UTC) + (timedelta() if expire else _A_DAY),
        }
