"""The encoded bytes of a body -> its plain bytes, verified to be a complete gzip stream."""

from __future__ import annotations

import zlib
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, Any

from oseberg.mixpanel_export.errors import TruncatedExportError

try:  # a third of the time, on processors that have it
    unpacker: Any = import_module("isal.isal_zlib")
except ImportError:
    unpacker = zlib

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAGIC = b"\x1f\x8b"
GZIP = 16 + zlib.MAX_WBITS
DAMAGED: tuple[type[Exception], ...] = (zlib.error, unpacker.error)


def plain(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress a body that begins like gzip (JSON never does) and pass any other one through.

    The first bytes decide, not the header: proxies unpack answers without changing `Content-Encoding`, or the reverse.

    Raises:
        TruncatedExportError: The stream has no trailer, a wrong checksum, or other bytes after its end.
    """
    stream = iter(chunks)
    head = b""
    for chunk in stream:
        head += chunk
        if len(head) >= len(MAGIC):
            break
    body = chain((head,), stream)
    yield from gunzip(body) if head.startswith(MAGIC) else body


def gunzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress one gzip member or several."""
    member, rest = unpacker.decompressobj(GZIP), b""
    for chunk in chunks:
        rest += chunk
        while rest:
            if member.eof:
                if not rest.startswith(MAGIC[: len(rest)]):
                    raise TruncatedExportError(f"The compressed answer is followed by other text: {rest[:80]!r}.")
                if len(rest) < len(MAGIC):
                    break
                member = unpacker.decompressobj(GZIP)
            yield inflate(member, rest)
            rest = member.unused_data
    if not member.eof or rest:
        raise TruncatedExportError("The compressed answer stops before its end.")


def inflate(member: Any, chunk: bytes) -> bytes:  # noqa: ANN401 - a decompressor of either library
    """Decompress a chunk; the checksum is verified at the end of its member."""
    try:
        return bytes(member.decompress(chunk))
    except DAMAGED as error:
        raise TruncatedExportError(f"The compressed answer is damaged ({error}).") from None
