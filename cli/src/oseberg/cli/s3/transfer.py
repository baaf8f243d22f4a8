"""The work of `oseberg s3 get` and `archive`: prints transfers as a table or JSON, failures as messages."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pandas as pd

from oseberg.cli.exits import DONE, FAILED, NEEDS_ATTENTION, TRY_LATER, Failure
from oseberg.cli.output import check_stdout, count, print_frame, say
from oseberg.cli.progress import ProgressDisplay
from oseberg.cli.s3.records import to_json
from oseberg.s3utils import S3, PartialFailure, S3Url, Transfer, TransferReport

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from oseberg.s3utils import TransferFailure

SHOWN = 5  # files of those that failed for one reason
COLUMNS = {"action": "Action", "size": "Bytes", "verified": "Verified by", "file": "File"}


def get(source: str, target: Path, *, dry_run: bool, as_json: bool) -> int:
    """Fetch an object or a folder.

    Args:
        source: Its URL.
        target: The local path.
        dry_run: Whether to return the plan only.
        as_json: Whether to print JSON.

    Returns:
        The exit status.
    """
    check_stdout()  # before anything is done: a command that worked must not end as wrong usage
    s3, url = S3(), address(source)
    if url.key and not url.key.endswith("/") and s3.exists(url):
        with ProgressDisplay("Fetching") as shown:
            done = s3.download(s3.stat(url), target, if_changed=True, dry_run=dry_run, progress=shown)
        return print_report(report_of(done, dry_run=dry_run), as_json)
    with ProgressDisplay("Fetching") as shown:
        report = finished(lambda: s3.sync(url, target, dry_run=dry_run, progress=shown))
    if not (report.transfers or report.failures or report.unchanged):
        raise Failure(f"{url} is neither an object nor a folder. Check its name.")
    return print_report(report, as_json)


def archive(source: str, target: str, *, on_conflict: str, dry_run: bool, as_json: bool) -> int:
    """Copy a file or a folder to the archive.

    Args:
        source: A URL or a local path.
        target: The URL to copy to.
        on_conflict: `error` or `version`.
        dry_run: Whether to return the plan only.
        as_json: Whether to print JSON.

    Returns:
        The exit status.
    """
    check_stdout()
    s3, place, kept = S3(), place_of(source), address(target)
    options = {"on_conflict": on_conflict, "dry_run": dry_run}
    if is_single(s3, place):
        with ProgressDisplay("Archiving") as shown:
            done = s3.archive(place, kept, **options, progress=shown)  # type: ignore[arg-type] # the choices of the option
        return print_report(report_of(done, dry_run=dry_run), as_json)
    with ProgressDisplay("Archiving") as shown:
        report = finished(lambda: s3.archive_all(place, kept, **options, progress=shown))  # type: ignore[arg-type] # see above
    if not (report.transfers or report.failures or report.unchanged):
        raise Failure(f"{source} holds nothing to archive. Check its name.")
    return print_report(report, as_json)


def address(text: str) -> S3Url:
    """Parse a URL; an invalid one ends the command with status 2."""
    try:
        return S3Url(text)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def place_of(text: str) -> S3Url | Path:
    """Return the URL or the local path that a text names."""
    return address(text) if text.lower().startswith("s3://") else Path(text)


def is_single(s3: S3, place: S3Url | Path) -> bool:
    """Whether a place is one file or object, and not a folder."""
    if isinstance(place, Path):
        return not place.is_dir()
    return bool(place.key) and not place.key.endswith("/") and s3.exists(place)


def finished(work: Callable[[], TransferReport]) -> TransferReport:
    """Return the report of a call, even if some files failed."""
    try:
        return work()
    except PartialFailure as error:
        if not isinstance(error.report, TransferReport):
            raise
        return error.report


def report_of(done: Transfer, *, dry_run: bool = False) -> TransferReport:
    """Return the report of one file."""
    report = TransferReport([] if done.action == "unchanged" else [done], dry_run=dry_run)
    report.unchanged = 1 - len(report.transfers)
    return report


def say_failures(failures: Sequence[TransferFailure]) -> None:
    """Name the failures; if many have the same reason, such as expired credentials, only the first ones."""
    reasons = Counter(reason_of(failure) for failure in failures)
    left = dict.fromkeys(reasons, SHOWN)
    for failure in failures:
        reason = reason_of(failure)
        if left[reason]:
            left[reason] -= 1
            say(f"oseberg: {failure}")
    for reason, times in reasons.items():
        if times > SHOWN:
            say(f"oseberg: {count(times - SHOWN, 'more file')} failed in the same way; --json names them all. {reason}")


def reason_of(failure: TransferFailure) -> str:
    """Return why a file failed, without its name."""
    return str(failure).partition(f"{failure.url}: ")[2] or type(failure.error).__name__


def print_report(report: TransferReport, as_json: bool) -> int:  # noqa: FBT001 - the option
    """Print the transfers and the failures.

    Args:
        report: What a call did.
        as_json: Whether to print JSON.

    Returns:
        The exit status.
    """
    if as_json:
        click.echo(to_json(report))
    elif report.transfers:
        print_frame(pd.DataFrame([row(one) for one in report.transfers]), columns=COLUMNS)
    say_failures(report.failures)
    verb = "to do" if report.dry_run else "done"
    failed = f", {len(report.failures):,} failed" if report.failures else ""
    moved = f"{count(len(report.transfers), 'file')} {verb} ({report.size:,} bytes)"
    say(f"{moved}, {report.unchanged:,} unchanged{failed}.")
    return status_of(report)


def row(done: Transfer) -> dict[str, object]:
    """Return the cells of one file."""
    place = done.path if done.action == "download" else done.url  # where it is now
    return {"action": done.action, "size": done.size, "verified": done.verified, "file": str(place)}


def status_of(report: TransferReport) -> int:
    """Return the exit status: some failures need attention; if nothing was done, the command failed."""
    if report.ok:
        return DONE
    if all(failure.error.retryable for failure in report.failures):
        return TRY_LATER
    return NEEDS_ATTENTION if report.transfers or report.unchanged else FAILED
