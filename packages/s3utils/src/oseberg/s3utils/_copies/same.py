"""Whether an object has the same content as a file or another object; read byte by byte where nothing else shows it."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._copies.copy import differ, same_content
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.translate import translated
from oseberg.s3utils._transfer.download import get, stream
from oseberg.s3utils._verify.digest import CHUNK, rule_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_BYTES = "bytes"


def same_as_file(connection: Connection, url: S3Url, head: dict[str, Any], path: Path) -> str:
    """Return by what an object equals a local file.

    Args:
        connection: The store.
        url: The object.
        head: Its description.
        path: The file.

    Returns:
        The name of a checksum, `etag`, or `bytes`; nothing where they differ.
    """
    size = int(head["ContentLength"])
    with translated(url, f"compare {path} with"), path.open("rb") as file:
        if path.stat().st_size != size:
            return ""
        rule = rule_of(head, size)
        if rule.layout != "size" and rule.accepts(file):
            return rule.name
        if rule.layout == "whole":
            return ""
        file.seek(0)
        return _BYTES if _equal(_content(connection, url, head), iter(lambda: file.read(CHUNK), b"")) else ""


def same_as_object(connection: Connection, one: S3Url, other: S3Url, head: dict[str, Any]) -> str:
    """Return by what two objects are equal.

    Args:
        connection: The store.
        one: An object.
        other: Another.
        head: The other's description.

    Returns:
        The name of a checksum, `etag`, or `bytes`; nothing where they differ.
    """
    mine = connection.head(one, "compare")
    if by := same_content(mine, head):
        return by
    if mine["ContentLength"] != head["ContentLength"] or differ(mine, head):
        return ""
    return _BYTES if _equal(_content(connection, one, mine), _content(connection, other, head)) else ""


def _content(connection: Connection, url: S3Url, head: dict[str, Any]) -> Iterator[bytes]:
    answer = get(connection, url, etag=head["ETag"].strip('"'))
    return stream(connection, url, answer, int(head["ContentLength"]))


def _equal(one: Iterable[bytes], other: Iterable[bytes]) -> bool:
    """Whether two streams have the same bytes, however they are cut."""
    return all(left == right for left, right in zip_longest(_even(one), _even(other)))


def _even(chunks: Iterable[bytes]) -> Iterator[bytes]:
    held = b""
    for chunk in chunks:
        held += chunk
        while len(held) >= CHUNK:
            yield held[:CHUNK]
            held = held[CHUNK:]
    if held:
        yield held
