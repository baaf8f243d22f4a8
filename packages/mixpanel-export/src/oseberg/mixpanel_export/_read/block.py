"""A block of lines, addressed by where its lines end: most work is done on the whole block, not line by line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

NEWLINE, OPEN, CLOSE = b"\n{}"


@dataclass(frozen=True)
class Block:
    """Some thousand lines.

    Attributes:
        content: Their bytes; the last line has no end.
    """

    content: bytes

    @classmethod
    def of(cls, lines: list[bytes]) -> Self:
        """Make a block of lines."""
        return cls(b"\n".join(lines))

    @cached_property
    def starts(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Where each line begins, and in the end one past the last line's end."""
        inner = np.flatnonzero(np.frombuffer(self.content, np.uint8) == NEWLINE) + 1
        self.__dict__["count"] = len(inner) + 1
        return np.concatenate([[0], inner, [len(self.content) + 1]])

    @cached_property
    def count(self) -> int:
        """How many lines there are."""
        return self.content.count(b"\n") + 1

    def __len__(self) -> int:
        return self.count

    def line(self, row: int) -> bytes:
        """Return one line."""
        return self.part(row, row + 1)

    def part(self, first: int, end: int) -> bytes:
        """Return the bytes of some lines in a row."""
        return self.content[self.starts[first] : self.starts[end] - 1]

    def views(self) -> Iterator[memoryview]:
        """Return the lines without copying them."""
        whole, starts = memoryview(self.content), self.starts.tolist()
        return (whole[start : end - 1] for start, end in pairwise(starts))

    def has_objects(self) -> bool:
        """Whether each line begins and ends as a JSON object does, and nothing in it can't be read in two ways.

        Arrow also takes other things for JSON, replaces invalid UTF-8, and passes half surrogates on.
        """
        content = self.content
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
