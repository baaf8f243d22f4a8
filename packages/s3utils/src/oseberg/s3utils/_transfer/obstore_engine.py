"""Small files by obstore, where it is installed (`oseberg-s3utils[fast]`): a tenth of boto3's time for each request.

It is used for nothing but plain GETs whose result can be judged here, by size and MD5. Whatever it can't do or doesn't
do well is left to boto3, which then says what is wrong.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import sys
import threading
from typing import TYPE_CHECKING, Any

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._results.report import Transfer
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._transfer.download import download
from oseberg.s3utils._transfer.local_files import whole_file
from oseberg.s3utils._verify.digest import MIB

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_MORE = 8  # requests of obstore at once for each of boto3
_SMALL = MIB  # above this boto3's time for a request matters little, and so many at once would fill the memory
_PATIENCE = 3  # failures in a row after which it isn't asked again
_MD5 = re.compile(r"[0-9a-f]{32}")
# Keys that every client spells alike in a request.
_PLAIN = re.compile(r"(?!\.)[A-Za-z0-9._=-]+(?:/(?!\.)[A-Za-z0-9._=-]+)*")


class _Process:
    """What this process may do.

    obstore runs its requests in threads of its own, which a forked child doesn't have: a request would wait for ever
    there, and disturb the parent's. A child that was forked before its parent loaded obstore may start anew.
    """

    inherited_obstore = False

    @classmethod
    def after_fork(cls) -> None:
        cls.inherited_obstore = cls.inherited_obstore or "obstore" in sys.modules

    @classmethod
    def may_use_obstore(cls) -> bool:
        return not cls.inherited_obstore and importlib.util.find_spec("obstore") is not None


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_Process.after_fork)


class Fetcher:
    """Fetches objects into files by the fastest way that is safe for each.

    Attributes:
        workers: How many threads may call `fetch` at once; those of obstore hardly cost anything.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._engine = Engine(connection) if connection.may_go_around_boto3 and _Process.may_use_obstore() else None
        self._by_boto3 = threading.BoundedSemaphore(connection.workers)
        self.workers = connection.workers * (_MORE if self._engine else 1)

    def fetch(self, item: S3Object | S3Url, path: Path, tick: Callable[[int], object]) -> Transfer:
        """Fetch one object.

        Args:
            item: The object.
            path: The file.
            tick: Called with the number of bytes that have arrived since, for large objects.

        Returns:
            What was written.

        Raises:
            S3Error: As `download`.
        """
        done = self._engine.fetch(item, path) if self._engine and isinstance(item, S3Object) else None
        if done:
            return done
        with self._by_boto3:
            return download(self._connection, item, path, tick=tick)


class Engine:
    """Fetches small objects of one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stores: dict[str, Any] = {}
        self._failures = 0

    def fetch(self, item: S3Object, path: Path) -> Transfer | None:
        """Fetch a listed object, or return None to leave it to boto3."""
        if not self._can(item):
            return None
        data = self._get(item)
        if data is None or hashlib.md5(data, usedforsecurity=False).hexdigest() != item.etag:
            self._failures += 1
            return None
        self._failures = 0
        with whole_file(path, item.url, modified=item.modified) as file:
            file.write(data)
        return Transfer("download", item.url, path, item.size, "etag")

    def _can(self, item: S3Object) -> bool:
        plain = item.size <= _SMALL and _MD5.fullmatch(item.etag) and _PLAIN.fullmatch(item.key)
        return bool(plain) and self._failures < _PATIENCE

    def _get(self, item: S3Object) -> bytes | None:
        import obstore  # noqa: PLC0415 - only where it is installed, and as late as possible: see _Process

        try:
            answer = obstore.get(self._store(item.url.bucket), item.key, options={"if_match": f'"{item.etag}"'})
            return bytes(answer.bytes())
        except Exception:  # noqa: BLE001 - boto3 will do it, or say what is wrong in its own terms
            return None

    def _store(self, bucket: str) -> Any:  # noqa: ANN401 - obstore may be missing
        from obstore.auth.boto3 import Boto3CredentialProvider  # noqa: PLC0415 - see above
        from obstore.store import S3Store  # noqa: PLC0415 - see above

        if bucket not in self._stores:
            meta = self._connection.client.meta
            self._stores[bucket] = S3Store(
                bucket,
                endpoint=meta.endpoint_url,
                region=meta.region_name,
                virtual_hosted_style_request=False,
                credential_provider=Boto3CredentialProvider(self._connection.store.session),
                client_options={"allow_http": meta.endpoint_url.startswith("http://")},
                retry_config={"max_retries": 0},
            )
        return self._stores[bucket]
