"""Compares received bytes with the stored ones: by the store's checksum, else its ETag, else the size.

An ETag is the MD5 of the content only for a one-part upload without KMS or customer keys; of a multipart upload it is
the MD5 of the parts' MD5s and `-N`. A checksum is of the whole object, or composite: of the parts' checksums, and `-N`.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal, Protocol

from oseberg.s3utils._verify.crc import POLYNOMIALS, Crc, join

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

MIB = 1 << 20
CHUNK = MIB // 4  # small enough to be digested while it is in the processor's cache
Layout = Literal["whole", "parts", "size"]
# What clients split by: boto3 and awscli 8 MiB, s5cmd 50, rclone and MinIO 5 and 16, the smallest allowed 5, …
_COMMON_PARTS = (
    *(n * MIB for n in (8, 5, 16, 10, 15, 32, 50, 64, 100, 128, 20, 25, 40, 256, 512, 1024)),
    *(n * 1_000_000 for n in (8, 10, 16, 50, 64, 100)),  # and some take a megabyte for a million bytes
)
# An object has one of them, seldom two; then the stronger one is taken, and of the CRCs the fastest to compute.
_ALGORITHMS = ("sha256", "sha1", "crc64nvme", "crc32c", "crc32")
_ETAG = re.compile(r"(?P<md5>[0-9a-f]{32})(?:-(?P<parts>[1-9][0-9]*))?")
_CHECKSUM = re.compile(r"(?P<value>[A-Za-z0-9+/=]+)(?:-(?P<parts>[1-9][0-9]*))?")


class Hasher(Protocol):
    """The common interface of hashlib's digests and ours."""

    def update(self, data: bytes, /) -> object:
        """Add more bytes."""

    def digest(self) -> bytes:
        """Return the digest so far."""


def new_hasher(algorithm: str) -> Hasher:
    """Return a new digest: one of S3's CRCs, or one of hashlib's."""
    return Crc(algorithm) if algorithm in POLYNOMIALS else hashlib.new(algorithm, usedforsecurity=False)


@dataclass(frozen=True)
class Rule:
    """The rule for one object: what its content is compared with, and how.

    Attributes:
        name: For people: `crc64nvme`, `sha256`, `etag`, `etag of parts`, `size`.
        algorithm: The digest; empty where there is only the size.
        expected: The digest that the store names.
        layout: Of the whole content, of the digests of its parts, or of the size alone.
        parts: How many parts; 1 unless the layout is `parts`.
        part_sizes: The sizes in bytes that the parts may have, likeliest first.
    """

    name: str
    algorithm: str = ""
    expected: bytes = b""
    layout: Layout = "size"
    parts: int = 1
    part_sizes: tuple[int, ...] = ()

    def accepts(self, file: BinaryIO) -> bool:
        """Whether the content of an open, seekable file matches the store's checksum; its size is not compared."""
        if self.layout == "size":
            return True
        if self.layout == "whole":
            return _digest(self.algorithm, _chunks(file, 0, None)) == self.expected
        return any(self.accepts_cut(file, [size] * self.parts) for size in self.part_sizes)

    @property
    def segment(self) -> int | None:
        """Length of the pieces whose digests make up the expected one: 0 for any length, None where no length works."""
        if self.layout == "parts" and self.part_sizes:
            return self.part_sizes[0]  # the likeliest one; `accepts` tries the others if it is wrong
        return 0 if self.layout == "whole" and self.algorithm in POLYNOMIALS else None

    def accepts_pieces(self, pieces: list[tuple[bytes, int]]) -> bool:
        """Whether the content is right, from the digests and lengths of consecutive pieces, cut as `segment` says."""
        if self.layout == "whole":
            return join(pieces, self.algorithm) == self.expected
        return _digest(self.algorithm, (digest for digest, _ in pieces)) == self.expected

    def accepts_cut(self, file: BinaryIO, sizes: list[int]) -> bool:
        """Whether the content of a file is right if its parts have these sizes.

        Args:
            file: An open, seekable file.
            sizes: Bytes of each part.

        Returns:
            True where the parts' digests make the expected one.
        """
        starts = accumulate(sizes, initial=0)
        parts = (
            _digest(self.algorithm, _chunks(file, start, size)) for start, size in zip(starts, sizes, strict=False)
        )
        return _digest(self.algorithm, parts) == self.expected


SIZE_ONLY = Rule("size")


def rule_of(answer: dict[str, Any], size: int) -> Rule:
    """Return the strongest rule that a store's answer allows.

    Args:
        answer: boto3's answer to GET or HEAD, asked with `ChecksumMode="ENABLED"`.
        size: Bytes of the object.

    Returns:
        The rule; that of the size where there is nothing better.
    """
    return rules_of(answer, size)[0]


def rules_of(answer: dict[str, Any], size: int) -> list[Rule]:
    """Return all rules that a store's answer allows, strongest first; see `rule_of`."""
    rules = (_by_checksum(answer, size), by_etag(answer, size))
    return [rule for rule in rules if rule] or [SIZE_ONLY]


def _by_checksum(answer: dict[str, Any], size: int) -> Rule | None:
    multipart = "-" in str(answer.get("ETag", ""))
    for algorithm in _ALGORITHMS:
        match = _CHECKSUM.fullmatch(str(answer.get(f"Checksum{algorithm.upper()}", "")))
        if not match:
            continue
        expected = base64.b64decode(match["value"])
        if match["parts"]:
            count = int(match["parts"])
            return Rule(f"{algorithm} of parts", algorithm, expected, "parts", count, _sizes(size, count))
        # A store that says neither the type nor the count of a multipart upload's checksum may mean either.
        if answer.get("ChecksumType") == "FULL_OBJECT" or not multipart:
            return Rule(algorithm, algorithm, expected, "whole")
    return None


def by_etag(answer: dict[str, Any], size: int) -> Rule | None:
    """Return the rule of an ETag that is made of MD5s.

    Args:
        answer: The store's answer to GET or HEAD.
        size: Bytes of the object.

    Returns:
        The rule; None for an ETag that is not a digest, as of objects under a key.
    """
    keyed = str(answer.get("ServerSideEncryption", "")).startswith("aws:kms") or answer.get("SSECustomerAlgorithm")
    match = _ETAG.fullmatch(str(answer.get("ETag", "")).strip('"'))
    if keyed or not match:
        return None
    expected = bytes.fromhex(match["md5"])
    if not match["parts"]:
        return Rule("etag", "md5", expected, "whole")
    count = int(match["parts"])
    return Rule("etag of parts", "md5", expected, "parts", count, _sizes(size, count))


def _sizes(size: int, parts: int) -> tuple[int, ...]:
    """List the part sizes that cut `size` bytes into so many parts, likeliest first."""
    smallest = max(-(-size // parts), 1)
    whole_mib = -(-smallest // MIB) * MIB
    candidates = dict.fromkeys((*_COMMON_PARTS, whole_mib, smallest))
    return tuple(part for part in candidates if max(-(-size // part), 1) == parts)


def _digest(algorithm: str, pieces: Iterator[bytes]) -> bytes:
    hasher = new_hasher(algorithm)
    for piece in pieces:
        hasher.update(piece)
    return hasher.digest()


def _chunks(file: BinaryIO, start: int, length: int | None) -> Iterator[bytes]:
    file.seek(start)
    left = length
    while chunk := file.read(CHUNK if left is None else min(CHUNK, left)):
        yield chunk
        left = None if left is None else left - len(chunk)
