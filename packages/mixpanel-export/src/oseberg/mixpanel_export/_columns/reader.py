"""Blocks of lines -> batches: by Arrow as a whole, by Arrow event by event, or by Python, with the same result.

A property test holds all ways equal on any body.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from oseberg.mixpanel_export._columns.batch import Batch, assemble, checksums, make_batch, sent_of, weigh
from oseberg.mixpanel_export._columns.groups import Groups
from oseberg.mixpanel_export._columns.plain import Parser, Plain
from oseberg.mixpanel_export._read.block import Block
from oseberg.mixpanel_export._read.decode import Decoder
from oseberg.mixpanel_export._read.zone import Evidence, Milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

# Blocks that are read the careful way at most, after blocks that Arrow could not read, until it is tried again.
LONGEST_PAUSE = 64
# Bytes that are read together where events differ much: each of them then has lines enough to be worth a call.
WIDE_BYTES = 1 << 24


class Times(NamedTuple):
    """A block of lines, and their exported times in milliseconds."""

    block: Block
    wall: Milliseconds


@dataclass
class Reader:
    """Reads the blocks of one body.

    Attributes:
        decoder: Counts the events, and reads what Arrow can't.
        zone: The zone of the exported times.
        evidence: Collects what the events say about the zone.
        checksums: Whether batches get the checksums of their lines.
        pause: Blocks that are read the careful way before Arrow is tried again.
        failures: Blocks in a row that Arrow could not read.
    """

    decoder: Decoder
    zone: ZoneInfo
    evidence: Evidence | None = None
    checksums: bool = False
    pause: int = 0
    failures: int = 0
    _parser: Parser = field(init=False, repr=False)
    _groups: Groups = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._parser, self._groups = Parser(self.decoder.takes), Groups(self.decoder)

    def gathered(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Join blocks into larger ones once their events turn out to differ much."""
        pending: list[bytes] = []
        for content in blocks:
            pending.append(content)
            if not self._parser.wide or sum(map(len, pending)) >= WIDE_BYTES:
                yield b"\n".join(pending)
                pending.clear()
        if pending:
            yield b"\n".join(pending)

    def read(self, content: bytes) -> Batch:
        """Turn a block into a batch, by whichever reader can."""
        return self.read_lines(content)[1]

    def read_lines(self, content: bytes) -> tuple[Block, Batch]:
        """Turn a block into a batch, and return the lines of its events as well."""
        block = Block(content)
        plain = self._plain(block)
        if plain is None:
            return self._carefully(content)
        batch = assemble(plain.event, plain.wall, plain.columns, self.zone, self.evidence)
        batch.checksums = checksums(block.views()) if self.checksums else None
        return block, batch

    def times(self, content: bytes) -> Times | None:
        """Return a block with the times of its lines, or None if the careful reader must read it.

        What the events say about the zone is noted.
        """
        block = Block(content)
        plain = self._plain(block)
        if plain is None:
            return None
        if self.evidence is not None:
            weigh(plain.columns, plain.wall, sent_of(plain.columns, len(plain.wall)), self.evidence)
        return Times(block, plain.wall)

    def _plain(self, block: Block) -> Plain | None:
        """Read a block with Arrow, or return None if the careful reader must do it."""
        if self.pause:
            self.pause -= 1
            return None
        plain = None
        if block.has_objects():
            plain = self._parser.read(block) or self._groups.read(block)
        if plain is None:
            self.failures += 1
            # One odd block costs little; where all are odd, trying costs more than it can bring.
            self.pause = min(2 ** (self.failures - 1) - 1, LONGEST_PAUSE)
            return None
        self.failures = 0
        self.decoder.rows += len(block)
        self.decoder.ends_badly = False
        return plain

    def _carefully(self, content: bytes) -> tuple[Block, Batch]:
        """Turn a block into a batch by Python."""
        events = self.decoder.decode(content)
        batch = make_batch(events, self.zone, self.evidence)
        batch.checksums = checksums(events.lines) if self.checksums else None
        self._parser.learn(batch.properties)
        return Block.of(events.lines), batch


def make_batches(
    blocks: Iterable[bytes],
    decoder: Decoder,
    zone: ZoneInfo,
    evidence: Evidence | None = None,
    *,
    checksums: bool = False,
) -> Iterator[Batch]:
    """Turn blocks of lines into batches.

    Args:
        blocks: The blocks.
        decoder: Counts the events, and judges the whole in the end.
        zone: The zone of the exported times.
        evidence: Collects what the events say about the zone.
        checksums: Whether batches get the checksums of their lines, which choose among equal duplicates in a file.

    Yields:
        A batch for each block, its events in the order of the lines.
    """
    reader = Reader(decoder, zone, evidence, checksums)
    return map(reader.read, reader.gathered(blocks))
