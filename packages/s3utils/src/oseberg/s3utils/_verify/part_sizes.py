"""A second check of content with a wrong checksum: its parts may have been cut in another way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._parallel import run
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._verify.digest import rules_of
from oseberg.s3utils.errors import ChecksumMismatch

if TYPE_CHECKING:
    from typing import BinaryIO


def look_again(connection: Connection, url: S3Url, answer: dict[str, Any], file: BinaryIO) -> str:
    """Compare unexpected content again: by each checksum, with the part sizes that the store reports.

    Only what is disproved is an error: the digests of parts say nothing where nobody knows how the parts were cut, and
    one damaged checksum says nothing against content that has another one right.

    Args:
        connection: The store.
        url: The object.
        answer: The store's answer to GET or HEAD.
        file: What arrived.

    Returns:
        By what it agrees; `size` where nothing but that can be compared.

    Raises:
        ChecksumMismatch: The content isn't what was stored.
    """
    disproved, sizes = "", None
    for rule in rules_of(answer, int(answer["ContentLength"])):
        if rule.layout == "size" or rule.accepts(file):
            return rule.name
        if rule.layout == "parts":
            sizes = part_sizes(connection, url, rule.parts) if sizes is None else sizes
            if sizes and rule.accepts_cut(file, sizes):
                return rule.name
        if rule.layout == "whole" or sizes:
            disproved = disproved or rule.name
    if not disproved:
        return "size"
    raise ChecksumMismatch(
        f"Can't read {url}: the {disproved} of the received bytes differs from the store's. Nothing was kept. "
        "Try again; if it happens again, the stored object is damaged.",
        url=url,
        operation="read",
    )


def part_sizes(connection: Connection, url: S3Url, parts: int) -> list[int]:
    """Ask how long each part of a multipart upload is.

    Args:
        connection: The store.
        url: The object.
        parts: How many parts there are.

    Returns:
        The sizes in order; nothing where the store ignores the question.
    """

    def size_of(number: int) -> int:
        head = connection.head(url, PartNumber=number)
        return int(head["ContentLength"]) if head.get("PartsCount") else 0

    if not size_of(1):
        return []
    sizes = {number: outcome.result() for number, outcome in run(connection.workers, size_of, range(1, parts + 1))}
    return [sizes[number] for number in sorted(sizes)]
