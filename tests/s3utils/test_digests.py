"""What content is compared with: checksum, ETag, size; and the arithmetic behind it."""

from __future__ import annotations

import base64
import hashlib
import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oseberg.s3utils._crc import join
from oseberg.s3utils._digest import MIB, Rule, rule_of
from oseberg.s3utils._upload import MOST_PARTS, part_size


@given(st.lists(st.binary(max_size=50), max_size=6))
def test_checksums_of_pieces_join_to_that_of_the_whole(pieces):
    """The CRC of the pieces, with their lengths alone, is zlib's CRC of all bytes."""
    parts = [(zlib.crc32(piece).to_bytes(4, "big"), len(piece)) for piece in pieces]
    assert join(parts) == zlib.crc32(b"".join(pieces)).to_bytes(4, "big")


def crc(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(4, "big")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


DATA = bytes(range(256)) * 4096 * 6  # 6 MiB
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
        ({"ETag": '"anything"', "ChecksumCRC64NVME": "AAAAAAAAAAA="}, "size"),
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
