"""What was listed, moved and left undone."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Literal

import pandas as pd

from oseberg.s3utils._url import S3Url
from oseberg.s3utils.errors import PartialFailure

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from oseberg.s3utils.errors import S3Error

Action = Literal["download", "upload", "copy", "delete"]
_SHOWN = 10  # keys in an error's text
_ROWS = 60  # of a table in a notebook, which shows failures first


@dataclass(frozen=True, slots=True)
class S3Object:
    """An object as the store describes it.

    Attributes:
        url: Where it lies.
        size: Bytes.
        etag: The store's tag of its content, without quotes. For one-part uploads usually the MD5 in hexadecimal,
            for multipart uploads `…-N`; for some encryptions neither.
        modified: When it was last written, aware, by the store's clock.
        version_id: Its version, where the bucket keeps versions and the call tells (`stat` does, listings don't).
        storage_class: `STANDARD`, `GLACIER`, …
    """

    url: S3Url
    size: int
    etag: str
    modified: datetime
    version_id: str | None = None
    storage_class: str = "STANDARD"

    def __post_init__(self) -> None:
        if isinstance(self.url, str):
            object.__setattr__(self, "url", S3Url(self.url))

    @property
    def key(self) -> str:
        """The key within the bucket."""
        return self.url.key

    @property
    def is_folder_marker(self) -> bool:
        """True for the empty object `folder/` that consoles create to show a folder."""
        return self.url.key.endswith("/") and self.size == 0


@dataclass(frozen=True, slots=True)
class Transfer:
    """One file or object that was moved, or would be.

    Attributes:
        action: `download`, `upload`, `copy` or `delete`.
        url: The object in S3; of a copy the new one; None where a local file is deleted.
        path: The local file, or None.
        size: Bytes.
        verified: What the content was compared by: `crc32`, `sha256`, …, `etag` (MD5), `etag of parts`, `size` where
            the store offers nothing better, or empty when nothing was moved.
    """

    action: Action
    url: S3Url | None
    path: Path | None = None
    size: int = 0
    verified: str = ""


@dataclass(frozen=True, slots=True)
class TransferFailure:
    """One key that was left undone, and why. As text: the error, which names the key."""

    url: S3Url | str
    error: S3Error

    def __str__(self) -> str:
        said = str(self.error)
        return said if str(self.url) in said else f"{self.url}: {said}"


@dataclass
class TransferReport:
    """What a call on many files did. Prints as a few lines; a notebook shows it as a table.

    Attributes:
        transfers: What was done (with `dry_run`: what would be).
        failures: What was skipped or failed, each with its error.
        unchanged: How many were left alone since they were equal already.
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
        """Name the keys that failed, at most ten, one a line."""
        many = len(self.failures)
        total = many + len(self.transfers) + self.unchanged
        lines = [str(failure) for failure in self.failures[:_SHOWN]]
        more = [f"… and {many - _SHOWN} more in the error's report."] if many > _SHOWN else []
        return "\n".join([f"{many:,} of {total:,} could not be done:", *lines, *more])

    def frame(self) -> pd.DataFrame:
        """Give one row for each file: action, url, path, size (bytes), verified, error."""
        rows: list[tuple[str, str, str | None, int | None, str, str]] = [
            (done.action, str(done.url or ""), str(done.path) if done.path else None, done.size, done.verified, "")
            for done in self.transfers
        ]
        rows += [("failed", str(failure.url), None, None, "", str(failure.error)) for failure in self.failures]
        frame = pd.DataFrame(rows, columns=["action", "url", "path", "size", "verified", "error"])
        return frame.astype({"size": "Int64"})

    def __str__(self) -> str:
        verb = "to do" if self.dry_run else "done"
        head = (
            f"{len(self.transfers):,} {verb} ({self.size:,} bytes), {self.unchanged:,} unchanged, "
            f"{len(self.failures):,} failed, {self.seconds:.1f} s"
        )
        return "\n".join([head, *(f"failed: {failure}" for failure in self.failures)])

    def _repr_html_(self) -> str:
        rows = self.frame().sort_values("action", key=lambda action: action != "failed", kind="stable")
        sizes = rows["size"].map("{:,}".format, na_action="ignore")
        table: str = rows.assign(size=sizes).to_html(index=False, max_rows=_ROWS, na_rep="", justify="left", border=0)
        return f"<p>{escape(str(self).splitlines()[0])}</p>{table}"


def finish(report: TransferReport, operation: str, url: S3Url | None = None) -> TransferReport:
    """Take the time, and raise if anything failed.

    Raises:
        PartialFailure: Some keys failed; its report names each with its error.
    """
    report.seconds = time.monotonic() - report.began
    if report.failures:
        raise PartialFailure(report, url=url, operation=operation)
    return report


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a call on many files is; what a `progress` callback is given.

    Attributes:
        files: Files finished, failures included.
        size: Bytes finished.
        total_files: Files in all.
        total_size: Bytes in all.
    """

    files: int
    size: int
    total_files: int
    total_size: int
