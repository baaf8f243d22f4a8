"""S3 URLs: a bucket and a key, nothing percent-encoded, nothing normalized."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import parse_qs, unquote_plus, urlsplit

from oseberg.s3utils.errors import InvalidUrl

MAX_KEY_BYTES = 1024  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
_ACCESS_POINT = r"arn:[^:/]+:s3[a-z-]*:[^/]+[:/](?:accesspoint|outpost)[:/][^/]+(?:/accesspoint/[^/]+)?"
_SHAPE = re.compile(rf"s3://(?P<bucket>{_ACCESS_POINT}|[^/]*)(?:/(?P<key>.*))?", re.DOTALL | re.IGNORECASE)
_BUCKET = re.compile(rf"{_ACCESS_POINT}|[A-Za-z0-9._-]{{1,255}}")
_CONSOLE = re.compile(r"(?:[a-z0-9.-]+\.)?console\.(?:aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)")
_CONSOLE_PATH = re.compile(r"/s3/(?:object|buckets|upload)/(?P<bucket>[^/]+)/?")
_AMAZON = re.compile(r"(?:(?P<bucket>.+)\.)?s3(?:[.-][a-z0-9.-]+)?\.amazonaws\.com(?:\.cn)?")


@dataclass(frozen=True, order=True, init=False, slots=True)
class S3Url:
    """The address of an object or folder in S3.

    The key is taken literally: `?`, `#`, `%`, spaces and doubled slashes belong to it. Two URLs are equal when bucket
    and key are.

    Args:
        url: `s3://bucket/key` or another S3Url. The key may be empty (the whole bucket); the bucket may not.

    Raises:
        InvalidUrl: No `s3://`, no or an impossible bucket, or a key longer than 1,024 bytes of UTF-8.

    Example:
        >>> url = S3Url("s3://bucket/2018/index.csv.gz")
        >>> url.bucket, url.key, url.name, url.suffix
        ('bucket', '2018/index.csv.gz', 'index.csv.gz', '.gz')
        >>> url.parent / "other.csv"
        S3Url('s3://bucket/2018/other.csv')
    """

    bucket: str
    key: str

    def __init__(self, url: str | S3Url) -> None:
        if isinstance(url, S3Url):
            bucket, key = url.bucket, url.key
        else:
            bucket, key = _split(url)
        object.__setattr__(self, "bucket", bucket)
        object.__setattr__(self, "key", key)

    @classmethod
    def of(cls, bucket: str, key: str) -> S3Url:
        """Join a bucket and a key that are known to be valid, such as those from a listing.

        Args:
            bucket: The bucket.
            key: The key.

        Returns:
            The URL, unchecked.
        """
        url = object.__new__(cls)
        object.__setattr__(url, "bucket", bucket)
        object.__setattr__(url, "key", key)
        return url

    @classmethod
    def from_https(cls, address: str) -> S3Url:
        """Read the web address of an object: virtual-hosted, path style, presigned, of the console or another store.

        Args:
            address: `https://bucket.s3.us-east-1.amazonaws.com/key`, `https://s3.amazonaws.com/bucket/key`,
                `http://host:port/bucket/key`, or `https://…console.aws.amazon.com/s3/object/bucket?prefix=key`. The
                path is decoded as S3 does: `%20` and `+` are a space, `%2B` is a plus. A query is ignored, but for the
                console's.

        Returns:
            The object's or the folder's URL.

        Raises:
            InvalidUrl: Not a web address, or no bucket in it.

        Example:
            >>> S3Url.from_https("https://bucket.s3.amazonaws.com/a%20b+c.csv")
            S3Url('s3://bucket/a b c.csv')
        """
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            shown = without_secrets(address)
            raise InvalidUrl(
                f"Not the web address of an object: {shown!r}. Such an address begins with https://.", url=shown
            )
        console = _CONSOLE_PATH.fullmatch(parts.path) if _CONSOLE.fullmatch(parts.hostname) else None
        if console:
            prefix = parse_qs(parts.query).get("prefix", [""])[0]
            return cls(f"s3://{console['bucket']}/{prefix}")
        amazon = _AMAZON.fullmatch(parts.hostname)
        path = unquote_plus(parts.path).removeprefix("/")
        bucket = amazon["bucket"] if amazon else None
        return cls(f"s3://{bucket}/{path}" if bucket else f"s3://{path}")

    @property
    def name(self) -> str:
        """The last segment of the key, as of a path; a folder's name is without its slash."""
        return self.key.removesuffix("/").rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """The ending of the name from its last dot: `.csv`; empty without one."""
        return PurePosixPath(self.name).suffix if self.name else ""

    @property
    def parent(self) -> S3Url:
        """The folder that contains it; a bucket's parent is itself."""
        folder = self.key.removesuffix("/").rpartition("/")[0]
        # After a doubled or a leading slash the slash itself is needed, or `url.parent / url.name` is another key.
        doubled = self.key.startswith("/") if not folder else folder.endswith("/")
        return S3Url.of(self.bucket, f"{folder}/" if doubled else folder)

    @property
    def folder(self) -> S3Url:
        """The same address as a folder, ending in a slash, so that `a` never means its sibling `ab`."""
        return S3Url.of(self.bucket, self.key if not self.key or self.key.endswith("/") else f"{self.key}/")

    def named(self, name: str) -> S3Url:
        """Return the URL of a file with this name inside, if this is a folder or a bucket; else the URL itself.

        Returns:
            The URL of an object.
        """
        return self / name if not self.key or self.key.endswith("/") else self

    def require_key(self, operation: str) -> S3Url:
        """Check that this names an object.

        Returns:
            The URL itself.

        Raises:
            InvalidUrl: The key is empty: the URL is that of a whole bucket.
        """
        if not self.key:
            raise InvalidUrl(
                f"{self} is a whole bucket; to {operation} an object its key must be given: {self}key.",
                url=self,
                operation=operation,
            )
        return self

    def __truediv__(self, more: str) -> S3Url:
        return S3Url(f"{self.folder}{more}")

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def __repr__(self) -> str:
        return f"S3Url({str(self)!r})"


def without_secrets(address: str) -> str:
    """Return a web address without what may be a secret: a password before the host, a signature in the query."""
    return re.sub(r"//.*@", "//", address.partition("?")[0])


def _split(url: object) -> tuple[str, str]:
    if not isinstance(url, str):
        hint = "; take its .url" if hasattr(url, "url") else ""
        raise InvalidUrl(f"An S3 URL is a text such as s3://bucket/key, not {type(url).__name__}{hint}.")
    match = _SHAPE.fullmatch(url)
    if not match:
        shown = without_secrets(url)
        hint = "; S3Url.from_https reads web addresses" if shown.startswith("http") else ""
        raise InvalidUrl(f"Not an S3 URL: {shown!r}. Write it like s3://bucket/key{hint}.", url=shown)
    bucket, key = match["bucket"], match["key"] or ""
    if not bucket:
        raise InvalidUrl(f"No bucket in {url!r}: it belongs between s3:// and the next slash.", url=url)
    if not _BUCKET.fullmatch(bucket):
        shown = without_secrets(url)
        message = f"The bucket of {shown!r} has an invalid name: only letters, digits, dots and dashes are allowed."
        raise InvalidUrl(message, url=shown)
    try:
        length = len(key.encode())
    except UnicodeEncodeError:
        raise InvalidUrl(f"The key of {url!r} isn't valid Unicode; S3 keys are UTF-8.", url=repr(url)) from None
    if length > MAX_KEY_BYTES:
        raise InvalidUrl(f"The key of {url[:60]}… has {length} bytes; S3 allows {MAX_KEY_BYTES}.", url=url)
    return bucket, key
