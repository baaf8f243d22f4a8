"""Requests a heavy day, which never arrives complete, in intervals, which join to a whole day or an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa

from oseberg.mixpanel_export._disk import named_when_full
from oseberg.mixpanel_export._http.tracker import Request
from oseberg.mixpanel_export._read.decode import Decoder
from oseberg.mixpanel_export._read.lines import line_blocks
from oseberg.mixpanel_export.errors import (
    DeadlineError,
    MixpanelExportError,
    TruncatedExportError,
    UnavailableError,
)

Hashes = np.ndarray[Any, np.dtype[np.int64]]
Ask = Callable[["Piece", Callable[[Iterator[bytes]], Hashes]], Hashes]

# Compressed bytes that came in vain, from which shorter intervals may help: light answers break for other reasons.
HEAVY = 1_000_000
# How often an interval is requested at most: an hour has 60 requests for all of them.
ATTEMPTS = 3
LEAST = timedelta(hours=1)
CHUNK = 1 << 20


def may_be_divided(error: MixpanelExportError, received: int) -> bool:
    """Whether a failure may come from asking for too much.

    Args:
        error: The failure.
        received: Compressed bytes that came in vain.

    Returns:
        True for timeouts, and for answers that broke off after many bytes.
    """
    if isinstance(error, UnavailableError):
        return error.attempts is not None
    return isinstance(error, TruncatedExportError | DeadlineError) and received >= HEAVY


@dataclass(frozen=True)
class Piece:
    """An interval of a day, its end excluded. The first has no beginning and the last no end, so nothing is lost."""

    day: date
    since: datetime
    until: datetime

    @classmethod
    def whole(cls, day: date) -> Piece:
        """Return the whole day."""
        midnight = datetime.combine(day, time())
        return cls(day, midnight, midnight + timedelta(days=1))

    def halves(self) -> list[Piece]:
        """Return both halves, or nothing if they would be too short."""
        half = (self.until - self.since) / 2
        middle = self.since + half
        return [] if half < LEAST else [Piece(self.day, self.since, middle), Piece(self.day, middle, self.until)]

    def where(self, own: str | None) -> str:
        """Return the interval in Mixpanel's expression language, after the user's own condition.

        The end is the opposite of the next piece's beginning (`not` also takes what can't be compared): whatever
        Mixpanel makes of `datetime`, each event is in exactly one piece.
        """
        whole = Piece.whole(self.day)
        parts = [f"({own})"] if own else []
        parts += [f"({from_on(self.since)})"] if self.since > whole.since else []
        parts += [f"not ({from_on(self.until)})"] if self.until < whole.until else []
        return " and ".join(parts)


def from_on(moment: datetime) -> str:
    """Return the condition that an event happened at a moment or later."""
    return f'event["$time"] >= datetime("{moment.isoformat()}")'


@contextmanager
def joined(day: date, ask: Ask, request: Request) -> Iterator[Iterator[bytes]]:
    """Request a day in halves, each half that never arrives complete in halves again, and join the bytes of all.

    Args:
        day: The day.
        ask: Sends the request for a piece and returns what its second argument makes of the whole body.
        request: Knows how many bytes and events came.

    Yields:
        The bytes of the whole day.

    Raises:
        TruncatedExportError: A piece never arrived complete, or the pieces contradict each other.
        DeadlineError: A piece took too long.
        UnavailableError: Mixpanel could not answer for a piece.
    """
    with TemporaryDirectory(prefix="mixpanel-export-") as folder, named_when_full(Path(folder)):
        rest = Piece.whole(day).halves()
        found: list[Hashes] = []
        while rest:
            piece, *rest = rest
            before = request.received
            try:
                found.append(ask(piece, partial(keep, Path(folder, str(len(found))))))
            except MixpanelExportError as error:
                if not (may_be_divided(error, request.received - before) and piece.halves()):
                    raise
                rest = piece.halves() + rest
        check(found, request.seen)
        yield chunks(Path(folder), len(found))


def keep(path: Path, body: Iterator[bytes]) -> Hashes:
    """Write a whole body to a file, and return a hash of each event's line."""
    decoder = Decoder(restore=False)
    hashes: list[int] = []
    with pa.output_stream(str(path), compression="zstd") as file:
        for block in line_blocks(body):
            hashes += map(hash, decoder.decode(block).lines)
            file.write(block + b"\n")
    decoder.finish()
    return np.array(hashes, dtype=np.int64)


def check(found: list[Hashes], seen: int) -> None:
    """Check that Mixpanel understood the pieces: equal lines have equal times, so they must be in one piece.

    Args:
        found: The hashes of each piece's lines.
        seen: The events of the most complete broken answer.

    Raises:
        TruncatedExportError: A line is in two pieces, or all together have fewer events than were seen before.
    """
    different = [np.unique(hashes) for hashes in found]
    if len(np.unique(np.concatenate(different))) < sum(map(len, different)):
        raise TruncatedExportError(
            "The day never arrived complete; requested in shorter intervals, some events arrived more than once."
        )
    if (total := sum(map(len, found))) < seen:
        raise TruncatedExportError(
            f"The day never arrived complete; requested in shorter intervals, it has {total:,} events, but {seen:,} "
            "had arrived before."
        )


def chunks(folder: Path, count: int) -> Iterator[bytes]:
    """Yield the bytes of all pieces, in order of time."""
    for number in range(count):
        with pa.input_stream(str(folder / str(number)), compression="zstd") as file:
            while chunk := file.read(CHUNK):
                yield chunk
