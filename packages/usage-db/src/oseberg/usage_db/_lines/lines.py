"""Reads raw lines of an export into events, exactly; says why a line can't be stored."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

LINE_LIMIT = 64 * 1024 * 1024
KEY_LIMIT = 2_656  # bytes of text; an entry of the primary key may take 2,704 with its time and headers
_NUMBER_LIMIT = 1_000
_EXACT_DIGITS = 16  # a double holds any decimal of this length with its point
_INT64_DIGITS = 18
_DIGITS = bytes.maketrans(b"123456789.", b"0" * 10)
_LONG_NUMBER = b"0" * (_EXACT_DIGITS + 1)
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_MILLISECONDS_FROM = 100_000_000_000


class RejectedLineError(ValueError):
    """A line that can't be stored; the text is the reason."""


def check_bytes(lines: list[bytes]) -> None:
    """Raise an error unless all are raw lines.

    Raises:
        TypeError: An item is not bytes.
    """
    if others := set(map(type, lines)) - {bytes, bytearray}:
        names = ", ".join(sorted(kind.__name__ for kind in others))
        raise TypeError(f"events are raw JSON lines as bytes (open(path, 'rb')) or a DataFrame, not {names}")


def read_event(line: bytes) -> tuple[str, str, dict[str, Any]]:
    """Read a line into event, distinct_id and all its properties; hot shards get their original names back.

    Raises:
        RejectedLineError: It is not an event, or one that Postgres can't hold.
    """
    if len(line) > LINE_LIMIT:
        raise RejectedLineError(f"longer than {LINE_LIMIT:,} bytes")
    try:
        content = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise RejectedLineError(_why_no_json(line, error)) from None
    if _LONG_NUMBER in line.translate(_DIGITS):
        content = _exact(line)
    try:
        event, properties = content["event"], content["properties"]
    except (KeyError, TypeError, IndexError):
        raise RejectedLineError('not an event: it has no "event" and "properties"') from None
    if type(event) is not str or type(properties) is not dict:
        raise RejectedLineError('not an event: "event" is not text or "properties" not an object')
    if event == "$hotshard_events":
        event = scalar_text(properties.get("mp_original_event_name"), "mp_original_event_name") or event
        return event, scalar_text(properties.get("mp_original_distinct_id"), "mp_original_distinct_id"), properties
    return event, scalar_text(properties.get("distinct_id"), "distinct_id"), properties


def scalar_text(value: Any, name: str) -> str:  # noqa: ANN401 - a JSON value
    """Return an id as text: as JSON spells it; a missing one is empty.

    Raises:
        RejectedLineError: It is an object or a list.
    """
    if type(value) is str:
        return value
    if value is None:
        return ""
    if isinstance(value, dict | list):
        raise RejectedLineError(f"{name} is neither text nor a number")
    return orjson.dumps(value).decode()


def milliseconds(value: Any, name: str) -> int:  # noqa: ANN401 - a JSON value
    """Return a time in milliseconds since 1970; smaller numbers are seconds.

    Raises:
        RejectedLineError: It is not a number.
    """
    if type(value) is int:
        return value if abs(value) > _MILLISECONDS_FROM else value * 1000
    if type(value) is float:
        return round(value if abs(value) > _MILLISECONDS_FROM else value * 1000)
    raise RejectedLineError(f"no {name}" if value is None else f"{name} is not a number")


def json_text(value: Any, option: int = 0) -> bytes:  # noqa: ANN401 - a JSON value
    """Write JSON that Postgres can hold.

    Raises:
        RejectedLineError: It holds a NUL character, or is nested too deep.
    """
    try:
        text = orjson.dumps(value, option=option)
    except (orjson.JSONEncodeError, TypeError):
        raise RejectedLineError("nested too deep, or holds what JSON can't") from None
    if b"\\" in text and _NUL.search(text):
        raise RejectedLineError(r"a \u0000 character, which Postgres can't store")
    return text


def check_key(distinct_id: str, event: str, insert_id: str) -> None:
    """Raise an error for a key that the primary key's index can't hold.

    Raises:
        RejectedLineError: A NUL character or too many bytes.
    """
    key = distinct_id + event + insert_id
    if "\0" in key:
        raise RejectedLineError(r"a \u0000 character, which Postgres can't store")
    if (size := len(key.encode())) > KEY_LIMIT:
        raise RejectedLineError(f"distinct_id, event and $insert_id have {size:,} bytes, more than {KEY_LIMIT:,}")


def _exact(line: bytes) -> Any:  # noqa: ANN401 - JSON
    """Read a line with long numbers without rounding them."""

    def kept(text: str) -> orjson.Fragment:
        if len(text) > _NUMBER_LIMIT:
            raise RejectedLineError(f"a number of {len(text):,} digits")
        return orjson.Fragment(text.encode())

    def whole(text: str) -> int | orjson.Fragment:
        return int(text) if len(text) <= _INT64_DIGITS else kept(text)

    def decimal(text: str) -> float | orjson.Fragment:
        return float(text) if len(text) <= _EXACT_DIGITS else kept(text)

    return json.loads(line, parse_int=whole, parse_float=decimal)


def _why_no_json(line: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        text = line.decode()
    except UnicodeDecodeError as fault:
        return f"not valid UTF-8: byte {fault.start + 1} is 0x{line[fault.start]:02x}"
    if "surrogate" in error.msg:
        return "a lone surrogate, which Postgres can't store"
    try:
        json.loads(text, parse_constant=_no_number)
    except RejectedLineError as reason:
        return str(reason)
    except (ValueError, RecursionError):
        return f"not valid JSON: {error.msg}"
    return f"not JSON that Postgres can store: {error.msg}"


def _no_number(name: str) -> None:
    raise RejectedLineError(f"{name}, which is not a JSON number")
