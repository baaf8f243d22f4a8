"""Ids of users and companies: whole numbers, UUIDs or text, as the accounts database has them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

AccountId: TypeAlias = int | str
"""The id of a user or a company; UUIDs are text in lower case."""
IdKind: TypeAlias = Literal["integer", "uuid", "text"]

_BIGINT = 2**63 - 1
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_LONGEST = 200  # characters; ids are in the keys of a dozen indexes


def sql_type(kind: IdKind) -> str:
    """Return the type of our own columns for ids of a kind; text sorts by bytes, whatever the database's locale."""
    return "bigint" if kind == "integer" else 'text COLLATE "C"'


def id_reader(kind: IdKind) -> Callable[[str], AccountId]:
    """Return the function that reads an id of a kind from a file; it raises ValueError."""
    readers: dict[IdKind, Callable[[str], AccountId]] = {"integer": whole, "uuid": uuid_text, "text": short_text}
    return readers[kind]


def whole(text: str) -> int:
    """Read a whole number of 64 bits."""
    if not re.fullmatch(r"-?\d{1,19}", text, re.ASCII) or abs(int(text)) > _BIGINT:
        more = ' (the ids of this database are whole numbers: [accounts] user_ids, group_ids = "integer")'
        raise ValueError(f"{text!r} is not a whole number{more if _UUID.fullmatch(text) else ''}")
    return int(text)


def uuid_text(text: str) -> str:
    """Read a UUID, in the spelling that Postgres gives it."""
    if not _UUID.fullmatch(text):
        raise ValueError(f"{text!r} is not a UUID; write it like 3f2504e0-4f89-41d3-9a0c-0305e82c3301")
    return text.lower()


def short_text(text: str) -> str:
    """Read an id that is any text."""
    if len(text) > _LONGEST:
        raise ValueError(f"an id of {len(text):,} characters; at most {_LONGEST} are possible")
    return text


def same_uuid(text: str) -> str:
    """Return a UUID in lower case, and any other text as it is: UUIDs mean the same in either case."""
    return text.lower() if _UUID.fullmatch(text) else text


def plain_id(value: Any) -> AccountId | None:  # noqa: ANN401 - a value of a DataFrame
    """Return an id of a DataFrame as Python's own number or text; a missing one is None."""
    return value if value is None or isinstance(value, str) else int(value)
