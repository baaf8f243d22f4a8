"""Turns what boto3, the connection and the disk raise into this library's errors."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore import exceptions as boto

from oseberg.s3utils._address.url import S3Url
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
    from collections.abc import Iterator, Mapping

_MAYBE_MISSING = (
    " If the credentials are right, the key may be missing: without permission to list, a store gives the same answer."
)
_BAD_REQUEST = (
    "The store doesn't say why. Usually the credentials have expired (sign in again), the bucket is in another region "
    "(name it with region=), or a version's id is invalid."
)
_LOOKS = {"read", "download", "copy", "move", "compare"}  # operations that ask for a key
_DENIED, _SERVER_ERROR = {"AccessDenied", "403"}, 500
_SAYS_NOTHING = {"", "access denied", "accessdenied", "forbidden"}  # a denial without a reason
# What stores say that know Content-MD5 but not the checksums that boto3 sends today.
_ABOUT_CHECKSUMS = re.compile(
    r"content-md5|x-amz-(?:checksum|sdk-checksum|trailer|content-sha256)|unsigned-payload", re.IGNORECASE
)
_WHEN_REQUIRED = ' The store may not know the checksums that boto3 sends: try S3(checksums="when_required").'
# error, how to fix it, and the codes or statuses that mean it: answers to HEAD have no body and so no code.
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_ANSWERS: tuple[tuple[type[S3Error], str, str], ...] = (
    (BucketNotFound, "The bucket does not exist; check its spelling and the account.", "NoSuchBucket"),
    (NotFound, "The object does not exist.", "NoSuchKey 404"),
    (NotFound, "This version of the object does not exist.", "NoSuchVersion"),
    (NotFound, "The multipart upload is gone: it was aborted or completed meanwhile.", "NoSuchUpload"),
    (AccessDenied, "Access denied: ask for permission, or check the profile.", "AccessDenied 403"),
    (
        AccessDenied,
        "The store doesn't know the access key; check the profile and the endpoint.",
        "InvalidAccessKeyId",
    ),
    (AccessDenied, "The secret key doesn't match the access key; check both.", "SignatureDoesNotMatch"),
    (AccessDenied, "The session token isn't valid; sign in again.", "InvalidToken"),
    (AccessDenied, "The credentials have expired; sign in again.", "ExpiredToken"),
    (AccessDenied, "This machine's clock is wrong; set it.", "RequestTimeTooSkewed"),
    (S3Error, _BAD_REQUEST, "400"),
    (
        S3Error,
        "The bucket is in another region; name it with region=.",
        "PermanentRedirect AuthorizationHeaderMalformed IllegalLocationConstraintException 301",
    ),
    (
        PreconditionFailed,
        "The object isn't the one that was named: it was written meanwhile.",
        "PreconditionFailed 412",
    ),
    (
        Conflict,
        "Other writers are changing this key; try again.",
        "ConditionalRequestConflict OperationAborted RestoreAlreadyInProgress 409",
    ),
    (
        ArchivedObject,
        "The object is in an archive tier. Request it with restore(url), and read it once it is restored.",
        "InvalidObjectState ObjectNotInActiveTierError",
    ),
    (
        ChecksumMismatch,
        "The store received different bytes from those sent; try again.",
        "BadDigest InvalidDigest XAmzContentChecksumMismatch",
    ),
    (
        ChecksumMismatch,
        "The SHA-256 that the store computed differs from the one sent; try again." + _WHEN_REQUIRED,
        "XAmzContentSHA256Mismatch",
    ),
    (NotSupported, "The store requires a Content-MD5." + _WHEN_REQUIRED, "MissingContentMD5"),
    (TruncatedTransfer, "The connection was too slow for the store; try again.", "RequestTimeout"),
    (
        Throttled,
        "The store asks to slow down; try later or with fewer workers.",
        "SlowDown Throttling ThrottlingException RequestLimitExceeded TooManyRequests 429",
    ),
    (Throttled, "The store is busy; try later or with fewer workers.", "ServiceUnavailable 503"),
    (NotSupported, "The store doesn't know this operation.", "NotImplemented 501"),
    (
        NotSupported,
        "The store doesn't allow this here; a version that marks a deletion can't be read, for one.",
        "MethodNotAllowed 405",
    ),
    (InvalidUrl, "The key is too long for the store.", "KeyTooLongError"),
    (InvalidUrl, "The store rejects the bucket's name; check its spelling.", "InvalidBucketName"),
)
_CODES = {code: (kind, hint) for kind, hint, codes in _ANSWERS for code in codes.split()}


def translate(error: Exception, url: S3Url | None, operation: str) -> S3Error:
    """Return this library's error for what `error` means for `url`.

    Args:
        error: What boto3, the connection or the disk raised.
        url: The object or folder, for the message.
        operation: What was being done, for the message.

    Returns:
        The error to raise instead.
    """
    if isinstance(error, S3Error):
        return error
    if _is_endless(error):
        message = f"{_cannot(operation, url)}: the endpoint sends every request elsewhere; check it (http for https?)."
        return ConnectionFailed(message, url=url, operation=operation)
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
    except (boto.ClientError, boto.BotoCoreError, OSError, RecursionError) as error:
        raise translate(error, url, operation) from error


def _is_endless(error: Exception) -> bool:
    """Whether boto3 followed redirects until Python stopped it."""
    within = getattr(error, "kwargs", {}).get("error")  # boto3 wraps the error
    return isinstance(error, RecursionError) or isinstance(within, RecursionError)


def local_error(error: OSError, url: S3Url | None, operation: str) -> LocalFileError:
    """Return an error that names the local file that the disk refused, and why.

    Args:
        error: The system's error.
        url: The object that was being transferred, if any.
        operation: What was being done.

    Returns:
        The error to raise instead.
    """
    where = f" ({error.filename})" if error.filename else ""
    message = f"{_cannot(operation, url)}: {error.strerror or error}{where}."
    return LocalFileError(message, number=error.errno, url=url, operation=operation)


def _cannot(operation: str, url: S3Url | None) -> str:
    return f"Can't {operation} {url}" if url else f"Can't {operation}"


def _from_answer(error: boto.ClientError, url: S3Url | None, operation: str) -> S3Error:
    """Return the code of the store's answer, or its HTTP status if it has none (answers to HEAD have no body)."""
    answer = error.response.get("Error", {})
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    code = str(answer.get("Code", "")) or str(status)
    said = str(answer.get("Message") or "").strip()
    kind, hint = _CODES.get(code) or (_CODES.get(str(status), (S3Error,))[0], _in_its_words(status, answer))
    if code in _DENIED and said.strip(" .!").lower() not in _SAYS_NOTHING:
        hint = f"Access denied: {said.rstrip('.')}."  # a policy or a key of KMS that the store names, not a missing key
    elif code in _DENIED and operation in _LOOKS:
        hint += _MAYBE_MISSING
    elif _ABOUT_CHECKSUMS.search(said) and _WHEN_REQUIRED not in hint:
        hint = _in_its_words(status, answer) + _WHEN_REQUIRED
    retryable = True if status >= _SERVER_ERROR and kind is not NotSupported else None
    return kind(f"{_cannot(operation, url)}: {hint}", url=url, operation=operation, retryable=retryable)


def _in_its_words(status: int, answer: Mapping[str, object]) -> str:
    """Return the store's own message, which explains an unknown code better than the status."""
    said = [str(status), *(str(answer.get(name) or "").rstrip(".") for name in ("Code", "Message"))]
    return f"The store answered {', '.join(dict.fromkeys(filter(None, said)))}."


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
        "the sign-in has expired; sign in again, with `aws sso login` for instance.",
    ),
    (
        (boto.ProfileNotFound,),
        AccessDenied,
        "the AWS configuration has no profile of this name; `aws configure list-profiles` lists those it has.",
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
    ((boto.InvalidS3AddressingStyleError,), InvalidUrl, "the store's client refuses the address."),
    (
        (boto.HTTPClientError, boto.IncompleteReadError),
        TruncatedTransfer,
        "the connection ended before everything had come; try again.",
    ),
)


_ABOUT_ADDRESS = re.compile(r"bucket name|parameter Key|parameter Bucket|access point", re.IGNORECASE)


def _from_library(error: Exception, url: S3Url | None, operation: str) -> S3Error:
    if isinstance(error, boto.ParamValidationError):
        said = " ".join(str(getattr(error, "kwargs", {}).get("report") or error).split()).rstrip(".")
        kind = InvalidUrl if _ABOUT_ADDRESS.search(said) else S3Error
        return kind(f"{_cannot(operation, url)}: {said}.", url=url, operation=operation)
    for kinds, kind, hint in _KINDS:
        if isinstance(error, kinds):
            return kind(f"{_cannot(operation, url)}: {hint}", url=url, operation=operation)
    return S3Error(f"{_cannot(operation, url)}: {error}", url=url, operation=operation)
