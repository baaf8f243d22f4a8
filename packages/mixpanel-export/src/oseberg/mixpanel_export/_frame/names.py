"""Raw property names -> names of columns."""

from __future__ import annotations

import re
from hashlib import blake2s
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Names = Literal["raw", "snake"]

# What Mixpanel calls the leading columns, and what they are called in a frame.
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

RESERVED = frozenset(FIXED.values())
# The column names of properties that are called like a leading column.
MOVED = frozenset(f"prop_{name}" for name in RESERVED)

# Mixpanel itself also knows `mp_country_code` and `mp_keyword`: of such a pair, the name with `$` gets a suffix.
TWINS = frozenset({"$country_code", "$keyword"})

# Bytes of an identifier in Postgres.
LONGEST = 63

OWN_FORM = re.compile(rf"[a-z_][a-z0-9_]{{0,{LONGEST - 1}}}")
DIGITS = 4


def written_names(raw: Iterable[str], style: Names = "raw") -> dict[str, str]:
    """Return the column name of each property.

    A name depends on the raw name alone, never on which other properties occur. In snake style, a name that is already
    in snake case stays as it is, `$x` becomes `mp_x`, and every other name is converted (ASCII letters in lower case,
    other characters as `_`, a leading digit after `_`) and gets `_` and 4 hex digits of the raw name's blake2s, so that
    `county`, `County` and `COUNTY` are three columns on every day. Names have at most 63 bytes. A property called like
    a leading column becomes `prop_<name>` in both styles.

    The exceptions are few: where `$x` and `mp_x` both occur, `$x` gets the suffix (always for the pairs that Mixpanel
    itself sends, such as `$country_code`); and two names whose results are equal even so get more digits.

    Args:
        raw: The names of the properties.
        style: `raw` keeps Mixpanel's names; `snake` writes them for SQL.

    Returns:
        The column name by raw name; all column names differ.

    Example:
        >>> written_names(["$os", "Screen Name", "lib"], "snake")
        {'$os': 'mp_os', 'Screen Name': 'screen_name_8658', 'lib': 'prop_lib'}
    """
    written: dict[str, str] = {}
    taken: set[str] = set()
    # Names that need no suffix come first: a suffixed name must never push one of them away.
    for name in sorted(raw, key=lambda name: (_plain(name, style) is None, name.startswith("$"), name)):
        plain = _plain(name, style)
        digits = DIGITS
        column = _suffixed(name, style, digits) if plain is None or plain in taken else plain
        while column in taken:
            digits += DIGITS
            column = _suffixed(name, style, digits)
        written[name] = column
        taken.add(column)
    return dict(sorted(written.items()))


def _plain(name: str, style: Names) -> str | None:
    """Return the name that a property has without a suffix, or None if it needs one."""
    if name in RESERVED:
        return f"prop_{name}"
    if name in MOVED:
        return None
    if style == "raw" or OWN_FORM.fullmatch(name):
        return name
    converted = f"mp_{name[1:]}"
    own = name.startswith("$") and name not in TWINS and OWN_FORM.fullmatch(converted) and converted not in RESERVED
    return converted if own else None


def _suffixed(name: str, style: Names, digits: int) -> str:
    """Return a name with hex digits of its hash: the base is shortened so that the digits always fit."""
    base = _snake(name) if style == "snake" else name
    room = LONGEST - digits - 1 if style == "snake" else None
    return f"{base[:room]}_{blake2s(name.encode('utf-8', 'surrogatepass')).hexdigest()[:digits]}"


def _snake(name: str) -> str:
    """Return a name in lower case, digits and underscores; it doesn't begin with a digit."""
    head, rest = ("mp_", name[1:]) if name.startswith("$") else ("", name)
    text = head + "".join(letter.lower() if letter.isascii() and letter.isalnum() else "_" for letter in rest)
    return f"_{text}" if text[:1].isdigit() else text or "_"
