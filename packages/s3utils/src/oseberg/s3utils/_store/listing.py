"""Listings of folders: lists, patterns, walks."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._parallel import ahead
from oseberg.s3utils._results.objects import S3Object, server_time
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils.errors import InvalidUrl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_WILD = re.compile(r"[*?\[]")


def list_objects(
    connection: Connection, url: S3Url, *, recursive: bool = True, suffix: str | Iterable[str] | None = None
) -> Iterator[S3Object]:
    """List a folder, page by page, in the order of the keys' UTF-8."""
    folder = url.folder
    endings = suffix if suffix is None or isinstance(suffix, str) else tuple(suffix)
    for page in _pages(connection, folder, folder.key, delimiter=None if recursive else "/"):
        for item in objects_of(page, folder.bucket):
            if endings is None or item.key.endswith(endings):
                yield item


def objects_of(page: dict[str, Any], bucket: str) -> Iterator[S3Object]:
    """Read one page of a listing."""
    seen = server_time(page)
    for entry in page.get("Contents", ()):
        yield S3Object(
            url=S3Url.of(bucket, entry["Key"]),
            size=entry["Size"],
            etag=entry["ETag"].strip('"'),
            modified=entry["LastModified"],
            storage_class=entry.get("StorageClass", "STANDARD"),
            seen=seen,
        )


def walk(connection: Connection, url: S3Url) -> Iterator[tuple[S3Url, list[S3Url], list[S3Object]]]:
    """Go through the folders as os.walk does, top down."""
    folder = url.folder
    folders: list[S3Url] = []
    objects: list[S3Object] = []
    for page in _pages(connection, folder, folder.key, delimiter="/"):
        folders += [S3Url.of(folder.bucket, entry["Prefix"]) for entry in page.get("CommonPrefixes", ())]
        objects += objects_of(page, folder.bucket)
    yield folder, folders, objects
    for below in folders:
        yield from walk(connection, below)


def glob(connection: Connection, pattern: S3Url) -> Iterator[S3Object]:
    """List the objects whose keys match a pattern; only keys with its literal beginning are requested."""
    matches = compile_pattern(pattern.require_key("find").key)
    pages = _pages(connection, pattern, _WILD.split(pattern.key, maxsplit=1)[0], delimiter=None)
    return (item for page in pages for item in objects_of(page, pattern.bucket) if matches.fullmatch(item.key))


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Turn a pattern into a regular expression: `*` and `?` stay within a segment, `**/` is any number of folders.

    Raises:
        InvalidUrl: A `[` without its `]`.
    """
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\])", pattern)
    if any("[" in literal for literal in parts[::2]):
        raise InvalidUrl(f"The pattern {pattern!r} has a [ without its ]; write [[] for the character itself.")
    return re.compile("".join(_expression(part) for part in parts), re.DOTALL)


def _expression(part: str) -> str:
    fixed = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if part in fixed:
        return fixed[part]
    if part.startswith("["):
        inside = part[1:-1].replace("\\", "\\\\")
        return f"[^/{inside[1:]}]" if inside.startswith("!") else f"[{inside.replace('^', chr(92) + '^')}]"
    return re.escape(part)


def _pages(connection: Connection, url: S3Url, prefix: str, *, delimiter: str | None) -> Iterator[dict[str, Any]]:
    """Yield the pages of a listing; from the second on, the next one is fetched while the current one is parsed."""

    def ask(more: str | None) -> dict[str, Any]:
        return connection.call(
            "list_objects_v2", url, "list", Key=None, Prefix=prefix, Delimiter=delimiter, ContinuationToken=more
        )

    page, more = ask(None), None
    while True:
        # A caller who only looks at the first objects should not pay for a second request.
        is_first, more = more is None, page.get("NextContinuationToken") if page.get("IsTruncated") else None
        if more is None:
            yield page
            return
        following = partial(ask, more) if is_first else ahead(partial(ask, more))
        yield page
        page = following()
