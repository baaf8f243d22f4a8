"""Many files at once: every key is done, or named in the report."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from oseberg.s3utils._address.paths import Tree
from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._parallel import run
from oseberg.s3utils._results.objects import S3Object, described
from oseberg.s3utils._results.report import Transfer, TransferFailure, TransferReport, finish
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.listing import list_objects
from oseberg.s3utils._store.translate import translated
from oseberg.s3utils._transfer.download import IN_SEGMENTS
from oseberg.s3utils._transfer.local_files import local_files
from oseberg.s3utils._transfer.meter import Meter, ProgressChoice
from oseberg.s3utils._transfer.obstore_engine import Fetcher
from oseberg.s3utils._transfer.upload import upload
from oseberg.s3utils.errors import InvalidUrl, NotFound, S3Error, UnsafeKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Job:
    """One thing to do: what it will be, and how; `do` is called in a worker thread."""

    plan: Transfer
    do: Callable[[], Transfer]


def run_jobs(
    workers: int, jobs: list[Job], report: TransferReport, progress: ProgressChoice, operation: str
) -> TransferReport:
    """Do all jobs, add what came of each to the report, and raise at the end if anything failed before or now.

    Raises:
        PartialFailure: Some keys failed; its report names each with its error.
    """
    with Meter(progress, len(jobs), sum(job.plan.size for job in jobs)) as meter:
        small = [job for job in jobs if job.plan.size <= IN_SEGMENTS]
        large = [job for job in jobs if job.plan.size > IN_SEGMENTS]
        # Large files use all workers themselves: one at a time, or they would want more connections than there are, and
        # in this thread, where Ctrl-C stops them.
        for job, outcome in chain(
            ((job, outcome.result) for job, outcome in run(workers, _do, small)), ((job, job.do) for job in large)
        ):
            try:
                report.transfers.append(outcome())
            except S3Error as error:
                report.failures.append(TransferFailure(job.plan.url or str(job.plan.path), error))
            meter.step(job.plan.size)
    report.transfers.sort(key=lambda transfer: str(transfer.url))
    report.failures.sort(key=lambda failure: str(failure.url))
    return finish(report, operation)


def _do(job: Job) -> Transfer:
    return job.do()


def download_all(
    connection: Connection,
    source: str | S3Url | Iterable[S3Object | S3Url | str],
    folder: Path,
    progress: ProgressChoice,
) -> TransferReport:
    """Fetch a folder, an object, or the listed objects; keys keep their names relative to the folder's URL."""
    report, jobs = TransferReport(), []
    tree, wanted = Tree(folder), list(_wanted(connection, source))
    fetcher = Fetcher(connection)  # made after the listing: that shows whether requests are really sent
    for item, relative in wanted:
        url, size = (item, 0) if isinstance(item, S3Url) else (item.url, item.size)
        try:
            path = tree.claim(relative, url, size)
        except UnsafeKey as error:
            report.failures.append(TransferFailure(url, error))
        else:
            fetch = _make_folder if relative.endswith("/") else fetcher.fetch
            jobs.append(Job(Transfer("download", url, path, size), partial(fetch, item, path)))
    return run_jobs(fetcher.workers, jobs, report, progress, "download")


def upload_all(connection: Connection, folder: Path, url: S3Url, progress: ProgressChoice) -> TransferReport:
    """Send every file below a local folder to a folder in S3."""
    report, jobs = TransferReport(), []
    for file in local_files(folder, report):
        try:
            target = url / file.name
        except InvalidUrl as error:
            report.failures.append(TransferFailure(str(file.path), error))
        else:
            plan = Transfer("upload", target, file.path, file.size)
            jobs.append(Job(plan, partial(upload, connection, file.path, target)))
    return run_jobs(connection.workers, jobs, report, progress, "upload")


def _wanted(
    connection: Connection, source: str | S3Url | Iterable[S3Object | S3Url | str]
) -> Iterator[tuple[S3Object | S3Url, str]]:
    if not isinstance(source, (str, S3Url)):
        items = (S3Url(item) if isinstance(item, str) else item for item in source)
        yield from ((item, item.key) for item in items)
        return
    source = S3Url(source)
    prefix, found = source.folder.key, False
    for item in list_objects(connection, source):
        found = True
        # The marker of the folder itself has no name below it.
        if item.key != prefix:
            yield item, item.key.removeprefix(prefix)
    if not found:
        yield _single(connection, source)


def _single(connection: Connection, url: S3Url) -> tuple[S3Object, str]:
    """Take a URL without anything below it as that of one object."""
    if url.key and not url.key.endswith("/"):
        try:
            return described(connection.head(url, "download"), url), url.name
        except NotFound as error:
            raise _nothing(url) from error
    raise _nothing(url)


def _nothing(url: S3Url) -> NotFound:
    message = f"Nothing to download: there is neither an object {url} nor anything below {url.folder}."
    return NotFound(message, url=url, operation="download")


def _make_folder(item: S3Object | S3Url, path: Path) -> Transfer:
    url = item if isinstance(item, S3Url) else item.url
    with translated(url, "download"):
        path.mkdir(parents=True, exist_ok=True)
    return Transfer("download", url, path, 0, "size")
