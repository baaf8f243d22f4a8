"""Audits a folder: reads everything again, and compares it with the store's checksums."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._folders.bulk import Job, Tick, objects_of, run_jobs
from oseberg.s3utils._folders.meter import ProgressChoice
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._results.report import Transfer, TransferReport
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._transfer.download import download

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Audited(Protocol):
    """A record of which objects were audited in which state; a `Ledger` is one."""

    def new(self, objects: Iterable[S3Object], /) -> Iterator[_Item]:
        """Yield what was not audited yet."""

    def add(self, item: S3Object, /) -> None:
        """Note that an object was audited."""


class _Item(Protocol):
    """An object to be audited."""

    object: S3Object


def audit(connection: Connection, url: S3Url, ledger: Audited | None, progress: ProgressChoice) -> TransferReport:
    """Verify everything below a folder; see `S3.audit`."""
    report = TransferReport()
    objects = [item for item, _ in objects_of(connection, url, "audit")]
    due = objects if ledger is None else [item.object for item in ledger.new(objects)]
    report.unchanged = len(objects) - len(due)
    with tempfile.TemporaryDirectory() as folder:

        def verify(number: int, item: S3Object, tick: Tick) -> Transfer:
            path = Path(folder, str(number))
            try:
                verified = download(connection, item, path, tick=tick).verified
            finally:
                path.unlink(missing_ok=True)
            if ledger is not None:
                ledger.add(item)
            return Transfer("verify", item.url, None, item.size, verified)

        jobs = [
            Job(Transfer("verify", item.url, None, item.size), partial(verify, number, item))
            for number, item in enumerate(due)
        ]
        return run_jobs(connection.workers, jobs, report, progress, "audit")
