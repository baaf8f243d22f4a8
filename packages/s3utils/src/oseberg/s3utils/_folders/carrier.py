"""Transfers each file in the fastest way that is safe for it: obstore, requests of our own, or boto3."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._folders.engine import Engine
from oseberg.s3utils._folders.obstore_engine import ObstoreRequests
from oseberg.s3utils._folders.signed_requests import SignedRequests
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._results.report import Transfer
from oseberg.s3utils._store.conditions import ALWAYS, Condition
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._transfer.download import download
from oseberg.s3utils._transfer.upload import upload

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_MORE = 8  # requests of obstore at once for each of boto3


class Carrier:
    """Fetches and sends files, by obstore where it can and by boto3 where it can't.

    Args:
        connection: The store.

    Attributes:
        workers: How many threads may call it at once; those of obstore hardly cost anything.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._engine: Engine | None = None
        self.workers = connection.workers
        self._by_boto3 = threading.BoundedSemaphore(connection.workers)
        if ObstoreRequests.is_usable(connection):
            self._engine = Engine(connection, ObstoreRequests(connection))
            self.workers = connection.workers * _MORE
        elif SignedRequests.is_usable(connection):
            self._engine = Engine(connection, SignedRequests(connection))

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

    def send(self, path: Path, url: S3Url, size: int, condition: Condition, tick: Callable[[int], object]) -> Transfer:
        """Send one file.

        Args:
            path: The file.
            url: Where to.
            size: Its size when it was found.
            condition: When it may be written.
            tick: Called with the number of bytes that were sent since, for large files.

        Returns:
            What was written.

        Raises:
            S3Error: As `upload`.
        """
        done = self._engine.send(path, url, size) if self._engine and condition == ALWAYS else None
        if done:
            return done
        with self._by_boto3:
            return upload(self._connection, path, url, condition, tick)
