"""Turns what boto3, the connection and the disk raise into this library's errors."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore import exceptions as boto

from oseberg.s3utils.errors import (
    AccessDenied,
    ArchivedObject,
    BucketNotFound,
    ChecksumMismatch,
    Conflict,
    ConnectionFailed,
    InvalidUrl,
    LocalFileError,
    NotFound,
    NotSupported,
    PreconditionFailed,
    S3Error,
    Throttled,
    TruncatedTransfer,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oseberg.s3utils._url import S3Url

_MAYBE_MISSING = " If the credentials are right, the key may be missing: without leave to list, a store answers so too."
_LOOKS = {"read", "download", "copy", "move", "compare"}  # operations that ask for a key
_FORBIDDEN, _SERVER_ERROR = 403, 500
# code or status -> error, and how to mend it. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_CODES: dict[str, tuple[type[S3Error], str]] = {
    "NoSuchBucket": (BucketNotFound, "There is no bucket of this name; check its spelling and the account."),
    "NoSuchKey": (NotFound, "There is no such object."),
    "NoSuchVersion": (NotFound, "There is no such version of the object."),
    "NoSuchUpload": (NotFound, "The multipart upload is gone: it was aborted or completed meanwhile."),
    "404": (NotFound, "There is no such object."),
    "AccessDenied": (AccessDenied, "Access denied: ask for leave to do this, or check the profile."),
    "InvalidAccessKeyId": (AccessDenied, "The store doesn't know the access key; check the profile and the endpoint."),
    "SignatureDoesNotMatch": (AccessDenied, "The secret key doesn't fit the access key."),
    "InvalidToken": (AccessDenied, "The session's token isn't valid; sign in again."),
    "ExpiredToken": (AccessDenied, "The credentials have run out; sign in again."),
    "RequestTimeTooSkewed": (AccessDenied, "This machine's clock is wrong; set it."),
    "403": (AccessDenied, "Access denied: ask for leave to do this, or check the profile."),
    "PreconditionFailed": (PreconditionFailed, "The object isn't the one that was named: it was written meanwhile."),
    "412": (PreconditionFailed, "The object isn't the one that was named: it was written meanwhile."),
    "ConditionalRequestConflict": (Conflict, "Other writers are at work on this key; try again."),
    "OperationAborted": (Conflict, "Other writers are at work on this key; try again."),
    "409": (Conflict, "Other writers are at work on this key; try again."),
    "InvalidObjectState": (ArchivedObject, "The object lies in an archive tier; restore it first."),
    "BadDigest": (ChecksumMismatch, "The store got other bytes than were sent."),
    "InvalidDigest": (ChecksumMismatch, "The store got other bytes than were sent."),
    "XAmzContentChecksumMismatch": (ChecksumMismatch, "The store got other bytes than were sent."),
    "XAmzContentSHA256Mismatch": (ChecksumMismatch, "The store got other bytes than were sent."),
    "SlowDown": (Throttled, "The store asks to slow down; try later or with fewer workers."),
    "Throttling": (Throttled, "The store asks to slow down; try later or with fewer workers."),
    "ThrottlingException": (Throttled, "The store asks to slow down; try later or with fewer workers."),
    "RequestLimitExceeded": (Throttled, "The store asks to slow down; try later or with fewer workers."),
    "TooManyRequests": (Throttled, "The store asks to slow down; try later or with fewer workers."),
    "429": (Throttled, "The store asks to slow down; try later or with fewer workers."),
    "503": (Throttled, "The store is busy; try later or with fewer workers."),
    "PermanentRedirect": (S3Error, "The bucket lies in another region; name it with region=."),
    "NotImplemented": (NotSupported, "The store doesn't know this operation."),
    "501": (NotSupported, "The store doesn't know this operation."),
    "KeyTooLongError": (InvalidUrl, "The key is too long for the store."),
    "InvalidBucketName": (InvalidUrl, "The store doesn't allow this bucket's name."),
}


def translate(error: Exception, url: S3Url | None, operation: str) -> S3Error:
    """Give the error of this library that says what `error` means for `url`."""
    if isinstance(error, S3Error):
        return error
    if isinstance(error, boto.ClientError):
        return _from_answer(error, url, operation)
    if isinstance(error, boto.BotoCoreError):
        return _from_library(error, url, operation)
    if isinstance(error, OSError):
        return local_error(error, url, operation)
    raise error


@contextmanager
def translated(url: S3Url | None, operation: str) -> Iterator[None]:
    """Raise this library's errors instead of those of boto3, the connection and the disk."""
    try:
        yield
    except S3Error:
        raise
    except (boto.ClientError, boto.BotoCoreError, OSError) as error:
        raise translate(error, url, operation) from error


def local_error(error: OSError, url: S3Url | None, operation: str) -> LocalFileError:
    """Say which local file the disk refused and why."""
    where = f" ({error.filename})" if error.filename else ""
    message = f"{_cannot(operation, url)}: {error.strerror or error}{where}."
    return LocalFileError(message, number=error.errno, url=url, operation=operation)


def _cannot(operation: str, url: S3Url | None) -> str:
    return f"Can't {operation} {url}" if url else f"Can't {operation}"


def _from_answer(error: boto.ClientError, url: S3Url | None, operation: str) -> S3Error:
    """Read the code of the store's answer; without one (answers to HEAD have no body) its HTTP status."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    kind, hint = _CODES.get(code) or _CODES.get(str(status)) or (S3Error, "")
    said = error.response.get("Error", {}).get("Message", "")
    if not hint:
        hint = f"The store answered {status} {code}: {said}."
    if kind is AccessDenied and status == _FORBIDDEN and operation in _LOOKS:
        hint += _MAYBE_MISSING
    retryable = True if status >= _SERVER_ERROR and kind is not NotSupported else None
    return kind(f"{_cannot(operation, url)}: {hint}", url=url, operation=operation, retryable=retryable)


_KINDS: tuple[tuple[tuple[type[Exception], ...], type[S3Error], str], ...] = (
    (
        (
            boto.NoCredentialsError,
            boto.PartialCredentialsError,
            boto.CredentialRetrievalError,
        ),
        AccessDenied,
        "no complete credentials found; set a profile, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    ),
    (
        (boto.SSOError, boto.TokenRetrievalError),
        AccessDenied,
        "the sign-in has run out; sign in again, with `aws sso login` for instance.",
    ),
    (
        (boto.ProfileNotFound,),
        AccessDenied,
        "there is no such profile in the AWS configuration.",
    ),
    (
        (boto.FlexibleChecksumError, boto.ChecksumError),
        ChecksumMismatch,
        "the bytes that arrived aren't those that were stored.",
    ),
    (
        (boto.EndpointConnectionError, boto.ConnectTimeoutError, boto.ProxyConnectionError, boto.SSLError),
        ConnectionFailed,
        "the store can't be reached; check the endpoint and the network.",
    ),
    (
        (boto.ParamValidationError, boto.InvalidS3AddressingStyleError),
        InvalidUrl,
        "the store's client refuses the address.",
    ),
    (
        (boto.HTTPClientError, boto.IncompleteReadError),
        TruncatedTransfer,
        "the connection ended before everything had come; try again.",
    ),
)


def _from_library(error: Exception, url: S3Url | None, operation: str) -> S3Error:
    for kinds, kind, hint in _KINDS:
        if isinstance(error, kinds):
            return kind(f"{_cannot(operation, url)}: {hint}", url=url, operation=operation)
    return S3Error(f"{_cannot(operation, url)}: {error}", url=url, operation=operation)
