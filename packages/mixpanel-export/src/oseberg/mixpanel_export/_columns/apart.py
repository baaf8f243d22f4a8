"""The lines of a block -> the lines of each event, grouped without looking at them one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from oseberg.mixpanel_export._read.block import Block

if TYPE_CHECKING:
    from collections.abc import Iterator

# What comes before this in a line tells events apart; where it is missing or elsewhere, nothing is lost but time.
PROPERTIES = b'"properties"'
# Names of events are compared up to here.
LONGEST = 128
WORD = 8  # bytes of a number that is compared at once
# Odd numbers whose bits are spread, one for each word of a name.
MIXED = np.arange(1, LONGEST // WORD + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) | np.uint64(1)

Keys = np.ndarray[Any, np.dtype[np.uint64]]


class Share(NamedTuple):
    """The lines of a block that begin alike.

    Attributes:
        key: A number for their beginning. Two events may have the same, which costs time only.
        rows: Which lines of the block they are.
        block: The lines.
    """

    key: int
    rows: np.ndarray[Any, np.dtype[np.int32]]
    block: Block


def shares(block: Block, most: int) -> Iterator[Share]:
    """Yield the lines of each event of a block; nothing if that would be only one, or more than some number."""
    keys, numbers, counts = np.unique(beginnings(block), return_inverse=True, return_counts=True)
    if not 1 < len(keys) <= most:
        return
    order = np.argsort(numbers.astype(np.uint16), kind="stable").astype(np.int32)
    ends = np.cumsum(counts).tolist()
    lines = arrow_lines(block)
    for key, start, end in zip(keys.tolist(), [0, *ends], ends, strict=False):
        rows = order[start:end]
        own = lines.take(pa.array(rows))
        _, offsets, content = own.buffers()
        starts = np.frombuffer(offsets, np.int32)[: len(rows) + 1].astype(np.int64)
        length = int(starts[-1])
        if rows[-1] < len(block) - 1:  # the last line of a block has no end
            length -= 1
        starts[-1] = length + 1
        yield Share(key, rows, Block.cut(memoryview(content)[:length], starts))


def arrow_lines(block: Block) -> pa.Array:
    """Return the lines with their ends, without copying them."""
    starts = block.starts.astype(np.int32)
    starts[-1] -= 1
    return pa.Array.from_buffers(pa.binary(), len(block), [None, pa.py_buffer(starts), pa.py_buffer(block.content)])


def beginnings(block: Block) -> Keys:
    """Return a number for what each line begins with: equal beginnings have equal numbers."""
    lengths = np.asarray(pc.find_substring(arrow_lines(block), pattern=PROPERTIES))
    width = -(-min(max(int(lengths.max()), 1), LONGEST) // WORD) * WORD
    places = block.starts[:-1, None] + np.arange(width)
    letters = np.frombuffer(block.content, np.uint8).take(places, mode="clip")
    letters[np.arange(width) >= lengths[:, None]] = 0
    found: Keys = (letters.view(np.uint64) * MIXED[: width // WORD]).sum(axis=1, dtype=np.uint64)
    return found
