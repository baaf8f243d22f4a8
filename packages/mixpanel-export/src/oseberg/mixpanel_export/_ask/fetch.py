"""A running export: requests groups of days until all are complete, as batches in memory or as spooled days."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from oseberg.mixpanel_export._ask.crew import Crew
from oseberg.mixpanel_export._ask.pieces import ATTEMPTS, Hashes, Piece, joined, may_be_divided
from oseberg.mixpanel_export._ask.plan import Plan, Sizes
from oseberg.mixpanel_export._ask.query import Query
from oseberg.mixpanel_export._columns.batch import Batch
from oseberg.mixpanel_export._columns.reader import make_batches
from oseberg.mixpanel_export._days.day import Day
from oseberg.mixpanel_export._days.intake import Intake, Intakes
from oseberg.mixpanel_export._days.split import UTC, Shares, split
from oseberg.mixpanel_export._days.spool import DayLines, Spool, SpoolWriter
from oseberg.mixpanel_export._http.exporter import Exporter
from oseberg.mixpanel_export._http.tracker import Request, Tracker
from oseberg.mixpanel_export._read.decode import Decoder
from oseberg.mixpanel_export._read.lines import line_blocks
from oseberg.mixpanel_export._read.zone import Evidence
from oseberg.mixpanel_export.errors import (
    DeadlineError,
    MixpanelExportError,
    RateLimitError,
    TruncatedExportError,
    UnavailableError,
)

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

Body = Iterator[bytes]
Result = TypeVar("Result")
Read = Callable[[list[date], Request, Body], Result]
DIVISIBLE = (TruncatedExportError, DeadlineError, UnavailableError)


@dataclass(frozen=True)
class Answer(Generic[Result]):
    """The result of one request for a group of days.

    Attributes:
        result: What was made of the body.
        received: Compressed bytes of all attempts.
    """

    result: Result
    received: int


@dataclass(frozen=True)
class Fetch:
    """A running export.

    Attributes:
        exporter: Sends the requests.
        query: What is requested.
        zone: The zone of the exported times.
        verify: Whether times that contradict the zone are rejected.
        tracker: Counts, and reports how far it is.
        parallel: How many requests may run at once.
        days_per_request: Days of each request; None finds out what works.
        sizes: Remembers what worked.
    """

    exporter: Exporter
    query: Query
    zone: ZoneInfo
    verify: bool
    tracker: Tracker
    parallel: int = 1
    days_per_request: int | None = None
    sizes: Sizes = field(default_factory=lambda: Sizes(None))

    @property
    def request(self) -> dict[str, Any]:
        """The request that determines a day's content: only the same request may reuse the day."""
        return asdict(self.query) | {"url": self.exporter.url, "zone": self.zone.key, "verify": self.verify}

    def batches(self, days: list[date]) -> Iterator[Batch]:
        """Yield the events of the days from memory; those of one answer follow once it is complete."""
        for group, (found, decoder) in self._answers(days, self._read_batches):
            self.tracker.report.add_unreadable(decoder.unreadable)
            self.tracker.days_done(len(group))
            yield from found

    def days(self, days: list[date], spool: Spool) -> Iterator[Day]:
        """Fetch the days that the spool does not have, and yield all of them in order."""
        for day, _ in self._complete(days, spool, None, lines=True):
            yield day

    def intakes(self, days: list[date], spool: Spool, intakes: Intakes, *, lines: bool) -> Iterator[tuple[Day, Intake]]:
        """Fetch days as `days` does, and yield each with its intake.

        Args:
            days: The days.
            spool: What earlier runs have left.
            intakes: Makes the intakes.
            lines: Whether the lines are kept, for the next run or to be written.
        """
        for day, found in self._complete(days, spool, intakes, lines=lines):
            intake = found or intakes.of_lines(day.lines.blocks())
            self.tracker.report.add_unreadable(intake.unreadable if found else day.unreadable)
            yield day, intake

    def _complete(
        self, days: list[date], spool: Spool, intakes: Intakes | None, *, lines: bool
    ) -> Iterator[tuple[Day, Intake | None]]:
        kept = {day for day in days if spool.has(day, self.zone)}
        missing = [day for day in days if day not in kept]
        spool.forget(missing)
        self._report_kept(kept, spool)
        answers = self._answers(missing, partial(self._read_days, spool, intakes, lines=lines))
        fetched: dict[date, Intake | None] = dict.fromkeys(kept)
        try:
            for day in days:
                while day not in fetched:
                    group, found = next(answers)
                    fetched |= zip(group, found, strict=True)
                self.tracker.days_done(1)
                one = Day(day, DayLines(spool, day), spool.unreadable(day), self.zone.key, self.query.restore)
                yield one, fetched.pop(day)
        finally:
            answers.close()

    def _report_kept(self, kept: set[date], spool: Spool) -> None:
        """Report that days come from an earlier run, which matters to somebody who has changed data at Mixpanel."""
        if not kept:
            return
        age = spool.age(kept)
        report = self.tracker.report
        report.resumed_days, report.resumed_age = len(kept), round(age)
        days = "1 day" if len(kept) == 1 else f"{len(kept)} days"
        again = "it" if len(kept) == 1 else "them"
        self.tracker.say(
            f"{days} from an earlier run, fetched {spoken(age)} ago. "
            f"Use --fresh (in Python fresh=True) to fetch {again} again."
        )

    def _read_batches(self, group: list[date], request: Request, body: Body) -> tuple[list[Batch], Decoder]:
        """Turn a body into batches; lines set aside are in the decoder."""
        del group
        decoder, evidence = self.query.decoder(), Evidence()
        batches: list[Batch] = []
        for batch in make_batches(line_blocks(body), decoder, self.zone, evidence):
            batches.append(batch)
            request.read(len(batch))
        decoder.finish()
        self._check(evidence)
        return batches, decoder

    def _read_days(
        self, spool: Spool, intakes: Intakes | None, group: list[date], request: Request, body: Body, *, lines: bool
    ) -> list[Intake] | list[None]:
        """Share a body among its days: lines into the spool, columns into intakes."""
        decoder, evidence = self.query.decoder(), Evidence()
        found = None if intakes is None else [intakes.new() for _ in group]
        try:
            with SpoolWriter.opened(spool, group) if lines else nullcontext() as writer:
                shares = Shares(group, UTC if intakes is None else self.zone, writer, found)
                split(line_blocks(body), decoder, evidence, shares, request.read)
                self._check(evidence)
                if writer is not None:
                    writer.finish(decoder.unreadable)
            if intakes is None or found is None:
                return [None] * len(group)
            found[0].unreadable = decoder.unreadable
            for intake in found:
                intake.finish(keep_duplicates=intakes.keep_duplicates)
        except BaseException:
            for intake in found or ():
                intake.discard()
            raise
        return found

    def _check(self, evidence: Evidence) -> None:
        if self.verify:
            evidence.check(self.zone)

    def _answers(self, days: list[date], read: Read[Result]) -> Generator[tuple[list[date], Result], None, None]:
        """Request all days, several groups at once, and yield each group's result in order of the days.

        A group that Mixpanel can't deliver is requested in halves, a day in intervals.
        """
        plan = Plan(days, self.days_per_request, self.sizes.read())
        crew: Crew[Answer[Result]] = Crew(self.parallel)
        results: dict[date, tuple[list[date], Result | Exception]] = {}
        place, failed = 0, False
        try:
            while place < len(days):
                ready = days[place] in results
                # A crew of one works in this thread: what is ready is yielded before it starts again.
                while plan.rest and crew.idle and not failed and not (ready and self.parallel == 1):
                    if plan.probing and crew.running:
                        break
                    group = plan.take()
                    crew.start((group, time.monotonic()), partial(self._fetch, group, read))
                if ready:
                    group, result = results.pop(days[place])
                    if isinstance(result, Exception):
                        self._let_finish(result, crew)
                        raise result
                    place += len(group)
                    yield group, result
                    continue
                (group, begun), answer, error = crew.next()
                took = time.monotonic() - begun
                if isinstance(error, DIVISIBLE) and self._divides(error) and plan.halve(group, took):
                    continue
                if answer is None:
                    failed = True
                    results[group[0]] = group, error or RuntimeError("a request ended without an answer")
                else:
                    results[group[0]] = group, answer.result
                    plan.learn(len(group), answer.received, took, self.parallel)
        finally:
            if plan.broken and not plan.cautious:  # something came after what failed
                self.sizes.write(plan.most)
            if crew.running:
                self.tracker.stop()

    def _let_finish(self, error: Exception, crew: Crew[Any]) -> None:
        """Wait for the other requests if only the hour's budget is spent, so that their days can be reused."""
        while isinstance(error, RateLimitError) and crew.running:
            crew.next()

    @staticmethod
    def _divides(error: MixpanelExportError) -> bool:
        """Whether a request for fewer days may succeed."""
        return not isinstance(error, UnavailableError) or error.attempts is not None

    def _fetch(self, group: list[date], read: Read[Result]) -> Answer[Result]:
        """Fetch one group of days; a single day that never arrives complete is requested in intervals."""
        request = Request(self.tracker)
        few = 1 if len(group) > 1 else ATTEMPTS
        params = self.query.params(group[0], group[-1])
        try:
            result = self.exporter.fetch(params, request, partial(read, group, request), few=few)
        except DIVISIBLE as error:
            if len(group) > 1 or not may_be_divided(error, request.received) or self.tracker.stopped.is_set():
                raise
            result = self._fetch_pieces(group[0], request, partial(read, group, request), error)
        return Answer(result, request.received)

    def _fetch_pieces(
        self, day: date, request: Request, read: Callable[[Body], Result], error: MixpanelExportError
    ) -> Result:
        """Read a day from several answers as if it were one."""
        exporter = replace(self.exporter, retry=self.exporter.retry.at_most(ATTEMPTS))

        def ask(piece: Piece, keep: Callable[[Body], Hashes]) -> Hashes:
            query = replace(self.query, where=piece.where(self.query.where))
            return exporter.fetch(query.params(day, day), request, keep, few=1 if piece.halves() else None)

        self.tracker.say(f"{day} never arrives complete: it is requested in shorter intervals. ({error})")
        with joined(day, ask, request) as body:
            return read(body)


def spoken(seconds: float) -> str:
    """Return a length of time as people say it, such as `2 h`."""
    minutes = round(seconds / 60)
    return f"{round(minutes / 60)} h" if minutes >= 90 else f"{minutes} min"  # noqa: PLR2004 - an hour and a half
