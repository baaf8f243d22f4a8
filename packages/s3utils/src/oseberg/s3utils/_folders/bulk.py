"""Transfers many files at once: every key is transferred, or named in the report."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from oseberg.s3utils._address.paths import Tree
from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._atomic import remove_abandoned
from oseberg.s3utils._copies.archive import OnConflict, archive
from oseberg.s3utils._copies.copy import ONE_COPY
from oseberg.s3utils._folders.carrier import Carrier
from oseberg.s3utils._folders.meter import Meter, ProgressChoice
from oseberg.s3utils._parallel import run
from oseberg.s3utils._results.objects import S3Object, described
from oseberg.s3utils._results.report import Action, Transfer, TransferFailure, TransferReport, finish
from oseberg.s3utils._store.conditions import ALWAYS, Condition
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.listing import list_objects
from oseberg.s3utils._store.translate import translated
from oseberg.s3utils._transfer.download import IN_SEGMENTS
from oseberg.s3utils._transfer.local_files import local_files
from oseberg.s3utils._transfer.writing import ONE_PUT
from oseberg.s3utils.errors import InvalidUrl, NotFound, S3Error, UnsafeKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


Tick: TypeAlias = "Callable[[int], object]"  # called with the number of bytes that have been transferred since


@dataclass(frozen=True)
class Job:
    """One file to transfer.

    Attributes:
        plan: What it will be.
        do: Does it, in a worker thread; reports bytes as they flow.
        passes_through: Whether a copy's bytes pass through this machine, to another store.
    """

    plan: Transfer
    do: Callable[[Tick], Transfer]
    passes_through: bool = False

    @property
    def is_large(self) -> bool:
        """Whether the file alone uses all workers."""
        if self.plan.action == "copy" and not self.passes_through:
            return self.plan.size > ONE_COPY  # up to there the store does it in one request
        return self.plan.size > (IN_SEGMENTS if self.plan.action in {"download", "verify"} else ONE_PUT)


def run_jobs(
    workers: int, jobs: list[Job], report: TransferReport, progress: ProgressChoice, operation: str
) -> TransferReport:
    """Run all jobs, add each outcome to the report, and raise at the end if anything failed, before or now.

    Args:
        workers: How many small files at once.
        jobs: What to do.
        report: What it is added to.
        progress: Where progress is reported.
        operation: For messages.

    Returns:
        The report.

    Raises:
        PartialFailure: Some keys failed; its report names each with its error.
    """
    with Meter(progress, len(jobs), sum(job.plan.size for job in jobs)) as meter:
        small = [job for job in jobs if not job.is_large]
        large = [job for job in jobs if job.is_large]
        # Large files use all workers themselves: one at a time, or they would want more connections than there are, and
        # in this thread, where Ctrl-C stops them.
        for job, result in chain(
            ((job, outcome.result) for job, outcome in run(workers, _do, small)),
            ((job, partial(_do_visibly, job, meter)) for job in large),
        ):
            try:
                _add(result(), report)  # type: ignore[operator] # both are calls that return a Transfer
            except S3Error as error:
                report.failures.append(TransferFailure(job.plan.url or str(job.plan.path), error))
            meter.step(0 if job.is_large else job.plan.size)
    report.transfers.sort(key=lambda transfer: str(transfer.url))
    report.failures.sort(key=lambda failure: str(failure.url))
    return finish(report, operation)


def _do(job: Job) -> Transfer:
    return job.do(lambda _: None)


def _do_visibly(job: Job, meter: Meter) -> Transfer:
    """Run a large job and report its bytes as they flow, or at its end if the transfer doesn't report them."""
    flown = 0

    def flow(size: int) -> None:
        nonlocal flown
        flown += size
        meter.flow(size)

    try:
        return job.do(flow)
    finally:
        meter.flow(max(0, job.plan.size - flown))


def watched(progress: ProgressChoice, size: int, do: Callable[[Tick], Transfer]) -> Transfer:
    """Transfer one file and report its bytes as they flow.

    Args:
        progress: Where progress is reported.
        size: Bytes of the file; 0 where that is unknown.
        do: Transfers it.

    Returns:
        What was done.
    """
    with Meter(progress, 1, size) as meter:
        done = _do_visibly(Job(Transfer("download", None, None, size), do), meter)
        meter.step()
    return done


def _add(transfer: Transfer, report: TransferReport) -> None:
    if transfer.action == "unchanged":
        report.unchanged += 1
    else:
        report.transfers.append(transfer)


def download_all(
    connection: Connection,
    source: str | S3Url | Iterable[S3Object | S3Url | str],
    folder: Path,
    progress: ProgressChoice,
) -> TransferReport:
    """Fetch a folder, an object, or the listed objects; keys keep their names relative to the folder's URL."""
    report, jobs = TransferReport(), []
    tree, wanted = Tree(folder), list(_wanted(connection, source))
    carrier = Carrier(connection)
    for item, relative in wanted:
        url, size = (item, 0) if isinstance(item, S3Url) else (item.url, item.size)
        try:
            path = tree.claim(relative, url, size)
        except UnsafeKey as error:
            report.failures.append(TransferFailure(url, error))
        else:
            fetch = _make_folder if relative.endswith("/") else carrier.fetch
            jobs.append(Job(Transfer("download", url, path, size), partial(fetch, item, path)))
    remove_leftovers(jobs)
    return run_jobs(carrier.workers, jobs, report, progress, "download")


def remove_leftovers(jobs: list[Job]) -> None:
    """Remove leftovers of killed downloads from the target folders; they may be gigabytes."""
    for folder in {job.plan.path.parent for job in jobs if job.plan.path}:
        with suppress(OSError):  # the download itself will say what is wrong with the folder
            remove_abandoned(folder)


def upload_all(
    connection: Connection, folder: Path, url: S3Url, progress: ProgressChoice, condition: Condition = ALWAYS
) -> TransferReport:
    """Send every file below a local folder to a folder in S3; see `S3.upload_all`."""
    connection.require_bucket(url, "upload to")
    report, carrier = TransferReport(), Carrier(connection)
    jobs = [
        Job(Transfer("upload", target, path, size), partial(carrier.send, path, target, size, condition))
        for path, target, size in _local_targets(folder, url, report)
    ]
    return run_jobs(carrier.workers, jobs, report, progress, "upload")


def archive_all(
    connection: Connection,
    source: Path | S3Url,
    target: S3Url,
    on_conflict: OnConflict,
    *,
    dry_run: bool,
    progress: ProgressChoice,
) -> TransferReport:
    """Archive every file of a folder; see `S3.archive_all`."""
    connection.require_bucket(target, "archive to")
    report = TransferReport(dry_run=dry_run)
    places: list[tuple[Path | S3Url, S3Url, int]] = []
    if isinstance(source, Path):
        places += _local_targets(source, target, report)
    else:
        found = objects_of(connection, source, "archive")
        places += [(item.url, target / name, item.size) for item, name in found if not item.is_folder_marker]
    action: Action = "upload" if isinstance(source, Path) else "copy"

    def archived(place: Path | S3Url, name: S3Url, tick: Tick) -> Transfer:
        return archive(connection, place, name, on_conflict, dry_run=dry_run, tick=tick)

    jobs = [
        Job(Transfer(action, name, place if isinstance(place, Path) else None, size), partial(archived, place, name))
        for place, name, size in places
    ]
    return run_jobs(connection.workers, jobs, report, progress, "archive")


def _local_targets(folder: Path, url: S3Url, report: TransferReport) -> Iterator[tuple[Path, S3Url, int]]:
    """Yield each file below a folder with its URL and size; names that can't be a key go to the report."""
    for file in local_files(folder, report):
        try:
            yield file.path, url / file.name, file.size
        except InvalidUrl as error:
            report.failures.append(TransferFailure(str(file.path), error))


def _wanted(
    connection: Connection, source: str | S3Url | Iterable[S3Object | S3Url | str]
) -> Iterator[tuple[S3Object | S3Url, str]]:
    if not isinstance(source, (str, S3Url)):
        items = (S3Url(item) if isinstance(item, str) else item for item in source)
        yield from ((item, item.key) for item in items)
        return
    yield from objects_of(connection, S3Url(source), "download")


def objects_of(connection: Connection, source: S3Url, operation: str) -> Iterator[tuple[S3Object, str]]:
    """List a folder, or the one object that a URL names.

    Args:
        connection: The store.
        source: The folder or the object.
        operation: What will be done with them, for messages.

    Yields:
        Each object, and its name below the folder.

    Raises:
        NotFound: There is neither: most likely a slip, which must not look like work that was done.
    """
    prefix, found = source.folder.key, False
    for item in list_objects(connection, source):
        found = True
        # The marker of the folder itself has no name below it.
        if item.key != prefix:
            yield item, item.key.removeprefix(prefix)
    if not found:
        yield _single(connection, source, operation)


def _single(connection: Connection, url: S3Url, operation: str) -> tuple[S3Object, str]:
    """Return the object of a URL that has nothing below it."""
    message = f"Nothing to {operation}: there is neither an object {url} nor anything below {url.folder}."
    nothing = NotFound(message, url=url, operation=operation)
    if not url.key or url.key.endswith("/"):
        raise nothing
    try:
        return described(connection.head(url, operation), url), url.name
    except NotFound as error:
        raise nothing from error


def _make_folder(item: S3Object | S3Url, path: Path, _: Tick) -> Transfer:
    url = item if isinstance(item, S3Url) else item.url
    with translated(url, "download"):
        path.mkdir(parents=True, exist_ok=True)
    return Transfer("download", url, path, 0, "size")
