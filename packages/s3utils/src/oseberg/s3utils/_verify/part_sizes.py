"""The second look at content that isn't what was expected: its parts may be of other sizes than they were taken for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._parallel import run
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._verify.digest import Rule
from oseberg.s3utils.errors import ChecksumMismatch

if TYPE_CHECKING:
    from typing import BinaryIO


def look_again(connection: Connection, url: S3Url, rule: Rule, file: BinaryIO) -> str:
    """Compare once more, by the sizes of the parts that the store tells; say by what it agrees.

    Where neither the store tells the sizes nor any usual ones fit, there is nothing to compare but the size.

    Raises:
        ChecksumMismatch: The content isn't what was stored.
    """
    if rule.layout == "parts":
        sizes = part_sizes(connection, url, rule.parts)
        if sizes and rule.accepts_cut(file, sizes):
            return rule.name
        if not sizes and not rule.part_sizes:
            return "size"
    raise ChecksumMismatch(
        f"Can't read {url}: the bytes that arrived have another {rule.name} than the store's. Nothing was kept; "
        "try again, and if it stays, the stored object is damaged.",
        url=url,
        operation="read",
    )


def part_sizes(connection: Connection, url: S3Url, parts: int) -> list[int]:
    """Ask how long each part of a multipart upload is; nothing where the store ignores the question."""

    def size_of(number: int) -> int:
        head = connection.head(url, PartNumber=number)
        return int(head["ContentLength"]) if head.get("PartsCount") else 0

    if not size_of(1):
        return []
    sizes = {number: outcome.result() for number, outcome in run(connection.workers, size_of, range(1, parts + 1))}
    return [sizes[number] for number in sorted(sizes)]
