"""The CRCs of S3 with hashlib's interface; two of them can be joined without reading the bytes again.

A CRC is the remainder of a message, seen as a polynomial over GF(2), by the CRC's own. Appending n zero bytes
multiplies it by x^(8n): the CRC of two joined pieces is that of the first, so multiplied, plus (xor) that of the
second.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

from __future__ import annotations

from functools import cache, lru_cache, reduce
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# The polynomials, reflected: the highest bit is x^0.
POLYNOMIALS = {"crc32": (32, 0xEDB88320), "crc32c": (32, 0x82F63B78), "crc64nvme": (64, 0x9A6C9329AC4BC9B5)}


class Crc:
    """A running CRC; big-endian as S3 writes it.

    Args:
        algorithm: `crc32`, `crc32c` or `crc64nvme`.
    """

    def __init__(self, algorithm: str) -> None:
        self._append = _function(algorithm)
        self._length = POLYNOMIALS[algorithm][0] // 8
        self._value = 0

    def update(self, data: bytes) -> None:
        """Add more bytes."""
        self._value = self._append(data, self._value)

    def digest(self) -> bytes:
        """Return the CRC of the bytes so far."""
        return self._value.to_bytes(self._length, "big")


@cache
def _function(algorithm: str) -> Callable[[bytes, int], int]:
    from awscrt import checksums  # type: ignore[import-untyped] # noqa: PLC0415 - slow to import, and seldom needed

    function: Callable[[bytes, int], int] = getattr(checksums, algorithm)
    return function


def join(pieces: Iterable[tuple[bytes, int]], algorithm: str) -> bytes:
    """Return the CRC of consecutive pieces.

    Args:
        pieces: Each piece's CRC, and its length in bytes.
        algorithm: `crc32`, `crc32c` or `crc64nvme`.

    Returns:
        The CRC of all of them, big-endian.
    """

    def append(value: int, piece: tuple[bytes, int]) -> int:
        digest, length = piece
        return _multiply(value, _power(8 * length, algorithm), algorithm) ^ int.from_bytes(digest, "big")

    return reduce(append, pieces, 0).to_bytes(POLYNOMIALS[algorithm][0] // 8, "big")


@lru_cache(maxsize=64)  # pieces are of few lengths
def _power(exponent: int, algorithm: str) -> int:
    """Return x^exponent modulo the polynomial, by squaring."""
    bits = POLYNOMIALS[algorithm][0]
    result, square = 1 << (bits - 1), 1 << (bits - 2)
    while exponent:
        if exponent & 1:
            result = _multiply(result, square, algorithm)
        square = _multiply(square, square, algorithm)
        exponent >>= 1
    return result


def _multiply(one: int, other: int, algorithm: str) -> int:
    """Return the product of two polynomials modulo the CRC's own."""
    bits, polynomial = POLYNOMIALS[algorithm]
    product = 0
    for bit in range(bits - 1, -1, -1):
        if one >> bit & 1:
            product ^= other
        other = (other >> 1) ^ (polynomial if other & 1 else 0)
    return product
