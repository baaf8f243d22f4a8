"""Small files by obstore, where it is installed (`oseberg-s3utils[fast]`): a tenth of boto3's time for each request.

It is used for nothing but plain GETs and PUTs whose result can be judged here, by size and MD5. Whatever it can't do or
doesn't do well is left to boto3, which then says what is wrong.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._results.report import Transfer
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.write_options import WriteOptions
from oseberg.s3utils._transfer.local_files import whole_file
from oseberg.s3utils._transfer.writing import content_type
from oseberg.s3utils._verify.digest import MIB

if TYPE_CHECKING:
    from pathlib import Path

SMALL = MIB  # above this boto3's time for a request matters little, and so many at once would fill the memory
_PATIENCE = 3  # failures in a row after which it isn't asked again
_PLAIN = WriteOptions()
_A_DAY = timedelta(days=1)
_MD5 = re.compile(r"[0-9a-f]{32}")
# Keys that every client spells alike in a request.
_PLAIN_KEY = re.compile(r"(?!\.)[A-Za-z0-9._=-]+(?:/(?!\.)[A-Za-z0-9._=-]+)*")


class _Process:
    """What this process may do.

    obstore runs its requests in threads of its own, which a forked child doesn't have: a request would wait for ever
    there, and disturb the parent's. A child that was forked before its parent loaded obstore may start anew.
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


class Engine:
    """Transfers small objects of one connection.

    Args:
        connection: The store.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stores: dict[str, Any] = {}
        self._failures = 0

    def fetch(self, item: S3Object, path: Path) -> Transfer | None:
        """Fetch a listed object.

        Args:
            item: The object.
            path: The file.

        Returns:
            What was written, or None to leave it to boto3.
        """
        if not (self._may_try(item.url, item.size) and _MD5.fullmatch(item.etag)):
            return None
        data = self._get(item)
        if data is None or _md5(data) != item.etag:
            self._failures += 1
            return None
        self._failures = 0
        with whole_file(path, item.url, modified=item.modified) as file:
            file.write(data)
        return Transfer("download", item.url, path, item.size, "etag")

    def send(self, path: Path, url: S3Url, size: int) -> Transfer | None:
        """Send a local file; an object of that name is overwritten.

        Args:
            path: The file.
            url: Where to.
            size: Its size when it was found.

        Returns:
            What was written, or None to leave it to boto3: whatever is wrong with the file is its to say.
        """
        plain = self._connection.options == _PLAIN and self._connection.sends_checksums
        if not (plain and self._may_try(url, size)):
            return None
        try:
            before = path.stat()
            data = path.read_bytes()
            after = path.stat()
        except OSError:
            return None
        if (before.st_size, before.st_mtime_ns) != (len(data), after.st_mtime_ns):
            return None
        if self._put(data, url) != _md5(data):
            # An ETag that isn't the MD5 (a bucket that encrypts by KMS) shows nothing: boto3 does it, and all others.
            self._failures = _PATIENCE
            return None
        return Transfer("upload", url, path, len(data), "etag")

    def _may_try(self, url: S3Url, size: int) -> bool:
        able = self._failures < _PATIENCE and self._connection.may_go_around_boto3
        return able and size <= SMALL and bool(_PLAIN_KEY.fullmatch(url.key))

    def _get(self, item: S3Object) -> bytes | None:
        import obstore  # noqa: PLC0415 - only where it is installed, and as late as possible: see _Process

        try:
            answer = obstore.get(self._store(item.url.bucket), item.key, options={"if_match": f'"{item.etag}"'})
            return bytes(answer.bytes())
        except Exception:  # noqa: BLE001 - boto3 will do it, or say what is wrong in its own terms
            return None

    def _put(self, data: bytes, url: S3Url) -> str | None:
        import obstore  # noqa: PLC0415 - see above

        attributes: Any = {"Content-Type": kind} if (kind := content_type(url)) else None
        try:
            answer = obstore.put(self._store(url.bucket), url.key, data, attributes=attributes, use_multipart=False)
            return str(answer["e_tag"]).strip('"')
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


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
