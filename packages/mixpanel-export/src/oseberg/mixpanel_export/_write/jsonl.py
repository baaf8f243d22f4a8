"""Sinks that write lines: Mixpanel's own, and one JSON object per event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import orjson

from oseberg.mixpanel_export._frame.batch import NO_TIME, stamp_columns, utc_times
from oseberg.mixpanel_export._frame.names import FIXED
from oseberg.mixpanel_export._frame.schema import STAMPS
from oseberg.mixpanel_export._frame.table import Form
from oseberg.mixpanel_export._frame.widen import as_milliseconds
from oseberg.mixpanel_export._read.decode import Events
from oseberg.mixpanel_export._read.json_values import JsonText, spell
from oseberg.mixpanel_export._read.zone import Mask, Milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

STRICT = orjson.OPT_APPEND_NEWLINE | orjson.OPT_PASSTHROUGH_SUBCLASS
SCALARS = {bool, int, float}
LONGEST_INTEGER = 2**63
TIMES = ("time", *(FIXED[raw] for raw in STAMPS))
IDS = tuple((raw, column) for raw, column in FIXED.items() if raw not in {"event", "time", *STAMPS})


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
        self.mixed = form.mixed & self.names.keys()
        self.odd = {raw: form.names[raw] for raw in STAMPS if raw in form.names}

    def write(self, events: Events, stay: Iterable[bool]) -> None:
        """Add the events that stay."""
        utc, _ = utc_times(events, self.zone)
        stamps = (as_milliseconds(part) for part in stamp_columns(events).values())
        moments = zip(iso(utc, utc != NO_TIME), *(iso(found, found >= 0) for found in stamps), strict=True)
        parts = zip(events.names, moments, events.properties, stay, strict=True)
        rows = (self.row(name, times, properties) for name, times, properties, keep in parts if keep)
        self.file.writelines(map(line_of, rows))

    def row(self, name: str, times: tuple[str | None, ...], properties: dict[str, Any]) -> dict[str, Any]:
        """Return an event as the object that is written."""
        row: dict[str, Any] = {"event": name}
        row |= {column: moment for column, moment in zip(TIMES, times, strict=True) if moment is not None}
        for raw, column in IDS:
            if (value := properties.get(raw)) is not None:
                row[column] = value if type(value) is str else spell(value)
        for raw, column in self.odd.items():
            if raw in properties and FIXED[raw] not in row:
                row[column] = properties[raw]
        names = self.names
        row |= {names[raw]: value for raw, value in properties.items() if raw in names}
        for raw in self.mixed & properties.keys():
            if type(properties[raw]) in SCALARS:
                row[names[raw]] = spell(properties[raw])
        return row

    def close(self) -> None:
        """Nothing is left to write."""


def line_of(row: dict[str, Any]) -> bytes:
    """Return an object as a line; what the fast writer can't spell is spelled by hand."""
    try:
        return orjson.dumps(row, option=STRICT)
    except TypeError:  # an integer beyond 64 bits, or a nested value that only the lenient reader could read
        return orjson.dumps({key: fragment(value) for key, value in row.items()}, option=STRICT)


def fragment(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value that the fast writer takes as it is: nested texts of the lenient reader, and long integers."""
    if type(value) is JsonText:
        return str(value) if "NaN" in value or "Infinity" in value else orjson.Fragment(str(value))
    long = type(value) is int and not -LONGEST_INTEGER <= value < LONGEST_INTEGER
    return orjson.Fragment(str(value)) if long else value


def iso(milliseconds: Milliseconds, present: Mask) -> list[str | None]:
    """Return moments as `2026-11-01T12:00:00.000Z`, and None where there is none."""
    texts = np.datetime_as_string(np.where(present, milliseconds, 0).astype("datetime64[ms]"))
    return [f"{text}Z" if there else None for text, there in zip(texts.tolist(), present.tolist(), strict=True)]
