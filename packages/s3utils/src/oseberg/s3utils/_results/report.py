"""Reports: what a call transferred, and what failed."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Literal

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._pandas import load_pandas
from oseberg.s3utils.errors import PartialFailure, S3Error

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

_COLUMNS = ["action", "url", "path", "size", "verified", "error"]
Action = Literal["download", "upload", "copy", "delete", "verify", "unchanged"]
_SHOWN = 10  # keys in an error's text
_ROWS = 60  # of a table in a notebook, which shows failures first


@dataclass(frozen=True, slots=True)
class Transfer:
    """One file or object that was moved, or would be.

    Attributes:
        action: `download`, `upload`, `copy`, `delete`, `verify`, or `unchanged` where `archive` or `download` had
            nothing to do.
        url: The object in S3; of a copy the new one; None where a local file is deleted.
        path: The local file, or None.
        size: Bytes.
        verified: What the content was compared by: `crc32`, `sha256`, …, `etag` (MD5), `etag of parts`, `content`,
            `size` where the store offers nothing better, or empty when nothing was moved.
    """

    action: Action
    url: S3Url | None
    path: Path | None = None
    size: int = 0
    verified: str = ""


@dataclass(frozen=True, slots=True)
class TransferFailure:
    """One key that failed, and why. As text: the error, which names the key."""

    url: S3Url | str
    error: S3Error

    def __str__(self) -> str:
        said = str(self.error)
        return said if str(self.url) in said else f"{self.url}: {said}"


@dataclass
class TransferReport:
    """The report of a call on many files. Prints as a few lines; a notebook shows it as a table.

    Attributes:
        transfers: What was done (with `dry_run`: what would be).
        failures: What was skipped or failed, each with its error.
        unchanged: How many needed nothing, since they were equal already.
        dry_run: True when nothing was done.
        seconds: How long it took.
        began: When it began, by `time.monotonic`.
    """

    transfers: list[Transfer] = field(default_factory=list)
    failures: list[TransferFailure] = field(default_factory=list)
    unchanged: int = 0
    dry_run: bool = False
    seconds: float = 0.0
    began: float = field(default_factory=time.monotonic, init=False, repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """True when nothing failed."""
        return not self.failures

    @property
    def paths(self) -> list[Path]:
        """The local files, in order of their names."""
        return sorted(transfer.path for transfer in self.transfers if transfer.path)

    @property
    def size(self) -> int:
        """Bytes moved, or that would be."""
        return sum(transfer.size for transfer in self.transfers if transfer.action != "delete")

    def describe_failures(self) -> str:
        """Describe the failures, at most ten of them, one on each line.

        Returns:
            One line for each failure, and a line that counts the rest.
        """
        many = len(self.failures)
        total = many + len(self.transfers) + self.unchanged
        lines = [str(failure) for failure in self.failures[:_SHOWN]]
        more = [f"… and {many - _SHOWN} more in the error's report."] if many > _SHOWN else []
        return "\n".join([f"{many:,} of {total:,} failed:", *lines, *more])

    def frame(self) -> pd.DataFrame:
        """Return the report as a table.

        Returns:
            One row for each file, failures last: action, url, path (str), size (Int64, bytes), verified, error (str).

        Raises:
            NotSupported: pandas is not installed.
        """
        rows: list[tuple[str, str, str | None, int | None, str, str]] = [
            (done.action, str(done.url or ""), str(done.path) if done.path else None, done.size, done.verified, "")
            for done in self.transfers
        ]
        rows += [("failed", str(failure.url), None, None, "", str(failure.error)) for failure in self.failures]
        frame: pd.DataFrame = load_pandas("TransferReport.frame").DataFrame(
            rows,
            columns=_COLUMNS,
        )
        return frame.astype({"size": "Int64"})

    def __str__(self) -> str:
        verb = "to do" if self.dry_run else "done"
        head = (
            f"{len(self.transfers):,} {verb} ({self.size:,} bytes), {self.unchanged:,} unchanged, "
            f"{len(self.failures):,} failed, {self.seconds:.1f} s"
        )
        return "\n".join([head, *(f"failed: {failure}" for failure in self.failures)])

    def _repr_html_(self) -> str:
        # Failures first: a notebook cuts long tables off.
        rows = [("failed", str(failure.url), "", "", "", str(failure.error)) for failure in self.failures]
        rows += [
            (done.action, str(done.url or ""), str(done.path or ""), f"{done.size:,}", done.verified, "")
            for done in self.transfers
        ]
        head = "".join(f"<th>{name}</th>" for name in _COLUMNS)
        body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows[:_ROWS])
        more = f"<p>… and {len(rows) - _ROWS:,} more rows</p>" if len(rows) > _ROWS else ""
        summary = escape(str(self).splitlines()[0])
        return f"<p>{summary}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def finish(report: TransferReport, operation: str, url: S3Url | None = None) -> TransferReport:
    """Note the duration, and raise if anything failed.

    Args:
        report: What was done.
        operation: What was being done, for programs.
        url: The folder, where there is one.

    Returns:
        The report.


    Raises:
        PartialFailure: Some keys failed; its report names each with its error.
    """
    report.seconds = time.monotonic() - report.began
    if report.failures:
        raise PartialFailure(report, url=url, operation=operation)
    return report
