"""Bytes of a body -> blocks of whole lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Text = bytes | str | bytearray | memoryview
    Body = Text | Iterable[Text]

BLOCK_BYTES = 1 << 20  # small enough to stay in a processor's cache, large enough to share the cost of a batch


def line_blocks(chunks: Iterable[bytes], block_bytes: int = BLOCK_BYTES) -> Iterator[list[bytes]]:
    r"""Split a body into lists of lines, about `block_bytes` at a time.

    Only `\n` ends a line: U+2028 and U+0085 are legal inside JSON strings. The chunks may end anywhere. The last line
    needs no line end. A byte order mark at the start of the body is dropped.
    """
    pending: list[bytes] = []
    size, rest, first = 0, b"", True
    for chunk in chunks:
        pending.append(chunk)
        size += len(chunk)
        if size >= block_bytes:
            *lines, rest = without_mark(b"".join(pending), first=first).split(b"\n")
            pending, size = [rest], len(rest) if lines else 0
            first = first and not lines
            if lines:
                yield lines
    lines = without_mark(b"".join(pending), first=first).split(b"\n")
    if lines != [b""]:
        yield lines


def without_mark(body: bytes, *, first: bool) -> bytes:
    """Drop the byte order mark of UTF-8 from the beginning of a body."""
    return body.removeprefix(b"\xef\xbb\xbf") if first else body


def blocks_of(lines: Body, block_bytes: int = BLOCK_BYTES) -> Iterator[list[bytes]]:
    """Give a body, or its lines, as blocks of lines."""
    whole = [lines] if isinstance(lines, bytes | str | bytearray | memoryview) else lines
    return line_blocks((as_bytes(part) + b"\n" for part in whole), block_bytes)


def as_bytes(text: Text) -> bytes:
    """Encode text; a lone surrogate is kept for the lenient reader to find.

    Raises:
        TypeError: It is neither bytes nor text, such as an event that was parsed already.
    """
    if isinstance(text, str):
        return text.encode("utf-8", "surrogatepass")
    if isinstance(text, bytes | bytearray | memoryview):
        return bytes(text)
    raise TypeError(f"Lines are bytes or text as Mixpanel sent them, not {type(text).__name__}: {text!r:.80}")
