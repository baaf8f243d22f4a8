"""Files in S3 without the accidents.

What was processed is recognized by content, not by time:

    >>> from datetime import UTC, datetime
    >>> from oseberg.s3utils import Ledger, S3Object, S3Url
    >>> url = S3Url("s3://bucket/48003/20180605/ANDREWS.csv")
    >>> listing = [S3Object(url, size=1024, etag="5d41402abc4b2a76b9719d911017c592", modified=datetime.now(UTC))]
    >>> ledger = Ledger("processed.jsonl")
    >>> for item in ledger.new(listing):
    ...     with item:  # recorded when the block ends well
    ...         print("processing", item.url)
    processing s3://bucket/48003/20180605/ANDREWS.csv
    >>> list(ledger.new(listing))
    []

With a store the listing comes from `S3().list(url)`; `S3().download_all(url, folder)` fetches a whole folder.
"""

from importlib.metadata import version

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._client import S3
from oseberg.s3utils._contents.inventory import diff_inventories
from oseberg.s3utils._lease import Lease
from oseberg.s3utils._ledger.entry import LedgerEntry
from oseberg.s3utils._ledger.ledger import Ledger, LedgerItem
from oseberg.s3utils._progress import Progress
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._results.report import Transfer, TransferFailure, TransferReport
from oseberg.s3utils._store.usage import Usage
from oseberg.s3utils._store.versions import ObjectVersion
from oseberg.s3utils._store.write_options import WriteOptions
from oseberg.s3utils._zip import unpack_zip
from oseberg.s3utils.errors import (
    AccessDenied,
    AlreadyExists,
    ArchivedObject,
    BucketNotFound,
    ChangedDuringRead,
    ChecksumMismatch,
    Conflict,
    ConnectionFailed,
    GuardRefused,
    InvalidContent,
    InvalidUrl,
    LeaseHeld,
    LocalFileError,
    NotFound,
    NotSupported,
    PartialFailure,
    PreconditionFailed,
    S3Error,
    Throttled,
    TruncatedTransfer,
    UnsafeKey,
)

__version__ = version("oseberg-s3utils")

__all__ = [
    "S3",
    "AccessDenied",
    "AlreadyExists",
    "ArchivedObject",
    "BucketNotFound",
    "ChangedDuringRead",
    "ChecksumMismatch",
    "Conflict",
    "ConnectionFailed",
    "GuardRefused",
    "InvalidContent",
    "InvalidUrl",
    "Lease",
    "LeaseHeld",
    "Ledger",
    "LedgerEntry",
    "LedgerItem",
    "LocalFileError",
    "NotFound",
    "NotSupported",
    "ObjectVersion",
    "PartialFailure",
    "PreconditionFailed",
    "Progress",
    "S3Error",
    "S3Object",
    "S3Url",
    "Throttled",
    "Transfer",
    "TransferFailure",
    "TransferReport",
    "TruncatedTransfer",
    "UnsafeKey",
    "Usage",
    "WriteOptions",
    "diff_inventories",
    "unpack_zip",
]
