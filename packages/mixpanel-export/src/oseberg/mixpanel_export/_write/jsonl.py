"""Sinks that write lines: Mixpanel's own, and one JSON object per event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from oseberg.mixpanel_export._frame.batch import NO_TIME, utc_times
from oseberg.mixpanel_export._frame.names import FIXED
from oseberg.mixpanel_export._frame.schema import STAMPS
from oseberg.mixpanel_export._frame.table import Form
from oseberg.mixpanel_export._read.decode import LAST_MS, Events
from oseberg.mixpanel_export._read.json_values import JsonText, spell

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AS_FRAGMENT = orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
SCALARS = {bool, int, float}
LONGEST_INTEGER = 2**63
IDS = tuple(raw for raw in FIXED if raw not in {"event", "time", *STAMPS})


class RawLines:
    """Mixpanel's lines, byte for byte."""

    def __init__(self, file: BinaryIO, form: Form, zone: ZoneInfo) -> None:
        del form, zone
        self.file = file

    def write(self, events: Events, stay: Iterable[bool]) -> None:
        """Add the lines of the events that stay."""
        self.file.writelines(line + b"\n" for line, keep in zip(events.lines, stay, strict=True) if keep)

    def close(self) -> None:
        """Nothing is left to write."""


class JsonLines:
    """One JSON object per event: leading columns that have a value, then the keys that the event has, nested as JSON.

    Times are in ISO form (UTC) and ids are strings, as in the other formats. In a column of strings, numbers and
    booleans are strings too; objects and lists are JSON everywhere. `NaN` is null, since JSON has no such value.
    """

    def __init__(self, file: BinaryIO, form: Form, zone: ZoneInfo) -> None:
        self.file, self.zone = file, zone
        self.names = {raw: column for raw, column in form.names.items() if raw not in FIXED or raw == "event"}
        self.texts = {raw for raw, kind in form.types.items() if kind in {"string", "json"}}
        self.odd = {raw: form.names[raw] for raw in STAMPS if raw in form.names}

    def write(self, events: Events, stay: Iterable[bool]) -> None:
        """Add the events that stay."""
        utc, _ = utc_times(events, self.zone)
        parts = zip(events.names, utc.tolist(), events.properties, stay, strict=True)
        rows = (self.row(name, time, properties) for name, time, properties, keep in parts if keep)
        self.file.writelines(map(line_of, rows))

    def row(self, name: str, time: int, properties: dict[str, Any]) -> dict[str, Any]:
        """Return an event as the object that is written."""
        row: dict[str, Any] = {"event": name}
        if time != NO_TIME:
            row["time"] = iso(time)
        for raw in IDS:
            if (value := properties.get(raw)) is not None:
                row[FIXED[raw]] = value if type(value) is str else spell(value)
        for raw in STAMPS:
            stamp: Any = properties.get(raw)
            if type(stamp) in {int, float} and 0 <= stamp <= LAST_MS:
                row[FIXED[raw]] = iso(stamp)
            elif raw in self.odd and raw in properties:
                row[self.odd[raw]] = stamp
        for raw, value in properties.items():
            column = self.names.get(raw)
            if column is not None:
                scalar = raw in self.texts and type(value) in SCALARS
                row[column] = spell(value) if scalar else value
        return row

    def close(self) -> None:
        """Nothing is left to write."""


def line_of(row: dict[str, Any]) -> bytes:
    """Return an object as a line; what the fast writer can't spell is spelled by hand."""
    try:
        if not any(type(value) is JsonText for value in row.values()):
            return orjson.dumps(row, option=AS_FRAGMENT)
    except TypeError:  # an integer beyond 64 bits
        pass
    return orjson.dumps({key: fragment(value) for key, value in row.items()}, option=AS_FRAGMENT)


def fragment(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value that the fast writer takes as it is: nested texts of the lenient reader, and long integers."""
    if type(value) is JsonText:
        return value if "NaN" in value or "Infinity" in value else orjson.Fragment(str(value))
    long = type(value) is int and not -LONGEST_INTEGER <= value < LONGEST_INTEGER
    return orjson.Fragment(str(value)) if long else value


def iso(milliseconds: float) -> str:
    """Return a moment as `2026-11-01T12:00:00.000Z`."""
    return f"{(EPOCH + timedelta(milliseconds=milliseconds)).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
