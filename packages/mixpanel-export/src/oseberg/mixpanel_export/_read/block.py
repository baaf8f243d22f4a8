"""A block of lines, addressed by their ends: most work is done on the whole block, not line by line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

NEWLINE, OPEN, CLOSE = b"\n{}"
# Bytes that are compared at a time: results for a whole block would need fresh memory, which costs more.
STRIDE = 1 << 18

Places = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Block:
    """Some thousand lines.

    Attributes:
        content: Their bytes; the last line has no end.
    """

    content: bytes | memoryview

    @classmethod
    def of(cls, lines: list[bytes]) -> Self:
        """Make a block of lines."""
        return cls(b"\n".join(lines))

    @classmethod
    def cut(cls, content: memoryview, starts: Places) -> Self:
        """Make a block of lines whose beginnings are known."""
        block = cls(content)
        block.__dict__["starts"] = starts
        return block

    @cached_property
    def starts(self) -> Places:
        """Where each line begins, and in the end one past the last line's end."""
        letters = np.frombuffer(self.content, np.uint8)
        marks = np.empty(min(STRIDE, len(letters)), dtype=np.bool_)
        found = [np.zeros(1, dtype=np.int64)]
        for first in range(0, len(letters), STRIDE):
            part = letters[first : first + STRIDE]
            found.append(np.flatnonzero(np.equal(part, NEWLINE, out=marks[: len(part)])) + (first + 1))
        return np.concatenate([*found, [len(letters) + 1]])

    @cached_property
    def count(self) -> int:
        """How many lines there are."""
        starts = self.__dict__.get("starts")
        return bytes(self.content).count(b"\n") + 1 if starts is None else len(starts) - 1

    def __len__(self) -> int:
        return self.count

    def line(self, row: int) -> bytes:
        """Return one line."""
        return self.part(row, row + 1)

    def part(self, first: int, end: int) -> bytes:
        """Return the bytes of some lines in a row."""
        return bytes(self.content[self.starts[first] : self.starts[end] - 1])

    def views(self) -> Iterator[memoryview]:
        """Return the lines without copying them."""
        whole, starts = memoryview(self.content), self.starts.tolist()
        return (whole[start : end - 1] for start, end in pairwise(starts))

    def has_objects(self) -> bool:
        """Whether each line begins and ends as a JSON object does, and none of them is ambiguous.

        Arrow also takes other things for JSON, replaces invalid UTF-8, and passes half surrogates on.
        """
        content = bytes(self.content)
        if content[:1] != b"{" or content[-1:] != b"}":
            return False
        letters, inner = np.frombuffer(content, np.uint8), self.starts[1:-1]
        if not ((letters[inner] == OPEN).all() and (letters[inner - 2] == CLOSE).all()):
            return False
        if b"\\" in content and (b"\\ud" in content or b"\\uD" in content):
            return False
        if content.isascii():
            return True
        try:
            content.decode()
        except UnicodeDecodeError:
            return False
        return True
