"""One export under way: asks for groups of days until all are there, as batches in memory or as spooled days."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from oseberg.mixpanel_export._ask.http import Exporter
from oseberg.mixpanel_export._ask.pieces import ATTEMPTS, HEAVY, Hashes, Piece, joined
from oseberg.mixpanel_export._ask.plan import Plan
from oseberg.mixpanel_export._ask.query import Query
from oseberg.mixpanel_export._ask.tracker import Tracker
from oseberg.mixpanel_export._days.day import Day
from oseberg.mixpanel_export._days.split import split
from oseberg.mixpanel_export._days.spool import DayLines, Spool, SpoolWriter
from oseberg.mixpanel_export._frame.batch import Batch, make_batches
from oseberg.mixpanel_export._read.decode import Decoder
from oseberg.mixpanel_export._read.lines import line_blocks
from oseberg.mixpanel_export._read.zone import Evidence
from oseberg.mixpanel_export.errors import DeadlineError, TruncatedExportError

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

Body = Iterator[bytes]

Result = TypeVar("Result")


@dataclass(frozen=True)
class Fetch:
    """One export under way.

    Attributes:
        exporter: Sends the requests.
        query: What is asked for.
        zone: The zone of the exported times.
        verify: Whether times that contradict the zone are refused.
        tracker: Counts, and tells how far it is.
    """

    exporter: Exporter
    query: Query
    zone: ZoneInfo
    verify: bool
    tracker: Tracker

    @property
    def request(self) -> dict[str, Any]:
        """What decides the content of a complete day: only the same request may go on with its days."""
        return asdict(self.query) | {"url": self.exporter.url, "zone": self.zone.key, "verify": self.verify}

    def batches(self, days: list[date]) -> Iterator[Batch]:
        """Give the events of the days in memory; those of one answer come once the answer is whole."""

        def read(group: list[date], body: Body) -> tuple[int, list[Batch], Decoder]:
            return len(group), *self._read_batches(body)

        for done, found, decoder in self._answers(days, read):
            self.tracker.report.add_unreadable(decoder.unreadable)
            self.tracker.days_done(done)
            yield from found

    def days(self, days: list[date], spool: Spool) -> Iterator[Day]:
        """Fetch the days that the spool does not have, and give all of them in order."""
        missing = [day for day in days if not spool.has(day, self.zone)]
        spool.forget(missing)
        answers = self._answers(missing, partial(self._read_days, spool))
        for day in days:
            while not spool.file(day).exists():
                next(answers)
            self.tracker.days_done(1)
            yield Day(day, DayLines(spool, day), spool.unreadable(day), self.zone.key, self.query.restore)

    def _read_batches(self, body: Body) -> tuple[list[Batch], Decoder]:
        """Turn a body into batches; the decoder has what it set aside."""
        decoder, evidence = self.query.decoder(), Evidence()
        batches: list[Batch] = []
        for batch in make_batches(line_blocks(body), decoder, self.zone, evidence):
            batches.append(batch)
            self.tracker.read(len(batch))
        decoder.finish()
        self._check(evidence)
        return batches, decoder

    def _read_days(self, spool: Spool, group: list[date], body: Body) -> None:
        """Put a body into the spool, day by day."""
        decoder, evidence = self.query.decoder(), Evidence()
        with SpoolWriter.opened(spool, group) as writer:
            split(line_blocks(body), decoder, evidence, writer, self.tracker.read)
            self._check(evidence)
            writer.finish(decoder.unreadable)

    def _check(self, evidence: Evidence) -> None:
        if self.verify:
            evidence.check(self.zone)

    def _answers(self, days: list[date], read: Callable[[list[date], Body], Result]) -> Iterator[Result]:
        """Ask for one group of days after the other; what never comes whole is asked for in halves, days by time."""
        plan, report = Plan(days), self.tracker.report
        for group in plan:
            before, self.tracker.seen = report.bytes, 0
            try:
                params = self.query.params(group[0], group[-1])
                answer = self.exporter.fetch(params, self.tracker, partial(read, group))
            except (TruncatedExportError, DeadlineError):
                if plan.halve(group):
                    continue
                if report.bytes - before < HEAVY:
                    raise
                answer = self._in_pieces(group[0], partial(read, group))
            plan.learn(len(group), report.bytes - before)
            yield answer

    def _in_pieces(self, day: date, read: Callable[[Body], Result]) -> Result:
        """Read a day from several answers as if it were one."""
        exporter = replace(self.exporter, retry=self.exporter.retry.at_most(ATTEMPTS))

        def ask(piece: Piece, keep: Callable[[Body], Hashes]) -> Hashes:
            query = replace(self.query, where=piece.where(self.query.where))
            return exporter.fetch(query.params(day, day), self.tracker, keep)

        self.tracker.say(f"{day} never arrives complete: it is requested in shorter intervals.")
        with joined(day, ask, self.tracker) as body:
            return read(body)
