"""Bytes of a body -> blocks of whole lines."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from oseberg.mixpanel_export.errors import SettingsError

Text = bytes | str | bytearray | memoryview
Body = Text | Iterable[Text]

BLOCK_BYTES = 1 << 21  # large enough to share the cost of a batch, small enough to be one of many in memory
MARK = b"\xef\xbb\xbf"
COMPRESSED = (
    (b"\x1f\x8b", "gzip", "gzip.decompress(data), or the lines of gzip.open(path)"),
    (
        b"\x28\xb5\x2f\xfd",
        "zstd",
        "the bytes of pyarrow.input_stream(path, compression='zstd')",
    ),
)
# A line without a brace that ends like a file's name: no event does, nor any message of Mixpanel's.
PATH = re.compile(rb"[^\n{\x00]+\.(?:json|jsonl|ndjson|txt|csv|parquet|log)(?:\.gz|\.zst)?\s*", re.IGNORECASE)
LONGEST_PATH = 4096


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
    """Return a body, or its lines, as blocks of lines.

    Raises:
        SettingsError: It is a path, or compressed.
        TypeError: It is neither bytes nor text.
    """
    if isinstance(lines, os.PathLike):
        raise SettingsError(path_given(os.fspath(lines)))
    if isinstance(lines, bytes | str | bytearray | memoryview):
        body = memoryview(checked(as_bytes(lines)))
        return line_blocks(bytes(body[start : start + BLOCK_BYTES]) for start in range(0, len(body), BLOCK_BYTES))
    return line_blocks(as_lines(lines))


def as_lines(lines: Iterable[Text]) -> Iterator[bytes]:
    """Yield lines with their ends; the first one decides how all are read."""
    for number, line in enumerate(lines):
        text = as_bytes(line)
        yield (text if number else checked(text)).removesuffix(b"\n") + b"\n"


def checked(body: bytes) -> bytes:
    """Return a body, checked to be that of an export.

    Raises:
        SettingsError: It is compressed, or a file's path.
    """
    for magic, name, how in COMPRESSED:
        if body.startswith(magic):
            raise SettingsError(f"The bytes are compressed with {name}. Pass {how}.")
    if len(body) < LONGEST_PATH and PATH.fullmatch(body):
        raise SettingsError(path_given(body.decode(errors="replace").strip()))
    return body


def path_given(path: object) -> str:
    """Return the error message for a path instead of lines."""
    return f"normalize takes the lines of an export, not a path. Pass pathlib.Path({str(path)!r}).read_bytes()."


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
