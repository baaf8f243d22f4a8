"""What content is compared with: checksum, ETag, size; and the arithmetic behind it."""

from __future__ import annotations

import base64
import hashlib
import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oseberg.s3utils._transfer.writing import MOST_PARTS, part_size
from oseberg.s3utils._verify.crc import POLYNOMIALS, Crc, join
from oseberg.s3utils._verify.digest import MIB, Rule, rule_of

CHECKS = {"crc32": "cbf43926", "crc32c": "e3069283", "crc64nvme": "ae8b14860a799888"}  # of the catalogue of CRCs


def bit_by_bit(data: bytes, algorithm: str) -> bytes:
    bits, polynomial = POLYNOMIALS[algorithm]
    value = ones = (1 << bits) - 1
    for octet in data:
        value ^= octet
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)
    return (value ^ ones).to_bytes(bits // 8, "big")


def of_pieces(pieces: list[bytes], algorithm: str) -> bytes:
    running = Crc(algorithm)
    for piece in pieces:
        running.update(piece)
    return running.digest()


@pytest.mark.parametrize("algorithm", POLYNOMIALS)
@given(pieces=st.lists(st.binary(max_size=50), max_size=6))
def test_checksums_are_those_of_the_definition_however_they_are_cut(algorithm, pieces):
    """Running over pieces, or joined from those of the pieces, each CRC is what its definition gives bit by bit."""
    whole = bit_by_bit(b"".join(pieces), algorithm)
    assert of_pieces(pieces, algorithm) == whole
    assert join([(of_pieces([piece], algorithm), len(piece)) for piece in pieces], algorithm) == whole


@pytest.mark.parametrize("algorithm", POLYNOMIALS)
def test_checksums_have_their_published_values(algorithm):
    """The catalogue gives each CRC's value of nine digits; long messages agree with themselves cut elsewhere."""
    assert of_pieces([b"123456789"], algorithm).hex() == CHECKS[algorithm]
    assert of_pieces([DATA], algorithm) == of_pieces([DATA[:1_000_003], DATA[1_000_003:]], algorithm)
    assert of_pieces([DATA], "crc32") == zlib.crc32(DATA).to_bytes(4, "big")


def crc(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(4, "big")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


DATA = bytes(range(256)) * 4096 * 6  # 6 MiB
FULL = {"ChecksumType": "FULL_OBJECT"}
HALVES = (DATA[: 5 * MIB], DATA[5 * MIB :])


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ({"ChecksumSHA256": b64(hashlib.sha256(DATA).digest()), "ChecksumCRC32": "AAAAAA=="}, "sha256"),
        ({"ChecksumSHA1": b64(hashlib.sha1(DATA).digest())}, "sha1"),
        ({"ChecksumCRC32": b64(crc(DATA))}, "crc32"),
        ({"ChecksumCRC32": b64(crc(DATA)), "ETag": '"x-2"', "ChecksumType": "FULL_OBJECT"}, "crc32"),
        ({"ChecksumCRC32": b64(crc(b"".join(map(crc, HALVES)))) + "-2"}, "crc32 of parts"),
        ({"ETag": f'"{hashlib.md5(DATA).hexdigest()}"'}, "etag"),
        (
            {"ETag": f'"{hashlib.md5(b"".join(hashlib.md5(half).digest() for half in HALVES)).hexdigest()}-2"'},
            "etag of parts",
        ),
        ({"ETag": '"0123456789abcdef0123456789abcdef"', "ServerSideEncryption": "aws:kms"}, "size"),
        ({"ETag": '"0123456789abcdef0123456789abcdef"', "SSECustomerAlgorithm": "AES256"}, "size"),
        ({"ETag": '"anything"', "ChecksumCRC64NVME": b64(of_pieces([DATA], "crc64nvme"))}, "crc64nvme"),
        ({"ETag": f'"{"0" * 32}-2"', **FULL, "ChecksumCRC32C": b64(of_pieces([DATA], "crc32c"))}, "crc32c"),
        ({"ETag": f'"{"0" * 32}"', "ChecksumCRC64NVME": b64(of_pieces([DATA], "crc64nvme"))}, "crc64nvme"),
    ],
)
def test_the_strongest_rule_is_taken_and_tells_right_from_wrong(answer, name):
    """Checksum before ETag before size; each accepts the content and refuses another (but for the size)."""
    rule = rule_of(answer, len(DATA))
    assert rule.name == name
    assert rule.accepts(io.BytesIO(DATA))
    assert rule.accepts(io.BytesIO(b"x" + DATA[1:])) is (name == "size")


def test_parts_may_be_of_any_size():
    """The likeliest size is tried on the way, the others after; told sizes need no guess."""
    parts = [DATA[at : at + 3_000_000] for at in range(0, len(DATA), 3_000_000)]
    digests = [hashlib.md5(part).digest() for part in parts]
    rule = rule_of({"ETag": f'"{hashlib.md5(b"".join(digests)).hexdigest()}-{len(parts)}"'}, len(DATA))
    assert rule.segment == 2 * MIB
    assert rule.accepts_pieces([(digest, 0) for digest in digests])
    assert not rule.accepts(io.BytesIO(DATA))
    assert rule.accepts_cut(io.BytesIO(DATA), [len(part) for part in parts])
    empty = rule_of({"ETag": f'"{hashlib.md5(hashlib.md5(b"").digest()).hexdigest()}-1"'}, 0)
    assert empty.accepts(io.BytesIO(b""))
    assert Rule("size").segment is None


def test_parts_keep_within_the_allowed_number():
    """Small files have the usual parts, five terabytes still fit."""
    assert part_size(1) == 8 * MIB
    for size in (100 << 30, 5 << 40):
        assert -(-size // part_size(size)) <= MOST_PARTS
