"""CRC-32 in hashlib's manner, and how two of them join without the bytes between.

Appending n zero bytes to a message multiplies its CRC by x^(8n) in GF(2)[x] modulo the CRC's polynomial; the CRC of two
joined pieces is that of the first, so multiplied, plus (xor) that of the second.
"""

from __future__ import annotations

import zlib
from functools import lru_cache, reduce
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_POLYNOMIAL = 0xEDB88320  # of zlib and S3, reflected: bit 31 is x^0
_ONE = 1 << 31
_X = 1 << 30


class Crc32:
    """A running CRC-32; big-endian as S3 writes it."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes) -> None:
        """Take more bytes."""
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        """Give the four bytes so far."""
        return self._value.to_bytes(4, "big")


def join(pieces: Iterable[tuple[bytes, int]]) -> bytes:
    """Give the CRC of consecutive pieces, each with its CRC and its length in bytes."""

    def append(value: int, piece: tuple[bytes, int]) -> int:
        digest, length = piece
        return _multiply(value, _power(8 * length)) ^ int.from_bytes(digest, "big")

    return reduce(append, pieces, 0).to_bytes(4, "big")


@lru_cache(maxsize=8)  # all pieces but the last have one length
def _power(exponent: int) -> int:
    """Give x^exponent modulo the polynomial, by squaring."""
    result, square = _ONE, _X
    while exponent:
        if exponent & 1:
            result = _multiply(result, square)
        square = _multiply(square, square)
        exponent >>= 1
    return result


def _multiply(one: int, other: int) -> int:
    product = 0
    for bit in range(31, -1, -1):
        if one >> bit & 1:
            product ^= other
        other = (other >> 1) ^ (_POLYNOMIAL if other & 1 else 0)
    return product
