"""The CRCs of S3 in hashlib's manner, and how two of them join without the bytes between.

A CRC is the remainder of a message, seen as a polynomial over GF(2), by the CRC's own. Appending n zero bytes
multiplies it by x^(8n): the CRC of two joined pieces is that of the first, so multiplied, plus (xor) that of the
second. In the same way the two halves of a message add up to one, until a single word is left.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

from __future__ import annotations

import zlib
from functools import cache, lru_cache, reduce
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from numpy.typing import NDArray

# The polynomials, reflected: the highest bit is x^0.
POLYNOMIALS = {"crc32": (32, 0xEDB88320), "crc32c": (32, 0x82F63B78), "crc64nvme": (64, 0x9A6C9329AC4BC9B5)}


class Crc:
    """A running CRC; big-endian as S3 writes it.

    Args:
        algorithm: `crc32` (by zlib), `crc32c` or `crc64nvme` (by numpy, half as fast as an MD5).
    """

    def __init__(self, algorithm: str) -> None:
        self._algorithm = algorithm
        self._digest = bytes(POLYNOMIALS[algorithm][0] // 8)

    def update(self, data: bytes) -> None:
        """Take more bytes."""
        if self._algorithm == "crc32":
            value = zlib.crc32(data, int.from_bytes(self._digest, "big"))
            self._digest = value.to_bytes(4, "big")
        else:
            piece = _checksum(data, self._algorithm), len(data)
            self._digest = join([(self._digest, 0), piece], self._algorithm)

    def digest(self) -> bytes:
        """Give the bytes so far."""
        return self._digest


def join(pieces: Iterable[tuple[bytes, int]], algorithm: str) -> bytes:
    """Give the CRC of consecutive pieces, each with its CRC and its length in bytes."""

    def append(value: int, piece: tuple[bytes, int]) -> int:
        digest, length = piece
        return _multiply(value, _power(8 * length, algorithm), algorithm) ^ int.from_bytes(digest, "big")

    return reduce(append, pieces, 0).to_bytes(POLYNOMIALS[algorithm][0] // 8, "big")


def _checksum(data: bytes, algorithm: str) -> bytes:
    """Give the CRC of bytes: the remainder, begun and ended with all bits turned."""
    bits = POLYNOMIALS[algorithm][0]
    ones = (1 << bits) - 1
    value = _multiply(ones, _power(8 * len(data), algorithm), algorithm) ^ _remainder(data, algorithm) ^ ones
    return value.to_bytes(bits // 8, "big")


def _remainder(data: bytes, algorithm: str) -> int:
    """Give the remainder of a message times x^bits; zeros before it, up to a power of two, change nothing."""
    bits = POLYNOMIALS[algorithm][0]
    length = max(1 << (len(data) - 1).bit_length(), bits // 8) if data else bits // 8
    words = np.frombuffer(data.rjust(length, b"\0"), f"<u{bits // 8}")
    while len(words) > 1:
        half = len(words) // 2
        words = _times(words[:half], bits * half, algorithm) ^ words[half:]
    return _multiply(int(words[0]), _power(bits, algorithm), algorithm)


def _times(words: NDArray[Any], exponent: int, algorithm: str) -> NDArray[Any]:
    """Multiply words by x^exponent, byte by byte through tables."""
    table = _table(exponent, algorithm)
    octets = words.view(np.uint8).reshape(len(words), -1)
    product: NDArray[Any] = table[0][octets[:, 0]]
    for place in range(1, octets.shape[1]):
        product ^= table[place][octets[:, place]]
    return product


@cache  # one for each power of two
def _table(exponent: int, algorithm: str) -> NDArray[Any]:
    """Give the products of each octet at each place of a word with x^exponent; shape (octets of a word, 256)."""
    bits = POLYNOMIALS[algorithm][0]
    factor = _power(exponent, algorithm)
    table = np.zeros((bits // 8, 256), f"<u{bits // 8}")
    for bit in range(bits):
        place, low = bit // 8, 1 << bit % 8
        table[place, low : 2 * low] = table[place, :low] ^ table.dtype.type(_multiply(1 << bit, factor, algorithm))
    return table


@lru_cache(maxsize=64)
def _power(exponent: int, algorithm: str) -> int:
    """Give x^exponent modulo the polynomial, by squaring."""
    bits = POLYNOMIALS[algorithm][0]
    result, square = 1 << (bits - 1), 1 << (bits - 2)
    while exponent:
        if exponent & 1:
            result = _multiply(result, square, algorithm)
        square = _multiply(square, square, algorithm)
        exponent >>= 1
    return result


def _multiply(one: int, other: int, algorithm: str) -> int:
    bits, polynomial = POLYNOMIALS[algorithm]
    product = 0
    for bit in range(bits - 1, -1, -1):
        if one >> bit & 1:
            product ^= other
        other = (other >> 1) ^ (polynomial if other & 1 else 0)
    return product
