"""Files in S3 without the accidents.

>>> from datetime import timedelta
>>> from oseberg.s3utils import S3, Ledger
>>> s3 = S3()  # doctest: +SKIP
>>> s3.download_all("s3://bucket/48003/20180605", "delivery")  # doctest: +SKIP
>>> ledger = Ledger("processed.jsonl")  # doctest: +SKIP
>>> for item in ledger.new(s3.list("s3://bucket/48003"), stable_for=timedelta(minutes=5)):  # doctest: +SKIP
...     with item:
...         print(s3.read_text(item.url))
"""

from importlib.metadata import version

from oseberg.s3utils._inventory import diff_inventories
from oseberg.s3utils._lease import Lease
from oseberg.s3utils._ledger import Ledger, LedgerItem
from oseberg.s3utils._report import Progress, S3Object, Transfer, TransferFailure, TransferReport
from oseberg.s3utils._s3 import S3
from oseberg.s3utils._url import S3Url
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
    "InvalidUrl",
    "Lease",
    "LeaseHeld",
    "Ledger",
    "LedgerItem",
    "LocalFileError",
    "NotFound",
    "NotSupported",
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
    "diff_inventories",
    "unpack_zip",
]
