"""Many files at once: every key is done, or named in the report."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from oseberg.s3utils._download import IN_SEGMENTS, described, download
from oseberg.s3utils._fast import Engine, engine_for
from oseberg.s3utils._listing import list_objects
from oseberg.s3utils._local import TEMPORARY_PREFIX, TEMPORARY_SUFFIX
from oseberg.s3utils._parallel import run
from oseberg.s3utils._paths import Tree
from oseberg.s3utils._progress import Meter
from oseberg.s3utils._report import S3Object, Transfer, TransferFailure, TransferReport
from oseberg.s3utils._upload import upload
from oseberg.s3utils._url import S3Url
from oseberg.s3utils.errors import LocalFileError, NotFound, PartialFailure, S3Error, UnsafeKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from oseberg.s3utils._connection import Connection
    from oseberg.s3utils._progress import ProgressChoice


@dataclass(frozen=True)
class Job:
    """One thing to do: what it will be, and how; `do` is called in a worker thread."""

    plan: Transfer
    do: Callable[[], Transfer]


def run_jobs(
    connection: Connection, jobs: list[Job], report: TransferReport, progress: ProgressChoice, operation: str
) -> TransferReport:
    """Do all jobs, add what came of each to the report, and raise at the end if anything failed before or now.

    Raises:
        PartialFailure: Some keys failed; its report names each with its error.
    """
    began = time.monotonic()
    with Meter(progress, len(jobs), sum(job.plan.size for job in jobs)) as meter:
        # Large files use all workers themselves: one at a time, or they would want more connections than there are.
        small = [job for job in jobs if job.plan.size <= IN_SEGMENTS]
        large = [job for job in jobs if job.plan.size > IN_SEGMENTS]
        for job, future in chain(run(connection.workers, _do, small), run(1, _do, large)):
            try:
                report.transfers.append(future.result())
            except S3Error as error:
                report.failures.append(TransferFailure(job.plan.url or str(job.plan.path), error))
            meter.step(job.plan.size)
    report.transfers.sort(key=lambda transfer: str(transfer.url))
    report.failures.sort(key=lambda failure: str(failure.url))
    report.seconds = time.monotonic() - began
    if report.failures:
        raise PartialFailure(report, operation=operation)
    return report


def _do(job: Job) -> Transfer:
    return job.do()


def download_all(
    connection: Connection,
    source: S3Url | Iterable[S3Object],
    folder: Path,
    progress: ProgressChoice,
) -> TransferReport:
    """Fetch a folder, an object, or the listed objects; keys keep their names relative to the folder's URL."""
    report, jobs = TransferReport(), []
    tree, wanted = Tree(folder), list(_wanted(connection, source))
    engine = engine_for(connection)  # asked after the listing: that shows whether requests are really sent
    for item, relative in wanted:
        try:
            path = tree.claim(relative, item.url)
            jobs.append(Job(Transfer("download", item.url, path, item.size), _fetch(connection, item, path, engine)))
        except UnsafeKey as error:
            report.failures.append(TransferFailure(item.url, error))
    return run_jobs(connection, jobs, report, progress, "download")


def upload_all(connection: Connection, folder: Path, url: S3Url, progress: ProgressChoice) -> TransferReport:
    """Send every file below a local folder to a folder in S3."""
    report = TransferReport()
    jobs = []
    for path, relative in local_files(folder, report):
        plan = Transfer("upload", url / relative, path, path.stat().st_size)
        jobs.append(Job(plan, partial(upload, connection, path, url / relative)))
    return run_jobs(connection, jobs, report, progress, "upload")


def _wanted(connection: Connection, source: S3Url | Iterable[S3Object]) -> Iterator[tuple[S3Object, str]]:
    if not isinstance(source, S3Url):
        yield from ((item, item.url.key) for item in source)
        return
    prefix, found = source.folder.key, False
    for item in list_objects(connection, source):
        found = True
        # The marker of the folder itself has no name below it.
        if item.url.key != prefix:
            yield item, item.url.key.removeprefix(prefix)
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


def _fetch(connection: Connection, item: S3Object, path: Path, engine: Engine | None) -> Callable[[], Transfer]:
    def make_folder() -> Transfer:
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _refused(error, path, item.url) from error
        return Transfer("download", item.url, path, 0, "size")

    def fetch() -> Transfer:
        return (engine and engine.fetch(item, path)) or download(connection, item, path)

    return make_folder if item.url.key.endswith("/") else fetch


def local_files(folder: Path, report: TransferReport) -> Iterator[tuple[Path, str]]:
    """Go through the files below a folder in order of their names; what can't be a key goes to the report.

    Symbolic links are followed, but never into a folder that is being gone through already.

    Raises:
        LocalFileError: There is no such folder.
    """
    if not folder.is_dir():
        raise LocalFileError(f"Can't upload {folder}: it isn't a folder.", operation="upload")
    seen: set[tuple[int, int]] = set()
    for above, folders, names in os.walk(folder, followlinks=True):
        status = Path(above).stat()
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders.sort()
        for name in sorted(names):
            if name.startswith(TEMPORARY_PREFIX) and name.endswith(TEMPORARY_SUFFIX):
                continue  # what a killed download left
            path = Path(above, name)
            relative = path.relative_to(folder).as_posix()
            if problem := _not_a_key(path, relative):
                report.failures.append(TransferFailure(repr(str(path)), UnsafeKey(problem, operation="upload")))
            else:
                yield path, relative


def _not_a_key(path: Path, relative: str) -> str | None:
    if not path.is_file():
        return f"{str(path)!r} isn't a file that can be read: a socket, a device, or a link to nothing."
    try:
        relative.encode()
    except UnicodeEncodeError:
        return f"The name of {str(path)!r} isn't valid UTF-8; rename it."
    return None


def _refused(error: OSError, path: Path, url: S3Url) -> LocalFileError:
    message = f"Can't download {url}: {error.strerror} ({path})."
    return LocalFileError(message, number=error.errno, url=url, operation="download")
