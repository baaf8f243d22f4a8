"""Lines -> events: unreadable lines are set aside with a reason, and the last line must be an event."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from oseberg.mixpanel_export._read.json_values import JsonText, has_long_integer, lenient
from oseberg.mixpanel_export.errors import RateLimitError, TruncatedExportError, UnreadableLinesError

HOT_SHARD = "$hotshard_events"
MILLISECONDS_FROM = 1e11
FIRST_MS, LAST_MS = -62_135_596_800_000, 253_402_300_799_999  # the years 1 to 9999
SHOWN = 200
TOLERATED_LINES, TOLERATED_SHARE = 10, 0.001


@dataclass(slots=True)
class Events:
    """Events as four lists of equal length: names, properties, times in milliseconds as exported, lines.

    `lenient` counts those that only the lenient reader could read.
    """

    names: list[str] = field(default_factory=list)
    properties: list[dict[str, Any]] = field(default_factory=list)
    times: list[int | None] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    lenient: int = 0

    def __len__(self) -> int:
        return len(self.names)


class Unreadable(NamedTuple):
    """A line that is not an event, and why."""

    line: bytes
    reason: str


def usual_events(lines: list[bytes]) -> Events | None:
    """Read lines at once if all are events with times in milliseconds, as nearly always; else return None."""
    try:
        records = list(map(orjson.loads, lines))
        names, properties = (list(map(itemgetter(part), records)) for part in ("event", "properties"))
        times = list(map(itemgetter("time"), properties))
    except (ValueError, KeyError, TypeError):
        return None
    kinds = [set(map(type, values)) for values in (names, properties, times)]
    usual = kinds == [{str}, {dict}, {int}] and min(times) > MILLISECONDS_FROM and max(times) <= LAST_MS
    return Events(names, properties, times, lines) if usual else None


@dataclass
class Decoder:
    """Reads the lines of one body, in order.

    Args:
        restore: Give hot-shard events their original name and distinct_id.
        events: Names to keep, after that; None keeps all.
    """

    restore: bool = True
    events: frozenset[str] | None = None
    unreadable: list[Unreadable] = field(default_factory=list)
    rows: int = 0
    ends_badly: bool = False

    def decode(self, block: bytes) -> Events:
        """Read a block of lines; blank ones are skipped."""
        lines = block.split(b"\n")
        careful = has_long_integer(block)
        if not careful and (whole := usual_events(lines)) and self.takes(set(whole.names)):
            self.rows += len(whole)
            self.ends_badly = False
            return whole
        found = Events()
        for line in lines:
            try:
                self.take(line, orjson.loads(line), found, careful=careful)
            except (ValueError, KeyError, TypeError):
                if line.strip():
                    self.take_slowly(line, found)
        return found

    def takes(self, names: set[str]) -> bool:
        """Whether events of these names are all kept, under these names."""
        return not (self.restore and HOT_SHARD in names) and (self.events is None or names <= self.events)

    def take(self, line: bytes, record: Any, found: Events, *, careful: bool) -> None:  # noqa: ANN401 - any JSON value
        """Add the event of a parsed line.

        Raises:
            ValueError, KeyError, TypeError: The record is not as the fast way expects it.
        """
        name, properties = record["event"], record["properties"]
        if type(name) is not str or type(properties) is not dict or (careful and has_long_integer(line)):
            raise ValueError
        time = properties.get("time")
        if time is not None and not (type(time) is int and MILLISECONDS_FROM < time <= LAST_MS):
            time = milliseconds(time)
        if name == HOT_SHARD and self.restore:
            name = restored(name, properties)
        self.rows += 1
        self.ends_badly = False
        if self.events is None or name in self.events:
            found.names.append(name)
            found.properties.append(properties)
            found.times.append(time)
            found.lines.append(line)

    def take_slowly(self, line: bytes, found: Events) -> None:
        """Read a line that the fast reader refused, or set it aside."""
        try:
            record = lenient(line)
            self.check(record)
            found.lenient += not same_as_strict(line, record)
            record["properties"] = {key: kept(value) for key, value in record["properties"].items()}
            self.take(line, record, found, careful=False)
        except (ValueError, RecursionError) as error:
            self.unreadable.append(Unreadable(line, reason(error)))
            self.ends_badly = not isinstance(error, NoEventError) or error.at_the_end_means_cut

    @staticmethod
    def check(record: Any) -> None:  # noqa: ANN401 - any JSON value
        """Return the reason why a JSON value is not an event."""
        if not isinstance(record, dict) or not isinstance(record.get("event"), str):
            raise NoEventError("it has no event name", at_the_end_means_cut=True)
        if not isinstance(record.get("properties"), dict):
            raise NoEventError("it has no properties", at_the_end_means_cut=True)

    def finish(self) -> None:
        """Judge the whole body.

        Raises:
            TruncatedExportError: The last line is not an event.
            RateLimitError: The last line says that the limit of requests is reached.
            UnreadableLinesError: At least 10 lines and more than 0.1 % of all lines are unreadable.
        """
        if self.ends_badly:
            last = self.unreadable[-1].line.strip()
            text = last[:SHOWN].decode(errors="replace")
            if b"rate limit" in last.lower():
                raise RateLimitError(f"Mixpanel's limit of requests is reached; its answer ends with {text!r}.")
            raise TruncatedExportError(f"The answer is cut short: it ends with {text!r}, which is not an event.")
        count, total = len(self.unreadable), self.rows + len(self.unreadable)
        if count >= TOLERATED_LINES and count > TOLERATED_SHARE * total:
            first = self.unreadable[0]
            raise UnreadableLinesError(
                f"{count} of {total} lines are not events (the first, {first.line[:SHOWN]!r}: {first.reason}). "
                "Nothing of it is kept. Try again later; if it happens again, show these lines to Mixpanel's support."
            )


def same_as_strict(line: bytes, record: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether the strict reader reads a line as the lenient one does, as one with long digits within a text."""
    try:
        return bool(orjson.loads(line) == record)
    except ValueError:
        return False


class NoEventError(ValueError):
    """A readable JSON value that is not an event."""

    def __init__(self, why: str, *, at_the_end_means_cut: bool = False) -> None:
        super().__init__(why)
        self.at_the_end_means_cut = at_the_end_means_cut


def reason(error: Exception) -> str:
    """Return in a few words why a line is unreadable."""
    if isinstance(error, NoEventError):
        return str(error)
    if isinstance(error, UnicodeDecodeError):
        return "it is not valid UTF-8"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return f"it is not valid JSON ({error})"


def kept(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Keep an object or list of a lenient line as its text: the fast writer can't spell all that it may hold."""
    if isinstance(value, dict | list):
        return JsonText(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    return value


def restored(name: str, properties: dict[str, Any]) -> str:
    """Undo Mixpanel's rewriting of a hot shard: put the original distinct_id back and give the original name."""
    if "mp_original_distinct_id" in properties:
        properties["distinct_id"] = properties["mp_original_distinct_id"]
    original = properties.get("mp_original_event_name")
    return original if isinstance(original, str) else name


def milliseconds(time: Any) -> int:  # noqa: ANN401 - any JSON value
    """Return a `time` in milliseconds; values up to 1e11 are seconds.

    Raises:
        NoEventError: It is not a number, or outside the years 1 to 9999.
    """
    if type(time) is not int and type(time) is not float:
        raise NoEventError(f"its time {time!r} is not a number")
    value = time if abs(time) > MILLISECONDS_FROM else time * 1000
    if not FIRST_MS <= value <= LAST_MS:
        raise NoEventError(f"its time {time!r} is outside the years 1 to 9999")
    return round(value)
