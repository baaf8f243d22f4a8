"""Compares an object's content with a file or another object; byte by byte only if nothing else decides."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._copies.copy import differ, same_content
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._results.report import Transfer
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.translate import translated
from oseberg.s3utils._transfer.download import Tick, download_to, get, local_target, stream
from oseberg.s3utils._verify.digest import CHUNK, rule_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_BYTES = "bytes"


def same_as_file(connection: Connection, url: S3Url, head: dict[str, Any], path: Path) -> str:
    """Return what shows that an object equals a local file.

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


def download_if_changed(
    connection: Connection,
    source: S3Url | S3Object,
    path: str | Path,
    *,
    verify: bool,
    tick: Tick,
    dry_run: bool = False,
) -> Transfer:
    """Fetch one object to a file, unless the file has its content already.

    Args:
        connection: The store.
        source: The object.
        path: The file, or a folder for the object's own name.
        verify: Whether to compare what arrives with the store's checksum or ETag.
        tick: Called with the number of bytes that have arrived since.
        dry_run: Whether to write nothing and return the plan.

    Returns:
        What was, or would be, written; with the action `unchanged` where nothing was.
    """
    url = source.url if isinstance(source, S3Object) else source
    target, _ = local_target(source, path)
    head = connection.head(url, "download") if dry_run or target.is_file() else {}
    if target.is_file():
        rule = rule_of(head, int(head["ContentLength"]))
        with translated(url, f"compare {target} with"), target.open("rb") as file:
            # Where nothing but the content itself shows it, comparing would take as long as fetching it.
            is_same = target.stat().st_size == head["ContentLength"] and rule.layout != "size" and rule.accepts(file)
        if is_same:
            return Transfer("unchanged", url, target, int(head["ContentLength"]), rule.name)
    if dry_run:
        return Transfer("download", url, target, int(head["ContentLength"]))
    return download_to(connection, source, path, verify=verify, tick=tick)


def same_as_object(connection: Connection, one: S3Url, other: S3Url, head: dict[str, Any]) -> str:
    """Return what shows that two objects are equal.

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
