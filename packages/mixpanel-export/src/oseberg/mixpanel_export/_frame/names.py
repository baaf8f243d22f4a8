"""Raw property names -> names of columns."""

from __future__ import annotations

from collections import defaultdict
from hashlib import blake2s
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Names = Literal["raw", "snake"]

FIXED = {
    "event": "event",
    "time": "time",
    "distinct_id": "distinct_id",
    "$user_id": "user_id",
    "$device_id": "device_id",
    "$distinct_id_before_identity": "distinct_id_before_identity",
    "$insert_id": "insert_id",
    "mp_processing_time_ms": "processed_at",
    "$mp_api_timestamp_ms": "received_at",
    "mp_lib": "lib",
}
"""What Mixpanel calls the leading columns, and what they are called in a frame."""

LONGEST = 63
"""Bytes of an identifier in Postgres."""


def written_names(raw: Iterable[str], style: Names = "raw") -> dict[str, str]:
    """Give each property its column's name; the result depends on the set of names, not on their order.

    In snake style, every character but ASCII letters, digits and `_` becomes `_`, a leading `$` becomes `mp_`, and
    names have at most 63 bytes. Names that then collide all get `_` and 4 hex digits of their raw name's blake2s.

    Example:
        >>> written_names(["$os", "Screen Name", "lib"], "snake")
        {'$os': 'mp_os', 'Screen Name': 'screen_name', 'lib': 'prop_lib'}
    """
    wanted = defaultdict(list)
    for name in sorted(raw):
        base = snake(name) if style == "snake" else name
        wanted[f"prop_{base}"[:LONGEST] if base in FIXED.values() else base].append(name)
    taken = {base for base, names in wanted.items() if len(names) == 1}
    written = {}
    for base, names in wanted.items():
        written.update({names[0]: base} if len(names) == 1 else told_apart(base, names, taken, style))
    return written


def snake(name: str) -> str:
    """Write a name in lower case, digits and underscores, at most 63 bytes long."""
    head, rest = ("mp_", name[1:]) if name.startswith("$") else ("", name)
    text = "".join(letter.lower() if letter.isascii() and letter.isalnum() else "_" for letter in rest)
    return (head + text or "_")[:LONGEST]


def told_apart(base: str, names: list[str], taken: set[str], style: Names) -> dict[str, str]:
    """Give names that collide a suffix each; more hex digits only where 4 don't tell them apart."""
    for digits in range(4, 65, 4):
        room = LONGEST - digits - 1 if style == "snake" else None
        suffixed = {name: f"{base[:room]}_{blake2s(name.encode()).hexdigest()[:digits]}" for name in names}
        if len(set(suffixed.values())) == len(names) and taken.isdisjoint(suffixed.values()):
            break
    return suffixed
