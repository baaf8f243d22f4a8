"""Bytes of a body -> blocks of whole lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Text = bytes | str | bytearray | memoryview
Body = Text | Iterable[Text]

BLOCK_BYTES = 1 << 20  # small enough to stay in a processor's cache, large enough to share the cost of a batch
MARK = b"\xef\xbb\xbf"


def line_blocks(chunks: Iterable[bytes], block_bytes: int = BLOCK_BYTES) -> Iterator[bytes]:
    r"""Join a body's chunks to blocks of whole lines, about `block_bytes` long, without the last line's end.

    Only `\n` ends a line: U+2028 and U+0085 are legal inside JSON strings. The chunks may end anywhere. The last line
    needs no line end. A byte order mark at the start of the body is dropped.
    """
    pending: list[bytes] = []
    size, mark = 0, MARK
    for chunk in chunks:
        size += len(chunk)
        head, end, rest = chunk.rpartition(b"\n") if size >= block_bytes else (b"", b"", chunk)
        if end:
            yield b"".join([*pending, head]).removeprefix(mark)
            pending, size, mark = [], len(rest), b""
        pending.append(rest)
    if last := b"".join(pending).removeprefix(mark).removesuffix(b"\n"):
        yield last


def blocks_of(lines: Body) -> Iterator[bytes]:
    """Give a body, or its lines, as blocks of lines."""
    if isinstance(lines, bytes | str | bytearray | memoryview):
        body = memoryview(as_bytes(lines))
        return line_blocks(bytes(body[start : start + BLOCK_BYTES]) for start in range(0, len(body), BLOCK_BYTES))
    return line_blocks(as_bytes(line).removesuffix(b"\n") + b"\n" for line in lines)


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
